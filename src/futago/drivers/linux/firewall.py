"""A router's packet filter: one nftables table, replaced by one transaction.

Traffic from one VPN device to another is rejected, and so is what is routed into a tunnel without
being covered by its protected data flow. BGP and BFD are served on the device that has the address
alone. The maximum segment size of TCP is clamped both ways. The digest of what is in force is the
name of an empty chain, because nftables 1.0 has no comment on a table in its JSON.

Source: vendor guide "Transit router routing policies", the system policy of priority 5000.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network
from typing import Any, Final

from futago.domain import forwarding, mtu
from futago.drivers.linux import nft, shaper
from futago.ports import network

TABLE: Final = "futago"
_DIGEST_CHAIN = "digest_"
_DIGEST = re.compile(r"[0-9A-Za-z]{1,64}\Z")

_Json = dict[str, Any]
_WHERE: _Json = {"family": "inet", "table": TABLE}
_SYN: _Json = {
    "match": {
        "op": "==",
        "left": {"&": [{"payload": {"protocol": "tcp", "field": "flags"}}, ["syn", "rst"]]},
        "right": "syn",
    }
}


def render(refusals: forwarding.PacketFilter, digest: str) -> str:
    """Render the transaction that replaces the whole table."""
    if not _DIGEST.match(digest):
        raise network.KernelRefused(
            f"Digest {digest!r} cannot be kept in nftables; use letters and digits.", digest=digest
        )
    table: _Json = {"table": {"family": "inet", "name": TABLE}}
    commands: list[_Json] = [
        # Deleting fails without the table, so it is added first: a no-op where it exists.
        {"add": table},
        {"delete": table},
        {"add": table},
        {"add": {"chain": {**_WHERE, "name": _DIGEST_CHAIN + digest}}},
        {"add": {"chain": {**_WHERE, "name": "forward", **_BASE_CHAIN}}},
        *_own_services(),
        {"add": {"chain": {**_WHERE, "name": "own", **_OWN_CHAIN}}},
        {"add": {"rule": {**_WHERE, "chain": "own", "expr": [_CONTROL]}}},
        *(_vpn_set(refusals.vpn_devices) if refusals.vpn_devices else ()),
        *(rule for flow in refusals.flows for rule in _outside_of(flow)),
        _rule(_SYN, _clamp({"rt": {"key": "mtu"}})),
        *(_smaller(each) for each in refusals.small_tunnels),
    ]
    return json.dumps({"nftables": commands})


async def apply(namespace: str, transaction: str) -> None:
    """Put a transaction in force inside a namespace."""
    refused = await nft.apply(namespace, transaction, "-j")
    if refused is not None:
        raise network.KernelRefused(
            f"nft refused the packet filter of {namespace}: {refused}", namespace=namespace
        )


def digest(chains: Iterable[nft.Chain]) -> str | None:
    """Say which packet filter is in force, by the chains that there are; None without one."""
    for chain in chains:
        if (chain.family, chain.table) == ("inet", TABLE) and chain.name.startswith(_DIGEST_CHAIN):
            return chain.name.removeprefix(_DIGEST_CHAIN)
    return None


_OWN_CHAIN: _Json = {"type": "filter", "hook": "output", "prio": -150, "policy": "accept"}
_CONTROL: _Json = {"mangle": {"key": {"meta": {"key": "priority"}}, "value": shaper.CONTROL_CLASS}}
"""BGP, BFD, probes and ICMP errors do not wait behind data."""
_BASE_CHAIN: _Json = {"type": "filter", "hook": "forward", "prio": 0, "policy": "accept"}


def _own_services() -> tuple[_Json, ...]:
    """Keep BGP and BFD of a tunnel to that tunnel: an address is served on its own device only.

    The kernel would take a packet for any of its addresses by any device, so that a VPC or another
    data center could speak to a session. ICMP is not meant: errors come back to the router's own
    address, whichever device they come by.
    """
    protocols = {"match": {"op": "==", "left": {"meta": {"key": "l4proto"}}, "right": _TCP_UDP}}
    elsewhere = {"fib": {"result": "type", "flags": ["daddr", "iif"]}}
    stranger: _Json = {"match": {"op": "!=", "left": elsewhere, "right": "local"}}
    from_outside: _Json = {
        "match": {"op": "!=", "left": {"meta": {"key": "iifname"}}, "right": "lo"}
    }
    chain = {**_WHERE, "name": "input", **_BASE_CHAIN, "hook": "input"}
    rule = {**_WHERE, "chain": "input", "expr": [from_outside, protocols, stranger, {"drop": None}]}
    return {"add": {"chain": chain}}, {"add": {"rule": rule}}


_TCP_UDP: Final[_Json] = {"set": ["tcp", "udp"]}
_REJECT: _Json = {"reject": {"type": "icmpx", "expr": "admin-prohibited"}}


def _vpn_set(devices: tuple[str, ...]) -> tuple[_Json, ...]:
    elements = sorted(set(devices))
    return (
        {"add": {"set": {**_WHERE, "name": "vpn", "type": "ifname", "elem": elements}}},
        _rule(
            _is_vpn("iifname"),
            _is_vpn("oifname"),
            _REJECT,
        ),
        # Towards the tunnel the route's MTU clamps; what comes out of it needs the number.
        _rule(_is_vpn("iifname"), _SYN, _clamp(mtu.USER_MTU - mtu.TCP_OVERHEAD)),
    )


def _smaller(small: forwarding.SmallTunnel) -> _Json:
    """Clamp further what comes out of a tunnel; the kernel never raises the number."""
    comes = _compare("==", {"meta": {"key": "iifname"}}, [small.device])
    return _rule(comes, _SYN, _clamp(small.mtu - mtu.TCP_OVERHEAD))


def _outside_of(flow: forwarding.ProtectedFlow) -> tuple[_Json, ...]:
    """Refuse what the SA would drop without a word: either address outside its selectors."""
    leaving: _Json = _compare("==", {"meta": {"key": "oifname"}}, sorted(flow.devices))
    return tuple(
        _rule(
            leaving,
            _compare("!=", {"payload": {"protocol": "ip", "field": side}}, _prefixes(allowed)),
            _REJECT,
        )
        for side, allowed in (("saddr", flow.local), ("daddr", flow.remote))
    )


def _compare(operator: str, left: _Json, elements: Sequence[_Json | str]) -> _Json:
    return {"match": {"op": operator, "left": left, "right": {"set": list(elements)}}}


def _prefixes(prefixes: Iterable[IPv4Network]) -> list[_Json | str]:
    return [
        {"prefix": {"addr": str(each.network_address), "len": each.prefixlen}} for each in prefixes
    ]


def _rule(*expressions: _Json) -> _Json:
    return {"add": {"rule": {**_WHERE, "chain": "forward", "expr": list(expressions)}}}


def _is_vpn(key: str) -> _Json:
    return {"match": {"op": "==", "left": {"meta": {"key": key}}, "right": "@vpn"}}


def _clamp(value: _Json | int) -> _Json:
    size = {"tcp option": {"name": "maxseg", "field": "size"}}
    return {"mangle": {"key": size, "value": value}}
