"""What somebody should know of a tunnel's settings although nothing failed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from futago.domain import connection


class Code(StrEnum):
    """What there is to know."""

    NAT_TRAVERSAL_FORCED = "NatTraversalForced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One thing to know."""

    code: Code
    message: str
    remedy: str


_NAT_TRAVERSAL_FORCED: Final = Condition(
    code=Code.NAT_TRAVERSAL_FORCED,
    message=(
        "NAT traversal is off, but this gateway encrypts in user space and always sends ESP inside"
        " UDP 4500."
    ),
    remedy="Leave NAT traversal on at the peer and let UDP 4500 pass.",
)


def of_tunnel(tunnel: connection.Tunnel) -> tuple[Condition, ...]:
    """Give what there is to know of a tunnel on the userspace driver."""
    return () if tunnel.nat_traversal else (_NAT_TRAVERSAL_FORCED,)
