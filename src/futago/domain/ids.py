"""Resource ids: a kind, a prefix, and twenty lower-case letters and digits.

Ids are plain strings with a type of their own, so that the id of a tunnel cannot be handed over as
the id of a connection. Randomness comes from the caller.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NewType

from futago.domain import faults, randomness

AccountId = NewType("AccountId", str)
CenId = NewType("CenId", str)
RouterId = NewType("RouterId", str)
RouterCidrId = NewType("RouterCidrId", str)
AttachmentId = NewType("AttachmentId", str)
RouteTableId = NewType("RouteTableId", str)
RouteEntryId = NewType("RouteEntryId", str)
VpcId = NewType("VpcId", str)
VSwitchId = NewType("VSwitchId", str)
CustomerGatewayId = NewType("CustomerGatewayId", str)
ConnectionId = NewType("ConnectionId", str)
TunnelId = NewType("TunnelId", str)
NodeId = NewType("NodeId", str)
ZoneId = NewType("ZoneId", str)

_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_LENGTH = 17
_PATTERN = re.compile(r"[a-z0-9]{16,20}\Z")


class IdKind(StrEnum):
    """Kind of a resource; the value is the prefix on the wire."""

    CEN = "cen-"
    ROUTER = "tr-"
    ROUTER_CIDR = "cidr-"
    ATTACHMENT = "tr-attach-"
    ROUTE_TABLE = "vtb-"
    ROUTE_ENTRY = "rte-"
    VPC = "vpc-"
    VSWITCH = "vsw-"
    CUSTOMER_GATEWAY = "cgw-"
    CONNECTION = "vco-"
    TUNNEL = "tun-"
    RESOURCE_GROUP = "rg-"
    WEBHOOK = "wh-"


_KINDS = {kind.value: kind for kind in IdKind}


class MalformedId(faults.Invalid):
    """Text is not an id of the wanted kind."""

    code = "Id.Malformed"


def generate(kind: IdKind, random_below: randomness.RandomBelow) -> str:
    """Make a new id of a kind."""
    return kind.value + randomness.text(_ALPHABET, _LENGTH, random_below)


def kind_of(text: str) -> IdKind | None:
    """Tell of which kind an id is; None for other text."""
    prefix, dash, rest = text.rpartition("-")
    return _KINDS.get(prefix + dash) if _PATTERN.match(rest) else None


def is_id(kind: IdKind, text: str) -> bool:
    """Tell whether text has the form of an id of this kind."""
    return text.startswith(kind.value) and bool(_PATTERN.match(text[len(kind.value) :]))
