"""How connections are: the facts of their tunnels, what follows, and whether one may be lost.

A page takes a constant number of queries, whatever the number of connections on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from futago.domain import health, redundancy, status
from futago.plan import observation
from futago.services import access, connection_views, connections, filters, nodes, pages, views
from futago.store import unit_of_work

NOT_ATTACHED = health.Fact(
    name=health.FactName.IKE,
    value=health.Value.DOWN,
    detail="The connection is not attached to a transit router.",
    cause=health.CauseCode.NOT_ATTACHED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelHealth:
    """How a tunnel is."""

    view: views.TunnelView
    state: health.State

    @property
    def pulse(self) -> observation.Pulse | None:
        """Give the last measured values."""
        return self.view.facts.pulse


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionHealth:
    """How a connection is."""

    view: views.ConnectionView
    state: health.State
    tunnels: tuple[TunnelHealth, TunnelHealth]
    redundancy: redundancy.Assessment
    asked_at: datetime


def describe(
    work: unit_of_work.UnitOfWork, scope: access.Scope, connection_ids: Sequence[str]
) -> tuple[ConnectionHealth, ...]:
    """Say how certain connections are, in the order in which they were named.

    Raises:
        ConnectionNotFound: One of them is not in this account and region.
    """
    rows = [connections.find(work, scope, each) for each in connection_ids]
    return _judged(work, connection_views.build(work, rows, scope.now), scope.now)


def list_all(
    work: unit_of_work.UnitOfWork, scope: access.Scope, page: pages.PageRequest
) -> pages.Page[ConnectionHealth]:
    """Say how the connections of an account are, oldest first."""
    found = connections.list_connections(work, scope, filters.ConnectionFilter(), page)
    return pages.Page(items=_judged(work, found.items, scope.now), total=found.total)


def state_of(view: views.ConnectionView) -> health.State:
    """Derive how a connection is."""
    if view.state is status.ConnectionState.INIT:
        return health.State(health=health.Health.DOWN, blamed=(NOT_ATTACHED,))
    return health.of_connection([health.of_tunnel(each.proven) for each in view.tunnels])


def _judged(
    work: unit_of_work.UnitOfWork, found: Sequence[views.ConnectionView], now: datetime
) -> tuple[ConnectionHealth, ...]:
    zones = len(nodes.zones(work)) if found else 0
    return tuple(_health(view, zones, now) for view in found)


def _health(view: views.ConnectionView, zones: int, now: datetime) -> ConnectionHealth:
    first, second = (_tunnel(view, each) for each in view.tunnels)
    return ConnectionHealth(
        view=view,
        state=state_of(view),
        tunnels=(first, second),
        redundancy=redundancy.assess(
            [_member(each) for each in (first, second)],
            has_bgp=view.connection.bgp_enabled,
            zones_offered=zones,
        ),
        asked_at=now,
    )


def _tunnel(view: views.ConnectionView, tunnel: views.TunnelView) -> TunnelHealth:
    if view.state is status.ConnectionState.INIT:
        state = health.State(health=health.Health.DOWN, blamed=(NOT_ATTACHED,))
        return TunnelHealth(view=tunnel, state=state)
    return TunnelHealth(view=tunnel, state=health.of_tunnel(tunnel.proven))


def _member(each: TunnelHealth) -> redundancy.Member:
    view, pulse = each.view, each.pulse
    return redundancy.Member(
        index=int(view.tunnel.index),
        state=each.state.health,
        zone_id=view.zone_id,
        customer_gateway_id=view.customer_gateway_id,
        peer_address=str(view.peer_address),
        bgp=view.proven.bgp.value,
        received_bps=pulse.received_bps if pulse else None,
        sent_bps=pulse.sent_bps if pulse else None,
        rate_bps=pulse.rate_bps if pulse else None,
        capacity_bps=pulse.capacity_bps if pulse else None,
    )
