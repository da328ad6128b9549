"""ListTunnelSamples: traffic, round trip, loss and uptime of tunnels over time, for charts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Final

import pydantic

from futago.actions import catalogue, faults, fields, operation, requests
from futago.domain import samples as domain_samples
from futago.protocols.rpc import timestamps
from futago.services import samples

MOST_POINTS: Final = 1500
_AUTOMATIC_POINTS: Final = 360
_STEPS: Final = (60, 120, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400)
_DEFAULT_RANGE: Final = timedelta(hours=1)

Time = Annotated[datetime, fields.reads(timestamps.from_seconds_text)]


class ListTunnelSamples(requests.Request):
    """Parameters of ListTunnelSamples."""

    vpn_connection_id: str
    tunnel_id: str | None = None
    start_time: Time | None = None
    end_time: Time | None = None
    step: Annotated[requests.Integer, pydantic.Field(ge=60, le=86400, multiple_of=60)] | None = None


def list_samples(context: operation.Context, request: ListTunnelSamples) -> catalogue.Answer:
    """Give samples of a connection's tunnels; minutes that nobody saw are left out."""
    wanted = _range(request, context.scope.now)
    found = samples.read(
        context.work, context.scope, request.vpn_connection_id, request.tunnel_id, wanted
    )
    return {
        "VpnConnectionId": request.vpn_connection_id,
        "StartTime": timestamps.to_seconds_text(_moment(wanted.first)),
        "EndTime": timestamps.to_seconds_text(_moment(wanted.end)),
        "Step": wanted.step * domain_samples.MINUTE_SECONDS,
        "Series": [
            {
                "TunnelId": series.tunnel_id,
                "TunnelIndex": series.index,
                "Points": [_point(each) for each in series.points],
            }
            for series in found
        ],
    }


def _point(point: domain_samples.Point) -> dict[str, catalogue.JSON]:
    passed = point.passed
    return {
        "Time": timestamps.to_milliseconds(_moment(point.minute)),
        "ReceivedBytes": passed.received_bytes if passed else None,
        "SentBytes": passed.sent_bytes if passed else None,
        "ReceivedPackets": passed.received_packets if passed else None,
        "SentPackets": passed.sent_packets if passed else None,
        "CoveredSeconds": point.covered_seconds,
        "RoundTripMilliseconds": _scaled(point.round_trip_us),
        "Loss": _scaled(point.loss_permille),
        "UpShare": _scaled(point.up_permille),
    }


def _scaled(value: int | None) -> float | None:
    return None if value is None else value / 1000


def _range(request: ListTunnelSamples, now: datetime) -> samples.Range:
    """Find the steps: whole ones, counted from 1970, so that a chart that moves on keeps them.

    Raises:
        VendorFault: The times are the wrong way round, or there would be too many points.
    """
    end = min(request.end_time or now, now + timedelta(minutes=1))
    start = request.start_time or end - _DEFAULT_RANGE
    if start >= end:
        raise faults.VendorFault(
            "InvalidParameter",
            400,
            f"Parameter StartTime with the value '{timestamps.to_seconds_text(start)}' is not"
            f" valid: it is not before the end, {timestamps.to_seconds_text(end)}. Send an"
            " earlier time.",
            field="StartTime",
        )
    seconds = (end - start).total_seconds()
    step = request.step or _automatic(seconds)
    if seconds / step > MOST_POINTS:
        raise faults.VendorFault(
            "InvalidParameter",
            400,
            f"Parameter Step with the value '{step}' is not valid: it makes more than"
            f" {MOST_POINTS} points. Send {_automatic(seconds)}, or none.",
            field="Step",
        )
    minutes = step // domain_samples.MINUTE_SECONDS
    first = samples.minute_of(start) // minutes * minutes
    last = -(-int(end.timestamp()) // step) * minutes
    return samples.Range(first=first, end=last, step=minutes)


def _automatic(seconds: float) -> int:
    return next((each for each in _STEPS if seconds / each <= _AUTOMATIC_POINTS), _STEPS[-1])


def _moment(minute: int) -> datetime:
    return timestamps.from_milliseconds(minute * 60_000)


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="ListTunnelSamples",
        product=catalogue.Product.FUTAGO,
        request=ListTunnelSamples,
        handler=list_samples,
    ),
)
