"""Targets inside tunnels: set, cleared, and shown with what their probes found."""

from __future__ import annotations

from dataclasses import dataclass

from futago.domain import ids, probing
from futago.plan import observation
from futago.services import access, connection_views, connections, marks, refusals, views
from futago.store import attachments, schema, unit_of_work
from futago.store import connections as rows


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeView:
    """The target of one tunnel and what is known."""

    tunnel_id: ids.TunnelId
    configured: probing.ProbeTarget | None
    facts: observation.ProbeObservation | None
    """None while there is no child SA or the node is silent."""


def set_target(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    tunnel: tuple[str, str],
    wanted: probing.ProbeTarget | None,
) -> None:
    """Probe a tunnel by a target, or (None) by its BGP peer only; no SA notices.

    Args:
        work: Where it is stored.
        scope: Whose connection it is.
        tunnel: Ids of connection and tunnel.
        wanted: The target.

    Raises:
        ConnectionNotFound: Not in this account and region.
        ConnectionBusy: The node has not applied the last change.
        TunnelNotFound: The connection has no such tunnel.
        OutsideSelectors: The traffic selectors would not let the probe pass.
    """
    connection_id, tunnel_id = tunnel
    row = connections.find(work, scope, connection_id)
    view = connection_views.build(work, [row], scope.now)[0]
    connections.require_editable(view)
    if wanted is not None:
        wanted.require_inside(view.connection.local_ts, view.connection.remote_ts)
    chosen = _tunnel_row(work, row, tunnel_id)
    if _configured(chosen) == wanted:
        return
    chosen.probe_target = wanted.target if wanted else None
    chosen.probe_source = wanted.source if wanted else None
    if attachments.of_resource(work.session, row.id) is None:
        row.generation += 1
    else:
        marks.connection_changed(work, row)
    work.session.flush()


def describe(
    work: unit_of_work.UnitOfWork, scope: access.Scope, connection_id: str
) -> tuple[ProbeView, ...]:
    """Show the targets of both tunnels of a connection.

    Raises:
        ConnectionNotFound: Not in this account and region.
    """
    row = connections.find(work, scope, connection_id)
    view = connection_views.build(work, [row], scope.now)[0]
    configured = {each.id: _configured(each) for each in rows.tunnel_rows(work.session, row.id)}
    return tuple(_view(tunnel, configured[tunnel.tunnel.id]) for tunnel in view.tunnels)


def _view(tunnel: views.TunnelView, configured: probing.ProbeTarget | None) -> ProbeView:
    return ProbeView(tunnel_id=tunnel.tunnel.id, configured=configured, facts=tunnel.facts.probe)


def _configured(row: schema.TunnelRow) -> probing.ProbeTarget | None:
    if row.probe_target is None or row.probe_source is None:
        return None
    return probing.ProbeTarget(target=row.probe_target, source=row.probe_source)


def _tunnel_row(
    work: unit_of_work.UnitOfWork, row: schema.ConnectionRow, tunnel_id: str
) -> schema.TunnelRow:
    found = rows.tunnel_rows(work.session, row.id)
    for each in found:
        if each.id == tunnel_id:
            return each
    raise refusals.TunnelNotFound(
        f"{row.id} has no tunnel {tunnel_id!r}; its tunnels are "
        f"{' and '.join(each.id for each in found)}.",
        value=tunnel_id,
    )
