"""Accounts, users, access keys, roles and what they may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.store import base, listing, schema, schema_access, secrets


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose an access key is."""

    account_id: str
    user_name: str
    active: bool
    is_administrator: bool
    sealed: bytes | None = field(repr=False)
    """The secret of the key."""


_KEY: Final = base.table(schema.AccessKeyRow).c
_USER: Final = base.table(schema_access.UserRow).c
_SECRET: Final = base.table(schema.SecretRow).c
# Every call asks for this.
_SIGNER: Final = (
    sa.select(_KEY.account_id, _KEY.user_name, _KEY.active, _USER.is_administrator, _SECRET.sealed)
    .select_from(base.table(schema.AccessKeyRow))
    .outerjoin(
        base.table(schema_access.UserRow),
        (_USER.account_id == _KEY.account_id) & (_USER.name == _KEY.user_name),
    )
    .outerjoin(
        base.table(schema.SecretRow),
        (_SECRET.purpose == secrets.Purpose.ACCESS_KEY.value) & (_SECRET.owner_id == _KEY.id),
    )
    .where(_KEY.id == sa.bindparam("key_id"))
)
_ROLE: Final = base.table(schema_access.RoleRow).c
_HAS_ROLE: Final = sa.select(_ROLE.id).where(
    _ROLE.account_id == sa.bindparam("account_id"), _ROLE.name == sa.bindparam("name")
)


def signer(session: Session, access_key_id: str) -> Signer | None:
    """Find whose a key is, with its secret."""
    found = base.execute(session, _SIGNER, {"key_id": access_key_id}).first()
    if found is None:
        return None
    account_id, user_name, active, is_administrator, sealed = found
    return Signer(account_id, user_name, active, bool(is_administrator), sealed)


def has_role(session: Session, account_id: str, name: str) -> bool:
    """Tell whether an account has a role."""
    found = base.execute(session, _HAS_ROLE, {"account_id": account_id, "name": name})
    return found.first() is not None


def first_account(session: Session) -> schema.AccountRow | None:
    """Give the oldest account."""
    row = schema.AccountRow
    return session.scalar(sa.select(row).order_by(row.created_at, row.id).limit(1))


def accounts(
    session: Session, window: listing.Window, keyword: str | None = None
) -> tuple[Sequence[schema.AccountRow], int]:
    """Give accounts, oldest first."""
    row = schema.AccountRow
    wanted = sa.select(row).where(*listing.holding(keyword, row.id, row.name))
    return listing.cut(session, wanted.order_by(row.created_at, row.id), window)


def keys_of(
    session: Session, account_id: str, user_name: str | None = None
) -> Sequence[schema.AccessKeyRow]:
    """Give the access keys of an account or one user, oldest first."""
    row = schema.AccessKeyRow
    wanted = sa.select(row).where(row.account_id == account_id)
    if user_name is not None:
        wanted = wanted.where(row.user_name == user_name)
    return session.scalars(wanted.order_by(row.created_at, row.id)).all()


def users(
    session: Session, account_id: str, window: listing.Window, keyword: str | None = None
) -> tuple[Sequence[schema_access.UserRow], int]:
    """Give users of an account by name."""
    row = schema_access.UserRow
    wanted = sa.select(row).where(row.account_id == account_id, *listing.holding(keyword, row.name))
    return listing.cut(session, wanted.order_by(row.name), window)


def other_administrators(session: Session, account_id: str, user_name: str) -> int:
    """Count the administrators of an account besides one."""
    row = schema_access.UserRow
    wanted = sa.select(sa.func.count()).where(
        row.account_id == account_id, row.is_administrator, row.name != user_name
    )
    return session.scalar(wanted) or 0


def roles(
    session: Session, account_id: str, window: listing.Window
) -> tuple[Sequence[schema_access.RoleRow], int]:
    """Give roles of an account by name."""
    row = schema_access.RoleRow
    wanted = sa.select(row).where(row.account_id == account_id).order_by(row.name)
    return listing.cut(session, wanted, window)


def grants(
    session: Session, account_id: str, holder_kind: str, holder_name: str
) -> Sequence[schema_access.GrantRow]:
    """Give the policies of a user or role by name."""
    row = schema_access.GrantRow
    return session.scalars(
        sa.select(row)
        .where(
            row.account_id == account_id,
            row.holder_kind == holder_kind,
            row.holder_name == holder_name,
        )
        .order_by(row.policy_name)
    ).all()


def all_grants(
    session: Session, account_id: str, window: listing.Window
) -> tuple[Sequence[schema_access.GrantRow], int]:
    """Give the policies of an account."""
    row = schema_access.GrantRow
    wanted = sa.select(row).where(row.account_id == account_id)
    ordered = wanted.order_by(row.holder_kind, row.holder_name, row.policy_name)
    return listing.cut(session, ordered, window)


def drop_grants(session: Session, account_id: str, holder_kind: str, holder_name: str) -> None:
    """Forget the policies of a user or role."""
    row = schema_access.GrantRow
    session.execute(
        sa.delete(row).where(
            row.account_id == account_id,
            row.holder_kind == holder_kind,
            row.holder_name == holder_name,
        )
    )


def expired_sessions(session: Session, before: datetime, limit: int) -> Sequence[str]:
    """Give the ids of sessions that ended before a time."""
    row = schema_access.SessionRow
    return session.scalars(
        sa.select(row.id).where(row.expires_at < before).order_by(row.expires_at).limit(limit)
    ).all()


def sessions_of(session: Session, account_id: str, role_name: str) -> Sequence[str]:
    """Give the ids of all sessions of a role."""
    row = schema_access.SessionRow
    return session.scalars(
        sa.select(row.id).where(row.account_id == account_id, row.role_name == role_name)
    ).all()


def drop_sessions(session: Session, session_ids: Sequence[str]) -> None:
    """Forget sessions."""
    row = schema_access.SessionRow
    session.execute(sa.delete(row).where(row.id.in_(session_ids)))


def last_deletion(
    session: Session, account_id: str, role_name: str
) -> schema_access.RoleDeletionRow | None:
    """Give the last task that deletes a role."""
    row = schema_access.RoleDeletionRow
    return session.scalar(
        sa.select(row)
        .where(row.account_id == account_id, row.role_name == role_name)
        .order_by(row.created_at.desc(), row.id)
        .limit(1)
    )


def connection_ids(session: Session, account_id: str, limit: int) -> Sequence[tuple[str, str]]:
    """Give region and id of connections of an account."""
    row = schema.ConnectionRow
    found = session.execute(
        sa.select(row.region_id, row.id)
        .where(row.account_id == account_id)
        .order_by(row.created_at, row.id)
        .limit(limit)
    )
    return [(region_id, connection_id) for region_id, connection_id in found]
