"""User tags of any resource."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.store import schema

_ROW = schema.TagRow


def get_all(session: Session, resource_ids: Collection[str]) -> dict[str, list[tuple[str, str]]]:
    """Give the tags of several resources: id to pairs in order of the keys."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    rows = session.execute(
        sa.select(_ROW.resource_id, _ROW.key, _ROW.value)
        .where(_ROW.resource_id.in_(resource_ids))
        .order_by(_ROW.key)
    )
    for resource_id, key, value in rows:
        found[resource_id].append((key, value))
    return found


def put(session: Session, resource_id: str, pairs: Iterable[tuple[str, str]]) -> None:
    """Add tags; a key that is there gets the new value."""
    for key, value in pairs:
        session.merge(_ROW(resource_id=resource_id, key=key, value=value))


def drop(session: Session, resource_ids: Collection[str]) -> None:
    """Remove all tags of resources that go."""
    session.execute(sa.delete(_ROW).where(_ROW.resource_id.in_(resource_ids)))
