"""The table of webhooks. The events that one still has to get lie behind its cursor."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from futago.store import base


class WebhookRow(base.Row):
    """Where events of an account are sent; its secret is in `secret`."""

    __tablename__ = "webhook"
    id: Mapped[base.Id] = mapped_column(primary_key=True)
    account_id: Mapped[base.Id] = mapped_column(index=True)
    name: Mapped[base.Text]
    url: Mapped[base.Text]
    event_names: Mapped[base.Text]
    """With commas between them; empty: all."""
    severities: Mapped[base.Text]
    is_enabled: Mapped[bool]
    created_at: Mapped[datetime]
    cursor: Mapped[base.Counter]
    """Number of the last event that was delivered, or is not for it."""
    next_attempt_at: Mapped[datetime]
    failures: Mapped[int]
    """Attempts in a row that failed."""
    failing_since: Mapped[datetime | None]
    died_at: Mapped[datetime | None]
    last_attempt_at: Mapped[datetime | None]
    last_delivered_at: Mapped[datetime | None]
    last_status: Mapped[int | None]
    """Of HTTP, of the last attempt; None when there was no answer."""
    last_error: Mapped[base.Text]
    delivered: Mapped[base.Counter]
    failed: Mapped[base.Counter]
