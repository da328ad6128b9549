"""What users and roles may do.

A policy belongs to one user or one role. Documents are kept as they came, and were understood
before they were kept.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from futago.domain import policy
from futago.services import pages, refusals
from futago.store import access, schema_access, unit_of_work

PER_HOLDER: Final = 20
"""Policies of one user or role."""


class HolderKind(StrEnum):
    """Who has policies."""

    USER = "user"
    ROLE = "role"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A user or role of an account."""

    kind: HolderKind
    account_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyView:
    """A policy and whose it is."""

    holder: Holder
    name: str
    document: str
    updated_at: datetime


def put(work: unit_of_work.UnitOfWork, holder: Holder, name: str, document: str) -> None:
    """Give a policy to a user or role, instead of the one of this name.

    Raises:
        UserNotFound: There is no such user.
        RoleNotFound: There is no such role.
        RoleOfService: The policy of a service's role does not change.
        Malformed: The document cannot be evaluated.
        TooManyPolicies: There are as many as fit.
    """
    _require(work, holder)
    policy.parse(document)
    row = work.session.get(schema_access.GrantRow, _key(holder, name))
    if row is None:
        have = access.grants(work.session, holder.account_id, holder.kind, holder.name)
        if len(have) >= PER_HOLDER:
            raise refusals.TooManyPolicies(
                f"The {holder.kind.value} '{holder.name}' has {PER_HOLDER} policies, which is the"
                " limit: delete one, or join several.",
                value=holder.name,
            )
        row = schema_access.GrantRow(
            account_id=holder.account_id,
            holder_kind=holder.kind.value,
            holder_name=holder.name,
            policy_name=name,
        )
        work.session.add(row)
    row.document = document
    row.updated_at = work.now
    work.session.flush()


def get(work: unit_of_work.UnitOfWork, holder: Holder, name: str) -> PolicyView:
    """Show a policy.

    Raises:
        PolicyNotFound: The user or role has none of this name.
    """
    return _view(_row(work, holder, name))


def delete(work: unit_of_work.UnitOfWork, holder: Holder, name: str) -> None:
    """Take a policy away.

    Raises:
        PolicyNotFound: The user or role has none of this name.
    """
    work.session.delete(_row(work, holder, name))
    work.session.flush()


def list_of(work: unit_of_work.UnitOfWork, holder: Holder) -> tuple[PolicyView, ...]:
    """List the policies of a user or role.

    Raises:
        UserNotFound: There is no such user.
        RoleNotFound: There is no such role.
    """
    _require(work, holder, is_change=False)
    found = access.grants(work.session, holder.account_id, holder.kind, holder.name)
    return tuple(_view(row) for row in found)


def list_all(
    work: unit_of_work.UnitOfWork, account_id: str, page: pages.PageRequest
) -> pages.Page[PolicyView]:
    """List the policies of an account."""
    rows, total = access.all_grants(work.session, account_id, page)
    return pages.Page(items=tuple(_view(row) for row in rows), total=total)


def of_user(work: unit_of_work.UnitOfWork, account_id: str, user_name: str) -> policy.Permissions:
    """Give all that a user may do."""
    row = work.session.get(schema_access.UserRow, (account_id, user_name))
    if row is None:
        return policy.NOTHING
    if row.is_administrator:
        return policy.ADMINISTRATOR
    return _permissions(work, account_id, HolderKind.USER, user_name)


def of_role(
    work: unit_of_work.UnitOfWork, account_id: str, role_name: str, boundary: str | None
) -> policy.Permissions:
    """Give all that a session of a role may do."""
    whole = _permissions(work, account_id, HolderKind.ROLE, role_name)
    if boundary is None:
        return whole
    return policy.Permissions(policies=whole.policies, boundary=_parsed(boundary))


def _permissions(
    work: unit_of_work.UnitOfWork, account_id: str, kind: HolderKind, name: str
) -> policy.Permissions:
    rows = access.grants(work.session, account_id, kind, name)
    return policy.Permissions(policies=tuple(_parsed(row.document) for row in rows))


@functools.lru_cache(maxsize=1024)
def _parsed(document: str) -> policy.Policy:
    return policy.parse(document)


def _require(work: unit_of_work.UnitOfWork, holder: Holder, *, is_change: bool = True) -> None:
    key = (holder.account_id, holder.name)
    if holder.kind is HolderKind.USER:
        if work.session.get(schema_access.UserRow, key) is None:
            raise refusals.UserNotFound(
                f"There is no user '{holder.name}': list the users to see which there are.",
                value=holder.name,
            )
        return
    role = work.session.get(schema_access.RoleRow, key)
    if role is None:
        raise refusals.RoleNotFound(
            f"There is no role '{holder.name}': list the roles to see which there are.",
            value=holder.name,
        )
    if is_change and role.service_name is not None:
        raise refusals.RoleOfService(
            f"Role '{holder.name}' belongs to {role.service_name}: its policy does not change.",
            value=holder.name,
        )


def _key(holder: Holder, name: str) -> tuple[str, str, str, str]:
    return (holder.account_id, holder.kind.value, holder.name, name)


def _row(work: unit_of_work.UnitOfWork, holder: Holder, name: str) -> schema_access.GrantRow:
    row = work.session.get(schema_access.GrantRow, _key(holder, name))
    if row is None:
        raise refusals.PolicyNotFound(
            f"The {holder.kind.value} '{holder.name}' has no policy '{name}': list the policies"
            " to see which there are.",
            value=name,
        )
    return row


def _view(row: schema_access.GrantRow) -> PolicyView:
    holder = Holder(
        kind=HolderKind(row.holder_kind), account_id=row.account_id, name=row.holder_name
    )
    return PolicyView(
        holder=holder, name=row.policy_name, document=row.document, updated_at=row.updated_at
    )
