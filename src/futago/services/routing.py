"""Which table an attachment uses, which tables learn from it, and where a connection leads."""

from __future__ import annotations

from ipaddress import IPv4Network

from futago.domain import ids, net, status
from futago.plan import intent
from futago.services import (
    access,
    attachments,
    connection_views,
    connections,
    drafts,
    equal_routes,
    facts,
    filters,
    marks,
    pages,
    protected_flows,
    quotas,
    refusals,
    reserved,
    route_entries,
    route_tables,
    views,
)
from futago.store import attachments as rows
from futago.store import schema, unit_of_work


def associate(
    work: unit_of_work.UnitOfWork, scope: access.Scope, attachment_id: str, table_id: str
) -> None:
    """Have traffic from an attachment looked up in a table.

    Raises:
        AttachmentNotFound, RouteTableNotFound: Not in this account and region, or apart.
        AssociationExists: The attachment has its one association.
    """
    attachment, table = _pair(work, scope, attachment_id, table_id)
    existing = work.session.get(schema.AssociationRow, attachment.id)
    if existing is not None:
        raise refusals.AssociationExists(
            f"{attachment.id} is associated with {existing.table_id}; "
            "dissociate it first and wait until that is done.",
            table_id=existing.table_id,
        )
    work.session.add(
        schema.AssociationRow(
            attachment_id=attachment.id,
            table_id=table.id,
            created_at=scope.now,
            deleting=False,
            router_generation=_router_changed(work, attachment),
        )
    )
    work.session.flush()


def dissociate(
    work: unit_of_work.UnitOfWork, scope: access.Scope, attachment_id: str, table_id: str
) -> None:
    """End an association.

    Raises:
        AssociationNotFound: There is none, or with another table.
    """
    attachment, table = _pair(work, scope, attachment_id, table_id)
    row = work.session.get(schema.AssociationRow, attachment.id)
    if row is None or row.table_id != table.id or row.deleting:
        raise refusals.AssociationNotFound(
            f"{attachment.id} is not associated with {table.id}; list its associations.",
            value=table.id,
        )
    row.deleting = True
    row.router_generation = _router_changed(work, attachment)
    work.session.flush()


def replace_association(
    work: unit_of_work.UnitOfWork, scope: access.Scope, attachment_id: str, table_id: str
) -> None:
    """Have traffic from an associated attachment looked up in another table.

    It is one change for the node, so no packet meets a moment without a table.

    Raises:
        AttachmentNotFound, RouteTableNotFound: Not in this account and region, or apart.
        AssociationNotFound: There is none to be replaced, or it ends.
        RouteTableBusy: The node does not have the table yet.
    """
    attachment, table = _pair(work, scope, attachment_id, table_id)
    row = work.session.get(schema.AssociationRow, attachment.id)
    if row is None or row.deleting:
        raise refusals.AssociationNotFound(
            f"{attachment.id} is not associated with a table that could be replaced; "
            "associate it instead.",
            value=attachment.id,
        )
    if row.table_id == table.id:
        return
    route_tables.require_applied(work, table)
    row.table_id = table.id
    row.router_generation = _router_changed(work, attachment)
    work.session.flush()


def list_associations(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    wanted: filters.BindingFilter,
    page: pages.PageRequest,
) -> pages.Page[views.BindingView]:
    """List associations, oldest first."""
    return route_entries.search_bindings(work, scope, schema.AssociationRow, wanted, page)


def enable_propagation(
    work: unit_of_work.UnitOfWork, scope: access.Scope, attachment_id: str, table_id: str
) -> None:
    """Have a table learn the routes of an attachment.

    Raises:
        AttachmentNotFound, RouteTableNotFound: Not in this account and region, or apart.
        PropagationExists: It learns them already, or still unlearns them.
    """
    attachment, table = _pair(work, scope, attachment_id, table_id)
    if work.session.get(schema.PropagationRow, (attachment.id, table.id)) is not None:
        raise refusals.PropagationExists(
            f"{attachment.id} propagates to {table.id}, or ceases to at this moment; "
            "nothing has to be done, or wait until it has ceased.",
            value=table.id,
        )
    work.session.add(
        schema.PropagationRow(
            attachment_id=attachment.id,
            table_id=table.id,
            created_at=scope.now,
            deleting=False,
            router_generation=_router_changed(work, attachment),
        )
    )
    work.session.flush()


def disable_propagation(
    work: unit_of_work.UnitOfWork, scope: access.Scope, attachment_id: str, table_id: str
) -> None:
    """Have a table forget the routes of an attachment.

    Raises:
        PropagationNotFound: It does not learn them.
    """
    attachment, table = _pair(work, scope, attachment_id, table_id)
    row = work.session.get(schema.PropagationRow, (attachment.id, table.id))
    if row is None or row.deleting:
        raise refusals.PropagationNotFound(
            f"{attachment.id} does not propagate to {table.id}; list its propagations.",
            value=table.id,
        )
    row.deleting = True
    row.router_generation = _router_changed(work, attachment)
    work.session.flush()


def list_propagations(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    wanted: filters.BindingFilter,
    page: pages.PageRequest,
) -> pages.Page[views.BindingView]:
    """List propagations, oldest first."""
    return route_entries.search_bindings(work, scope, schema.PropagationRow, wanted, page)


def add_destination(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    connection_id: str,
    draft: drafts.DestinationDraft,
) -> views.DestinationView:
    """Route a prefix into a connection.

    Raises:
        ConnectionNotAttached, ConnectionBusy: The connection is not attached, or not settled.
        DestinationForbidden: The service itself needs addresses of the prefix, or no protected
            data flow leads there.
        DestinationExists: The prefix has a route already, or one that is being removed.
        QuotaFull: Too many routes, or too many connections with one to the prefix.
    """
    bound, attachment = _settled(work, scope, connection_id)
    _require_allowed(work, draft.prefix)
    protected_flows.require_covered(bound, draft.prefix)
    code = quotas.QuotaCode.DESTINATIONS_PER_CONNECTION
    quotas.check(work, scope.account_id, code, _count_others(work, connection_id, draft.prefix))
    equal_routes.require_room(work, attachment, draft.prefix)
    bound.router_generation = _router_changed(work, attachment)
    row = schema.DestinationRow(
        connection_id=connection_id,
        prefix=draft.prefix,
        weight=draft.weight,
        description=draft.description or "",
        created_at=scope.now,
        automatic=False,
        deleting=False,
        router_generation=bound.router_generation,
    )
    work.session.add(row)
    work.session.flush()
    return _destination_views(work, scope, bound, [row])[0]


def remove_destination(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    connection_id: str,
    prefix: IPv4Network,
    weight: int | None = None,
) -> None:
    """Have a destination route removed.

    Raises:
        ConnectionNotAttached, ConnectionBusy: The connection is not attached, or not settled.
        DestinationNotFound: There is none, or its weight is another.
    """
    bound, attachment = _settled(work, scope, connection_id)
    row = _find_destination(work, connection_id, prefix, weight)
    row.deleting = True
    row.router_generation = bound.router_generation = _router_changed(work, attachment)
    work.session.flush()


def modify_weight(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    connection_id: str,
    prefix: IPv4Network,
    weight: int,
) -> None:
    """Change the weight of a destination route; on a transit router it has no effect.

    Raises:
        ConnectionNotAttached, ConnectionBusy: The connection is not attached, or not settled.
        DestinationNotFound: There is no such route.
    """
    _settled(work, scope, connection_id)
    _find_destination(work, connection_id, prefix, None).weight = weight
    work.session.flush()


def list_destinations(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    connection_id: str,
    page: pages.PageRequest = pages.ALL,
) -> pages.Page[views.DestinationView]:
    """List the destination routes of a connection, oldest first."""
    bound = connections.find(work, scope, connection_id)
    found = list(rows.destinations_of(work.session, (connection_id,)))
    return pages.cut(_destination_views(work, scope, bound, found), page)


def list_entries(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    table_id: str,
    wanted: filters.RouteEntryFilter,
    page: pages.PageRequest,
) -> pages.Page[views.RouteEntryView]:
    """List the routes of a table, static and learned, in order of their prefixes.

    Raises:
        RouteTableNotFound: Not in this account and region.
    """
    table = route_tables.find(work, scope, table_id)
    return pages.cut(route_entries.compute(work, table, wanted, scope.now), page)


def _pair(
    work: unit_of_work.UnitOfWork, scope: access.Scope, attachment_id: str, table_id: str
) -> tuple[schema.AttachmentRow, schema.RouteTableRow]:
    attachment = attachments.require_staying(attachments.find(work, scope, attachment_id))
    table = route_tables.require_usable(route_tables.find(work, scope, table_id))
    if table.router_id != attachment.router_id:
        raise refusals.RouteTableNotFound(
            f"{table_id} belongs to {table.router_id} and {attachment_id} to "
            f"{attachment.router_id}; use a table of the attachment's router.",
            value=table_id,
        )
    return attachment, table


def _router_changed(work: unit_of_work.UnitOfWork, attachment: schema.AttachmentRow) -> int:
    router = work.session.get_one(schema.RouterRow, attachment.router_id)
    return marks.router_changed(work, router)


def _settled(
    work: unit_of_work.UnitOfWork, scope: access.Scope, connection_id: str
) -> tuple[schema.ConnectionRow, schema.AttachmentRow]:
    row = connections.find(work, scope, connection_id)
    attachment = rows.of_resource(work.session, connection_id)
    if attachment is None:
        raise refusals.ConnectionNotAttached(
            f"{connection_id} is not attached, so routes into it lead nowhere; "
            "attach it to a transit router first.",
            connection_id=connection_id,
        )
    connections.require_editable(connection_views.build(work, [row], scope.now)[0])
    return row, attachment


def _require_allowed(work: unit_of_work.UnitOfWork, prefix: IPv4Network) -> None:
    met = prefix if prefix == net.ANY else reserved.overlapping(work, prefix)
    if met is not None:
        raise refusals.DestinationForbidden(
            f"{prefix} cannot be a destination: it "
            + ("is everything" if prefix == net.ANY else f"shares addresses with {met}")
            + ", which the service itself needs; name the networks behind the peer.",
            field="prefix",
            value=str(prefix),
        )


def _find_destination(
    work: unit_of_work.UnitOfWork, connection_id: str, prefix: IPv4Network, weight: int | None
) -> schema.DestinationRow:
    row = work.session.get(schema.DestinationRow, (connection_id, prefix))
    if row is None or row.deleting or weight not in {None, row.weight}:
        raise refusals.DestinationNotFound(
            f"{connection_id} has no route to {prefix}"
            + (f" with weight {weight}" if weight is not None else "")
            + "; list its routes.",
            value=str(prefix),
        )
    return row


def _destination_views(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    bound: schema.ConnectionRow,
    found: list[schema.DestinationRow],
) -> list[views.DestinationView]:
    attachment = rows.of_resource(work.session, bound.id)
    router_ids = (attachment.router_id,) if attachment else ()
    applied = facts.applied(work, intent.IntentKind.ROUTER, router_ids)
    routed = applied[attachment.router_id] if attachment else 0
    hops = route_entries.usable_tunnels(work, (bound.id,), scope.now)[bound.id]
    return [
        views.DestinationView(
            connection_id=ids.ConnectionId(row.connection_id),
            prefix=row.prefix,
            weight=row.weight,
            description=row.description,
            created_at=row.created_at,
            status=status.binding_status(
                is_deleting=row.deleting, needed=row.router_generation, applied=routed
            ),
            is_published=bool(hops) and not row.deleting and routed >= row.router_generation,
            next_hop_tunnel_ids=hops,
        )
        for row in found
    ]


def _count_others(work: unit_of_work.UnitOfWork, connection_id: str, prefix: IPv4Network) -> int:
    """Count the destinations of a connection, none of which may be this prefix."""
    existing = rows.destinations_of(work.session, (connection_id,))
    if any(row.prefix == prefix for row in existing):
        raise refusals.DestinationExists(
            f"{connection_id} has a route to {prefix}; remove it first.",
            field="prefix",
            value=str(prefix),
        )
    return len(existing)
