"""Names of namespaces and devices, as pure functions of resource ids.

Every name starts with the node's mark, so that pruning touches only what is ours, and an id can be
read back from the name of its namespace, so that the agent needs no memory of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address
from typing import Final, Self

from futago.domain import faults, ids, mtu

LINK_ROUTER_SIDE: Final = IPv4Address("169.254.0.1")
LINK_FAR_SIDE: Final = IPv4Address("169.254.0.2")
"""Ends of our point-to-point links: inside the reserved 169.254.0.0/30, so never a tunnel CIDR."""

OUTSIDE_DEVICE: Final = "outside"
"""The uplink, seen from a tunnel's namespace."""
OUTSIDE_MARK: Final = 0x42
"""Of packets that belong outside: without it the IKE daemon's routes take them into the tunnel."""
VPC_ROUTER_DEVICE: Final = "router0"
"""The link to the transit router, seen from a VPC's namespace."""
TUNNEL_MTU: Final = mtu.USER_MTU
"""Of a device before anything is loaded."""

_MARK = re.compile(r"[a-z][a-z0-9]{1,3}\Z")
_DEVICE_SUFFIX = 10


class BadMark(faults.Invalid):
    """A node's mark is two to four lower-case letters and digits."""

    code = "Node.BadMark"


class PlaceKind(StrEnum):
    """What lives in a namespace."""

    TUNNEL = "t"
    ROUTER = "r"
    VPC = "v"


_PREFIX = {
    PlaceKind.TUNNEL: ids.IdKind.TUNNEL,
    PlaceKind.ROUTER: ids.IdKind.ROUTER,
    PlaceKind.VPC: ids.IdKind.VPC,
}


def check_mark(mark: str) -> str:
    """Refuse a mark that would make names too long or ambiguous."""
    if not _MARK.match(mark):
        raise BadMark(
            f"Mark {mark!r} is not two to four lower-case letters and digits starting with a "
            "letter; choose one such as 'fg'.",
            field="node.mark",
            value=mark,
        )
    return mark


def namespace_name(mark: str, kind: PlaceKind, resource_id: str) -> str:
    """Name the namespace of a resource."""
    return f"{mark}-{kind.value}-{resource_id.removeprefix(_PREFIX[kind].value)}"


def parse_namespace(mark: str, name: str) -> tuple[PlaceKind, str] | None:
    """Read kind and resource id back from a namespace's name; None for names that are not ours."""
    for kind, prefix in _PREFIX.items():
        start = f"{mark}-{kind.value}-"
        if name.startswith(start) and ids.is_id(prefix, prefix.value + name[len(start) :]):
            return kind, prefix.value + name[len(start) :]
    return None


def device_name(mark: str, letter: str, resource_id: str) -> str:
    """Name a device: mark, letter, start of the id's random part; 15 characters at most."""
    return f"{mark}{letter}{resource_id.rpartition('-')[2][:_DEVICE_SUFFIX]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelPlace:
    """Where one tunnel lives."""

    tunnel_id: ids.TunnelId
    namespace: str
    """Outside: gateway address and IKE daemon."""
    uplink_device: str
    """The node's end of the link to that namespace."""
    device: str
    """Cleartext device, in the router's namespace."""
    router_namespace: str | None
    """None only where a tunnel is removed."""

    @classmethod
    def of(cls, mark: str, tunnel_id: ids.TunnelId, router_id: ids.RouterId | None) -> Self:
        """Derive the place of a tunnel from ids."""
        return cls(
            tunnel_id=tunnel_id,
            namespace=namespace_name(mark, PlaceKind.TUNNEL, tunnel_id),
            uplink_device=device_name(mark, "u", tunnel_id),
            device=device_name(mark, "t", tunnel_id),
            router_namespace=(
                None if router_id is None else namespace_name(mark, PlaceKind.ROUTER, router_id)
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterPlace:
    """Where one transit router lives."""

    router_id: ids.RouterId
    namespace: str

    @classmethod
    def of(cls, mark: str, router_id: ids.RouterId) -> Self:
        """Derive the place of a router from its id."""
        return cls(router_id=router_id, namespace=namespace_name(mark, PlaceKind.ROUTER, router_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class VpcPlace:
    """Where one VPC lives."""

    vpc_id: ids.VpcId
    namespace: str
    device: str
    """The link to this VPC, seen from a router's namespace."""

    @classmethod
    def of(cls, mark: str, vpc_id: ids.VpcId) -> Self:
        """Derive the place of a VPC from its id."""
        return cls(
            vpc_id=vpc_id,
            namespace=namespace_name(mark, PlaceKind.VPC, vpc_id),
            device=device_name(mark, "v", vpc_id),
        )


def bridge_name(vswitch_id: ids.VSwitchId) -> str:
    """Name the bridge of a vSwitch inside its VPC's namespace."""
    return f"br{vswitch_id.rpartition('-')[2][:_DEVICE_SUFFIX]}"
