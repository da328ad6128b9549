"""Cross-account use: an owner opens a connection or VPC to the routers of another account's CEN.

The owner grants and revokes; the owner of the CEN attaches, while nobody has to hand over a key.
What each side sees follows from whose the rows are: the connection, its tunnels and keys stay with
the one account, attachment, tables and routes with the other.

An attachment holds its grant by a foreign key. A revocation that meets an attach therefore loses or
wins as a whole: on SQLite writers take turns (BEGIN IMMEDIATE), elsewhere the key decides.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from futago.services import access, drafts, grant_refusals, pages, refusals, views, vpcs
from futago.store import attachments, grants, routers, schema, schema_grants, unit_of_work
from futago.store import connections as connection_rows
from futago.store import vpcs as vpc_rows

_VPN = views.AttachmentKind.VPN
_VPC = views.AttachmentKind.VPC
Payer = drafts.Payer
Wanted = grants.Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantKey:
    """A resource and the CEN that it is opened to."""

    kind: views.AttachmentKind
    instance_id: str
    cen_id: str
    cen_owner_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantView:
    """A grant, as both sides may see it."""

    kind: views.AttachmentKind
    instance_id: str
    owner_id: str
    region_id: str
    cen_id: str
    cen_owner_id: str
    payer: Payer
    created_at: datetime


def grant(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    key: GrantKey,
    payer: Payer = Payer.CEN_OWNER,
) -> None:
    """Open a resource to the routers of a CEN; done twice, it gets the last payer.

    Raises:
        ResourceNotFound: The account has no such resource in this region.
        GrantInvalid: The account has no such CEN, or it is the caller's own.
        ConnectionAlreadyAttached: A connection is granted before it is attached anywhere.
    """
    _require_own(work, scope, key.kind, key.instance_id)
    _require_cen(work, scope, key)
    existing = grants.find(work.session, key.instance_id, key.cen_id)
    if existing is not None:
        existing.payer = payer.value
        return
    if key.kind is _VPN and attachments.of_resource(work.session, key.instance_id) is not None:
        raise refusals.ConnectionAlreadyAttached(
            f"{key.instance_id} is attached; have the attachment deleted before it is granted.",
            connection_id=key.instance_id,
        )
    work.session.add(
        schema_grants.RouterGrantRow(
            instance_id=key.instance_id,
            cen_id=key.cen_id,
            cen_owner_id=key.cen_owner_id,
            account_id=scope.account_id,
            region_id=scope.region_id,
            kind=key.kind.value,
            payer=payer.value,
            created_at=scope.now,
        )
    )
    work.session.flush()


def modify(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    instance_id: str,
    cen_id: str,
    payer: Payer,
) -> None:
    """Change who would pay.

    Raises:
        GrantNotFound: The caller has not granted the resource to the CEN.
    """
    _find_own(work, scope, instance_id, cen_id).payer = payer.value
    work.session.flush()


def revoke(work: unit_of_work.UnitOfWork, scope: access.Scope, key: GrantKey) -> None:
    """Close a resource to a CEN again.

    Raises:
        GrantNotFound: The caller has not granted the resource to the CEN of that account.
        GrantInUse: The resource is attached to a router of the CEN, or still being detached.
    """
    row = _find_own(work, scope, key.instance_id, key.cen_id)
    if (row.kind, row.cen_owner_id) != (key.kind.value, key.cen_owner_id):
        raise _not_found(key.instance_id, key.cen_id)
    user = grants.a_user_of(work.session, row)
    if user is not None:
        raise grant_refusals.GrantInUse(
            f"{key.instance_id} is attached to {key.cen_id} by {user}; "
            "have its owner delete the attachment and wait until it is gone.",
            attachment_id=user,
        )
    work.session.delete(row)
    work.session.flush()


def search(
    work: unit_of_work.UnitOfWork, wanted: grants.Wanted, page: pages.PageRequest
) -> pages.Page[GrantView]:
    """List grants, oldest first; callers narrow the list to what an account may see."""
    rows, total = grants.search(work.session, wanted, page)
    return pages.Page(items=tuple(map(_view, rows)), total=total)


def granted_vswitches(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    cen_id: str,
    vpc_id: str,
    zone_id: str | None = None,
) -> list[schema.VSwitchRow]:
    """Give the vSwitches of a VPC that routers of the caller's CEN may attach, oldest first.

    Raises:
        CenNotFound: Not in this account.
        VpcNotFound: Neither the caller's own nor granted to the CEN.
    """
    require_cen_owner(work, scope, cen_id)
    vpc = work.session.get(schema.VpcRow, vpc_id)
    mine = vpc is not None and vpc.account_id == scope.account_id
    if not mine and grants.find(work.session, vpc_id, cen_id) is None:
        raise refusals.VpcNotFound(
            f"There is no VPC {vpc_id!r} that is yours or granted to {cen_id}; "
            "have its owner grant it.",
            value=vpc_id,
        )
    found = vpc_rows.vswitches_of(work.session, (vpc_id,))[vpc_id]
    return [row for row in found if zone_id in {None, row.zone_id}]


def require_cen_owner(work: unit_of_work.UnitOfWork, scope: access.Scope, cen_id: str) -> None:
    """Refuse whoever is not the owner of a CEN.

    Raises:
        CenNotFound: Not in this account.
    """
    if routers.find_cen(work.session, scope, cen_id) is None:
        raise refusals.CenNotFound(
            f"There is no CEN {cen_id!r}; create it or check the id.", value=cen_id
        )


def is_foreign(scope: access.Scope, owner_id: str | None) -> bool:
    """Tell whether an owner that a call names is somebody else."""
    return owner_id not in {None, scope.account_id}


def owner_scope(scope: access.Scope, owner_id: str | None) -> access.Scope:
    """Give the scope in which the resource to be attached is found."""
    return replace(scope, account_id=owner_id) if owner_id else scope


def require_granted(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    router: schema.RouterRow,
    owner_id: str | None,
    instance_id: str,
) -> schema_grants.RouterGrantRow | None:
    """Find the grant under which a router may attach a resource; own ones need none.

    Raises:
        NotGranted: The owner has not granted it to the router's CEN, or there is no such resource.
    """
    if not is_foreign(scope, owner_id):
        return None
    row = grants.find(work.session, instance_id, router.cen_id)
    if row is None or (row.account_id, row.region_id) != (owner_id, scope.region_id):
        # One answer for both, so that nobody can probe what other accounts have.
        raise grant_refusals.NotGranted(
            f"Account {owner_id} has not granted {instance_id!r} to {router.cen_id}; "
            "have the owner grant it first.",
            value=instance_id,
        )
    return row


def under(work: unit_of_work.UnitOfWork, attachment_ids: Collection[str]) -> dict[str, GrantView]:
    """Give the grants that attachments stand on, by attachment id."""
    found = grants.under(work.session, attachment_ids)
    return {attachment_id: _view(row) for attachment_id, row in found.items()}


def set_payer(work: unit_of_work.UnitOfWork, attachment_id: str, payer: Payer) -> None:
    """Change who would pay for an attachment.

    Raises:
        PayerFixed: Both sides are one account, which pays as the owner of the CEN.
    """
    row = grants.under(work.session, (attachment_id,)).get(attachment_id)
    if row is not None:
        row.payer = payer.value
    elif payer is not Payer.CEN_OWNER:
        raise grant_refusals.PayerFixed(
            f"{attachment_id} is an attachment of the account's own resource; "
            "only the owner of the CEN can be its payer.",
            attachment_id=attachment_id,
        )


def resource_group_of(
    work: unit_of_work.UnitOfWork, scope: access.Scope, kind: views.AttachmentKind, instance_id: str
) -> str | None:
    """Give the group of an own resource.

    Raises:
        ResourceNotFound: The account has no such resource in this region.
    """
    return _require_own(work, scope, kind, instance_id).resource_group


def _require_own(
    work: unit_of_work.UnitOfWork, scope: access.Scope, kind: views.AttachmentKind, instance_id: str
) -> schema.ConnectionRow | schema.VpcRow:
    row: schema.ConnectionRow | schema.VpcRow | None
    if kind is _VPN:
        row = connection_rows.find(work.session, scope, instance_id)
    else:
        row = vpc_rows.find(work.session, scope, instance_id)
    if row is None:
        raise grant_refusals.ResourceNotFound(
            f"There is no {kind.value} {instance_id!r} in region {scope.region_id}; check the id.",
            value=instance_id,
        )
    return row if isinstance(row, schema.ConnectionRow) else vpcs.require_usable(row)


def _require_cen(work: unit_of_work.UnitOfWork, scope: access.Scope, key: GrantKey) -> None:
    row = work.session.get(schema.CenRow, key.cen_id)
    if key.cen_owner_id == scope.account_id:
        raise grant_refusals.GrantInvalid(
            f"{key.cen_id} is said to be the caller's own; own resources need no grant.",
            value=key.cen_id,
        )
    if row is None or row.account_id != key.cen_owner_id:
        raise grant_refusals.GrantInvalid(
            f"Account {key.cen_owner_id} has no CEN {key.cen_id!r}; ask its owner for both ids.",
            value=key.cen_id,
        )


def _find_own(
    work: unit_of_work.UnitOfWork, scope: access.Scope, instance_id: str, cen_id: str
) -> schema_grants.RouterGrantRow:
    row = grants.find(work.session, instance_id, cen_id)
    if row is None or (row.account_id, row.region_id) != (scope.account_id, scope.region_id):
        raise _not_found(instance_id, cen_id)
    return row


def _not_found(instance_id: str, cen_id: str) -> grant_refusals.GrantNotFound:
    return grant_refusals.GrantNotFound(
        f"{instance_id!r} is not granted to {cen_id!r} as the call says; list its grants.",
        value=instance_id,
    )


def _view(row: schema_grants.RouterGrantRow) -> GrantView:
    return GrantView(
        kind=views.AttachmentKind(row.kind),
        instance_id=row.instance_id,
        owner_id=row.account_id,
        region_id=row.region_id,
        cen_id=row.cen_id,
        cen_owner_id=row.cen_owner_id,
        payer=Payer(row.payer),
        created_at=row.created_at,
    )
