"""VPCs: the link between a VPC and its transit router, and the bridges of its vSwitches."""

from __future__ import annotations

import os
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Final

from futago.drivers.linux import namespaces, rtnl, sockets
from futago.plan import places, steps

PRIVATE: Final = (
    IPv4Network("10.0.0.0/8"),
    IPv4Network("172.16.0.0/12"),
    IPv4Network("192.168.0.0/16"),
)
EVERYTHING: Final = (IPv4Network("0.0.0.0/0"),)


class Published(StrEnum):
    """What leaves a VPC through its router, kept as the alias of the link's router side."""

    ALL = "futago all"
    PRIVATE = "futago private"


def published(link: rtnl.Link) -> bool | None:
    """Read whether all traffic of a VPC comes by its link; None while it is not finished."""
    match link.alias:
        case Published.ALL.value:
            return True
        case Published.PRIVATE.value:
            return False
        case _:
            return None


async def connect(opened: sockets.Sockets, step: steps.ConnectVpc) -> None:
    """Link a VPC's namespace with a router's, and route the VPC's traffic to it."""
    router = await opened.netlink(step.router.namespace)
    vpc = await opened.netlink(step.vpc.namespace)
    if not await _is_joined(router, vpc, step.vpc.device):
        await router.delete_link(step.vpc.device)
        await vpc.delete_link(places.VPC_ROUTER_DEVICE)
        handle = namespaces.open_handle(step.vpc.namespace)
        try:
            await router.add_veth(step.vpc.device, places.VPC_ROUTER_DEVICE, handle)
        finally:
            os.close(handle)
    near = await router.require(step.vpc.device)
    far = await vpc.require(places.VPC_ROUTER_DEVICE)
    router_end, vpc_end = places.LINK_ROUTER_SIDE, places.LINK_FAR_SIDE
    await router.add_point_to_point(near.index, router_end, vpc_end)
    await vpc.add_point_to_point(far.index, vpc_end, router_end)
    await router.set_up(near.index)
    await vpc.set_up(far.index)
    wanted, other = (EVERYTHING, PRIVATE) if step.all_traffic else (PRIVATE, EVERYTHING)
    for prefix in wanted:
        await vpc.route_to_gateway(prefix, router_end, far.index)
    for prefix in other:
        await vpc.delete_route(prefix)
    # Last: the alias says that everything above is done.
    await router.set_alias(near.index, Published.ALL if step.all_traffic else Published.PRIVATE)


async def bridges(netlink: rtnl.Rtnl) -> dict[str, IPv4Address]:
    """Bridges that are up and have an address; name to address."""
    found = {}
    for link in await netlink.links():
        if link.kind != "bridge" or not link.is_up:
            continue
        addresses = await netlink.addresses(link.index)
        if len(addresses) == 1:
            found[link.name] = next(iter(addresses)).ip
    return found


async def create_bridge(netlink: rtnl.Rtnl, name: str, address: IPv4Interface) -> None:
    """Make a bridge with exactly one address."""
    if await netlink.link(name) is None:
        await netlink.add_bridge(name)
    link = await netlink.require(name)
    for old in await netlink.addresses(link.index) - {address}:
        await netlink.delete_address(link.index, old)
    await netlink.add_address(link.index, address.ip, address.network.prefixlen)
    await netlink.set_up(link.index)


async def _is_joined(router: rtnl.Rtnl, vpc: rtnl.Rtnl, device: str) -> bool:
    near = await router.link(device)
    far = await vpc.link(places.VPC_ROUTER_DEVICE)
    if near is None or far is None:
        return False
    return near.peer_index == far.index and far.peer_index == near.index
