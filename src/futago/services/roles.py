"""Roles: those that users of the account take on, and the one of the VPN service.

The service's role appears with the first connection of an account and is never removed by itself.
Its deletion is a task that fails as long as connections exist, and says which.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from futago.services import access, pages, policies, refusals
from futago.store import access as access_rows
from futago.store import schema_access, secrets, unit_of_work

VPN_ROLE: Final = "AliyunServiceRoleForVpn"
VPN_SERVICE: Final = "vpn.aliyuncs.com"
VPN_POLICY: Final = "AliyunServiceRolePolicyForVpn"
VPN_DESCRIPTION: Final = "VPN uses this role to reach resources in other services."
DEFAULT_SESSION_SECONDS: Final = 3600
SHOWN_USAGES: Final = 50
_TASK_TEXT: Final = 32


class DeletionStatus(StrEnum):
    """How a deletion of a role ended."""

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionView:
    """A task that deletes a role."""

    task_id: str
    role_name: str
    status: DeletionStatus
    reason: str
    usages: tuple[tuple[str, str], ...]
    """Region and id of resources that need the role."""
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleView:
    """A role."""

    id: str
    account_id: str
    name: str
    description: str
    service_name: str | None
    max_session_seconds: int
    created_at: datetime
    last_deletion: DeletionView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleDraft:
    """A role to be made, which users of the same account take on."""

    name: str
    description: str = ""
    max_session_seconds: int = DEFAULT_SESSION_SECONDS


def ensure_vpn_role(work: unit_of_work.UnitOfWork, account_id: str) -> None:
    """Make the role of the VPN service, unless the account has it."""
    if not access_rows.has_role(work.session, account_id, VPN_ROLE):
        _add_vpn_role(work, account_id)


def create_service_role(
    work: unit_of_work.UnitOfWork, account_id: str, service_name: str
) -> RoleView:
    """Make the role of a service.

    Raises:
        ServiceNameUnknown: No such service has a role here.
        RoleExists: The account has it.
    """
    require_service(service_name)
    if access_rows.has_role(work.session, account_id, VPN_ROLE):
        raise refusals.RoleExists(f"Role '{VPN_ROLE}' exists: there is one.", value=VPN_ROLE)
    return _view(work, _add_vpn_role(work, account_id))


def require_service(service_name: str) -> None:
    """Check that a service has a role.

    Raises:
        ServiceNameUnknown: It has none here.
    """
    if service_name != VPN_SERVICE:
        raise refusals.ServiceNameUnknown(
            f"Service '{service_name[:64]}' has no role here: the only one is {VPN_SERVICE}.",
            value=service_name,
        )


def create(work: unit_of_work.UnitOfWork, account_id: str, draft: RoleDraft) -> RoleView:
    """Make a role for users of the account.

    Raises:
        RoleExists: The name is taken.
    """
    if access_rows.has_role(work.session, account_id, draft.name):
        raise refusals.RoleExists(
            f"Role '{draft.name}' exists: choose another name.", value=draft.name
        )
    row = schema_access.RoleRow(
        account_id=account_id,
        name=draft.name,
        id=access.new_number(work),
        description=draft.description,
        service_name=None,
        max_session_seconds=draft.max_session_seconds,
        created_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    return _view(work, row)


def get(work: unit_of_work.UnitOfWork, account_id: str, name: str) -> RoleView:
    """Show a role.

    Raises:
        RoleNotFound: The account has none of this name.
    """
    return _view(work, _row(work, account_id, name))


def list_roles(
    work: unit_of_work.UnitOfWork, account_id: str, page: pages.PageRequest
) -> pages.Page[RoleView]:
    """List the roles of an account by name."""
    rows, total = access_rows.roles(work.session, account_id, page)
    return pages.Page(items=tuple(_view(work, row) for row in rows), total=total)


def delete(work: unit_of_work.UnitOfWork, account_id: str, name: str) -> None:
    """Delete a role for users, with its policies and sessions.

    Raises:
        RoleNotFound: The account has none of this name.
        RoleOfService: It belongs to a service.
    """
    row = _row(work, account_id, name)
    if row.service_name is not None:
        raise refusals.RoleOfService(
            f"Role '{name}' belongs to {row.service_name}: use DeleteServiceLinkedRole.",
            value=name,
        )
    _drop(work, row)


def delete_service_role(work: unit_of_work.UnitOfWork, account_id: str, name: str) -> DeletionView:
    """Try to delete the role of a service; what came of it is the task's status.

    Raises:
        RoleNotFound: The account has none of this name.
        RoleOfService: It belongs to no service.
    """
    row = _row(work, account_id, name)
    if row.service_name is None:
        raise refusals.RoleOfService(
            f"Role '{name}' belongs to no service: use DeleteRole.", value=name
        )
    usages = access_rows.connection_ids(work.session, account_id, SHOWN_USAGES)
    status = DeletionStatus.FAILED if usages else DeletionStatus.SUCCEEDED
    reason = "VPN connections need the role: delete them first." if usages else ""
    text = access.random_text(work, _TASK_TEXT)
    task = schema_access.RoleDeletionRow(
        id=f"task/{name}/{text}"[:64],
        account_id=account_id,
        role_name=name,
        status=status.value,
        reason=reason,
        usages=json.dumps(usages),
        created_at=work.now,
    )
    work.session.add(task)
    if not usages:
        _drop(work, row)
    work.session.flush()
    return _deletion(task)


def deletion(work: unit_of_work.UnitOfWork, account_id: str, task_id: str) -> DeletionView:
    """Show a task that deletes a role.

    Raises:
        RoleDeletionNotFound: The account started no such task.
    """
    row = work.session.get(schema_access.RoleDeletionRow, task_id)
    if row is None or row.account_id != account_id:
        raise refusals.RoleDeletionNotFound(
            f"There is no deletion task '{task_id[:64]}': ids come from DeleteServiceLinkedRole.",
            value=task_id,
        )
    return _deletion(row)


def _add_vpn_role(work: unit_of_work.UnitOfWork, account_id: str) -> schema_access.RoleRow:
    row = schema_access.RoleRow(
        account_id=account_id,
        name=VPN_ROLE,
        id=access.new_number(work),
        description=VPN_DESCRIPTION,
        service_name=VPN_SERVICE,
        max_session_seconds=DEFAULT_SESSION_SECONDS,
        created_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    return row


def _drop(work: unit_of_work.UnitOfWork, row: schema_access.RoleRow) -> None:
    sessions = access_rows.sessions_of(work.session, row.account_id, row.name)
    work.vault.drop(secrets.Purpose.ACCESS_KEY, sessions)
    access_rows.drop_sessions(work.session, sessions)
    access_rows.drop_grants(work.session, row.account_id, policies.HolderKind.ROLE, row.name)
    work.session.delete(row)
    work.session.flush()


def _row(work: unit_of_work.UnitOfWork, account_id: str, name: str) -> schema_access.RoleRow:
    row = work.session.get(schema_access.RoleRow, (account_id, name))
    if row is None:
        raise refusals.RoleNotFound(
            f"There is no role '{name[:64]}': list the roles to see which there are.", value=name
        )
    return row


def _view(work: unit_of_work.UnitOfWork, row: schema_access.RoleRow) -> RoleView:
    task = None
    if row.service_name is not None:
        task = access_rows.last_deletion(work.session, row.account_id, row.name)
    return RoleView(
        id=row.id,
        account_id=row.account_id,
        name=row.name,
        description=row.description,
        service_name=row.service_name,
        max_session_seconds=row.max_session_seconds,
        created_at=row.created_at,
        last_deletion=_deletion(task) if task else None,
    )


def _deletion(row: schema_access.RoleDeletionRow) -> DeletionView:
    return DeletionView(
        task_id=row.id,
        role_name=row.role_name,
        status=DeletionStatus(row.status),
        reason=row.reason,
        usages=tuple((region_id, resource_id) for region_id, resource_id in json.loads(row.usages)),
        created_at=row.created_at,
    )
