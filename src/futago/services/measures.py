"""What is measured of everything that is there, for metrics: all accounts, one reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from futago.services import connection_views, views
from futago.store import connections, schema, schema_webhooks, unit_of_work
from futago.store import events as event_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookCount:
    """What became of deliveries to a webhook."""

    webhook_id: str
    delivered: int
    failed: int
    is_healthy: bool
    """Enabled, and the last attempt succeeded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One reading."""

    at: datetime
    connections: tuple[views.ConnectionView, ...]
    """Those with an attachment."""
    heard: Mapping[str, datetime | None]
    """Node id to its last sign of life."""
    events: Mapping[str, int]
    """Events by name, since the beginning."""
    webhooks: tuple[WebhookCount, ...]


def read(work: unit_of_work.UnitOfWork) -> Measured:
    """Read what there is; the cost grows with the number of attached connections."""
    found = connections.by_ids(work.session, connections.attached(work.session))
    hook = schema_webhooks.WebhookRow
    return Measured(
        at=work.now,
        connections=connection_views.build(work, found, work.now),
        heard={row.id: row.heartbeat_at for row in work.session.scalars(sa.select(schema.NodeRow))},
        events=event_rows.counts(work.session),
        webhooks=tuple(
            WebhookCount(
                webhook_id=row.id,
                delivered=row.delivered,
                failed=row.failed,
                is_healthy=row.is_enabled and not row.failures and row.died_at is None,
            )
            for row in work.session.scalars(sa.select(hook).order_by(hook.id))
        ),
    )
