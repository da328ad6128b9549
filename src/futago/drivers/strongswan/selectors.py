"""Addresses that stand for local prefixes in a tunnel's namespace.

Userspace ESP installs a route for each policy, and the route's source must be an address of the
daemon's own inside the local traffic selector; without one it refuses the child SA. The networks
behind a gateway are elsewhere, so one address of each local prefix is put on a device that has no
reader. No packet ever takes these routes: cleartext comes out of the TUN in the router's namespace.
Source: strongSwan, kernel_libipsec_ipsec.c, install_route.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from futago.drivers.strongswan import device, namespaces, netlink
from futago.plan import intent, places

DEVICE: Final = "selectors0"


async def represent(place: places.TunnelPlace, tunnel: intent.TunnelIntent) -> None:
    """Give the namespace an address in each local prefix, and no others of this kind."""
    outside = {tunnel.gateway_address, tunnel.peer_address}
    addresses = tuple(addresses_in(tunnel.local_ts, besides=outside))
    await namespaces.inside(place.namespace, lambda: _replace(addresses))


def addresses_in(
    prefixes: Iterable[IPv4Network], *, besides: Collection[IPv4Address]
) -> Iterator[IPv4Address]:
    """Give the first address of each prefix that IKE itself does not use, if there is one.

    0.0.0.0/0 needs none: every address is inside.
    """
    for prefix in prefixes:
        free = (each for each in prefix if each not in besides)
        if prefix.prefixlen:
            yield from itertools.islice(free, 1)


def _replace(addresses: tuple[IPv4Address, ...]) -> None:
    device.remove(DEVICE)
    if not addresses:
        return
    device.make_persistent_tun(DEVICE)
    with netlink.Rtnetlink() as kernel:
        link = kernel.find(DEVICE)
        if link is None:
            return
        kernel.change(link.index, netlink.LinkChange(is_up=True))
        for address in addresses:
            kernel.add_address(link.index, address, is_global=True)
