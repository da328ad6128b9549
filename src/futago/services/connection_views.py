"""Connections with everything that is derived: state, place, facts.

A page of connections takes a constant number of queries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from futago.domain import connection, ids, ike, net, status
from futago.services import compilation, drafts, facts, labels, views
from futago.store import attachments, connections, gateways, rows, schema, secrets, unit_of_work


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """What lies around the rows of a page, each by connection id."""

    tunnels: Mapping[str, Sequence[connections.FullTunnel]]
    bound: Mapping[str, tuple[schema.AttachmentRow, schema.RouterRow]]
    reports: Mapping[str, facts.ConnectionReport]
    tags: Mapping[str, tuple[drafts.Tag, ...]]
    routed: Mapping[str, facts.RouterReport]
    """Router id to what was said of it."""
    psks: Mapping[str, str]
    """Tunnel id to key, if keys were asked for."""
    now: datetime


def build(
    work: unit_of_work.UnitOfWork,
    found: Sequence[rows.ConnectionColumns],
    now: datetime,
    *,
    reveal: bool = False,
) -> tuple[views.ConnectionView, ...]:
    """Make views of rows, in their order."""
    around = _load(work, [row.id for row in found], now, reveal=reveal)
    return tuple(_view(row, around) for row in found)


def unbound(
    value: connection.VpnConnection,
    peers: Mapping[str, gateways.Peer],
    *,
    created_at: datetime,
    resource_group: str,
    tags: tuple[drafts.Tag, ...],
) -> views.ConnectionView:
    """Make the view of a connection that was just created, of which nothing needs to be read."""
    state = status.ConnectionState.INIT
    sessions = {
        each.id: _session(value, each, peers[each.customer_gateway_id].asn, facts.UNROUTED)
        for each in value.tunnels
    }
    first, second = (
        views.TunnelView(
            tunnel=tunnel,
            psk=None,
            gateway_address=None,
            zone_id=None,
            peer_address=peers[tunnel.customer_gateway_id].address,
            customer_gateway_id=tunnel.customer_gateway_id,
            peer_asn=_asn(peers[tunnel.customer_gateway_id].asn),
            state=status.tunnel_state(state),
            facts=facts.NOTHING,
            proven=facts.proven(facts.NOTHING, sessions[tunnel.id], created_at),
            bgp=sessions[tunnel.id],
        )
        for tunnel in value.tunnels
    )
    return views.ConnectionView(
        connection=value,
        created_at=created_at,
        resource_group=resource_group,
        tags=tuple(sorted(tags, key=lambda tag: tag.key)),
        generation=connections.FIRST_GENERATION,
        state=state,
        attachment=None,
        tunnels=(first, second),
    )


def _load(
    work: unit_of_work.UnitOfWork, connection_ids: Sequence[str], now: datetime, *, reveal: bool
) -> _Around:
    tunnels = connections.tunnels_of(work.session, connection_ids)
    bound = attachments.of_resources(work.session, connection_ids)
    tunnel_ids = [tunnel.row.id for several in tunnels.values() for tunnel in several]
    router_ids = {router.id for _, router in bound.values()}
    return _Around(
        tunnels=tunnels,
        bound=bound,
        reports=facts.connections(work, connection_ids, now),
        tags=labels.read(work, connection_ids),
        routed=facts.routers(work, router_ids, now),
        psks=work.vault.get_all(secrets.Purpose.PSK, tunnel_ids) if reveal else {},
        now=now,
    )


def _view(row: rows.ConnectionColumns, around: _Around) -> views.ConnectionView:
    tunnels = around.tunnels[row.id]
    value = rows.connection_of(row, [tunnel.row for tunnel in tunnels])
    report = around.reports[row.id]
    state = _state(row, around)
    bound = around.bound.get(row.id)
    routed = around.routed[bound[1].id] if bound else facts.UNROUTED
    first, second = (
        _tunnel(
            domain,
            full,
            status.tunnel_state(state),
            report.tunnel(domain.id),
            around,
            _session(value, domain, full.peer_asn, routed),
        )
        for domain, full in zip(value.tunnels, tunnels, strict=True)
    )
    return views.ConnectionView(
        connection=value,
        created_at=row.created_at,
        resource_group=row.resource_group,
        tags=around.tags[row.id],
        generation=row.generation,
        state=state,
        attachment=_ref(row, around.bound.get(row.id)),
        tunnels=(first, second),
        # What the router cannot take over keeps the connection updating as well.
        fault=report.fault or routed.fault,
    )


def _state(row: rows.ConnectionColumns, around: _Around) -> status.ConnectionState:
    bound = around.bound.get(row.id)
    if bound is None:
        return status.ConnectionState.INIT
    attachment, router = bound
    return status.connection_state(
        status.Binding(
            is_deleting=attachment.deleting,
            connection_generation=attachment.connection_generation,
            router_generation=attachment.router_generation,
        ),
        status.Progress(
            generation=row.generation,
            applied_generation=around.reports[row.id].applied,
            router_generation=row.router_generation,
            applied_router_generation=around.routed[router.id].applied,
        ),
    )


def _tunnel(
    domain: connection.Tunnel,
    full: connections.FullTunnel,
    state: status.TunnelState,
    seen: views.TunnelStatus,
    around: _Around,
    session: views.SessionView | None,
) -> views.TunnelView:
    psk = around.psks.get(domain.id)
    return views.TunnelView(
        tunnel=domain,
        psk=ike.PresharedKey(psk) if psk is not None else None,
        gateway_address=full.row.gateway_address,
        zone_id=ids.ZoneId(full.row.zone_id) if full.row.zone_id is not None else None,
        peer_address=full.peer_address,
        customer_gateway_id=domain.customer_gateway_id,
        peer_asn=_asn(full.peer_asn),
        state=state,
        facts=seen,
        proven=facts.proven(seen, session, around.now),
        bgp=session,
        was_up=full.row.was_up,
        key_overlap=compilation.key_overlap(full.row),
    )


def _session(
    value: connection.VpnConnection,
    tunnel: connection.Tunnel,
    peer_asn: int | None,
    report: facts.RouterReport,
) -> views.SessionView | None:
    if not value.bgp_enabled or tunnel.bgp is None or peer_asn is None:
        return None
    return views.SessionView(
        cidr=tunnel.bgp.cidr,
        local_asn=value.local_asn,
        peer_asn=net.Asn(peer_asn),
        local_address=tunnel.bgp.local_address,
        peer_address=tunnel.bgp.peer_address,
        status=report.status_of(tunnel.id),
        facts=report.sessions.get(tunnel.id),
    )


def _asn(number: int | None) -> net.Asn | None:
    return None if number is None else net.Asn(number)


def _ref(
    row: rows.ConnectionColumns,
    bound: tuple[schema.AttachmentRow, schema.RouterRow] | None,
) -> views.AttachmentRef | None:
    if bound is None:
        return None
    attachment, router = bound
    is_foreign = attachment.account_id != row.account_id
    return views.AttachmentRef(
        attachment_id=ids.AttachmentId(attachment.id),
        router_id=ids.RouterId(router.id),
        router_name="" if is_foreign else router.name,
        cen_id=ids.CenId(router.cen_id),
        is_foreign=is_foreign,
    )
