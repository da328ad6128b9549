"""Attachments of connections and VPCs to transit routers.

Attaching a connection is what gives its tunnels zones and gateway addresses. Detaching is a mark:
the rows go when the node has let go (see `intents.finalize`).
"""

from __future__ import annotations

from futago.domain import ids, net, placement
from futago.services import (
    access,
    attachment_rules,
    attachment_views,
    attachment_zones,
    bgp,
    bgp_changes,
    drafts,
    filters,
    grants,
    labels,
    marks,
    pages,
    private_addresses,
    protected_flows,
    quotas,
    refusals,
    routers,
    views,
    vpcs,
)
from futago.services import connections as connection_services
from futago.store import attachments, connections, route_entries, rows, schema, unit_of_work
from futago.store import grants as grant_rows
from futago.store import routers as router_rows

_VPN = views.AttachmentKind.VPN
_VPC = views.AttachmentKind.VPC


def attach_vpn(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    router: drafts.RouterRef,
    draft: drafts.VpnAttachmentDraft,
) -> str:
    """Attach a connection; its tunnels get zones and gateway addresses.

    Returns:
        Id of the attachment.
    Raises:
        RouterNotFound, ConnectionNotFound: Not in this account and region.
        NotGranted: It is another account's, which has not granted it to the router's CEN.
        ConnectionAlreadyAttached: A connection is attached once.
        RouterHasNoCidr: The router needs an address block.
        QuotaFull: Too many VPN attachments on the router.
        TunnelCidrTaken: Another connection of the router has one of its tunnel CIDRs.
        NoCapacity: Two free gateway addresses are missing.
        NoPrivateAddresses: It is private, and no zone has addresses in the router's blocks.
    """
    router_row = routers.resolve(work, scope, router)
    owner, resource_id = draft.owner_id, draft.connection_id
    grant = grants.require_granted(work, scope, router_row, owner, resource_id)
    bound = connection_services.find(work, grants.owner_scope(scope, owner), resource_id)
    _require_unattached(work, scope, bound.id)
    _require_block(work, router_row.id)
    used = attachments.count(work.session, router_row.id, _VPN.value)
    quotas.check(work, scope.account_id, quotas.QuotaCode.VPN_ATTACHMENTS_PER_ROUTER, used)
    _require_free_cidrs(work, scope, router_row, bound)
    _seat(work, bound, router_row)
    row = _new_row(work, scope, router_row, draft.label)
    row.kind, row.resource_id, row.auto_publish = _VPN.value, bound.id, draft.auto_publish
    row.connection_generation = marks.connection_changed(work, bound)
    bound.router_generation = row.router_generation
    attachment_id = _add(work, scope, row, draft.label, grant)
    protected_flows.settle_routes(work, bound)
    return attachment_id


def _require_block(work: unit_of_work.UnitOfWork, router_id: str) -> None:
    if not router_rows.cidrs_of(work.session, (router_id,))[router_id]:
        raise refusals.RouterHasNoCidr(
            f"{router_id} has no address block; add one of /16 to /24 first.", router_id=router_id
        )


def detach_vpn(
    work: unit_of_work.UnitOfWork, scope: access.Scope, attachment_id: str, *, force: bool = False
) -> None:
    """Have a connection detached.

    Raises:
        AttachmentNotFound: No VPN attachment of this account and region has the id.
        AttachmentDetaching: It is being removed already.
        AttachmentHasAssociation, AttachmentHasPropagation, AttachmentHasRouteEntry: And `force`
            is not set.
    """
    row = _detach(work, find(work, scope, attachment_id, _VPN), force=force)
    bound = work.session.get_one(schema.ConnectionRow, row.resource_id)
    for destination in attachments.destinations_of(work.session, (bound.id,)):
        destination.deleting = True
        destination.router_generation = row.router_generation
    row.connection_generation = marks.connection_changed(work, bound)
    work.session.flush()


def update_vpn(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    attachment_id: str,
    patch: drafts.AttachmentPatch,
) -> None:
    """Change a VPN attachment; publishing has no effect without BGP and an association."""
    row = require_staying(find(work, scope, attachment_id, _VPN))
    _relabel(work, row, patch)
    if patch.auto_publish not in {None, row.auto_publish}:
        row.auto_publish = not row.auto_publish
        bound = work.session.get_one(schema.ConnectionRow, row.resource_id)
        if bound.bgp_enabled:
            bgp_changes.sessions_changed(work, bound, row.router_id)


def list_vpn(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    wanted: filters.AttachmentFilter,
    page: pages.PageRequest,
) -> pages.Page[views.AttachmentView]:
    """List VPN attachments, oldest first."""
    return attachment_views.search(work, scope, _VPN, wanted, page)


def attach_vpc(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    router: drafts.RouterRef,
    draft: drafts.VpcAttachmentDraft,
) -> str:
    """Attach a VPC.

    Returns:
        Id of the attachment.
    Raises:
        RouterNotFound, VpcNotFound, VSwitchNotFound: Not in this account and region.
        NotGranted: It is another account's, which has not granted it to the router's CEN.
        VpcAlreadyAttached: A VPC is attached once.
        VSwitchInvalid: A zone mapping names a vSwitch elsewhere, or a zone twice, or is missing.
        RouterCidrOverlap: The VPC shares addresses with a block of the router.
    """
    router_row = routers.resolve(work, scope, router)
    grant = grants.require_granted(work, scope, router_row, draft.owner_id, draft.vpc_id)
    owner_scope = grants.owner_scope(scope, draft.owner_id)
    vpc = vpcs.require_usable(vpcs.find(work, owner_scope, draft.vpc_id))
    _require_attachable(work, scope, vpc, router_row)
    attachment_zones.require_valid(work, owner_scope, vpc.id, draft.zone_mappings)
    row = _new_row(work, scope, router_row, draft.label)
    row.kind, row.resource_id, row.auto_publish = _VPC.value, vpc.id, draft.auto_publish
    row.connection_generation = 0
    attachment_id = _add(work, scope, row, draft.label, grant)
    for mapping in draft.zone_mappings:
        attachments.map_zone(work.session, row.id, mapping.zone_id, mapping.vswitch_id)
    work.session.flush()
    return attachment_id


def detach_vpc(
    work: unit_of_work.UnitOfWork, scope: access.Scope, attachment_id: str, *, force: bool = False
) -> None:
    """Have a VPC detached.

    Raises:
        AttachmentNotFound: No VPC attachment of this account and region has the id.
        AttachmentDetaching: It is being removed already.
        AttachmentHasAssociation, AttachmentHasPropagation, AttachmentHasRouteEntry: And `force`
            is not set.
    """
    _detach(work, find(work, scope, attachment_id, _VPC), force=force)
    work.session.flush()


def update_vpc(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    attachment_id: str,
    patch: drafts.AttachmentPatch,
) -> None:
    """Change a VPC attachment; publishing decides what leaves the VPC through the router."""
    row = require_staying(find(work, scope, attachment_id, _VPC))
    _relabel(work, row, patch)
    if patch.auto_publish not in {None, row.auto_publish}:
        row.auto_publish = not row.auto_publish
        marks.router_changed(work, work.session.get_one(schema.RouterRow, row.router_id))


def update_zones(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    attachment_id: str,
    patch: drafts.ZonePatch,
) -> None:
    """Change the zones of a VPC attachment; at least one stays.

    Raises:
        AttachmentNotFound: No VPC attachment of this account and region has the id.
        AttachmentDetaching: It is being removed.
        AttachmentZonesInvalid: A mapping that shall go is not there, or none would be left.
        VSwitchNotFound, VSwitchInvalid: A mapping that shall come breaks a rule.
    """
    row = require_staying(find(work, scope, attachment_id, _VPC))
    attachment_zones.change(work, scope, row, patch)


def list_vpc(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    wanted: filters.AttachmentFilter,
    page: pages.PageRequest,
) -> pages.Page[views.AttachmentView]:
    """List VPC attachments, oldest first."""
    return attachment_views.search(work, scope, _VPC, wanted, page)


def find(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    attachment_id: str,
    kind: views.AttachmentKind | None = None,
) -> schema.AttachmentRow:
    """Find the row of an attachment, of one kind or any.

    Raises:
        AttachmentNotFound: Not in this account and region, or of the other kind.
    """
    row = attachments.find(work.session, scope, attachment_id)
    if row is None or (kind is not None and row.kind != kind.value):
        raise refusals.AttachmentNotFound(
            f"There is no {f'{kind.value} ' if kind else ''}attachment {attachment_id!r} "
            f"in region {scope.region_id}; create it or check the id.",
            value=attachment_id,
        )
    return row


def require_staying(row: schema.AttachmentRow) -> schema.AttachmentRow:
    """Refuse an attachment that is being removed."""
    if row.deleting:
        raise refusals.AttachmentDetaching(
            f"{row.id} is being removed; wait until it is gone and create a new one.",
            attachment_id=row.id,
        )
    return row


def _require_unattached(
    work: unit_of_work.UnitOfWork, scope: access.Scope, connection_id: str
) -> None:
    existing = attachments.of_resource(work.session, connection_id)
    if existing is not None:
        raise refusals.ConnectionAlreadyAttached(
            f"{connection_id} is attached{_where(scope, existing)}; "
            "delete that attachment first and wait until it is gone.",
        )


def _where(scope: access.Scope, existing: schema.AttachmentRow) -> str:
    """Name router and attachment, if both are the caller's."""
    if existing.account_id != scope.account_id:
        return " to a router of another account"
    return f" to {existing.router_id} by {existing.id}"


def _require_attachable(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    vpc: schema.VpcRow,
    router: schema.RouterRow,
) -> None:
    existing = attachments.of_resource(work.session, vpc.id)
    if existing is not None:
        raise refusals.VpcAlreadyAttached(
            f"{vpc.id} is attached{_where(scope, existing)}; "
            "delete that attachment first and wait until it is gone.",
        )
    blocks = [row.prefix for row in router_rows.cidrs_of(work.session, (router.id,))[router.id]]
    met = net.overlapping(vpc.prefix, blocks)
    if met is not None:
        raise refusals.RouterCidrOverlap(
            f"{vpc.prefix} of {vpc.id} shares addresses with the block {met} of {router.id}; "
            "use a VPC or a block elsewhere.",
            value=str(vpc.prefix),
        )


def _require_free_cidrs(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    router: schema.RouterRow,
    bound: schema.ConnectionRow,
) -> None:
    value = rows.connection_of(bound, connections.tunnel_rows(work.session, bound.id))
    bgp.require_free_cidrs(work, scope.account_id, router.id, value)


def _seat(
    work: unit_of_work.UnitOfWork, bound: schema.ConnectionRow, router: schema.RouterRow
) -> None:
    pools = private_addresses.zone_pools(work, bound, router)
    seats = placement.place_tunnels(pools, connections.taken_addresses(work.session))
    by_index = {int(seat.index): seat for seat in seats}
    for tunnel in connections.tunnel_rows(work.session, bound.id):
        rows.seat(tunnel, by_index[tunnel.ordinal])


def _new_row(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    router: schema.RouterRow,
    label: drafts.Label,
) -> schema.AttachmentRow:
    return schema.AttachmentRow(
        id=work.new_id(ids.IdKind.ATTACHMENT),
        account_id=scope.account_id,
        region_id=scope.region_id,
        router_id=router.id,
        name=label.name or "",
        description=label.description or "",
        created_at=scope.now,
        deleting=False,
        router_generation=marks.router_changed(work, router),
    )


def _add(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    row: schema.AttachmentRow,
    label: drafts.Label,
    grant: schema.RouterGrantRow | None,
) -> str:
    work.session.add(row)
    labels.keep(work, scope, row.id, label.tags)
    work.session.flush()
    if grant is not None:
        grant_rows.hold(work.session, row.id, grant)
    return row.id


def _relabel(
    work: unit_of_work.UnitOfWork, row: schema.AttachmentRow, patch: drafts.AttachmentPatch
) -> None:
    row.name = row.name if patch.name is None else patch.name
    row.description = row.description if patch.description is None else patch.description
    if patch.payer is not None:
        grants.set_payer(work, row.id, patch.payer)


def _detach(
    work: unit_of_work.UnitOfWork, row: schema.AttachmentRow, *, force: bool
) -> schema.AttachmentRow:
    require_staying(row)
    associations = attachments.associations_of(work.session, (row.id,))
    propagations = attachments.propagations_of(work.session, (row.id,))
    entries = route_entries.of_attachment(work.session, row.id)
    if not force:
        attachment_rules.require_unbound(row, associations, propagations)
        attachment_rules.require_unrouted(row, entries)
    router = work.session.get_one(schema.RouterRow, row.router_id)
    row.deleting = True
    row.router_generation = marks.router_changed(work, router)
    for association in associations:
        association.deleting, association.router_generation = True, row.router_generation
    for propagation in propagations:
        propagation.deleting, propagation.router_generation = True, row.router_generation
    for entry in entries:
        entry.deleting, entry.router_generation = True, row.router_generation
    return row
