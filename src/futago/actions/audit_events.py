"""LookupEvents: who tried to change what, and who was shown keys."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import pydantic

from futago.actions import catalogue, fields, operation, paging, requests
from futago.domain import faults as domain_faults
from futago.protocols.rpc import pages as wire_pages
from futago.protocols.rpc import timestamps
from futago.services import audit

_MARK = "events:"


Time = Annotated[datetime, fields.reads(timestamps.from_seconds_text)]
Word = Annotated[str, pydantic.Field(max_length=256)]


class LookupEvents(requests.Request):
    """Parameters of LookupEvents."""

    event_name: Word | None = None
    user_name: Word | None = None
    event_access_key_id: Word | None = None
    resource_id: Word | None = None
    result_code: Word | None = None
    start_time: Time | None = None
    end_time: Time | None = None
    max_results: Annotated[requests.Integer, pydantic.Field(ge=1, le=100)] = 50
    next_token: str | None = None


def look_up(context: operation.Context, request: LookupEvents) -> catalogue.Answer:
    """Find recorded changes and attempts of the account, newest first."""
    wanted = audit.Wanted(
        account_id=context.scope.account_id,
        action=request.event_name,
        user_name=request.user_name,
        access_key_id=request.event_access_key_id,
        resource_id=request.resource_id,
        result_code=request.result_code,
        start=request.start_time,
        end=request.end_time,
        before_id=_before(request.next_token),
    )
    found = audit.look_up(context.work, wanted, request.max_results)
    # The last id, not a count: new events do not move those that were shown.
    token = f"{_MARK}{found.items[-1].id}" if found.has_more else ""
    return {
        "Events": [_event(view) for view in found.items],
        "MaxResults": request.max_results,
        "NextToken": wire_pages.encode_token(token) if token else "",
    }


def _event(view: audit.EventView) -> dict[str, catalogue.JSON]:
    return {
        "EventId": str(view.id),
        "EventTime": timestamps.to_seconds_text(view.at),
        "EventName": view.action,
        "UserIdentity": {
            "AccountId": view.account_id,
            "UserName": view.user_name,
            "AccessKeyId": view.access_key_id,
        },
        "SourceIpAddress": view.source_ip,
        "ResourceId": view.resource_id or "",
        "GenerationOf": view.counted_by or "",
        "GenerationBefore": view.generation_before,
        "GenerationAfter": view.generation_after,
        "ResultCode": view.result_code,
        "CallRequestId": view.request_id,
    }


def _before(token: str | None) -> int | None:
    if token is None:
        return None
    try:
        text = wire_pages.decode_token(token)
    except domain_faults.Fault as exc:
        raise paging.bad_token(token) from exc
    digits = text.removeprefix(_MARK)
    if digits == text or not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        raise paging.bad_token(token)
    return int(digits)


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="LookupEvents",
        product=catalogue.Product.FUTAGO,
        request=LookupEvents,
        handler=look_up,
    ),
)
