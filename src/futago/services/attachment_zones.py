"""The zones of a VPC attachment, with one vSwitch in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from futago.services import access, drafts, refusals, routing_refusals, vpcs
from futago.store import attachments, schema, unit_of_work


def change(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    row: schema.AttachmentRow,
    patch: drafts.ZonePatch,
) -> None:
    """Add and remove mappings at once; a zone may change its vSwitch.

    Raises:
        AttachmentZonesInvalid: A mapping that shall go is not there, or none would be left.
        VSwitchNotFound, VSwitchInvalid: A mapping that shall come breaks a rule.
    """
    present = dict(attachments.zones_of(work.session, (row.id,))[row.id])
    for mapping in patch.removed:
        if present.get(mapping.zone_id) != mapping.vswitch_id:
            raise routing_refusals.AttachmentZonesInvalid(
                f"{row.id} has no vSwitch {mapping.vswitch_id} in zone {mapping.zone_id} that "
                "could be removed; list the attachment.",
                field="zone_mappings",
                value=mapping.vswitch_id,
            )
        del present[mapping.zone_id]
    kept = [drafts.ZoneMapping(zone_id=zone, vswitch_id=each) for zone, each in present.items()]
    if not patch.added and not kept:
        raise routing_refusals.AttachmentZonesInvalid(
            f"{row.id} would have no zone left; keep or add one.", field="zone_mappings"
        )
    vpc = work.session.get_one(schema.VpcRow, row.resource_id)
    owner = replace(scope, account_id=vpc.account_id)
    require_valid(work, owner, vpc.id, (*kept, *patch.added))
    for mapping in patch.removed:
        attachments.unmap_zone(work.session, row.id, mapping.zone_id)
    for mapping in patch.added:
        attachments.map_zone(work.session, row.id, mapping.zone_id, mapping.vswitch_id)
    work.session.flush()


def require_valid(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    vpc_id: str,
    mappings: Sequence[drafts.ZoneMapping],
) -> None:
    """Refuse mappings without a zone, with one zone twice, or with a vSwitch from elsewhere."""
    zones = [mapping.zone_id for mapping in mappings]
    if not zones or len(zones) != len(set(zones)):
        raise refusals.VSwitchInvalid(
            "An attachment needs one vSwitch in each of its zones, and at least one zone; "
            "name each zone once.",
            field="zone_mappings",
        )
    for mapping in mappings:
        vswitch = vpcs.find_vswitch(work, scope, mapping.vswitch_id)
        if (vswitch.vpc_id, vswitch.zone_id) != (vpc_id, mapping.zone_id):
            raise refusals.VSwitchInvalid(
                f"{vswitch.id} is in zone {vswitch.zone_id} of {vswitch.vpc_id}, not in "
                f"{mapping.zone_id} of {vpc_id}; name a vSwitch of that zone and VPC.",
                field="zone_mappings",
                value=vswitch.id,
            )
