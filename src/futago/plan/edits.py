"""What an edit of a tunnel costs, known before it is made. Pure.

The digest of a tunnel has a part for each thing that an edit can reach, so that the difference
between what a daemon has loaded and what it shall have can be told without the old values. The
agent acts by `impact`, and `plan` tells by it beforehand what an edit will do to traffic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import IntEnum, StrEnum
from typing import Final

from futago.domain import connection, ids
from futago.plan import intent

_PARTS: Final = 4
_NEUTRAL_LIFETIME: Final = timedelta()


class Impact(IntEnum):
    """The heaviest thing that an edit does to a tunnel that is up."""

    NOTHING = 0
    """What is loaded is what is wanted."""
    NEXT_KEY = 1
    """Another key counts from the next negotiation on; what is established stays."""
    REKEY_CHILD = 2
    """Another child SA under the same IKE SA replaces the old one: no packet is lost."""
    RENEW_IKE = 3
    """Another IKE SA replaces the old one, the new one first if the peer agrees to it."""
    REESTABLISH_IKE = 4
    """The IKE SA is closed first, because the old and the new key cannot be held side by side."""
    RECREATE = 5
    """The daemon is started anew at another gateway address."""


class Standing(StrEnum):
    """Whether a tunnel carries traffic, by present facts."""

    UP = "up"
    DOWN = "down"
    UNKNOWN = "unknown"
    """The node has not said anything lately."""
    NEVER_UP = "never-up"
    """Down, and it has not come up since it has its gateway address."""


class Effect(StrEnum):
    """What an edit does to traffic."""

    NONE = "none"
    """Nothing is lost: what carries traffic is not touched."""
    DRAINED = "drained"
    """The partner carries both directions meanwhile; nothing is lost."""
    BRIEF = "brief"
    """Less than a second of what is on its way in one direction may be lost."""
    INTERRUPTED = "interrupted"
    """Nobody carries the traffic until the tunnel is negotiated anew: seconds at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One tunnel as an edit finds it. Without a gateway address there is no intent."""

    tunnel_id: ids.TunnelId
    index: connection.TunnelIndex
    before: intent.TunnelIntent | None
    after: intent.TunnelIntent | None
    standing: Standing
    has_bgp: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelEdit:
    """What an edit does to one tunnel."""

    tunnel_id: ids.TunnelId
    index: connection.TunnelIndex
    impact: Impact
    effect: Effect
    asks_peer: bool
    """The device at the other end has to get the same setting."""
    turn: int
    """1 is changed first, 2 when that one is proven to work again; 0 is not touched."""
    standing: Standing
    partner_id: ids.TunnelId
    partner: Standing

    @property
    def is_unsafe(self) -> bool:
        """Tell whether traffic is interrupted because a partner that once worked does not."""
        return self.effect is Effect.INTERRUPTED and self.partner is not Standing.NEVER_UP


@dataclass(frozen=True, slots=True, kw_only=True)
class EditPlan:
    """What an edit of a connection does, one entry for each tunnel in their order."""

    connection_id: ids.ConnectionId
    tunnels: tuple[TunnelEdit, ...]

    @property
    def unsafe(self) -> tuple[TunnelEdit, ...]:
        """Give the tunnels whose traffic nobody would carry."""
        return tuple(each for each in self.tunnels if each.is_unsafe)


def impact(loaded: str | None, wanted: intent.TunnelIntent) -> Impact:
    """Tell what loading an intent does, by the digest of what is loaded.

    Args:
        loaded: What the daemon has; None or the digest of another version: nothing is known.
        wanted: What it shall have.
    """
    if loaded == wanted.digest:
        return Impact.NOTHING
    before, after = (loaded or "").split("."), wanted.digest.split(".")
    if len(before) != _PARTS or len(after) != _PARTS:
        return Impact.REESTABLISH_IKE
    weights = (Impact.RECREATE, _key_impact(wanted), Impact.RENEW_IKE, Impact.REKEY_CHILD)
    parts = zip(weights, before, after, strict=True)
    return max(weight for weight, one, other in parts if one != other)


def has_same_key(loaded: str | None, tunnel: intent.TunnelIntent) -> bool:
    """Tell by a digest whether the key of an intent is loaded."""
    return (loaded or "").split(".")[1:2] == tunnel.digest.split(".")[1:2]


def between(before: intent.TunnelIntent, after: intent.TunnelIntent) -> Impact:
    """Tell what changing a tunnel from one intent to another does to it."""
    return impact(before.digest, after)


def asks_peer(before: intent.TunnelIntent, after: intent.TunnelIntent) -> bool:
    """Tell whether the device at the other end needs the same edit to agree again."""
    return _agreed(before) != _agreed(after)


def plan(connection_id: ids.ConnectionId, sights: Sequence[Sight]) -> EditPlan:
    """Tell what an edit does to both tunnels of a connection, and in which order.

    A tunnel that carries nothing goes first: its edit may be what brings it back.
    """
    impacts = {each.tunnel_id: _impact_on(each) for each in sights}
    touched = [each for each in sights if impacts[each.tunnel_id] > Impact.NEXT_KEY]
    touched.sort(key=lambda each: (each.standing is Standing.UP, each.index))
    turns = {each.tunnel_id: number for number, each in enumerate(touched, start=1)}
    first, second = sights
    return EditPlan(
        connection_id=connection_id,
        tunnels=tuple(
            _edit(own, partner, impacts[own.tunnel_id], turns.get(own.tunnel_id, 0))
            for own, partner in ((first, second), (second, first))
        ),
    )


def _key_impact(wanted: intent.TunnelIntent) -> Impact:
    overlap = wanted.key_overlap
    if overlap is None:
        return Impact.REESTABLISH_IKE
    # At the end of the overlap the peer has had time: the new SA first, then the old one goes.
    return Impact.RENEW_IKE if overlap.is_over else Impact.NEXT_KEY


def _impact_on(sight: Sight) -> Impact:
    if sight.before is None or sight.after is None:
        return Impact.NOTHING
    return between(sight.before, sight.after)


def _edit(own: Sight, partner: Sight, found: Impact, turn: int) -> TunnelEdit:
    needs_peer = (
        own.before is not None and own.after is not None and asks_peer(own.before, own.after)
    )
    return TunnelEdit(
        tunnel_id=own.tunnel_id,
        index=own.index,
        impact=found,
        effect=_effect(own, partner, found, needs_peer=needs_peer),
        asks_peer=needs_peer,
        turn=turn,
        standing=own.standing,
        partner_id=partner.tunnel_id,
        partner=partner.standing,
    )


def _effect(own: Sight, partner: Sight, found: Impact, *, needs_peer: bool) -> Effect:
    if found <= Impact.NEXT_KEY or own.standing is not Standing.UP:
        return Effect.NONE
    if partner.standing is Standing.UP:
        return Effect.DRAINED if own.has_bgp else Effect.BRIEF
    # What the peer has agreed to before comes up beside the old, which goes only then.
    is_side_by_side = found in {Impact.REKEY_CHILD, Impact.RENEW_IKE} and not needs_peer
    return Effect.BRIEF if is_side_by_side else Effect.INTERRUPTED


def _agreed(tunnel: intent.TunnelIntent) -> tuple[object, ...]:
    """Give what both ends have to have alike; lifetimes, DPD and NAT detection are one's own."""
    return (
        tunnel.gateway_address,
        tunnel.peer_address,
        tunnel.local_identity,
        tunnel.remote_identity,
        replace(tunnel.ike_profile, lifetime=_NEUTRAL_LIFETIME),
        replace(tunnel.esp_profile, lifetime=_NEUTRAL_LIFETIME),
        tunnel.local_ts,
        tunnel.remote_ts,
        tunnel.psk_version,
    )
