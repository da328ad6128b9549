"""Connections from creation to deletion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from futago.domain import connection, ids, ike, status
from futago.plan import edits
from futago.services import (
    access,
    bgp,
    bgp_changes,
    connection_edits,
    connection_views,
    drafts,
    edit_plans,
    filters,
    gateways,
    labels,
    marks,
    pages,
    protected_flows,
    quotas,
    refusals,
    resource_groups,
    tunnel_keys,
    views,
)
from futago.store import (
    attachments,
    connections,
    grants,
    rows,
    schema,
    secrets,
    tags,
    unit_of_work,
)

Change: TypeAlias = (
    drafts.ConnectionPatch | Callable[[views.ConnectionView], drafts.ConnectionPatch]
)
"""A patch, or what makes it of the connection as it is."""


def create_connection(
    work: unit_of_work.UnitOfWork, scope: access.Scope, draft: drafts.ConnectionDraft
) -> views.ConnectionView:
    """Create a connection with its two tunnels, unbound.

    Raises:
        CustomerGatewayNotFound: A tunnel names none of this account and region.
        QuotaFull, TooManyPrefixes: Too many connections, or prefixes of one.
        DestinationForbidden: A remote prefix has addresses that the service itself needs.
        Invalid: The draft breaks a rule of connections.
    """
    value = _connection(work, scope, draft)
    peers = gateways.peers(work, scope, [each.customer_gateway_id for each in value.tunnels])
    bgp.require_speakers(value, peers)
    used = connections.count(work.session, scope)
    quotas.check(work, scope.account_id, quotas.QuotaCode.CONNECTIONS_PER_REGION, used)
    quotas.check_prefixes(work, scope.account_id, (value.local_ts, value.remote_ts))
    protected_flows.require_routable(work, value)
    group = resource_groups.placed(work, scope, draft.resource_group)
    connections.add(work.session, scope, value, group, scope.now)
    given = {each.index: each.psk for each in draft.tunnels}
    psks = {
        tunnel.id: given[tunnel.index] or ike.PresharedKey.generate(work.random_below)
        for tunnel in value.tunnels
    }
    work.vault.put_all(secrets.Purpose.PSK, {each: psk.reveal() for each, psk in psks.items()})
    labels.keep(work, scope, value.id, draft.tags)
    return connection_views.unbound(
        value, peers, created_at=scope.now, resource_group=group, tags=draft.tags
    )


def modify_connection(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    connection_id: str,
    change: Change,
    *,
    terms: drafts.EditTerms = drafts.AS_ASKED,
    reveal: bool = False,
) -> views.ConnectionView:
    """Change a connection and any of its tunnels; a patch that changes nothing does nothing.

    Args:
        work: Transaction.
        scope: Who asks, where and when.
        connection_id: Which one.
        change: The patch, or what makes it of the connection as it is.
        terms: How it shall be carried out.
        reveal: Give the keys too.
    Raises:
        ConnectionNotFound: Not in this account and region.
        ConnectionBusy: The node has not applied the last change.
        PartnerDown: It interrupts traffic that nobody else would carry, and is not forced.
        TunnelNotFound: The patch names a tunnel of something else.
        CustomerGatewayNotFound: A tunnel shall get one that does not exist.
        TooManyPrefixes, DestinationForbidden: Of the traffic selectors, as at creation.
        Invalid: The result breaks a rule of connections.
    """
    row = find(work, scope, connection_id)
    view = connection_views.build(work, [row], scope.now)[0]
    patch, wish = _wish(work, scope, view, change, terms)
    require_editable(view)
    edit_plans.require_safe(edit_plans.of(view, wish, scope.now), terms)
    _store(work, row, view, patch, wish)
    return connection_views.build(work, [row], scope.now, reveal=reveal)[0]


def plan_edit(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    connection_id: str,
    change: Change,
    terms: drafts.EditTerms,
    *,
    compares_keys: bool,
) -> edits.EditPlan:
    """Tell what a change would do to traffic; nothing is changed.

    Args:
        work: Only read.
        scope: Who asks, where and when.
        connection_id: Which one.
        change: As for the change itself.
        terms: As for the change itself.
        compares_keys: A key that is the present one is none that changes. Who may not see keys
            shall not find them by guessing.
    Raises:
        Fault: As the change itself, but that an interruption is no reason to refuse.
    """
    row = find(work, scope, connection_id)
    view = connection_views.build(work, [row], scope.now)[0]
    patch, wish = _wish(work, scope, view, change, terms)
    if not compares_keys:
        given = frozenset(each for each, one in patch.tunnels.items() if one.psk is not None)
        wish = replace(wish, rekeyed=given)
    return edit_plans.of(view, wish, scope.now)


def modify_tunnel(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    connection_id: str,
    tunnel_id: str,
    patch: drafts.TunnelPatch,
    *,
    terms: drafts.EditTerms = drafts.AS_ASKED,
) -> views.ConnectionView:
    """Change one tunnel; the key is in the answer."""
    wanted = drafts.ConnectionPatch(tunnels={tunnel_id: patch})
    return modify_connection(work, scope, connection_id, wanted, terms=terms, reveal=True)


def describe_connection(
    work: unit_of_work.UnitOfWork, scope: access.Scope, connection_id: str, *, reveal: bool = False
) -> views.ConnectionView:
    """Show a connection."""
    row = find(work, scope, connection_id)
    return connection_views.build(work, [row], scope.now, reveal=reveal)[0]


def list_connections(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    wanted: filters.ConnectionFilter,
    page: pages.PageRequest,
    *,
    reveal: bool = False,
) -> pages.Page[views.ConnectionView]:
    """List connections, oldest first."""
    found, total = connections.search(work.session, scope, wanted, page)
    built = connection_views.build(work, found, scope.now, reveal=reveal)
    return pages.Page(items=built, total=total)


def delete_connection(
    work: unit_of_work.UnitOfWork, scope: access.Scope, connection_id: str
) -> None:
    """Delete a connection that is not attached.

    Raises:
        ConnectionAttached: It is attached, or still being detached.
    """
    row = find(work, scope, connection_id)
    attachment = attachments.of_resource(work.session, row.id)
    if attachment is not None:
        remedy = "wait until it is gone" if attachment.deleting else "delete the attachment first"
        raise refusals.ConnectionAttached(
            f"{connection_id} has the attachment {attachment.id}; {remedy}.",
            attachment_id=attachment.id,
        )
    tunnel_ids = [tunnel.id for tunnel in connections.tunnel_rows(work.session, row.id)]
    tunnel_keys.drop(work, tunnel_ids)
    tags.drop(work.session, (row.id,))
    grants.drop_of_instance(work.session, row.id)
    connections.drop(work.session, row)


def find(
    work: unit_of_work.UnitOfWork, scope: access.Scope, connection_id: str
) -> schema.ConnectionRow:
    """Find the row of a connection.

    Raises:
        ConnectionNotFound: Not in this account and region.
    """
    row = connections.find(work.session, scope, connection_id)
    if row is None:
        raise refusals.ConnectionNotFound(
            f"There is no connection {connection_id!r} in region {scope.region_id}; "
            "create it or check the id.",
            value=connection_id,
        )
    return row


def require_editable(view: views.ConnectionView) -> None:
    """Refuse changes while one is under way; one that the node reports as failed may be mended.

    Raises:
        ConnectionBusy: The node has not applied the last change.
    """
    if view.state in {status.ConnectionState.INIT, status.ConnectionState.ATTACHED}:
        return
    if view.state is status.ConnectionState.UPDATING and view.fault is not None:
        return
    raise refusals.ConnectionBusy(
        f"{view.connection.id} is {view.state.value}; wait until it is attached and try again.",
        state=view.state.value,
    )


def _connection(
    work: unit_of_work.UnitOfWork, scope: access.Scope, draft: drafts.ConnectionDraft
) -> connection.VpnConnection:
    return connection.VpnConnection(
        id=ids.ConnectionId(work.new_id(ids.IdKind.CONNECTION)),
        account_id=ids.AccountId(scope.account_id),
        name=draft.name,
        local_ts=draft.local_ts,
        remote_ts=draft.remote_ts,
        tunnels=tuple(
            _tunnel(work, each) for each in sorted(draft.tunnels, key=lambda each: each.index)
        ),
        initiation=draft.initiation,
        network_type=draft.network_type,
        bandwidth=draft.bandwidth,
        auto_config_route=draft.auto_config_route,
        bgp_enabled=draft.bgp_enabled,
        local_asn=draft.local_asn,
    )


def _tunnel(work: unit_of_work.UnitOfWork, draft: drafts.TunnelDraft) -> connection.Tunnel:
    return connection.Tunnel(
        id=ids.TunnelId(work.new_id(ids.IdKind.TUNNEL)),
        index=draft.index,
        customer_gateway_id=ids.CustomerGatewayId(draft.customer_gateway_id),
        ike_profile=draft.ike_profile,
        esp_profile=draft.esp_profile,
        local_identity=draft.local_identity,
        remote_identity=draft.remote_identity,
        dpd=draft.dpd,
        nat_traversal=draft.nat_traversal,
        bgp=draft.bgp,
    )


def _wish(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    view: views.ConnectionView,
    change: Change,
    terms: drafts.EditTerms,
) -> tuple[drafts.ConnectionPatch, edit_plans.Wish]:
    """Check a change against everything around it."""
    patch = change if isinstance(change, drafts.ConnectionPatch) else change(view)
    after = connection_edits.patched(view.connection, patch)
    quotas.check_prefixes(work, scope.account_id, (after.local_ts, after.remote_ts))
    if protected_flows.selectors_differ(view.connection, after):
        protected_flows.require_routable(work, after)
    peers = gateways.peers(work, scope, [each.customer_gateway_id for each in after.tunnels])
    bgp.require_speakers(after, peers)
    rekeyed = tunnel_keys.changed(work, patch.tunnels)
    return patch, edit_plans.Wish(
        after=after, peers=peers, named=frozenset(patch.tunnels), rekeyed=rekeyed, terms=terms
    )


def _store(
    work: unit_of_work.UnitOfWork,
    row: schema.ConnectionRow,
    view: views.ConnectionView,
    patch: drafts.ConnectionPatch,
    wish: edit_plans.Wish,
) -> None:
    after = wish.after
    if connection_edits.concerns_router(view.connection, after):
        _change_sessions(work, row, after)
    has_news = connection_edits.concerns_tunnels(view.connection, after)
    rows.write(row, rows.connection_columns(after))
    before = {each.tunnel.id: each for each in view.tunnels}
    for tunnel_row in connections.tunnel_rows(work.session, row.id):
        tunnel_id = ids.TunnelId(tunnel_row.id)
        rows.write(tunnel_row, rows.tunnel_columns(_by_id(after, tunnel_id)))
        if tunnel_id in patch.tunnels:
            changed = patch.tunnels[tunnel_id]
            has_news |= tunnel_keys.keep(work, tunnel_row, before[tunnel_id], changed, wish)
    if has_news:
        _changed(work, row)
    if protected_flows.selectors_differ(view.connection, after):
        protected_flows.settle_routes(work, row)
    work.session.flush()


def _change_sessions(
    work: unit_of_work.UnitOfWork, row: schema.ConnectionRow, after: connection.VpnConnection
) -> None:
    attachment = attachments.of_resource(work.session, row.id)
    if attachment is not None:
        bgp.require_free_cidrs(work, row.account_id, attachment.router_id, after)
        bgp_changes.sessions_changed(work, row, attachment.router_id)


def _changed(work: unit_of_work.UnitOfWork, row: schema.ConnectionRow) -> None:
    if attachments.of_resource(work.session, row.id) is None:
        row.generation += 1
    else:
        marks.connection_changed(work, row)


def _by_id(value: connection.VpnConnection, tunnel_id: str) -> connection.Tunnel:
    return next(tunnel for tunnel in value.tunnels if tunnel.id == tunnel_id)
