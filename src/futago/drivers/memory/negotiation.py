"""What two sides of a tunnel make of each other, and the lines they log about it.

Source: strongSwan 5.9.8, both roles, log level 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

from futago.domain import crypto, ike
from futago.plan import intent

NO_RESPONSE: Final = "establishing IKE_SA failed, peer not responding"

_NO_CHILD: Final = "failed to establish CHILD_SA, keeping IKE_SA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side as it is loaded."""

    tunnel: intent.TunnelIntent
    psk: ike.PresharedKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a negotiation ended."""

    is_established: bool
    has_child: bool
    initiator_lines: tuple[str, ...] = ()
    responder_lines: tuple[str, ...] = ()


def negotiate(initiator: Side, responder: Side) -> Outcome:
    """Compare two sides in the order in which the protocol does."""
    for check in (_check_version, _check_ike_proposal, _check_identities, _check_keys):
        lines = check(initiator, responder)
        if lines is not None:
            return Outcome(
                is_established=False,
                has_child=False,
                initiator_lines=(lines[0],),
                responder_lines=(lines[1],),
            )
    for check in (_check_esp_proposal, _check_selectors):
        lines = check(initiator, responder)
        if lines is not None:
            return Outcome(
                is_established=True,
                has_child=False,
                initiator_lines=(lines[0], _NO_CHILD),
                responder_lines=(lines[1], _NO_CHILD),
            )
    return Outcome(is_established=True, has_child=True)


_Lines = tuple[str, str] | None


def _is_v2(side: Side) -> bool:
    return side.tunnel.ike_profile.version is crypto.IkeVersion.IKEV2


def _notify_error(side: Side, name: str) -> str:
    return f"received {name} {'notify error' if _is_v2(side) else 'error notify'}"


def _check_version(initiator: Side, responder: Side) -> _Lines:
    if initiator.tunnel.ike_profile.version is responder.tunnel.ike_profile.version:
        return None
    own, peer = responder.tunnel.gateway_address, responder.tunnel.peer_address
    return (
        _notify_error(initiator, "NO_PROPOSAL_CHOSEN"),
        f"no IKE config found for {own}...{peer}, sending NO_PROPOSAL_CHOSEN",
    )


def _check_ike_proposal(initiator: Side, responder: Side) -> _Lines:
    offered, wanted = initiator.tunnel.ike_profile, responder.tunnel.ike_profile
    if (offered.encryption, offered.integrity, offered.dh_group) == (
        wanted.encryption,
        wanted.integrity,
        wanted.dh_group,
    ):
        return None
    found = "received proposals unacceptable" if _is_v2(responder) else "no proposal found"
    return _notify_error(initiator, "NO_PROPOSAL_CHOSEN"), found


def _check_identities(initiator: Side, responder: Side) -> _Lines:
    one, other = initiator.tunnel, responder.tunnel
    if (one.local_identity, one.remote_identity) == (other.remote_identity, other.local_identity):
        return None
    found = "no matching peer config found" if _is_v2(responder) else "no peer config found"
    return _notify_error(initiator, "AUTHENTICATION_FAILED"), found


def _check_keys(initiator: Side, responder: Side) -> _Lines:
    if initiator.psk == responder.psk:
        return None
    if not _is_v2(initiator):
        return (
            "invalid HASH_V1 payload length, decryption failed?",
            "invalid ID_V1 payload length, decryption failed?",
        )
    own, peer = responder.tunnel.local_identity.text, responder.tunnel.remote_identity.text
    return (
        _notify_error(initiator, "AUTHENTICATION_FAILED"),
        f"tried 1 shared key for '{own}' - '{peer}', but MAC mismatched",
    )


def _check_esp_proposal(initiator: Side, responder: Side) -> _Lines:
    offered, wanted = initiator.tunnel.esp_profile, responder.tunnel.esp_profile
    has_same_group = _is_v2(initiator) or offered.pfs is wanted.pfs
    if has_same_group and (offered.encryption, offered.integrity) == (
        wanted.encryption,
        wanted.integrity,
    ):
        return None  # under IKEv2 a different group shows at the first rekey only
    if _is_v2(initiator):
        return (
            "received NO_PROPOSAL_CHOSEN notify, no CHILD_SA built",
            "no acceptable proposal found",
        )
    return (
        _notify_error(initiator, "NO_PROPOSAL_CHOSEN"),
        "no matching proposal found, sending NO_PROPOSAL_CHOSEN",
    )


def _check_selectors(initiator: Side, responder: Side) -> _Lines:
    one, other = initiator.tunnel, responder.tunnel
    if _overlap(one.local_ts, other.remote_ts) and _overlap(one.remote_ts, other.local_ts):
        return None
    pair = f"{' '.join(map(str, one.remote_ts))} === {' '.join(map(str, one.local_ts))}"
    if _is_v2(initiator):
        return (
            "received TS_UNACCEPTABLE notify, no CHILD_SA built",
            f"traffic selectors {pair} unacceptable",
        )
    return (
        _notify_error(initiator, "INVALID_ID_INFORMATION"),
        f"no matching CHILD_SA config found for {pair}",
    )


def _overlap(some: tuple[IPv4Network, ...], others: tuple[IPv4Network, ...]) -> bool:
    return any(one.overlaps(other) for one in some for other in others)
