"""What can stand in the way of webhooks."""

from __future__ import annotations

from futago.domain import faults


class WebhookNotFound(faults.NotFound):
    """The account has no such webhook."""

    code = "Webhook.NotFound"


class WebhookOff(faults.Conflict):
    """The webhook is disabled or dead."""

    code = "Webhook.Off"
