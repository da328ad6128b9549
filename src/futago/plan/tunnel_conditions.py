"""What somebody should know of a tunnel's settings although nothing failed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address
from typing import Final

from futago.domain import connection
from futago.plan import path_model


class Code(StrEnum):
    """What there is to know."""

    NAT_TRAVERSAL_FORCED = "NatTraversalForced"
    PEER_BEHIND_NAT = "PeerBehindNat"
    PRIVATE_PEER_ADDRESS = "PrivatePeerAddress"
    WAITING_FOR_TRAFFIC = "WaitingForTraffic"


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


_WAITING_FOR_TRAFFIC: Final = Condition(
    code=Code.WAITING_FOR_TRAFFIC,
    message="The tunnel is not negotiated yet: it waits for the first packet, or for the peer.",
    remedy="Send something to the data center, or set EffectImmediately to true.",
)


def of_tunnel(
    tunnel: connection.Tunnel,
    gateway_address: IPv4Address | None,
    peer_address: IPv4Address,
    *,
    is_armed: bool = False,
    translated_port: int | None = None,
) -> tuple[Condition, ...]:
    """Give what there is to know of a tunnel on the userspace driver.

    Args:
        tunnel: Its settings.
        gateway_address: None before it has one.
        peer_address: Of its customer gateway.
        is_armed: It was last seen waiting for a packet.
        translated_port: From which the peer's packets come because of a NAT; None: no proof of one.
    """
    found = [] if tunnel.nat_traversal else [_NAT_TRAVERSAL_FORCED]
    is_public = gateway_address is not None and not _is_private(gateway_address)
    if is_public and _is_private(peer_address):
        found.append(_private_peer(peer_address))
    if translated_port is not None:
        found.append(_behind_nat(translated_port))
    if is_armed:
        found.append(_WAITING_FOR_TRAFFIC)
    return tuple(found)


def _behind_nat(port: int) -> Condition:
    return Condition(
        code=Code.PEER_BEHIND_NAT,
        message=(
            f"A NAT is in between: the peer's packets come from UDP port {port}. Where it lets in"
            " answers only, nobody but the peer can start the tunnel."
        ),
        remedy=(
            "Let the peer start, and keep dead peer detection on at both ends: it finds out when"
            " the NAT has forgotten the tunnel."
        ),
    )


def _is_private(address: IPv4Address) -> bool:
    return any(address in prefix for prefix in path_model.PRIVATE)


def _private_peer(address: IPv4Address) -> Condition:
    return Condition(
        code=Code.PRIVATE_PEER_ADDRESS,
        message=(
            f"The customer gateway's address {address} is private, and the Internet does not carry"
            " packets to it from the public gateway address."
        ),
        remedy=(
            "Use a customer gateway with the public address of the device or of the NAT before it,"
            " or a connection with NetworkType private."
        ),
    )
