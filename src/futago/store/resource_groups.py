"""Resource groups of accounts, and moving resources between them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.store import schema, schema_grants

_ROW = schema_grants.ResourceGroupRow


def find(session: Session, account_id: str, group_id: str) -> schema_grants.ResourceGroupRow | None:
    """Find a group of an account."""
    row = session.get(_ROW, group_id)
    return row if row is not None and row.account_id == account_id else None


def find_by_name(
    session: Session, account_id: str, name: str
) -> schema_grants.ResourceGroupRow | None:
    """Find a group of an account by its name."""
    return session.scalar(sa.select(_ROW).where(_ROW.account_id == account_id, _ROW.name == name))


def of_account(session: Session, account_id: str) -> Sequence[schema_grants.ResourceGroupRow]:
    """Give the groups that an account has made, oldest first."""
    return session.scalars(
        sa.select(_ROW).where(_ROW.account_id == account_id).order_by(_ROW.created_at, _ROW.id)
    ).all()


def move_vswitches(session: Session, vpc_id: str, group_id: str) -> None:
    """Take the vSwitches of a VPC along."""
    row = schema.VSwitchRow
    session.execute(sa.update(row).where(row.vpc_id == vpc_id).values(resource_group=group_id))
