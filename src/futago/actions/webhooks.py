"""Webhooks: made, listed, changed, tried and deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import pydantic

from futago.actions import catalogue, events, faults, fields, operation, requests
from futago.domain import events as domain_events
from futago.domain import webhooks as domain_webhooks
from futago.protocols.rpc import timestamps
from futago.services import event_words, webhooks

_FUTAGO = catalogue.Product.FUTAGO


class CreateWebhook(requests.Request):
    """Parameters of CreateWebhook."""

    url: str
    name: fields.VpnName = ""
    event_name: events.Names = ()
    severity: events.Severities = ()


class OfWebhook(requests.Request):
    """Parameters of DeleteWebhook and TestWebhook."""

    webhook_id: Annotated[str, pydantic.Field(max_length=64)]


class ModifyWebhook(OfWebhook):
    """Parameters of ModifyWebhook."""

    url: str | None = None
    name: fields.VpnName | None = None
    event_name: events.Names | None = None
    severity: events.Severities | None = None
    enabled: requests.Flag | None = None
    renew_secret: requests.Flag = False


class ListWebhooks(requests.Request):
    """ListWebhooks takes no parameters but the region."""


def create(context: operation.Context, request: CreateWebhook) -> catalogue.Answer:
    """Make a webhook; the secret that signs its requests is in this answer and nowhere else."""
    made = webhooks.create(
        context.work,
        context.scope,
        webhooks.Draft(
            name=request.name,
            url=_checked(context, request.url),
            event_names=request.event_name,
            severities=request.severity,
        ),
    )
    return {"WebhookId": made.id, "SigningSecret": made.secret}


def modify(context: operation.Context, request: ModifyWebhook) -> catalogue.Answer:
    """Change a webhook; with RenewSecret=true the answer carries a new secret, this once."""
    secret = webhooks.modify(
        context.work,
        context.scope,
        request.webhook_id,
        webhooks.Draft(
            name=request.name,
            url=None if request.url is None else _checked(context, request.url),
            event_names=request.event_name,
            severities=request.severity,
            is_enabled=request.enabled,
        ),
        renews_secret=request.renew_secret,
    )
    return {"WebhookId": request.webhook_id, "SigningSecret": secret}


def delete(context: operation.Context, request: OfWebhook) -> catalogue.Answer:
    """Delete a webhook; what it has not got is not sent any more."""
    webhooks.delete(context.work, context.scope, request.webhook_id)
    return {}


def test(context: operation.Context, request: OfWebhook) -> catalogue.Answer:
    """Send a webhook an event without meaning; ListWebhooks shows what came of it."""
    number = webhooks.test(context.work, context.scope, request.webhook_id)
    return {"EventId": str(number)}


def list_all(context: operation.Context, _request: ListWebhooks) -> catalogue.Answer:
    """List the webhooks of the account with the result of the last attempt."""
    found = webhooks.list_all(context.work, context.scope)
    return {"Webhooks": [_webhook(view) for view in found]}


def _webhook(view: webhooks.WebhookView) -> dict[str, catalogue.JSON]:
    severities = [event_words.write_severity(domain_events.Severity(s)) for s in view.severities]
    return {
        "WebhookId": view.id,
        "Name": view.name,
        "Url": view.url,
        "EventNames": list(view.event_names),
        "Severities": severities,
        "Enabled": view.is_enabled,
        "Status": _status(view),
        "CreateTime": timestamps.to_milliseconds(view.created_at),
        "PendingEvents": view.pending,
        "DeliveredEvents": view.delivered,
        "FailedAttempts": view.failed,
        "FailuresInARow": view.failures,
        "FailingSince": _time(view.failing_since),
        "NextAttemptTime": _time(view.next_attempt_at),
        "LastAttemptTime": _time(view.last_attempt_at),
        "LastDeliveryTime": _time(view.last_delivered_at),
        "LastHttpStatus": view.last_status,
        "LastError": view.last_error,
    }


def _status(view: webhooks.WebhookView) -> str:
    if not view.is_enabled:
        return "Disabled"
    if view.is_dead:
        return "Dead"
    return "Failing" if view.failures else "Active"


def _time(at: datetime | None) -> int:
    return timestamps.to_milliseconds(at) if at else 0


def _checked(context: operation.Context, url: str) -> str:
    try:
        return domain_webhooks.check_url(url, context.region.webhooks)
    except domain_webhooks.UrlInvalid as fault:
        # A URL may carry a token: it is not repeated.
        raise faults.VendorFault(
            "InvalidParameter",
            400,
            f"Parameter Url is not valid: {fault.message}. Send another one.",
            field="Url",
        ) from fault


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="CreateWebhook",
        product=_FUTAGO,
        request=CreateWebhook,
        handler=create,
        mutating=True,
        resource="WebhookId",
    ),
    operation.Operation(
        name="ModifyWebhook",
        product=_FUTAGO,
        request=ModifyWebhook,
        handler=modify,
        mutating=True,
        resource="WebhookId",
    ),
    operation.Operation(
        name="DeleteWebhook",
        product=_FUTAGO,
        request=OfWebhook,
        handler=delete,
        mutating=True,
        resource="WebhookId",
    ),
    operation.Operation(
        name="TestWebhook",
        product=_FUTAGO,
        request=OfWebhook,
        handler=test,
        mutating=True,
        resource="WebhookId",
    ),
    operation.Operation(
        name="ListWebhooks",
        product=_FUTAGO,
        request=ListWebhooks,
        handler=list_all,
    ),
)
