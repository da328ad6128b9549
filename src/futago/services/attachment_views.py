"""Attachments with their derived status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from futago.domain import ids, status
from futago.plan import intent
from futago.services import access, drafts, facts, filters, grants, labels, pages, views
from futago.store import attachments, schema, unit_of_work


def search(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    kind: views.AttachmentKind,
    wanted: filters.AttachmentFilter,
    page: pages.PageRequest,
) -> pages.Page[views.AttachmentView]:
    """List attachments of a kind, oldest first."""
    query = attachments.Wanted(kind=kind.value, filter=wanted)
    if wanted.status is None and wanted.payer is None:
        rows, total = attachments.search(work.session, scope, query, page)
        return pages.Page(items=tuple(_views(work, rows)), total=total)
    rows, _ = attachments.search(work.session, scope, query, pages.ALL)
    return pages.cut(
        [
            each
            for each in _views(work, rows)
            if wanted.status in {None, each.status} and wanted.payer in {None, each.payer}
        ],
        page,
    )


def _views(
    work: unit_of_work.UnitOfWork, rows: Sequence[schema.AttachmentRow]
) -> list[views.AttachmentView]:
    attachment_ids = [row.id for row in rows]
    resource_ids = [row.resource_id for row in rows]
    tagged = labels.read(work, attachment_ids)
    zones = attachments.zones_of(work.session, attachment_ids)
    granted = grants.under(work, attachment_ids)
    bound = attachments.of_resources(work.session, resource_ids)
    routed = facts.applied(work, intent.IntentKind.ROUTER, {row.router_id for row in rows})
    carried = facts.applied(work, intent.IntentKind.CONNECTION, resource_ids)
    return [
        views.AttachmentView(
            id=ids.AttachmentId(row.id),
            kind=views.AttachmentKind(row.kind),
            router_id=ids.RouterId(row.router_id),
            cen_id=ids.CenId(bound[row.resource_id][1].cen_id),
            resource_id=row.resource_id,
            owner_id=ids.AccountId(_owner(row, granted)),
            payer=_payer(row, granted),
            name=row.name,
            description=row.description,
            auto_publish=row.auto_publish,
            created_at=row.created_at,
            status=_status(row, routed[row.router_id], carried[row.resource_id]),
            zone_mappings=tuple(
                drafts.ZoneMapping(zone_id=zone_id, vswitch_id=vswitch_id)
                for zone_id, vswitch_id in zones.get(row.id, ())
            ),
            tags=tagged[row.id],
            region_id=row.region_id,
        )
        for row in rows
    ]


def _owner(row: schema.AttachmentRow, granted: Mapping[str, grants.GrantView]) -> str:
    return granted[row.id].owner_id if row.id in granted else row.account_id


def _payer(row: schema.AttachmentRow, granted: Mapping[str, grants.GrantView]) -> drafts.Payer:
    return granted[row.id].payer if row.id in granted else drafts.Payer.CEN_OWNER


def _status(row: schema.AttachmentRow, routed: int, carried: int) -> status.AttachmentStatus:
    state = status.connection_state(
        status.Binding(
            is_deleting=row.deleting,
            connection_generation=row.connection_generation,
            router_generation=row.router_generation,
        ),
        status.Progress(
            generation=row.connection_generation,
            applied_generation=carried,
            router_generation=row.router_generation,
            applied_router_generation=routed,
        ),
    )
    return status.attachment_status(state)
