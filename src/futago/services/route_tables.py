"""Route tables of transit routers.

A router has one system table from its first to its last day, and custom ones that come and go. The
number of a kernel table is given once in a router's life, so a new table never inherits routes.
"""

from __future__ import annotations

from collections.abc import Sequence

from futago.domain import ids, status
from futago.plan import intent
from futago.services import (
    access,
    drafts,
    facts,
    filters,
    labels,
    marks,
    pages,
    quotas,
    refusals,
    routers,
    routing_refusals,
    views,
)
from futago.store import route_entries, schema, unit_of_work
from futago.store import routers as rows


def create_table(
    work: unit_of_work.UnitOfWork, scope: access.Scope, router_id: str, label: drafts.Label
) -> views.RouteTableView:
    """Create a custom table.

    Raises:
        RouterNotFound: Not in this account and region.
        RouterDeleting: The router is being deleted.
        QuotaFull: Too many custom tables.
    """
    router = routers.require_usable(routers.find(work, scope, router_id))
    used = sum(not row.is_system for row in rows.tables_of(work.session, router.id))
    quotas.check(work, scope.account_id, quotas.QuotaCode.CUSTOM_TABLES_PER_ROUTER, used)
    row = schema.RouteTableRow(
        id=work.new_id(ids.IdKind.ROUTE_TABLE),
        router_id=router.id,
        name=label.name or "",
        description=label.description or "",
        is_system=False,
        kernel_table=router.next_kernel_table,
        deleting=False,
        router_generation=marks.router_changed(work, router),
        created_at=scope.now,
    )
    router.next_kernel_table += 1
    work.session.add(row)
    labels.keep(work, scope, row.id, label.tags)
    work.session.flush()
    return _views(work, scope, [row])[0]


def update_table(
    work: unit_of_work.UnitOfWork, scope: access.Scope, table_id: str, patch: drafts.LabelPatch
) -> None:
    """Change name or description of a table.

    Raises:
        RouteTableNotFound: Not in this account and region.
        RouteTableDeleting: It is being deleted.
    """
    row = require_usable(find(work, scope, table_id))
    row.name = row.name if patch.name is None else patch.name
    row.description = row.description if patch.description is None else patch.description
    work.session.flush()


def delete_table(work: unit_of_work.UnitOfWork, scope: access.Scope, table_id: str) -> None:
    """Have a custom table without dependants removed.

    Raises:
        RouteTableNotFound: Not in this account and region.
        RouteTableIsSystem: It goes with its router only.
        RouteTableDeleting: It is being deleted.
        RouteTableHasAssociation, RouteTableHasPropagation, RouteTableHasEntry: Something uses it.
        RouteTableBusy: Traffic may still be looked up in it.
    """
    row = find(work, scope, table_id)
    if row.is_system:
        raise routing_refusals.RouteTableIsSystem(
            f"{row.id} is the system table of {row.router_id}; it goes with the router only.",
            value=row.id,
        )
    require_usable(row)
    _require_unused(work, row)
    _require_unmoved(work, row)
    row.deleting = True
    router = work.session.get_one(schema.RouterRow, row.router_id)
    row.router_generation = marks.router_changed(work, router)
    work.session.flush()


def list_tables(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    wanted: filters.RouteTableFilter,
    page: pages.PageRequest,
) -> pages.Page[views.RouteTableView]:
    """List route tables, oldest first."""
    found, total = rows.search_tables(work.session, scope, wanted, page)
    return pages.Page(items=tuple(_views(work, scope, found)), total=total)


def find(work: unit_of_work.UnitOfWork, scope: access.Scope, table_id: str) -> schema.RouteTableRow:
    """Find the row of a table.

    Raises:
        RouteTableNotFound: Not in this account and region.
    """
    row = rows.find_table(work.session, scope, table_id)
    if row is None:
        raise refusals.RouteTableNotFound(
            f"There is no route table {table_id!r} in region {scope.region_id}; "
            "list the tables of the router.",
            value=table_id,
        )
    return row


def require_usable(row: schema.RouteTableRow) -> schema.RouteTableRow:
    """Refuse a table that is being deleted."""
    if row.deleting:
        raise routing_refusals.RouteTableDeleting(
            f"{row.id} is being deleted; use another table.", value=row.id
        )
    return row


def require_applied(
    work: unit_of_work.UnitOfWork, row: schema.RouteTableRow
) -> schema.RouteTableRow:
    """Refuse a table that the node does not have yet."""
    if _applied(work, row) < row.router_generation:
        raise routing_refusals.RouteTableBusy(
            f"{row.id} is still being made; wait until it is active.", value=row.id
        )
    return row


def _applied(work: unit_of_work.UnitOfWork, row: schema.RouteTableRow) -> int:
    return facts.applied(work, intent.IntentKind.ROUTER, (row.router_id,))[row.router_id]


def _require_unused(work: unit_of_work.UnitOfWork, row: schema.RouteTableRow) -> None:
    user = route_entries.an_associated(work.session, row.id)
    if user is not None:
        raise routing_refusals.RouteTableHasAssociation(
            f"{user} is associated with {row.id}; dissociate it first and wait until it is.",
            attachment_id=user,
        )
    user = route_entries.a_propagating(work.session, row.id)
    if user is not None:
        raise routing_refusals.RouteTableHasPropagation(
            f"{user} propagates to {row.id}; disable that first and wait until it is over.",
            attachment_id=user,
        )
    number = route_entries.count(work.session, row.id)
    if number:
        raise routing_refusals.RouteTableHasEntry(
            f"{row.id} has {number} static routes; delete them first and wait until they are gone.",
            value=row.id,
        )


def _require_unmoved(work: unit_of_work.UnitOfWork, row: schema.RouteTableRow) -> None:
    # A replaced association leaves this table only when the node has switched its rules.
    user = route_entries.a_moving(work.session, row.router_id, _applied(work, row))
    if user is not None:
        raise routing_refusals.RouteTableBusy(
            f"The association of {user} is being changed, and its traffic may still use {row.id}; "
            "wait until the association is active.",
            attachment_id=user,
        )


def _views(
    work: unit_of_work.UnitOfWork, scope: access.Scope, found: Sequence[schema.RouteTableRow]
) -> list[views.RouteTableView]:
    applied = facts.applied(work, intent.IntentKind.ROUTER, {row.router_id for row in found})
    tagged = labels.read(work, [row.id for row in found])
    return [
        views.RouteTableView(
            id=ids.RouteTableId(row.id),
            router_id=ids.RouterId(row.router_id),
            region_id=scope.region_id,
            name=row.name,
            description=row.description,
            is_system=row.is_system,
            status=_status(row, applied[row.router_id]),
            created_at=row.created_at,
            tags=tagged[row.id],
        )
        for row in found
    ]


def _status(row: schema.RouteTableRow, applied: int) -> status.ResourceStatus:
    is_there = applied >= row.router_generation
    return status.resource_status(
        is_deleting=row.deleting, applied_generation=applied if is_there else 0
    )
