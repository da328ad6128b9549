"""Static routes of route tables: to an attachment, or nowhere.

A static route wins over whatever its table learns for the same prefix.
"""

from __future__ import annotations

from ipaddress import IPv4Network

from futago.domain import ids, net
from futago.services import (
    access,
    attachments,
    drafts,
    filters,
    marks,
    quotas,
    refusals,
    reserved,
    route_entries,
    route_tables,
    routing_refusals,
)
from futago.store import route_entries as rows
from futago.store import routers, schema, unit_of_work


def add_entry(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    table_id: str,
    draft: drafts.RouteEntryDraft,
) -> ids.RouteEntryId:
    """Add a static route to a table.

    Raises:
        RouteTableNotFound, RouteTableDeleting: The table is not there, or going.
        RouteEntryNextHopNotFound, AttachmentDetaching: The attachment is not there, or going.
        RouteEntryForbidden: The service itself needs addresses of the prefix.
        RouteEntryExists, RouteEntryDeleting: The prefix has a static route, or one is going.
        QuotaFull: Too many static routes.
    """
    table = route_tables.require_usable(route_tables.find(work, scope, table_id))
    if draft.attachment_id is not None:
        _require_next_hop(work, scope, table, draft.attachment_id)
    _require_allowed(work, table, draft.prefix)
    _require_free(work, table, draft.prefix)
    used = rows.count(work.session, table.id)
    quotas.check(work, scope.account_id, quotas.QuotaCode.ENTRIES_PER_TABLE, used)
    row = schema.RouteEntryRow(
        id=work.new_id(ids.IdKind.ROUTE_ENTRY),
        table_id=table.id,
        prefix=draft.prefix,
        attachment_id=draft.attachment_id,
        name=draft.label.name or "",
        description=draft.label.description or "",
        created_at=scope.now,
        deleting=False,
        router_generation=_router_changed(work, table),
    )
    work.session.add(row)
    work.session.flush()
    return ids.RouteEntryId(row.id)


def update_entry(
    work: unit_of_work.UnitOfWork, scope: access.Scope, entry_id: str, patch: drafts.LabelPatch
) -> None:
    """Change name or description of a static route.

    Raises:
        RouteEntryNotFound, RouteEntryDeleting: It is not there, or going.
    """
    row = _require_staying(_find(work, scope, entry_id))
    row.name = row.name if patch.name is None else patch.name
    row.description = row.description if patch.description is None else patch.description
    work.session.flush()


def remove_entry(work: unit_of_work.UnitOfWork, scope: access.Scope, entry_id: str) -> None:
    """Have a static route removed.

    Raises:
        RouteEntryNotFound, RouteEntryDeleting: It is not there, or going.
    """
    _remove(work, _require_staying(_find(work, scope, entry_id)))


def remove_entry_to(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    table_id: str,
    prefix: IPv4Network,
    attachment_id: str | None,
) -> None:
    """Have the static route of a table to a prefix removed.

    Args:
        work: The transaction.
        scope: The caller.
        table_id: The table.
        prefix: Where the route leads.
        attachment_id: By which attachment; None is a blackhole.
    Raises:
        RouteTableNotFound: Not in this account and region.
        RouteEntryPrefixNotFound: There is no such static route.
        RouteEntryLearned: There is one, but learned.
        RouteEntryDeleting: It is going.
    """
    table = route_tables.find(work, scope, table_id)
    row = rows.of_prefix(work.session, table.id, prefix)
    if row is None:
        _refuse_learned(work, scope, table, prefix)
    if row is None or row.attachment_id != attachment_id:
        raise routing_refusals.RouteEntryPrefixNotFound(
            f"{table.id} has no static route to {prefix} "
            + (f"by {attachment_id}" if attachment_id else "that is a blackhole")
            + "; list its routes.",
            value=str(prefix),
        )
    _remove(work, _require_staying(row))


def _remove(work: unit_of_work.UnitOfWork, row: schema.RouteEntryRow) -> None:
    table = work.session.get_one(schema.RouteTableRow, row.table_id)
    row.deleting = True
    row.router_generation = _router_changed(work, table)
    work.session.flush()


def _router_changed(work: unit_of_work.UnitOfWork, table: schema.RouteTableRow) -> int:
    return marks.router_changed(work, work.session.get_one(schema.RouterRow, table.router_id))


def _find(
    work: unit_of_work.UnitOfWork, scope: access.Scope, entry_id: str
) -> schema.RouteEntryRow:
    row = rows.find(work.session, scope, entry_id)
    if row is None:
        raise routing_refusals.RouteEntryNotFound(
            f"There is no static route {entry_id!r} in region {scope.region_id}; list the routes "
            "of its table (learned ones come and go with their propagation).",
            value=entry_id,
        )
    return row


def _require_staying(row: schema.RouteEntryRow) -> schema.RouteEntryRow:
    if row.deleting:
        raise routing_refusals.RouteEntryDeleting(
            f"{row.id} to {row.prefix} is being removed; wait until it is gone.", value=row.id
        )
    return row


def _require_next_hop(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    table: schema.RouteTableRow,
    attachment_id: str,
) -> None:
    try:
        row = attachments.find(work, scope, attachment_id)
    except refusals.AttachmentNotFound as exc:
        raise _no_next_hop(table, attachment_id) from exc
    if row.router_id != table.router_id:
        raise _no_next_hop(table, attachment_id)
    attachments.require_staying(row)


def _no_next_hop(
    table: schema.RouteTableRow, attachment_id: str
) -> routing_refusals.RouteEntryNextHopNotFound:
    return routing_refusals.RouteEntryNextHopNotFound(
        f"{table.router_id} has no attachment {attachment_id!r}; name one of the table's router.",
        value=attachment_id,
    )


def _require_allowed(
    work: unit_of_work.UnitOfWork, table: schema.RouteTableRow, prefix: IPv4Network
) -> None:
    # The default route names nothing: it is what is left when no other route fits.
    if prefix == net.ANY:
        return
    blocks = routers.cidrs_of(work.session, (table.router_id,))[table.router_id]
    met = reserved.overlapping(work, prefix, (block.prefix for block in blocks))
    if met is not None:
        raise routing_refusals.RouteEntryForbidden(
            f"{prefix} cannot be a destination: it shares addresses with {met}, which the service "
            "itself needs; name networks elsewhere.",
            field="prefix",
            value=str(prefix),
        )


def _require_free(
    work: unit_of_work.UnitOfWork, table: schema.RouteTableRow, prefix: IPv4Network
) -> None:
    row = rows.of_prefix(work.session, table.id, prefix)
    if row is not None:
        _require_staying(row)
        raise routing_refusals.RouteEntryExists(
            f"{table.id} has the static route {row.id} to {prefix}; delete it first.",
            value=str(prefix),
        )


def _refuse_learned(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    table: schema.RouteTableRow,
    prefix: IPv4Network,
) -> None:
    wanted = filters.RouteEntryFilter(prefix=prefix)
    if route_entries.compute(work, table, wanted, scope.now):
        raise routing_refusals.RouteEntryLearned(
            f"{table.id} has learned its route to {prefix}, and learned routes cannot be deleted; "
            "disable the propagation.",
            value=str(prefix),
        )
