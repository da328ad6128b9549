"""One namespace's links, addresses, routes, rules and proxied neighbors: typed netlink.

A thin layer over pyroute2's asynchronous socket. The socket is opened by us inside the namespace,
because the library would fork the whole agent for it and block the loop meanwhile; it subscribes
to no events, so nothing piles up in it. Every request has a deadline, and every refusal of the
kernel becomes a fault here.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any, Final, Self

import pyroute2
from pyroute2.netlink import NLM_F_DUMP, NLM_F_REQUEST
from pyroute2.netlink.rtnl import RTM_GETNEIGH, ndmsg

from futago.drivers.linux import rule_dump
from futago.ports import network

SCOPE_LINK: Final = 253
TABLE_MAIN: Final = 254
ACTION_UNREACHABLE: Final = 7
"""Source: linux/fib_rules.h."""

_SECONDS = 5.0
_IFF_UP = 1
_NTF_PROXY = 0x08
_PROTOCOL = 70
"""Marks our proxied neighbors; a number that no routing daemon has in rt_protos."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A network device."""

    index: int
    name: str
    kind: str | None
    alias: str | None
    peer_index: int | None
    """Of a veth: index of the other end, in the other end's namespace."""
    is_up: bool
    mtu: int
    """Bytes."""


class Rtnl:
    """A netlink socket inside one namespace."""

    def __init__(self, ipr: Any, dumps: socket.socket) -> None:
        self._ipr = ipr
        self._dumps = dumps

    @classmethod
    async def on(cls, opened: socket.socket, dumps: socket.socket) -> Self:
        """Take over two open netlink sockets; the second is for raw dumps."""
        dumps.settimeout(_SECONDS)
        ipr = pyroute2.AsyncIPRoute(fileno=opened.detach(), groups=0)
        async with _translated("open netlink"):
            await ipr.setup_endpoint()
            await ipr.bind()
        return cls(ipr, dumps)

    def close(self) -> None:
        """Close the sockets."""
        self._ipr.close()
        self._dumps.close()

    async def links(self) -> tuple[Link, ...]:
        """Read all devices."""
        async with _translated("list devices"):
            return tuple([_link(message) async for message in await self._ipr.get_links()])

    async def link(self, name: str) -> Link | None:
        """Read one device; None where there is none."""
        async with _translated(f"read device {name}"):
            try:
                messages = await self._ipr.link("get", ifname=name)
            except pyroute2.NetlinkError as exc:
                if exc.code == errno.ENODEV:
                    return None
                raise
            return _link(messages[0])

    async def require(self, name: str) -> Link:
        """Read one device that must be there."""
        found = await self.link(name)
        if found is None:
            raise network.DeviceMissing(f"Device {name} does not exist.", device=name)
        return found

    async def add_veth(self, name: str, peer: str, peer_namespace: int) -> None:
        """Make a pair of devices, the peer in another namespace (a descriptor)."""
        async with _translated(f"make device {name}"):
            far_end = {"ifname": peer, "net_ns_fd": peer_namespace}
            await self._ipr.link("add", ifname=name, kind="veth", peer=far_end)

    async def add_bridge(self, name: str) -> None:
        """Make a bridge."""
        async with _translated(f"make bridge {name}"):
            await self._ipr.link("add", ifname=name, kind="bridge")

    async def delete_link(self, name: str) -> None:
        """Remove a device (of a pair: both ends); no-op without it."""
        found = await self.link(name)
        if found is None:
            return
        async with _translated(f"remove device {name}", ignore=errno.ENODEV):
            await self._ipr.link("del", index=found.index)

    async def set_up(self, index: int) -> None:
        """Switch a device on."""
        async with _translated(f"switch device {index} on"):
            await self._ipr.link("set", index=index, state="up")

    async def set_mtu(self, index: int, mtu: int) -> None:
        """Set the largest packet of a device, in bytes."""
        async with _translated(f"set the MTU of device {index}"):
            await self._ipr.link("set", index=index, mtu=mtu)

    async def set_alias(self, index: int, alias: str) -> None:
        """Write the free text beside a device."""
        async with _translated(f"name device {index}"):
            await self._ipr.link("set", index=index, ifalias=alias)

    async def addresses(self, index: int) -> frozenset[IPv4Interface]:
        """Read the addresses of a device."""
        async with _translated(f"list addresses of device {index}"):
            messages = await self._ipr.get_addr(family=socket.AF_INET, index=index)
            return frozenset(
                [
                    IPv4Interface((message.get("local"), message["prefixlen"]))
                    async for message in messages
                ]
            )

    async def addresses_by_device(self) -> dict[str, frozenset[IPv4Interface]]:
        """Read the addresses of all devices at once; devices without one are left out."""
        async with _translated("list addresses"):
            found: dict[str, set[IPv4Interface]] = {}
            async for message in await self._ipr.get_addr(family=socket.AF_INET):
                address = IPv4Interface((message.get("local"), message["prefixlen"]))
                found.setdefault(message.get("label"), set()).add(address)
            return {device: frozenset(addresses) for device, addresses in found.items()}

    async def add_address(
        self, index: int, address: IPv4Address, prefix_length: int = 32, *, scope: int = 0
    ) -> None:
        """Give a device an address; no-op where it has it."""
        async with _translated(f"add {address} to device {index}", ignore=errno.EEXIST):
            await self._ipr.addr(
                "add", index=index, address=str(address), prefixlen=prefix_length, scope=scope
            )

    async def add_point_to_point(self, index: int, address: IPv4Address, peer: IPv4Address) -> None:
        """Give a device an address and the address at its other end; no-op where it has them.

        The route to the peer that comes with it is what lets reverse-path filtering accept the
        peer's ARP requests.
        """
        async with _translated(f"add {address} to device {index}", ignore=errno.EEXIST):
            await self._ipr.addr(
                "add", index=index, local=str(address), address=str(peer), prefixlen=32
            )

    async def pairs(self, index: int) -> frozenset[tuple[IPv4Address, IPv4Address]]:
        """Read the point-to-point addresses of a device: own end and other end."""
        async with _translated(f"list addresses of device {index}"):
            messages = await self._ipr.get_addr(family=socket.AF_INET, index=index)
            return frozenset(
                [
                    (IPv4Address(message.get("local")), IPv4Address(message.get("address")))
                    async for message in messages
                    if message.get("local") != message.get("address")
                ]
            )

    async def delete_pair(self, index: int, address: IPv4Address, peer: IPv4Address) -> None:
        """Take a point-to-point address from a device; no-op where it is gone."""
        async with _translated(f"remove {address} from {index}", ignore=errno.EADDRNOTAVAIL):
            await self._ipr.addr(
                "del", index=index, local=str(address), address=str(peer), prefixlen=32
            )

    async def delete_address(self, index: int, address: IPv4Interface) -> None:
        """Take an address from a device; no-op where it is gone."""
        async with _translated(f"remove {address} from {index}", ignore=errno.EADDRNOTAVAIL):
            await self._ipr.addr(
                "del",
                index=index,
                address=str(address.ip),
                prefixlen=address.network.prefixlen,
            )

    async def route_to_device(self, prefix: IPv4Network, index: int) -> None:
        """Route a prefix to a device, as directly reachable."""
        async with _translated(f"route {prefix} to device {index}"):
            await self._ipr.route("replace", dst=str(prefix), oif=index, scope=SCOPE_LINK)

    async def route_to_gateway(
        self,
        prefix: IPv4Network,
        gateway: IPv4Address,
        index: int,
        *,
        source: IPv4Address | None = None,
    ) -> None:
        """Route a prefix to a gateway that is on the link whatever the addresses say."""
        preferred = {} if source is None else {"prefsrc": str(source)}
        async with _translated(f"route {prefix} to {gateway}"):
            await self._ipr.route(
                "replace",
                dst=str(prefix),
                gateway=str(gateway),
                oif=index,
                flags=["onlink"],
                **preferred,
            )

    async def default_devices(self) -> frozenset[int]:
        """Give the devices by which everything else leaves, by the main table."""
        async with _translated("list default routes"):
            messages = await self._ipr.get_routes(family=socket.AF_INET, table=TABLE_MAIN)
            found = [message.get("oif") async for message in messages if not message["dst_len"]]
            return frozenset(int(index) for index in found if index is not None)

    async def delete_route(self, prefix: IPv4Network) -> None:
        """Remove a route from the main table; no-op without it."""
        async with _translated(f"remove route {prefix}", ignore=errno.ESRCH):
            await self._ipr.route("del", dst=str(prefix))

    async def egress(self, destination: IPv4Address) -> int | None:
        """Ask the kernel by which device a destination is reached; None where it is not."""
        async with _translated(f"look {destination} up"):
            try:
                messages = await self._ipr.route("get", dst=str(destination))
            except pyroute2.NetlinkError as exc:
                if exc.code in {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EACCES, errno.EINVAL}:
                    return None
                raise
            index = messages[0].get("oif")
            return None if index is None else int(index)

    def rules(self) -> frozenset[rule_dump.Rule]:
        """Read the policy rules."""
        return rule_dump.read(self._dumps)

    async def add_rule(self, rule: rule_dump.Rule) -> None:
        """Add a policy rule; no-op where it is there."""
        async with _translated(f"add {rule}", ignore=errno.EEXIST):
            await self._ipr.rule("add", **_rule_words(rule))

    async def delete_rule(self, rule: rule_dump.Rule) -> None:
        """Remove a policy rule; no-op without it."""
        async with _translated(f"remove {rule}", ignore=errno.ENOENT):
            await self._ipr.rule("del", **_rule_words(rule))

    async def add_proxy(self, address: IPv4Address, index: int) -> None:
        """Answer ARP for an address on a device."""
        async with _translated(f"answer for {address} on device {index}"):
            await self._ipr.neigh(
                "replace", dst=str(address), ifindex=index, flags=_NTF_PROXY, protocol=_PROTOCOL
            )

    async def delete_proxy(self, address: IPv4Address, index: int) -> None:
        """Stop answering ARP for an address on a device; no-op where we do not."""
        async with _translated(f"stop answering for {address}", ignore=errno.ENOENT):
            await self._ipr.neigh("del", dst=str(address), ifindex=index, flags=_NTF_PROXY)

    async def is_proxied(self, address: IPv4Address, index: int) -> bool:
        """Ask whether we answer ARP for an address on a device."""
        request = ndmsg.ndmsg()
        request["family"] = socket.AF_INET
        request["flags"] = _NTF_PROXY
        request["ifindex"] = index
        request["attrs"] = [("NDA_DST", str(address))]
        async with _translated(f"look for {address} on device {index}"):
            try:
                messages = await self._ipr.nlm_request(
                    request, msg_type=RTM_GETNEIGH, msg_flags=NLM_F_REQUEST
                )
                return any([each.get("protocol") == _PROTOCOL async for each in messages])
            except pyroute2.NetlinkError as exc:
                if exc.code == errno.ENOENT:
                    return False
                raise

    async def proxies(self) -> frozenset[tuple[IPv4Address, int]]:
        """Read the addresses that we answer ARP for: address and device index."""
        # The library would filter by flags on its own side; only the header asks for proxies.
        request = ndmsg.ndmsg()
        request["family"] = socket.AF_INET
        request["flags"] = _NTF_PROXY
        async with _translated("list proxied neighbors"):
            messages = await self._ipr.nlm_request(
                request, msg_type=RTM_GETNEIGH, msg_flags=NLM_F_REQUEST | NLM_F_DUMP
            )
            return frozenset(
                [
                    (IPv4Address(message.get("dst")), int(message["ifindex"]))
                    async for message in messages
                    if message.get("protocol") == _PROTOCOL
                ]
            )


def _link(message: Any) -> Link:
    return Link(
        index=message["index"],
        name=message.get("ifname"),
        kind=message.get(("linkinfo", "kind")),
        alias=message.get("ifalias"),
        peer_index=message.get("link"),
        is_up=bool(message["flags"] & _IFF_UP),
        mtu=int(message.get("mtu")),
    )


def _rule_words(rule: rule_dump.Rule) -> dict[str, int | str]:
    words: dict[str, int | str] = {"priority": rule.priority}
    if rule.device is not None:
        words["iifname"] = rule.device
    if rule.table is None:
        words["action"] = "unreachable"
    else:
        words["table"] = rule.table
    return words


@asynccontextmanager
async def _translated(what: str, *, ignore: int = 0) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(_SECONDS):
            yield
    except pyroute2.NetlinkError as exc:
        if exc.code == ignore:
            return
        raise network.KernelRefused(
            f"The kernel refused to {what}: {os.strerror(exc.code)}.", errno=exc.code
        ) from exc
    except TimeoutError as exc:
        raise network.KernelRefused(
            f"The kernel did not answer within {_SECONDS:g} s when asked to {what}."
        ) from exc
