"""What two sides of a tunnel make of each other, and the lines they log about it.

Source: strongSwan 5.9.8, both roles, log level 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

from futago.domain import crypto, ike
from futago.plan import intent
from futago.protocols.charon import proposals

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
    begun = _begin(initiator)
    for check in (_check_version, _check_ike_proposal, _check_identities, _check_keys):
        lines = check(initiator, responder)
        if lines is not None:
            return Outcome(
                is_established=False,
                has_child=False,
                initiator_lines=(begun[0], *lines[0]),
                responder_lines=(begun[1], *lines[1]),
            )
    for check in (_check_esp_proposal, _check_selectors):
        lines = check(initiator, responder)
        if lines is not None:
            return Outcome(
                is_established=True,
                has_child=False,
                initiator_lines=(begun[0], _established(initiator), *lines[0], _NO_CHILD),
                responder_lines=(begun[1], _established(responder), *lines[1], _NO_CHILD),
            )
    return Outcome(
        is_established=True,
        has_child=True,
        initiator_lines=(begun[0], _established(initiator), _has_child(initiator)),
        responder_lines=(begun[1], _established(responder), _has_child(responder)),
    )


NO_KEY: Final = ike.PresharedKey("none")


def renew(initiator: Side, responder: Side) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the lines of both sides about a renewal of the child SA; it needs the same group."""
    if initiator.tunnel.esp_profile.pfs is responder.tunnel.esp_profile.pfs:
        return (f"inbound {_has_child(initiator)}",), (f"inbound {_has_child(responder)}",)
    return (
        ("received NO_PROPOSAL_CHOSEN notify, no CHILD_SA built",),
        (
            f"received proposals: {_esp_list(initiator)}",
            f"configured proposals: {_esp_list(responder)}",
            "no acceptable proposal found",
        ),
    )


def unanswered(initiator: Side) -> tuple[str, ...]:
    """Give the lines of an initiator whom nobody answers."""
    return (_begin(initiator)[0], "giving up after 3 retransmits", NO_RESPONSE)


_Lines = tuple[tuple[str, ...], tuple[str, ...]] | None
"""What initiator and responder log."""


def _begin(initiator: Side) -> tuple[str, str]:
    tunnel = initiator.tunnel
    if _is_v2(initiator):
        kind = "IKE_SA"
        article = "an"
    else:
        kind = f"{tunnel.ike_profile.mode.value.capitalize()} Mode IKE_SA"
        article = "a"
    return (
        f"initiating {kind} {tunnel.tunnel_id}[1] to {tunnel.peer_address}",
        f"{tunnel.gateway_address} is initiating {article} {kind}",
    )


def _established(side: Side) -> str:
    tunnel = side.tunnel
    return (
        f"IKE_SA {tunnel.tunnel_id}[1] established between"
        f" {tunnel.gateway_address}[{tunnel.local_identity.text}]"
        f"...{tunnel.peer_address}[{tunnel.remote_identity.text}]"
    )


def _has_child(side: Side) -> str:
    tunnel = side.tunnel
    return (
        f"CHILD_SA {tunnel.tunnel_id}-child{{1}} established with SPIs 08b1d52e_i d24b9a47_o and"
        f" TS {_pair(tunnel.local_ts, tunnel.remote_ts)}"
    )


def _pair(one: tuple[IPv4Network, ...], other: tuple[IPv4Network, ...]) -> str:
    return f"{' '.join(map(str, one))} === {' '.join(map(str, other))}"


def _ike_list(side: Side) -> str:
    profile = side.tunnel.ike_profile
    return "IKE:" + "/".join(
        (
            proposals.name(profile.encryption.value, "encryption"),
            proposals.name(profile.integrity.value, "integrity"),
            proposals.name(profile.integrity.value, "prf"),
            proposals.name(profile.dh_group.value, "dh_group"),
        )
    )


def _esp_list(side: Side, *, has_group: bool = True) -> str:
    profile = side.tunnel.esp_profile
    names = [
        proposals.name(profile.encryption.value, "encryption"),
        proposals.name(profile.integrity.value, "integrity"),
    ]
    if has_group and profile.pfs is not None:
        names.append(proposals.name(profile.pfs.value, "dh_group"))
    return "ESP:" + "/".join([*names, "NO_EXT_SEQ"])


def _is_v2(side: Side) -> bool:
    return side.tunnel.ike_profile.version is crypto.IkeVersion.IKEV2


def _notify_error(side: Side, name: str) -> str:
    return f"received {name} {'notify error' if _is_v2(side) else 'error notify'}"


def _check_version(initiator: Side, responder: Side) -> _Lines:
    if initiator.tunnel.ike_profile.version is responder.tunnel.ike_profile.version:
        return None
    own, peer = responder.tunnel.gateway_address, responder.tunnel.peer_address
    return (
        (_notify_error(initiator, "NO_PROPOSAL_CHOSEN"),),
        (f"no IKE config found for {own}...{peer}, sending NO_PROPOSAL_CHOSEN",),
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
    return (
        (_notify_error(initiator, "NO_PROPOSAL_CHOSEN"),),
        (
            f"received proposals: {_ike_list(initiator)}",
            f"configured proposals: {_ike_list(responder)}",
            found,
        ),
    )


def _check_identities(initiator: Side, responder: Side) -> _Lines:
    one, other = initiator.tunnel, responder.tunnel
    if (one.local_identity, one.remote_identity) == (other.remote_identity, other.local_identity):
        return None
    found = "no matching peer config found" if _is_v2(responder) else "no peer config found"
    looking = (
        f"looking for peer configs matching {other.gateway_address}[{one.remote_identity.text}]"
        f"...{other.peer_address}[{one.local_identity.text}]"
    )
    return (_notify_error(initiator, "AUTHENTICATION_FAILED"),), (looking, found)


def _check_keys(initiator: Side, responder: Side) -> _Lines:
    if initiator.psk == responder.psk:
        return None
    if not _is_v2(initiator):
        return (
            ("invalid HASH_V1 payload length, decryption failed?",),
            ("invalid ID_V1 payload length, decryption failed?",),
        )
    own, peer = responder.tunnel.local_identity.text, responder.tunnel.remote_identity.text
    return (
        (_notify_error(initiator, "AUTHENTICATION_FAILED"),),
        (f"tried 1 shared key for '{own}' - '{peer}', but MAC mismatched",),
    )


def _check_esp_proposal(initiator: Side, responder: Side) -> _Lines:
    offered, wanted = initiator.tunnel.esp_profile, responder.tunnel.esp_profile
    has_same_group = _is_v2(initiator) or offered.pfs is wanted.pfs
    if has_same_group and (offered.encryption, offered.integrity) == (
        wanted.encryption,
        wanted.integrity,
    ):
        return None  # under IKEv2 a different group shows at the first rekey only
    lists = (
        f"received proposals: {_esp_list(initiator, has_group=not _is_v2(initiator))}",
        f"configured proposals: {_esp_list(responder)}",
    )
    if _is_v2(initiator):
        refusal = "received NO_PROPOSAL_CHOSEN notify, no CHILD_SA built"
        return (refusal,), (*lists, "no acceptable proposal found")
    return (
        (_notify_error(initiator, "NO_PROPOSAL_CHOSEN"),),
        (*lists, "no matching proposal found, sending NO_PROPOSAL_CHOSEN"),
    )


def _check_selectors(initiator: Side, responder: Side) -> _Lines:
    one, other = initiator.tunnel, responder.tunnel
    if _overlap(one.local_ts, other.remote_ts) and _overlap(one.remote_ts, other.local_ts):
        return None
    if _is_v2(initiator):
        return (
            ("received TS_UNACCEPTABLE notify, no CHILD_SA built",),
            (f"traffic selectors {_pair(one.remote_ts, one.local_ts)} unacceptable",),
        )
    return (
        (_notify_error(initiator, "INVALID_ID_INFORMATION"),),
        (f"no matching CHILD_SA config found for {_pair(one.local_ts, one.remote_ts)}",),
    )


def _overlap(some: tuple[IPv4Network, ...], others: tuple[IPv4Network, ...]) -> bool:
    return any(one.overlaps(other) for one in some for other in others)
