"""What the node has said, as services need it: applied generations, and facts of tunnels."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from futago.domain import health, status
from futago.messages import codec
from futago.plan import intent, observation, truth
from futago.services import views
from futago.store import nodes, pulses, unit_of_work

NOTHING: Final = views.TunnelStatus()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionReport:
    """What the node said of a connection."""

    applied: int = 0
    fault: views.NodeFault | None = None
    tunnels: Mapping[str, views.TunnelStatus] = field(default_factory=dict)
    """Tunnel id to facts."""

    def tunnel(self, tunnel_id: str) -> views.TunnelStatus:
        """Give the facts of a tunnel; unknown when nothing was said."""
        return self.tunnels.get(tunnel_id, NOTHING)


UNSEEN: Final = ConnectionReport()


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterReport:
    """What the node said of a router."""

    applied: int = 0
    fault: views.NodeFault | None = None
    is_fresh: bool = False
    sessions: Mapping[str, observation.BgpObservation] = field(default_factory=dict)
    """Tunnel id to its BGP session."""

    def status_of(self, tunnel_id: str) -> status.SessionStatus:
        """Say how the session of a tunnel is."""
        said = self.sessions.get(tunnel_id)
        if said is None or not self.is_fresh or said.state is observation.BgpState.UNKNOWN:
            return status.SessionStatus.UNKNOWN
        is_up = said.state is observation.BgpState.ESTABLISHED
        return status.SessionStatus.ESTABLISHED if is_up else status.SessionStatus.DOWN


UNROUTED: Final = RouterReport()


def applied(
    work: unit_of_work.UnitOfWork, kind: intent.IntentKind, resource_ids: Collection[str]
) -> dict[str, int]:
    """Give the generations in force by id; 0 where nothing is."""
    seen = nodes.seen(work.session, kind.value, resource_ids)
    return {each: seen[each].applied if each in seen else 0 for each in resource_ids}


def connections(
    work: unit_of_work.UnitOfWork, connection_ids: Collection[str], now: datetime
) -> dict[str, ConnectionReport]:
    """Give what was said of connections by id; every id is there."""
    seen = nodes.seen(work.session, intent.IntentKind.CONNECTION.value, connection_ids)
    measured = pulses.of_connections(work.session, tuple(seen))
    return {
        each: _report(seen[each], measured, now) if each in seen else UNSEEN
        for each in connection_ids
    }


def routers(
    work: unit_of_work.UnitOfWork, router_ids: Collection[str], now: datetime
) -> dict[str, RouterReport]:
    """Give what was said of routers by id; every id is there."""
    seen = nodes.seen(work.session, intent.IntentKind.ROUTER.value, router_ids)
    return {
        each: _router_report(seen[each], now) if each in seen else UNROUTED for each in router_ids
    }


def _router_report(seen: nodes.Seen, now: datetime) -> RouterReport:
    said = codec.decode_observation(seen.body)
    return RouterReport(
        applied=seen.applied,
        fault=_fault(said),
        is_fresh=status.is_fresh(seen.heard_at, now),
        sessions={session.tunnel_id: session for session in said.sessions},
    )


def _report(seen: nodes.Seen, measured: Mapping[str, str], now: datetime) -> ConnectionReport:
    said = codec.decode_observation(seen.body)
    return ConnectionReport(
        applied=seen.applied,
        fault=_fault(said),
        tunnels={
            tunnel.tunnel_id: _tunnel(
                tunnel, said.observed_at, seen.heard_at, measured.get(tunnel.tunnel_id), now
            )
            for tunnel in said.tunnels
        },
    )


def _fault(said: observation.ResourceObservation) -> views.NodeFault | None:
    if said.fault_code is None:
        return None
    return views.NodeFault(code=said.fault_code, message=said.fault_message or "")


def _tunnel(
    said: observation.TunnelObservation,
    observed_at: datetime,
    heard_at: datetime | None,
    pulse: str | None,
    now: datetime,
) -> views.TunnelStatus:
    children = said.children_installed
    is_fresh = status.is_fresh(heard_at, now)
    return views.TunnelStatus(
        ike_established=said.is_ike_established if is_fresh else None,
        child_installed=children > 0 if is_fresh and children is not None else None,
        failure=said.failure,
        probe=said.probe if is_fresh else None,
        loaded_key=said.loaded_key,
        observed_at=observed_at,
        said=said,
        pulse=codec.decode_pulse(pulse) if pulse else None,
        heard_at=heard_at,
    )


def proven(
    seen: views.TunnelStatus, session: views.SessionView | None, now: datetime
) -> health.TunnelFacts:
    """Derive the four facts of a tunnel at a moment."""
    return truth.facts(
        truth.Known(
            now=now,
            heard_at=seen.heard_at,
            tunnel=seen.said,
            pulse=seen.pulse,
            has_bgp=session is not None,
            session=session.facts if session else None,
        )
    )
