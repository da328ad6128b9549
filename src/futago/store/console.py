"""Passwords and sessions of the console, and what a page that is open must hear of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.plan import intent
from futago.store import schema, schema_console

_SESSION: Final = schema_console.ConsoleSessionRow
_FACTOR: Final = schema_console.SecondFactorRow
_SEEN: Final = schema.ObservationRow
_CONNECTION: Final = schema.ConnectionRow
_AUDIT: Final = schema.AuditRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far somebody has read."""

    received_at: datetime
    audit_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Ids of what is new since a mark, and the next mark."""

    connection_ids: tuple[str, ...]
    """Connections of which a node said something."""
    resource_ids: tuple[str, ...]
    """Resources that somebody of the account changed."""
    mark: Mark


def drop_expired(session: Session, now: datetime, limit: int) -> None:
    """Forget some sessions that have ended."""
    old = sa.select(_SESSION.token_digest).where(_SESSION.expires_at <= now).limit(limit)
    session.execute(
        sa.delete(_SESSION).where(_SESSION.token_digest.in_(old)),
        execution_options={"synchronize_session": False},
    )


def drop_others(session: Session, account_id: str, user_name: str, kept: str | None) -> None:
    """Forget all sessions of a user but one."""
    session.flush()
    session.execute(
        sa.delete(_SESSION).where(
            _SESSION.account_id == account_id,
            _SESSION.user_name == user_name,
            _SESSION.token_digest != (kept or ""),
        )
    )


def use_step(session: Session, factor_id: str, step: int) -> bool:
    """Note that the code of a step was used; False if it or a later one was, by anybody."""
    found = session.execute(
        sa.update(_FACTOR)
        .where(_FACTOR.factor_id == factor_id, _FACTOR.last_step < step)
        .values(last_step=step)
        .returning(_FACTOR.factor_id)
        .execution_options(synchronize_session="fetch")
    )
    return found.first() is not None


def mark(session: Session, account_id: str, now: datetime) -> Mark:
    """Give the mark of the present."""
    newest = session.scalar(
        sa.select(sa.func.max(_AUDIT.id)).where(_AUDIT.account_id == account_id)
    )
    return Mark(received_at=_newest_observation(session) or now, audit_id=newest or 0)


def changed(session: Session, account_id: str, since: Mark) -> Changed:
    """Give what is new since a mark."""
    newest = _newest_observation(session)
    found: Sequence[str] = ()
    if newest is not None and newest > since.received_at:
        found = session.scalars(
            sa.select(_SEEN.resource_id)
            .join(_CONNECTION, _CONNECTION.id == _SEEN.resource_id)
            .where(
                _SEEN.kind == intent.IntentKind.CONNECTION.value,
                _SEEN.received_at > since.received_at,
                _CONNECTION.account_id == account_id,
            )
        ).all()
    rows = session.execute(
        sa.select(_AUDIT.id, _AUDIT.resource_id, _AUDIT.anchor_id)
        .where(_AUDIT.account_id == account_id, _AUDIT.id > since.audit_id)
        .order_by(_AUDIT.id)
    ).all()
    named = [each for _, resource_id, anchor_id in rows for each in (resource_id, anchor_id)]
    return Changed(
        connection_ids=tuple(dict.fromkeys(found)),
        resource_ids=tuple(dict.fromkeys(each for each in named if each)),
        mark=Mark(
            received_at=newest or since.received_at,
            audit_id=rows[-1][0] if rows else since.audit_id,
        ),
    )


def _newest_observation(session: Session) -> datetime | None:
    return session.scalar(sa.select(sa.func.max(_SEEN.received_at)))
