"""CENs, their transit routers, address blocks and route tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

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
    private_addresses,
    refusals,
    resource_groups,
    router_cidrs,
    routing_refusals,
    views,
)
from futago.store import attachments, grants, routers, schema, tags, unit_of_work

FIRST_KERNEL_TABLE: Final = 1000
"""Above the kernel's own tables (253 to 255) and what administrators commonly use."""


def create_cen(
    work: unit_of_work.UnitOfWork, scope: access.Scope, label: drafts.Label
) -> views.CenView:
    """Create a CEN."""
    row = schema.CenRow(
        id=work.new_id(ids.IdKind.CEN),
        account_id=scope.account_id,
        name=label.name or "",
        description=label.description or "",
        resource_group=resource_groups.placed(work, scope, label.resource_group),
        created_at=scope.now,
    )
    work.session.add(row)
    labels.keep(work, scope, row.id, label.tags)
    work.session.flush()
    return _cen_views(work, [row])[0]


def list_cens(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    wanted: filters.CenFilter,
    page: pages.PageRequest,
) -> pages.Page[views.CenView]:
    """List CENs, oldest first."""
    rows, total = routers.search_cens(work.session, scope, wanted, page)
    return pages.Page(items=tuple(_cen_views(work, rows)), total=total)


def modify_cen(
    work: unit_of_work.UnitOfWork, scope: access.Scope, cen_id: str, patch: drafts.LabelPatch
) -> None:
    """Change name or description of a CEN."""
    _relabel(_find_cen(work, scope, cen_id), patch)


def delete_cen(work: unit_of_work.UnitOfWork, scope: access.Scope, cen_id: str) -> None:
    """Delete a CEN without routers.

    Raises:
        CenInUse: It has a transit router.
    """
    row = _find_cen(work, scope, cen_id)
    router = routers.of_cen(work.session, cen_id)
    if router is not None:
        raise refusals.CenInUse(
            f"{cen_id} has the transit router {router.id}; delete the router first.",
            router_id=router.id,
        )
    tags.drop(work.session, (cen_id,))
    grants.drop_of_cen(work.session, cen_id)
    work.session.delete(row)
    work.session.flush()


def create_router(
    work: unit_of_work.UnitOfWork, scope: access.Scope, draft: drafts.RouterDraft
) -> views.RouterView:
    """Create the transit router of a CEN in this region, with its system table.

    Raises:
        CenNotFound: Not in this account.
        RouterExists: The CEN has one here.
        RouterCidrInvalid, RouterCidrOverlap: An address block breaks a rule.
    """
    _find_cen(work, scope, draft.cen_id)
    existing = routers.of_cen(work.session, draft.cen_id, scope.region_id)
    if existing is not None:
        raise refusals.RouterExists(
            f"{draft.cen_id} has the transit router {existing.id} in {scope.region_id}; "
            "use it, or another CEN.",
            router_id=existing.id,
        )
    row = schema.RouterRow(
        id=work.new_id(ids.IdKind.ROUTER),
        cen_id=draft.cen_id,
        account_id=scope.account_id,
        region_id=scope.region_id,
        name=draft.label.name or "",
        description=draft.label.description or "",
        created_at=scope.now,
        generation=0,
        deleting=False,
        next_kernel_table=FIRST_KERNEL_TABLE,
    )
    work.session.add(row)
    work.session.flush()
    _add_system_table(work, row)
    for cidr in draft.cidrs:
        router_cidrs.add(work, scope, row, cidr)
    labels.keep(work, scope, row.id, draft.label.tags)
    marks.router_changed(work, row)
    work.session.flush()
    return _router_views(work, [row])[0]


def describe_router(
    work: unit_of_work.UnitOfWork, scope: access.Scope, router_id: str
) -> views.RouterView:
    """Show a transit router."""
    return _router_views(work, [find(work, scope, router_id)])[0]


def list_routers(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    wanted: filters.RouterFilter,
    page: pages.PageRequest,
) -> pages.Page[views.RouterView]:
    """List transit routers, oldest first."""
    rows, total = routers.search(work.session, scope, wanted, page)
    return pages.Page(items=tuple(_router_views(work, rows)), total=total)


def update_router(
    work: unit_of_work.UnitOfWork, scope: access.Scope, router_id: str, patch: drafts.LabelPatch
) -> None:
    """Change name or description of a transit router."""
    _relabel(find(work, scope, router_id), patch)


def delete_router(work: unit_of_work.UnitOfWork, scope: access.Scope, router_id: str) -> None:
    """Have a transit router without attachments and custom tables removed.

    Raises:
        RouterInUse: Something is attached.
        RouterHasTables: It has custom tables.
    """
    row = require_usable(find(work, scope, router_id))
    attached = attachments.of_router(work.session, router_id)
    if attached:
        raise refusals.RouterInUse(
            f"{router_id} has {len(attached)} attachments, the first is {attached[0].id}; "
            "delete them first.",
            attachment_id=attached[0].id,
        )
    tables = routers.tables_of(work.session, router_id)
    custom = [table.id for table in tables if not table.is_system]
    if custom:
        raise routing_refusals.RouterHasTables(
            f"{router_id} has {len(custom)} custom route tables, the first is {custom[0]}; "
            "delete them first and wait until they are gone.",
            table_id=custom[0],
        )
    row.deleting = True
    marks.router_changed(work, row)
    work.session.flush()


def add_cidr(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    router_id: str,
    draft: drafts.RouterCidrDraft,
) -> views.RouterCidrView:
    """Give a router an address block.

    Raises:
        RouterCidrInvalid, RouterCidrOverlap: The block breaks a rule.
        QuotaFull: Too many blocks.
    """
    row = require_usable(find(work, scope, router_id))
    added = router_cidrs.add(work, scope, row, draft)
    private_addresses.blocks_changed(work, row)
    return router_cidrs.view(added)


def list_cidrs(
    work: unit_of_work.UnitOfWork, scope: access.Scope, router_id: str
) -> tuple[views.RouterCidrView, ...]:
    """List the address blocks of a router, oldest first."""
    find(work, scope, router_id)
    return tuple(map(router_cidrs.view, routers.cidrs_of(work.session, (router_id,))[router_id]))


def list_allocations(
    work: unit_of_work.UnitOfWork, scope: access.Scope, router_id: str
) -> tuple[views.CidrAllocationView, ...]:
    """List what attachments have reserved of the address blocks of a router."""
    row = find(work, scope, router_id)
    return tuple(
        allocation
        for cidr in routers.cidrs_of(work.session, (router_id,))[router_id]
        for allocation in router_cidrs.allocations(work, row, cidr)
    )


def modify_cidr(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    router_id: str,
    cidr_id: str,
    patch: drafts.RouterCidrPatch,
) -> views.RouterCidrView:
    """Change an address block.

    Raises:
        RouterCidrAllocated: Addresses of it are in use and the prefix shall change.
    """
    row = require_usable(find(work, scope, router_id))
    changed = router_cidrs.modify(work, row, cidr_id, patch)
    private_addresses.blocks_changed(work, row)
    return router_cidrs.view(changed)


def delete_cidr(
    work: unit_of_work.UnitOfWork, scope: access.Scope, router_id: str, cidr_id: str
) -> None:
    """Take an address block away.

    Raises:
        RouterCidrAllocated: Addresses of it are in use.
    """
    row = require_usable(find(work, scope, router_id))
    router_cidrs.remove(work, row, cidr_id)
    private_addresses.blocks_changed(work, row)


def find(work: unit_of_work.UnitOfWork, scope: access.Scope, router_id: str) -> schema.RouterRow:
    """Find the row of a transit router.

    Raises:
        RouterNotFound: Not in this account and region.
    """
    row = routers.find(work.session, scope, router_id)
    if row is None:
        raise refusals.RouterNotFound(
            f"There is no transit router {router_id!r} in region {scope.region_id}; "
            "create it or check the id.",
            value=router_id,
        )
    return row


def resolve(
    work: unit_of_work.UnitOfWork, scope: access.Scope, ref: drafts.RouterRef
) -> schema.RouterRow:
    """Find the router that is meant, by its id or as that of a CEN.

    Raises:
        RouterNotFound: There is none, or it is not the one of the CEN.
        RouterDeleting: It is being deleted.
    """
    if ref.router_id is not None:
        row = find(work, scope, ref.router_id)
    else:
        cen = _find_cen(work, scope, ref.cen_id or "")
        of_cen = routers.of_cen(work.session, cen.id, scope.region_id)
        row = find(work, scope, of_cen.id if of_cen else f"(of {cen.id})")
    if ref.cen_id is not None and row.cen_id != ref.cen_id:
        raise refusals.RouterNotFound(
            f"{row.id} belongs to {row.cen_id}, not to {ref.cen_id}; give one of both ids only.",
            value=row.id,
        )
    return require_usable(row)


def require_usable(row: schema.RouterRow) -> schema.RouterRow:
    """Refuse a router that is being deleted."""
    if row.deleting:
        raise refusals.RouterDeleting(
            f"{row.id} is being deleted; use another router.", router_id=row.id
        )
    return row


def _find_cen(work: unit_of_work.UnitOfWork, scope: access.Scope, cen_id: str) -> schema.CenRow:
    row = routers.find_cen(work.session, scope, cen_id)
    if row is None:
        raise refusals.CenNotFound(
            f"There is no CEN {cen_id!r}; create it or check the id.", value=cen_id
        )
    return row


def _add_system_table(work: unit_of_work.UnitOfWork, row: schema.RouterRow) -> None:
    work.session.add(
        schema.RouteTableRow(
            id=work.new_id(ids.IdKind.ROUTE_TABLE),
            router_id=row.id,
            name="",
            description="",
            is_system=True,
            deleting=False,
            kernel_table=row.next_kernel_table,
            router_generation=row.generation + 1,
            created_at=row.created_at,
        )
    )
    row.next_kernel_table += 1


def _relabel(row: schema.CenRow | schema.RouterRow, patch: drafts.LabelPatch) -> None:
    if patch.name is not None:
        row.name = patch.name
    if patch.description is not None:
        row.description = patch.description


def _cen_views(work: unit_of_work.UnitOfWork, rows: Sequence[schema.CenRow]) -> list[views.CenView]:
    tagged = labels.read(work, [row.id for row in rows])
    return [
        views.CenView(
            id=ids.CenId(row.id),
            name=row.name,
            description=row.description,
            resource_group=row.resource_group,
            tags=tagged[row.id],
            created_at=row.created_at,
        )
        for row in rows
    ]


def _router_views(
    work: unit_of_work.UnitOfWork, rows: Sequence[schema.RouterRow]
) -> list[views.RouterView]:
    router_ids = [row.id for row in rows]
    tagged = labels.read(work, router_ids)
    cidrs = routers.cidrs_of(work.session, router_ids)
    applied = facts.applied(work, intent.IntentKind.ROUTER, router_ids)
    return [
        views.RouterView(
            id=ids.RouterId(row.id),
            cen_id=ids.CenId(row.cen_id),
            owner_id=ids.AccountId(row.account_id),
            region_id=row.region_id,
            name=row.name,
            description=row.description,
            status=status.resource_status(
                is_deleting=row.deleting, applied_generation=applied[row.id]
            ),
            cidrs=tuple(map(router_cidrs.view, cidrs[row.id])),
            tags=tagged[row.id],
            created_at=row.created_at,
        )
        for row in rows
    ]
