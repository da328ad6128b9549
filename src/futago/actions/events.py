"""ListEvents: what changed about connections, in the last thirty days.

Not to be confused with LookupEvents, which tells who called what: these happen by themselves.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated

import pydantic

from futago.actions import catalogue, fields, operation, paging, requests
from futago.domain import events as domain_events
from futago.domain import faults as domain_faults
from futago.protocols.rpc import pages as wire_pages
from futago.protocols.rpc import timestamps
from futago.services import event_words, events

_MARK = "event:"
_TOKEN = re.compile(_MARK + r"(\d{1,17}):(\d{1,18})\Z", re.ASCII)
_EPOCH = timestamps.from_milliseconds(0)

Time = Annotated[datetime, fields.reads(timestamps.from_seconds_text)]


def read_severity(text: str) -> domain_events.Severity:
    """Read `CRITICAL`, `WARN` or `INFO`."""
    for value in domain_events.Severity:
        if event_words.write_severity(value) == text.upper():
            return value
    raise domain_faults.Invalid("the severity must be CRITICAL, WARN or INFO")


def read_name(text: str) -> domain_events.EventName:
    """Read the name of an event."""
    for value in domain_events.EventName:
        if value.value == text:
            return value
    raise domain_faults.Invalid("there is no event of this name; see the list of events")


def _listed(value: object) -> object:
    """Take one text for a list of one, or of several with commas between them."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


_LIST = pydantic.BeforeValidator(_listed)
Names = Annotated[
    tuple[Annotated[domain_events.EventName, fields.reads(read_name)], ...],
    pydantic.Field(max_length=32),
    _LIST,
]
Severities = Annotated[
    tuple[Annotated[domain_events.Severity, fields.reads(read_severity)], ...],
    pydantic.Field(max_length=3),
    _LIST,
]


class ListEvents(requests.Request):
    """Parameters of ListEvents."""

    resource_id: Annotated[str, pydantic.Field(max_length=64)] | None = None
    event_name: Names = ()
    severity: Severities = ()
    start_time: Time | None = None
    end_time: Time | None = None
    max_results: Annotated[requests.Integer, pydantic.Field(ge=1, le=100)] = 50
    next_token: str | None = None


def list_events(context: operation.Context, request: ListEvents) -> catalogue.Answer:
    """List what happened to connections, tunnels, attachments and nodes, newest first."""
    wanted = events.Wanted(
        account_id=context.scope.account_id,
        resource_id=request.resource_id,
        names=tuple(name.value for name in request.event_name),
        severities=tuple(each.value for each in request.severity),
        start=request.start_time,
        end=request.end_time,
        before=_before(request.next_token),
    )
    found = events.search(context.work, context.scope, wanted, request.max_results)
    token = ""
    if found.has_more:
        last = found.items[-1]
        # The last one, not a count: new events do not move those that were shown.
        token = wire_pages.encode_token(f"{_MARK}{_microseconds(last.at)}:{last.id}")
    return {
        "Events": [event_words.write_event(view) for view in found.items],
        "MaxResults": request.max_results,
        "NextToken": token,
    }


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def _before(token: str | None) -> tuple[datetime, int] | None:
    if token is None:
        return None
    try:
        text = wire_pages.decode_token(token)
    except domain_faults.Fault as exc:
        raise paging.bad_token(token) from exc
    found = _TOKEN.match(text)
    if found is None:
        raise paging.bad_token(token)
    at, number = map(int, found.groups())
    return _EPOCH + timedelta(microseconds=at), number


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="ListEvents",
        product=catalogue.Product.FUTAGO,
        request=ListEvents,
        handler=list_events,
    ),
)
