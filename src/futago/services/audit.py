"""The audit as its owner reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from futago.store import audit, unit_of_work

Wanted = audit.Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """One attempt at a change, or one answer that showed a key."""

    id: int
    at: datetime
    account_id: str
    user_name: str
    access_key_id: str
    source_ip: str
    action: str
    resource_id: str | None
    counted_by: str | None
    """The connection, router or VPC that the generations are of."""
    generation_before: int | None
    generation_after: int | None
    result_code: str
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """Some events, newest first."""

    items: tuple[EventView, ...]
    has_more: bool


def look_up(work: unit_of_work.UnitOfWork, wanted: Wanted, limit: int) -> Events:
    """Find events of an account."""
    rows = audit.find(work.session, wanted, limit + 1)
    items = tuple(
        EventView(
            id=row.id,
            at=row.at,
            account_id=row.account_id,
            user_name=row.user_name,
            access_key_id=row.access_key_id,
            source_ip=row.source_ip,
            action=row.action,
            resource_id=row.resource_id,
            counted_by=row.anchor_id,
            generation_before=row.generation_before,
            generation_after=row.generation_after,
            result_code=row.result_code,
            request_id=row.request_id,
        )
        for row in rows[:limit]
    )
    return Events(items=items, has_more=len(rows) > limit)
