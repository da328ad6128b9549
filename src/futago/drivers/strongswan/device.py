"""The tunnel's cleartext device: the daemon's TUN, moved into the router's namespace.

The daemon makes a TUN `ipsec0` beside itself and later looks it up by name for each policy's
route. So after the TUN has moved, a persistent TUN of the same name stands in for it; it has no
reader and no carrier. It has to go before a daemon starts, else the new one makes `ipsec1`.
"""

from __future__ import annotations

import fcntl
import os
import struct
from dataclasses import dataclass
from enum import Enum
from typing import Final

from futago.domain import ike, mtu
from futago.drivers.strongswan import faults, namespaces, netlink
from futago.plan import places

DAEMON_DEVICE: Final = "ipsec0"
"""Source: strongSwan, kernel_libipsec_router.c."""

_TUNSETIFF: Final = 0x400454CA
_TUNSETPERSIST: Final = 0x400454CB
_IFF_TUN_WITHOUT_HEADER: Final = 0x1001


class Inside(Enum):
    """What carries the name of the daemon's device in the tunnel's namespace."""

    NOTHING = "nothing"
    TUN = "tun"
    """The daemon's own, not moved yet."""
    PLACEHOLDER = "placeholder"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedDevice:
    """The device in the router's namespace."""

    is_up: bool
    has_carrier: bool


async def look(place: places.TunnelPlace) -> PlacedDevice | None:
    """Read the device in the router's namespace; None when it is not there."""
    if place.router_namespace is None or not namespaces.exists(place.router_namespace):
        return None
    link = await namespaces.inside(place.router_namespace, lambda: _find(place.device))
    if link is None:
        return None
    return PlacedDevice(is_up=link.is_up, has_carrier=link.has_carrier)


async def is_complete(place: places.TunnelPlace) -> bool:
    """Tell whether both devices are up: an agent may have died before it made the placeholder."""
    placed = await look(place)
    if placed is None or not placed.is_up:
        return False
    return await namespaces.inside(place.namespace, _has_placeholder_up)


async def look_inside(place: places.TunnelPlace) -> Inside:
    """Say what stands in the tunnel's namespace under the daemon's device name."""
    if not namespaces.exists(place.namespace):
        return Inside.NOTHING
    link = await namespaces.inside(place.namespace, lambda: _find(DAEMON_DEVICE))
    if link is None:
        return Inside.NOTHING
    return Inside.PLACEHOLDER if link.is_persistent_tun else Inside.TUN


async def settle(place: places.TunnelPlace) -> None:
    """Move the daemon's TUN to the router, carrier off, and put the placeholder in its stead.

    It takes over the number of the device that it replaces: the routing daemon orders equal next
    hops by it, and in another order the partner's flows would change their way.
    """
    router = place.router_namespace
    if router is None:
        raise faults.PlaceMissing(
            f"Tunnel {place.tunnel_id} has no router to place its device at.",
            tunnel_id=place.tunnel_id,
        )
    # What an earlier daemon left there; its carrier is off since, so no route uses it any more.
    old = await namespaces.inside(router, lambda: _find(place.device))
    await remove_placed(router, place.device)
    index = None if old is None else old.index
    await namespaces.inside(place.namespace, lambda: _move(place.device, router, index))
    await raise_up(place)
    await ensure_placeholder(place)


async def remove_placed(router: str, name: str) -> None:
    """Remove a device from a router's namespace; no-op without it."""
    if namespaces.exists(router):
        await namespaces.inside(router, lambda: remove(name))


async def raise_up(place: places.TunnelPlace) -> None:
    """Give the placed device its address and set it up; that it is up says that both are done.

    Without any address the kernel drops what comes out of the device while the route back leads
    elsewhere, which is so for a moment whenever a tunnel comes back.
    Source: Linux, __fib_validate_source(), `no_addr` under loose reverse-path filtering.
    """
    if place.router_namespace is not None:
        await namespaces.inside(place.router_namespace, lambda: _raise_up(place.device))


async def fit(place: places.TunnelPlace, esp: ike.EspProfile) -> None:
    """Give the placed device the MTU that the path outside and the cipher leave."""
    outside = await namespaces.inside(place.namespace, lambda: _find(places.OUTSIDE_DEVICE))
    if outside is None or place.router_namespace is None:
        return
    wanted = mtu.tunnel_mtu(outside.mtu, esp)
    await namespaces.inside(place.router_namespace, lambda: _set_mtu(place.device, wanted))


def set_carrier(name: str, *, is_on: bool) -> None:
    """Switch the carrier of a device in the namespace of this thread; no-op without it.

    Reading the link flushes the kernel's limit of one link event per second.
    """
    with netlink.Rtnetlink() as kernel:
        link = kernel.find(name)
        if link is not None:
            kernel.change(link.index, netlink.LinkChange(carrier=is_on))
            kernel.find(name)


async def ensure_placeholder(place: places.TunnelPlace) -> None:
    """Put the placeholder in the tunnel's namespace, up."""
    await namespaces.inside(place.namespace, _make_placeholder)


async def remove_placeholder(place: places.TunnelPlace) -> None:
    """Take the placeholder away; no-op without one."""
    if namespaces.exists(place.namespace):
        await namespaces.inside(place.namespace, _remove_placeholder)


def _find(name: str) -> netlink.Link | None:
    with netlink.Rtnetlink() as kernel:
        return kernel.find(name)


def remove(name: str) -> None:
    """Remove a device of the namespace of this thread; no-op without it."""
    with netlink.Rtnetlink() as kernel:
        link = kernel.find(name)
        if link is not None:
            kernel.delete(link.index)


def _has_placeholder_up() -> bool:
    link = _find(DAEMON_DEVICE)
    return link is not None and link.is_persistent_tun and link.is_up


def _move(name: str, router: str, index: int | None) -> None:
    try:
        target = os.open(namespaces.path(router), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError as exc:
        raise faults.PlaceMissing(
            f"Namespace {router} does not exist; create the router's before its tunnels.",
            name=router,
        ) from exc
    try:
        with netlink.Rtnetlink() as kernel:
            link = kernel.find(DAEMON_DEVICE)
            if link is None or link.is_persistent_tun:
                raise faults.PlaceMissing(f"The daemon's device {DAEMON_DEVICE} is not there.")
            kernel.change(link.index, netlink.LinkChange(carrier=False))
            kernel.change(
                link.index,
                netlink.LinkChange(
                    namespace=target, name=name, mtu=places.TUNNEL_MTU, is_up=False, index=index
                ),
            )
    finally:
        os.close(target)


def _set_mtu(name: str, wanted: int) -> None:
    with netlink.Rtnetlink() as kernel:
        link = kernel.find(name)
        if link is not None and link.mtu != wanted:
            kernel.change(link.index, netlink.LinkChange(mtu=wanted))


def _raise_up(name: str) -> None:
    with netlink.Rtnetlink() as kernel:
        link = kernel.find(name)
        if link is not None and not link.is_up:
            kernel.add_address(link.index, places.LINK_ROUTER_SIDE)
            kernel.change(link.index, netlink.LinkChange(is_up=True))


def _make_placeholder() -> None:
    with netlink.Rtnetlink() as kernel:
        link = kernel.find(DAEMON_DEVICE)
        if link is None:
            make_persistent_tun(DAEMON_DEVICE)
            link = kernel.find(DAEMON_DEVICE)
        if link is not None and not link.is_up:
            kernel.change(link.index, netlink.LinkChange(is_up=True))


def make_persistent_tun(name: str) -> None:
    """Make a TUN without a reader in the namespace of this thread."""
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
    try:
        request = struct.pack("16sH14x", name.encode(), _IFF_TUN_WITHOUT_HEADER)
        fcntl.ioctl(descriptor, _TUNSETIFF, request)
        fcntl.ioctl(descriptor, _TUNSETPERSIST, 1)
    except OSError as exc:
        raise faults.KernelRefused(f"Making the TUN {name} failed: {exc.strerror}.") from exc
    finally:
        os.close(descriptor)


def _remove_placeholder() -> None:
    with netlink.Rtnetlink() as kernel:
        link = kernel.find(DAEMON_DEVICE)
        if link is not None and link.is_persistent_tun:
            kernel.delete(link.index)
