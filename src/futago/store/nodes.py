"""Gateway nodes: what they offer, what they shall have, what they have said."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.store import base, schema

_ROW = schema.NodeRow
_ZONE = schema.ZoneRow
_INTENT = schema.IntentRow
_SEEN = schema.ObservationRow
_SEEN_TABLE: Final = base.table(_SEEN)
_NODE_TABLE: Final = base.table(_ROW)
_LAST_SEEN: Final = (
    sa.select(*_SEEN_TABLE.c, _NODE_TABLE.c.heartbeat_at)
    .join(_NODE_TABLE, _NODE_TABLE.c.id == _SEEN_TABLE.c.node_id)
    .where(
        _SEEN_TABLE.c.kind == sa.bindparam("kind"),
        _SEEN_TABLE.c.resource_id.in_(sa.bindparam("resource_ids", expanding=True)),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The last observation of a resource, and when its node was heard of."""

    generation: int
    is_present: bool
    received_at: datetime
    body: str
    heard_at: datetime | None

    @property
    def applied(self) -> int:
        """Generation that is in force; 0 when nothing of the resource is there."""
        return self.generation if self.is_present else 0


def only(session: Session) -> schema.NodeRow | None:
    """Give the node; there is one at most."""
    return session.scalar(sa.select(_ROW).order_by(_ROW.id).limit(1))


def every(session: Session) -> Sequence[schema.NodeRow]:
    """Give the nodes by name."""
    return session.scalars(sa.select(_ROW).order_by(_ROW.id)).all()


def zones(session: Session) -> Sequence[schema.ZoneRow]:
    """Give the zones by name."""
    return session.scalars(sa.select(_ZONE).order_by(_ZONE.id)).all()


def next_revision(session: Session, node_id: str) -> int:
    """Raise the revision of a node's intents and give the new one."""
    return session.execute(
        sa.update(_ROW)
        .where(_ROW.id == node_id)
        .values(revision=_ROW.revision + 1)
        .returning(_ROW.revision)
        .execution_options(synchronize_session=False)
    ).scalar_one()


def revision(session: Session, node_id: str) -> int | None:
    """Give the revision of a node's intents; None for an unknown node."""
    return session.scalar(sa.select(_ROW.revision).where(_ROW.id == node_id))


def intents_since(session: Session, node_id: str, after: int) -> Sequence[schema.IntentRow]:
    """Give intents newer than a revision, oldest first."""
    return session.scalars(
        sa.select(_INTENT)
        .where(_INTENT.node_id == node_id, _INTENT.revision > after)
        .order_by(_INTENT.revision)
    ).all()


def intents_of(session: Session, kind: str, resource_id: str) -> Sequence[schema.IntentRow]:
    """Give the intents of a resource on all nodes."""
    return session.scalars(
        sa.select(_INTENT).where(_INTENT.kind == kind, _INTENT.resource_id == resource_id)
    ).all()


def seen(session: Session, kind: str, resource_ids: Collection[str]) -> dict[str, Seen]:
    """Give the last observations of several resources by id."""
    if not resource_ids:
        return {}
    rows = base.execute(session, _LAST_SEEN, {"kind": kind, "resource_ids": list(resource_ids)})
    return {
        row.resource_id: Seen(
            generation=row.generation,
            is_present=row.is_present,
            received_at=row.received_at,
            body=row.body,
            heard_at=row.heartbeat_at,
        )
        for row in rows
    }


def forget(session: Session, kind: str, resource_id: str) -> None:
    """Remove intents and observations of a resource that is gone."""
    session.flush()
    for table in (_INTENT, _SEEN):
        session.execute(
            sa.delete(table).where(table.kind == kind, table.resource_id == resource_id)
        )
