"""VPCs and their vSwitches: the networks on our side of the router."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from futago.domain import ids, net, status
from futago.plan import intent
from futago.services import (
    access,
    drafts,
    facts,
    filters,
    labels,
    marks,
    nodes,
    pages,
    quotas,
    refusals,
    resource_groups,
    views,
)
from futago.store import attachments, schema, tags, unit_of_work, vpcs

_SHORTEST: Final = 16
_LONGEST: Final = 29
"""Source: vendor operation CreateVSwitch, CidrBlock."""


def create_vpc(
    work: unit_of_work.UnitOfWork, scope: access.Scope, draft: drafts.VpcDraft
) -> views.VpcView:
    """Create a VPC."""
    row = schema.VpcRow(
        id=work.new_id(ids.IdKind.VPC),
        account_id=scope.account_id,
        region_id=scope.region_id,
        prefix=draft.prefix,
        name=draft.label.name or "",
        description=draft.label.description or "",
        resource_group=resource_groups.placed(work, scope, draft.label.resource_group),
        created_at=scope.now,
        generation=0,
        deleting=False,
    )
    work.session.add(row)
    labels.keep(work, scope, row.id, draft.label.tags)
    marks.vpc_changed(work, row)
    work.session.flush()
    return _vpc_views(work, [row])[0]


def describe_vpc(work: unit_of_work.UnitOfWork, scope: access.Scope, vpc_id: str) -> views.VpcView:
    """Show a VPC."""
    return _vpc_views(work, [find(work, scope, vpc_id)])[0]


def list_vpcs(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    wanted: filters.VpcFilter,
    page: pages.PageRequest,
) -> pages.Page[views.VpcView]:
    """List VPCs, oldest first."""
    rows, total = vpcs.search(work.session, scope, wanted, page)
    return pages.Page(items=tuple(_vpc_views(work, rows)), total=total)


def delete_vpc(work: unit_of_work.UnitOfWork, scope: access.Scope, vpc_id: str) -> None:
    """Have an empty VPC removed.

    Raises:
        VpcInUse: It is attached or has vSwitches.
    """
    row = require_usable(find(work, scope, vpc_id))
    attachment = attachments.of_resource(work.session, vpc_id)
    inside = [each.id for each in vpcs.vswitches_of(work.session, (vpc_id,))[vpc_id]]
    user = attachment.id if attachment else next(iter(inside), None)
    if user is not None:
        raise refusals.VpcInUse(f"{vpc_id} has {user}; delete that first.", user=user)
    row.deleting = True
    marks.vpc_changed(work, row)
    work.session.flush()


def create_vswitch(
    work: unit_of_work.UnitOfWork, scope: access.Scope, draft: drafts.VSwitchDraft
) -> views.VSwitchView:
    """Create a segment of a VPC in a zone.

    Raises:
        VpcNotFound: Not in this account and region.
        ZoneNotFound: No node offers the zone.
        VSwitchInvalid: The prefix does not fit.
        VSwitchOverlap: The prefix shares addresses with another vSwitch.
        QuotaFull: Too many vSwitches in the VPC.
    """
    vpc = require_usable(find(work, scope, draft.vpc_id))
    zone_id = nodes.require_zone(work, draft.zone_id)
    others = vpcs.vswitches_of(work.session, (vpc.id,))[vpc.id]
    _require_fitting(vpc, draft, others)
    quotas.check(work, scope.account_id, quotas.QuotaCode.VSWITCHES_PER_VPC, len(others))
    row = schema.VSwitchRow(
        id=work.new_id(ids.IdKind.VSWITCH),
        vpc_id=vpc.id,
        account_id=scope.account_id,
        region_id=scope.region_id,
        zone_id=zone_id,
        prefix=draft.prefix,
        name=draft.label.name or "",
        description=draft.label.description or "",
        resource_group=vpc.resource_group,
        created_at=scope.now,
        vpc_generation=marks.vpc_changed(work, vpc),
    )
    work.session.add(row)
    labels.keep(work, scope, row.id, draft.label.tags)
    _tell_router(work, vpc.id)
    work.session.flush()
    return _vswitch_views(work, [row])[0]


def list_vswitches(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    wanted: filters.VSwitchFilter,
    page: pages.PageRequest,
) -> pages.Page[views.VSwitchView]:
    """List vSwitches, oldest first."""
    rows, total = vpcs.search_vswitches(work.session, scope, wanted, page)
    return pages.Page(items=tuple(_vswitch_views(work, rows)), total=total)


def delete_vswitch(work: unit_of_work.UnitOfWork, scope: access.Scope, vswitch_id: str) -> None:
    """Delete a vSwitch that no attachment uses.

    Raises:
        VSwitchInUse: An attachment uses it.
    """
    row = find_vswitch(work, scope, vswitch_id)
    user = attachments.a_user_of_vswitch(work.session, vswitch_id)
    if user is not None:
        raise refusals.VSwitchInUse(
            f"{vswitch_id} is used by {user}; delete that attachment first.", attachment_id=user
        )
    tags.drop(work.session, (vswitch_id,))
    work.session.delete(row)
    marks.vpc_changed(work, work.session.get_one(schema.VpcRow, row.vpc_id))
    _tell_router(work, row.vpc_id)
    work.session.flush()


def find(work: unit_of_work.UnitOfWork, scope: access.Scope, vpc_id: str) -> schema.VpcRow:
    """Find the row of a VPC.

    Raises:
        VpcNotFound: Not in this account and region.
    """
    row = vpcs.find(work.session, scope, vpc_id)
    if row is None:
        raise refusals.VpcNotFound(
            f"There is no VPC {vpc_id!r} in region {scope.region_id}; create it or check the id.",
            value=vpc_id,
        )
    return row


def find_vswitch(
    work: unit_of_work.UnitOfWork, scope: access.Scope, vswitch_id: str
) -> schema.VSwitchRow:
    """Find the row of a vSwitch.

    Raises:
        VSwitchNotFound: Not in this account and region.
    """
    row = vpcs.find_vswitch(work.session, scope, vswitch_id)
    if row is None:
        raise refusals.VSwitchNotFound(
            f"There is no vSwitch {vswitch_id!r} in region {scope.region_id}; "
            "create it or check the id.",
            value=vswitch_id,
        )
    return row


def require_usable(row: schema.VpcRow) -> schema.VpcRow:
    """Refuse a VPC that is being deleted."""
    if row.deleting:
        raise refusals.VpcDeleting(f"{row.id} is being deleted; use another VPC.", vpc_id=row.id)
    return row


def _require_fitting(
    vpc: schema.VpcRow, draft: drafts.VSwitchDraft, others: Sequence[schema.VSwitchRow]
) -> None:
    fits = draft.prefix.subnet_of(vpc.prefix)
    if not fits or not _SHORTEST <= draft.prefix.prefixlen <= _LONGEST:
        raise refusals.VSwitchInvalid(
            f"{draft.prefix} cannot be a vSwitch of {vpc.id}; use a prefix of /{_SHORTEST} to "
            f"/{_LONGEST} inside {vpc.prefix}.",
            field="prefix",
            value=str(draft.prefix),
        )
    met = net.overlapping(draft.prefix, (other.prefix for other in others))
    if met is not None:
        raise refusals.VSwitchOverlap(
            f"{draft.prefix} shares addresses with {met} of the same VPC; use free addresses.",
            field="prefix",
            value=str(draft.prefix),
        )


def _tell_router(work: unit_of_work.UnitOfWork, vpc_id: str) -> None:
    """Have the router of an attached VPC learn the VPC's prefixes anew."""
    attachment = attachments.of_resource(work.session, vpc_id)
    if attachment is not None:
        marks.router_changed(work, work.session.get_one(schema.RouterRow, attachment.router_id))


def _vpc_views(work: unit_of_work.UnitOfWork, rows: Sequence[schema.VpcRow]) -> list[views.VpcView]:
    vpc_ids = [row.id for row in rows]
    tagged = labels.read(work, vpc_ids)
    inside = vpcs.vswitches_of(work.session, vpc_ids)
    bound = attachments.of_resources(work.session, vpc_ids)
    applied = facts.applied(work, intent.IntentKind.VPC, vpc_ids)
    return [
        views.VpcView(
            id=ids.VpcId(row.id),
            owner_id=ids.AccountId(row.account_id),
            region_id=row.region_id,
            prefix=row.prefix,
            name=row.name,
            description=row.description,
            resource_group=row.resource_group,
            tags=tagged[row.id],
            status=status.resource_status(
                is_deleting=row.deleting, applied_generation=applied[row.id]
            ),
            vswitch_ids=tuple(ids.VSwitchId(each.id) for each in inside[row.id]),
            router_id=ids.RouterId(bound[row.id][1].id) if row.id in bound else None,
            cen_id=ids.CenId(bound[row.id][1].cen_id) if row.id in bound else None,
            created_at=row.created_at,
        )
        for row in rows
    ]


def _vswitch_views(
    work: unit_of_work.UnitOfWork, rows: Sequence[schema.VSwitchRow]
) -> list[views.VSwitchView]:
    tagged = labels.read(work, [row.id for row in rows])
    applied = facts.applied(work, intent.IntentKind.VPC, {row.vpc_id for row in rows})
    return [
        views.VSwitchView(
            id=ids.VSwitchId(row.id),
            vpc_id=ids.VpcId(row.vpc_id),
            owner_id=ids.AccountId(row.account_id),
            zone_id=ids.ZoneId(row.zone_id),
            prefix=row.prefix,
            name=row.name,
            description=row.description,
            resource_group=row.resource_group,
            tags=tagged[row.id],
            status=status.resource_status(
                is_deleting=False,
                applied_generation=int(applied[row.vpc_id] >= row.vpc_generation),
            ),
            created_at=row.created_at,
        )
        for row in rows
    ]
