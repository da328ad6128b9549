"""DescribeVpnConnectionLogs: what happened to tunnels in a window of time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import pydantic

from futago.actions import catalogue, faults, operation, paging, requests
from futago.protocols.rpc import timestamps
from futago.services import logs

MILLISECONDS_FROM = 10**11
"""Smaller numbers are seconds: clients send either."""
LATEST = 10**14
LINE_TIME = "%Y-%m-%d %H:%M:%S"

Moment = Annotated[requests.Integer, pydantic.Field(ge=0, le=LATEST)]


class DescribeVpnConnectionLogs(requests.Request, requests.Paged):
    """Parameters of DescribeVpnConnectionLogs."""

    vpn_connection_id: str
    tunnel_id: str | None = None
    from_: Annotated[Moment | None, pydantic.Field(alias="From")] = None
    to: Moment | None = None
    minute_period: Annotated[requests.Integer, pydantic.Field(ge=1, le=10)] | None = None


def describe(context: operation.Context, request: DescribeVpnConnectionLogs) -> catalogue.Answer:
    """Give the lines about a connection or one of its tunnels, oldest first."""
    window = _window(request, context.scope.now)
    found = logs.read(
        context.work,
        context.scope,
        request.vpn_connection_id,
        request.tunnel_id,
        window,
        paging.by_number(request),
    )
    if not found.lines.total:
        raise faults.VendorFault(
            "QueryVpnConnectionLog.NotFound",
            400,
            f"Nothing happened to {request.vpn_connection_id} from {window.first:{LINE_TIME}} to"
            f" {window.last:{LINE_TIME}} UTC. Ask for another time.",
        )
    lines = [
        f"{line.at:{LINE_TIME}} {line.tunnel_id} [DEBUG]: {line.text}" for line in found.lines.items
    ]
    return {
        "Count": len(lines),
        "IsCompleted": found.is_complete,
        "PageNumber": request.page_number,
        "PageSize": request.page_size,
        "Data": {"Logs": lines},
    }


def _window(request: DescribeVpnConnectionLogs, now: datetime) -> logs.Window:
    """Find the window: two of the three parameters, or the last minutes.

    Raises:
        VendorFault: What is given does not make a window.
    """
    first, last = _moment(request.from_), _moment(request.to)
    period = timedelta(minutes=request.minute_period or 0)
    if not period and (first is None or last is None):
        raise faults.VendorFault(
            "MissingParameter",
            400,
            "Parameter MinutePeriod is missing: without it the window needs From and To."
            " Send 1 to 10 minutes, or both ends.",
            field="MinutePeriod",
        )
    if first is None:
        last = last or now
        first = last - period if last - _EPOCH > period else _EPOCH
    last = last or first + period
    if first > last:
        raise faults.VendorFault(
            "InvalidParameter",
            400,
            f"Parameter From with the value '{request.from_}' is not valid: it lies behind To."
            " Send the earlier time as From.",
            field="From",
        )
    return logs.Window(first=first, last=last)


_EPOCH = timestamps.from_milliseconds(0)


def _moment(count: int | None) -> datetime | None:
    if not count:
        return None
    return timestamps.from_milliseconds(count if count >= MILLISECONDS_FROM else count * 1000)


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="DescribeVpnConnectionLogs",
        product=catalogue.Product.VPC,
        request=DescribeVpnConnectionLogs,
        handler=describe,
        requires_region=True,
    ),
)
