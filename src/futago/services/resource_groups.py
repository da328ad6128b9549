"""Resource groups: into which drawer of its account a resource is sorted.

Every account has a default group that nobody makes and nobody removes; its id follows from the
account, so it needs no row. Resources always name their group, which keeps lists that are narrowed
by a group, the default one too, a plain comparison.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from futago.domain import ids
from futago.services import access, drafts, filters, grant_refusals, labels, pages
from futago.store import resource_groups, schema, schema_grants, unit_of_work

DEFAULT_NAME: Final = "default"
DEFAULT_DISPLAY_NAME: Final = "Default Resource Group"
_EPOCH: Final = datetime.fromisoformat("2026-01-01T00:00:00+00:00")


class Movable(StrEnum):
    """What can be moved to another group."""

    CONNECTION = "connection"
    CUSTOMER_GATEWAY = "customer gateway"
    VPC = "VPC"
    CEN = "CEN"


_Grouped = schema.ConnectionRow | schema.CustomerGatewayRow | schema.VpcRow | schema.CenRow
_ROWS: Final[dict[Movable, type[_Grouped]]] = {
    Movable.CONNECTION: schema.ConnectionRow,
    Movable.CUSTOMER_GATEWAY: schema.CustomerGatewayRow,
    Movable.VPC: schema.VpcRow,
    Movable.CEN: schema.CenRow,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """A resource group."""

    id: str
    account_id: str
    name: str
    display_name: str
    tags: tuple[drafts.Tag, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFilter:
    """Narrows a list of groups; members are ANDed, several ids ORed."""

    group_ids: tuple[str, ...] = ()
    name: str | None = None
    display_name: str | None = None
    tags: tuple[filters.TagMatch, ...] = ()


def default_id(account_id: str) -> str:
    """Give the id of an account's default group."""
    digest = hashlib.sha256(f"default group of {account_id}".encode()).hexdigest()
    return ids.IdKind.RESOURCE_GROUP.value + digest[:17]


def placed(work: unit_of_work.UnitOfWork, scope: access.Scope, group_id: str | None) -> str:
    """Give the group of a new resource: the one that is named, or the default.

    Raises:
        ResourceGroupNotFound: The account has no such group.
    """
    if group_id is None:
        return default_id(scope.account_id)
    return require(work, scope, group_id)


def require(work: unit_of_work.UnitOfWork, scope: access.Scope, group_id: str) -> str:
    """Refuse a group that is not the account's.

    Raises:
        ResourceGroupNotFound: The account has no such group.
    """
    known = group_id == default_id(scope.account_id)
    if not known and resource_groups.find(work.session, scope.account_id, group_id) is None:
        raise grant_refusals.ResourceGroupNotFound(
            f"There is no resource group {group_id!r} in this account; "
            "list the groups or create it.",
            value=group_id,
        )
    return group_id


def create(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    name: str,
    display_name: str,
    tags: tuple[drafts.Tag, ...] = (),
) -> GroupView:
    """Create a group.

    Raises:
        ResourceGroupExists: The account has one with this name.
    """
    taken = resource_groups.find_by_name(work.session, scope.account_id, name)
    if taken is not None or name == DEFAULT_NAME:
        owner = taken.id if taken is not None else default_id(scope.account_id)
        raise grant_refusals.ResourceGroupExists(
            f"The name {name!r} is taken by {owner}; use that group or another name.", value=name
        )
    row = schema_grants.ResourceGroupRow(
        id=work.new_id(ids.IdKind.RESOURCE_GROUP),
        account_id=scope.account_id,
        name=name,
        display_name=display_name,
        created_at=scope.now,
    )
    work.session.add(row)
    labels.keep(work, scope, row.id, tags)
    work.session.flush()
    return _view(row, tags)


def describe(work: unit_of_work.UnitOfWork, scope: access.Scope, group_id: str) -> GroupView:
    """Show a group.

    Raises:
        ResourceGroupNotFound: The account has no such group.
    """
    require(work, scope, group_id)
    return next(view for view in _all(work, scope) if view.id == group_id)


def search(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    wanted: GroupFilter,
    page: pages.PageRequest,
) -> pages.Page[GroupView]:
    """List groups, the default first, then oldest first."""
    return pages.cut([view for view in _all(work, scope) if _matches(view, wanted)], page)


def move(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    kind: Movable,
    resource_id: str,
    group_id: str,
) -> None:
    """Put a resource into another group; a VPC takes its vSwitches along.

    Raises:
        ResourceNotFound: There is none of the kind in this account and region.
        ResourceGroupNotFound: The account has no such group.
    """
    row = work.session.get(_ROWS[kind], resource_id)
    if not isinstance(row, _Grouped) or not _is_here(row, scope):
        raise grant_refusals.ResourceNotFound(
            f"There is no {kind.value} {resource_id!r} in region {scope.region_id}; check the id.",
            value=resource_id,
        )
    row.resource_group = require(work, scope, group_id)
    if kind is Movable.VPC:
        resource_groups.move_vswitches(work.session, resource_id, group_id)
    work.session.flush()


def _is_here(row: _Grouped, scope: access.Scope) -> bool:
    # A CEN belongs to no region.
    is_in_region = isinstance(row, schema.CenRow) or row.region_id == scope.region_id
    return is_in_region and row.account_id == scope.account_id


def _all(work: unit_of_work.UnitOfWork, scope: access.Scope) -> list[GroupView]:
    rows = resource_groups.of_account(work.session, scope.account_id)
    account = work.session.get(schema.AccountRow, scope.account_id)
    own = default_id(scope.account_id)
    tagged = labels.read(work, [own, *(row.id for row in rows)])
    default = GroupView(
        id=own,
        account_id=scope.account_id,
        name=DEFAULT_NAME,
        display_name=DEFAULT_DISPLAY_NAME,
        tags=tagged[own],
        created_at=account.created_at if account else _EPOCH,
    )
    return [default, *(_view(row, tagged[row.id]) for row in rows)]


def _view(row: schema_grants.ResourceGroupRow, tags: tuple[drafts.Tag, ...]) -> GroupView:
    return GroupView(
        id=row.id,
        account_id=row.account_id,
        name=row.name,
        display_name=row.display_name,
        tags=tags,
        created_at=row.created_at,
    )


def _matches(view: GroupView, wanted: GroupFilter) -> bool:
    if wanted.group_ids and view.id not in wanted.group_ids:
        return False
    if wanted.name not in {None, view.name}:
        return False
    if wanted.display_name not in {None, view.display_name}:
        return False
    has = {tag.key: tag.value for tag in view.tags}
    return all(match.key in has and match.value in {None, has[match.key]} for match in wanted.tags)
