"""Webhooks: events that are sent to an address of the account's choice, each at least once.

The queue of a webhook is the list of events behind its cursor. The cursor moves when an event was
taken, in a transaction of its own, so that a process that is killed in between sends once more
rather than never. Events go one after the other: a receiver sees them in their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from futago.domain import events as domain_events
from futago.domain import ids, webhooks
from futago.services import access, events, quotas, webhook_refusals
from futago.store import events as event_rows
from futago.store import schema_webhooks, secrets, unit_of_work

_ROW: Final = schema_webhooks.WebhookRow
_READ_AT_ONCE: Final = 100
_GONE: Final = 410
_ERROR_MAX: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a webhook shall be; None leaves a member as it is."""

    name: str | None = None
    url: str | None = None
    event_names: tuple[domain_events.EventName, ...] | None = None
    severities: tuple[domain_events.Severity, ...] | None = None
    is_enabled: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookView:
    """A webhook without its secret, and how it fares."""

    id: str
    name: str
    url: str
    event_names: tuple[str, ...]
    severities: tuple[str, ...]
    is_enabled: bool
    is_dead: bool
    created_at: datetime
    failures: int
    failing_since: datetime | None
    next_attempt_at: datetime | None
    """None while nothing failed."""
    last_attempt_at: datetime | None
    last_delivered_at: datetime | None
    last_status: int | None
    last_error: str
    delivered: int
    failed: int
    pending: int
    """Events that it has not got."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A webhook and its secret, which is never shown again."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An event to be sent."""

    webhook_id: str
    account_id: str
    url: str
    secret: str = field(repr=False)
    event: events.EventView

    @property
    def message_id(self) -> str:
        """Name the delivery, the same at every attempt."""
        return f"{self.webhook_id}_{self.event.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of an attempt."""

    status: int | None
    """Of HTTP; None without an answer."""
    error: str = ""

    @property
    def is_taken(self) -> bool:
        """Tell whether the receiver has the event."""
        return self.status is not None and 200 <= self.status < 300


def create(work: unit_of_work.UnitOfWork, scope: access.Scope, draft: Draft) -> Made:
    """Make a webhook that gets the events from now on.

    Raises:
        QuotaFull: The account has as many as it may.
    """
    used = len(_of_account(work, scope.account_id))
    quotas.check(work, scope.account_id, quotas.QuotaCode.WEBHOOKS, used)
    row = _ROW(
        id=work.new_id(ids.IdKind.WEBHOOK),
        account_id=scope.account_id,
        name="",
        url="",
        event_names="",
        severities="",
        is_enabled=True,
        created_at=scope.now,
        cursor=event_rows.newest(work.session),
        next_attempt_at=scope.now,
        failures=0,
        last_error="",
        delivered=0,
        failed=0,
    )
    _write(row, draft)
    work.session.add(row)
    work.session.flush()
    return Made(id=row.id, secret=_renew(work, row.id))


def modify(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    webhook_id: str,
    draft: Draft,
    *,
    renews_secret: bool,
) -> str:
    """Change a webhook, and have it tried again at once; give a new secret if it got one.

    A dead one that is enabled again goes on with the events that it has not got.

    Raises:
        WebhookNotFound: The account has no such webhook.
    """
    row = find(work, scope, webhook_id)
    _write(row, draft)
    if row.is_enabled:
        row.died_at = row.failing_since = None
        row.failures, row.next_attempt_at = 0, scope.now
    work.session.flush()
    work.is_news = True
    return _renew(work, row.id) if renews_secret else ""


def delete(work: unit_of_work.UnitOfWork, scope: access.Scope, webhook_id: str) -> None:
    """Forget a webhook and its secret.

    Raises:
        WebhookNotFound: The account has no such webhook.
    """
    row = find(work, scope, webhook_id)
    work.vault.drop(secrets.Purpose.WEBHOOK_SECRET, (row.id,))
    work.session.delete(row)
    work.session.flush()


def test(work: unit_of_work.UnitOfWork, scope: access.Scope, webhook_id: str) -> int:
    """Put an event of no meaning in a webhook's queue; give its number.

    Raises:
        WebhookNotFound: The account has no such webhook.
        WebhookOff: It is disabled or dead, so that nothing would be sent.
    """
    row = find(work, scope, webhook_id)
    if not row.is_enabled or row.died_at is not None:
        raise webhook_refusals.WebhookOff(
            f"Webhook {webhook_id} is {'dead' if row.died_at else 'disabled'} and sends nothing;"
            " enable it with ModifyWebhook and Enabled=true first.",
            value=webhook_id,
        )
    row.next_attempt_at = scope.now
    work.session.flush()
    work.is_news = True
    return event_rows.add(
        work.session,
        event_rows.NewEvent(
            at=scope.now,
            account_id=scope.account_id,
            watcher_id=None,
            name=domain_events.EventName.WEBHOOK_TEST.value,
            severity=domain_events.Severity.INFO.value,
            resource_id=row.id,
            connection_id=None,
            before="",
            after="",
            reason="",
            text=f"A test of webhook {row.id}, asked for by TestWebhook.",
        ),
    )


def list_all(work: unit_of_work.UnitOfWork, scope: access.Scope) -> tuple[WebhookView, ...]:
    """List the webhooks of an account, oldest first."""
    return tuple(_view(work, row) for row in _of_account(work, scope.account_id))


def find(
    work: unit_of_work.UnitOfWork, scope: access.Scope, webhook_id: str
) -> schema_webhooks.WebhookRow:
    """Find the row of a webhook.

    Raises:
        WebhookNotFound: The account has no such webhook.
    """
    row = work.session.get(_ROW, webhook_id)
    if row is None or row.account_id != scope.account_id:
        raise webhook_refusals.WebhookNotFound(
            f"There is no webhook {webhook_id[:64]!r}; use an id from ListWebhooks.",
            value=webhook_id,
        )
    return row


def due(work: unit_of_work.UnitOfWork) -> Sequence[str]:
    """Give the webhooks that have events to look through, and whose time has come."""
    newest = event_rows.newest(work.session)
    return work.session.scalars(
        sa.select(_ROW.id).where(
            _ROW.is_enabled,
            _ROW.died_at.is_(None),
            _ROW.cursor < newest,
            _ROW.next_attempt_at <= work.now,
        )
    ).all()


def next_delivery(work: unit_of_work.UnitOfWork, webhook_id: str) -> Delivery | None:
    """Find the first event that a webhook has to get, leaving out what is not for it."""
    row = work.session.get(_ROW, webhook_id)
    if row is None or not row.is_enabled or row.died_at is not None:
        return None
    while True:
        newest = event_rows.newest(work.session)
        found = events.after(work, row.cursor, row.account_id, _READ_AT_ONCE)
        wanted = next((event for event in found if _is_for(row, event)), None)
        if wanted is not None:
            secret = work.vault.get(secrets.Purpose.WEBHOOK_SECRET, row.id) or ""
            return Delivery(
                webhook_id=row.id,
                account_id=row.account_id,
                url=row.url,
                secret=secret,
                event=wanted,
            )
        row.cursor = found[-1].id if len(found) == _READ_AT_ONCE else newest
        work.session.flush()
        if len(found) < _READ_AT_ONCE:
            return None


def note(
    work: unit_of_work.UnitOfWork,
    delivery: Delivery,
    result: Result,
    gives_up_after: timedelta,
) -> timedelta | None:
    """Keep what came of an attempt; give the wait before the next one if it failed."""
    row = work.session.get(_ROW, delivery.webhook_id)
    if row is None:
        return None
    row.last_attempt_at, row.last_status = work.now, result.status
    row.last_error = result.error[:_ERROR_MAX]
    if result.is_taken:
        row.cursor = max(row.cursor, delivery.event.id)
        row.last_delivered_at, row.delivered = work.now, row.delivered + 1
        row.failures, row.failing_since = 0, None
        return None
    row.failures, row.failed = row.failures + 1, row.failed + 1
    row.failing_since = row.failing_since or work.now
    wait = webhooks.pause(row.failures)
    row.next_attempt_at = work.now + wait
    if result.status == _GONE or work.now - row.failing_since > gives_up_after:
        row.died_at = work.now
    return wait


def _is_for(row: schema_webhooks.WebhookRow, event: events.EventView) -> bool:
    if event.name == domain_events.EventName.WEBHOOK_TEST.value:
        return event.resource_id == row.id
    names, severities = row.event_names, row.severities
    return (not names or event.name in names.split(",")) and (
        not severities or event.severity in severities.split(",")
    )


def _write(row: schema_webhooks.WebhookRow, draft: Draft) -> None:
    if draft.name is not None:
        row.name = draft.name
    if draft.url is not None:
        row.url = draft.url
    if draft.event_names is not None:
        row.event_names = ",".join(draft.event_names)
    if draft.severities is not None:
        row.severities = ",".join(draft.severities)
    if draft.is_enabled is not None:
        row.is_enabled = draft.is_enabled


def _renew(work: unit_of_work.UnitOfWork, webhook_id: str) -> str:
    secret = webhooks.new_secret(work.random_below)
    work.vault.put(secrets.Purpose.WEBHOOK_SECRET, webhook_id, secret)
    return secret


def _of_account(
    work: unit_of_work.UnitOfWork, account_id: str
) -> Sequence[schema_webhooks.WebhookRow]:
    statement = sa.select(_ROW).where(_ROW.account_id == account_id)
    return work.session.scalars(statement.order_by(_ROW.created_at, _ROW.id)).all()


def _view(work: unit_of_work.UnitOfWork, row: schema_webhooks.WebhookRow) -> WebhookView:
    behind = events.after(work, row.cursor, row.account_id, _READ_AT_ONCE)
    return WebhookView(
        id=row.id,
        name=row.name,
        url=row.url,
        event_names=_words(row.event_names),
        severities=_words(row.severities),
        is_enabled=row.is_enabled,
        is_dead=row.died_at is not None,
        created_at=row.created_at,
        failures=row.failures,
        failing_since=row.failing_since,
        next_attempt_at=row.next_attempt_at if row.failures else None,
        last_attempt_at=row.last_attempt_at,
        last_delivered_at=row.last_delivered_at,
        last_status=row.last_status,
        last_error=row.last_error,
        delivered=row.delivered,
        failed=row.failed,
        pending=sum(_is_for(row, event) for event in behind),
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()
