"""Events as lists, streams and webhooks carry them."""

from __future__ import annotations

from futago.domain import events as domain_events
from futago.protocols.rpc import timestamps
from futago.services import events


def write_event(view: events.EventView) -> dict[str, str | int]:
    """Spell an event; times are milliseconds since 1970."""
    return {
        "EventId": str(view.id),
        "Time": timestamps.to_milliseconds(view.at),
        "Name": view.name,
        "Severity": write_severity(domain_events.Severity(view.severity)),
        "ResourceId": view.resource_id,
        "VpnConnectionId": view.connection_id or "",
        "Before": view.before,
        "After": view.after,
        "ReasonCode": view.reason,
        "Text": view.text,
        "Count": view.count,
        "LastTime": timestamps.to_milliseconds(view.last_at),
    }


def write_severity(value: domain_events.Severity) -> str:
    """Spell a severity as the vendor does."""
    return value.value.upper()
