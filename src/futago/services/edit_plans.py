"""What an edit of a connection will do to its traffic, and which edits are refused for that."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import IPv4Address

from futago.domain import connection, status
from futago.plan import edit_words, edits, intent, liveness
from futago.services import compilation, drafts, refusals, views
from futago.store import gateways


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A connection as an edit would make it."""

    after: connection.VpnConnection
    peers: Mapping[str, gateways.Peer]
    """Customer gateway id to what tunnels need of it."""
    named: Collection[str]
    """Tunnels that the edit names."""
    rekeyed: Collection[str]
    """Tunnels that get another key."""
    terms: drafts.EditTerms

    def overlap(self, tunnel: views.TunnelView, now: datetime) -> intent.KeyOverlap | None:
        """Give the overlap of the keys of a tunnel that the edit leaves behind.

        Of three keys in a row the middle one is dropped: no peer has been seen to use it.
        """
        held, period = tunnel.key_overlap, self.terms.key_overlap
        is_rekeyed = tunnel.tunnel.id in self.rekeyed
        if tunnel.tunnel.id not in self.named or period is None:
            return None if is_rekeyed else held
        if held is not None and held.until > now and (period or not is_rekeyed):
            return replace(held, until=now + period)
        if not is_rekeyed:
            return held
        if not period or tunnel.gateway_address is None:
            return None
        return intent.KeyOverlap(previous_version=tunnel.tunnel.psk_version, until=now + period)


def of(view: views.ConnectionView, wish: Wish, now: datetime) -> edits.EditPlan:
    """Tell what an edit of a connection does."""
    pairs = zip(view.tunnels, wish.after.tunnels, strict=True)
    return edits.plan(
        view.connection.id, [_sight(view, before, after, wish, now) for before, after in pairs]
    )


def require_safe(plan: edits.EditPlan, terms: drafts.EditTerms) -> None:
    """Refuse an edit that interrupts traffic because a partner is down, unless it is forced.

    Raises:
        PartnerDown: Names the tunnel, its partner's state, and what to do.
    """
    if plan.unsafe and not terms.forced:
        raise refusals.PartnerDown(edit_words.refusal(plan), tunnel_id=plan.unsafe[0].tunnel_id)


def standing(tunnel: views.TunnelView) -> edits.Standing:
    """Tell whether a tunnel carries traffic: child SA, probe and, where there is one, session."""
    facts = tunnel.facts
    if facts.child_installed is None:
        return edits.Standing.UNKNOWN if tunnel.was_up else edits.Standing.NEVER_UP
    if not facts.child_installed:
        return edits.Standing.DOWN if tunnel.was_up else edits.Standing.NEVER_UP
    is_dead = facts.probe is not None and facts.probe.verdict is liveness.Verdict.DEAD
    is_routeless = tunnel.bgp is not None and tunnel.bgp.status is status.SessionStatus.DOWN
    return edits.Standing.DOWN if is_dead or is_routeless else edits.Standing.UP


def _sight(
    view: views.ConnectionView,
    before: views.TunnelView,
    after: connection.Tunnel,
    wish: Wish,
    now: datetime,
) -> edits.Sight:
    kept = wish.overlap(before, now)
    kept = kept and replace(kept, is_over=kept.until <= now)
    version = after.psk_version + (after.id in wish.rekeyed)
    peer = wish.peers[after.customer_gateway_id].address
    loaded = before.facts.loaded_key or before.tunnel.psk_version
    return edits.Sight(
        tunnel_id=before.tunnel.id,
        index=before.tunnel.index,
        before=_intent(
            view.connection, replace(before.tunnel, psk_version=loaded), before, before.peer_address
        ),
        after=_intent(wish.after, replace(after, psk_version=version), before, peer, kept),
        standing=standing(before),
        has_bgp=before.bgp is not None,
    )


def _intent(
    around: connection.VpnConnection,
    tunnel: connection.Tunnel,
    seat: views.TunnelView,
    peer_address: IPv4Address,
    overlap: intent.KeyOverlap | None = None,
) -> intent.TunnelIntent | None:
    if seat.gateway_address is None or seat.zone_id is None:
        return None
    ends = compilation.Ends(
        address=seat.gateway_address, zone_id=seat.zone_id, peer_address=peer_address
    )
    return compilation.tunnel_intent(around, tunnel, ends, overlap)
