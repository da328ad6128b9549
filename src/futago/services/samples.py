"""Samples of tunnels for charts: taken once a minute, kept for some days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from pydantic import TypeAdapter

from futago.domain import samples
from futago.messages import codec
from futago.services import access, connections, refusals
from futago.store import connections as connection_rows
from futago.store import samples as rows
from futago.store import shared_memory, unit_of_work

DEFAULT_KEPT: Final = timedelta(days=7)
_MINUTE: Final = timedelta(minutes=1)
_EPOCH_MINUTE: Final = 60
_TRAFFIC: Final = TypeAdapter(tuple[codec.DeviceTraffic, ...])
_GATHER: Final = "INSERT INTO node_minutes VALUES (?, ?)"
_TAKE_OVER: Final = "DELETE FROM node_minutes WHERE minute != ? RETURNING minute, content"


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """All tunnels of a minute that is over."""

    number: int
    """Minutes since 1970 in UTC."""
    tunnels: Mapping[str, samples.Sample]


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """What a chart shows, in minutes since 1970."""

    first: int
    end: int
    """Not included."""
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A tunnel's line in a chart."""

    tunnel_id: str
    index: int
    points: tuple[samples.Point, ...]


@dataclass(slots=True)
class _Gathered:
    """What was seen of a tunnel in the present minute."""

    last: codec.DeviceTraffic
    round_trips: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    ups: list[bool] = field(default_factory=list)

    def add(self, seen: codec.DeviceTraffic) -> None:
        self.last = seen
        if seen.rtt_ms is not None:
            self.round_trips.append(seen.rtt_ms)
        if seen.loss is not None:
            self.losses.append(seen.loss)
        if seen.is_up is not None:
            self.ups.append(seen.is_up)


class Sampler:
    """Gathers what nodes report within a minute, to whichever process they report.

    What is gathered lies in the memory that the processes share: whoever finds a minute over takes
    it out. A process that is killed just then loses that minute.
    """

    def __init__(self, memory: shared_memory.SharedMemory, kept: timedelta = DEFAULT_KEPT) -> None:
        self._memory: Final = memory
        self._kept: Final = kept // _MINUTE

    def accept(self, traffic: tuple[codec.DeviceTraffic, ...], now: datetime) -> Minute | None:
        """Take over a report; give the minute that has ended with it."""
        minute = minute_of(now)
        ended = self._memory.ask(_TAKE_OVER, minute)
        self._memory.change(_GATHER, minute, _TRAFFIC.dump_json(traffic))
        if not ended:
            return None
        # What came late to an earlier minute is dropped with it.
        number = max(minute for minute, _ in ended)
        gathered: dict[str, _Gathered] = {}
        for content in (content for minute, content in ended if minute == number):
            for seen in _TRAFFIC.validate_json(content):
                gathered.setdefault(seen.tunnel_id, _Gathered(seen)).add(seen)
        return Minute(number=number, tunnels=_samples(number, gathered))

    def store(self, work: unit_of_work.UnitOfWork, over: Minute) -> None:
        """Keep a minute, and forget what is too old."""
        rows.add(work.session, over.number, over.tunnels)
        rows.prune(work.session, over.number, self._kept)


def _samples(minute: int, gathered: Mapping[str, _Gathered]) -> dict[str, samples.Sample]:
    return {
        tunnel_id: samples.Sample(
            minute=minute,
            counters=samples.Counters(
                received_bytes=seen.last.received_bytes,
                sent_bytes=seen.last.sent_bytes,
                received_packets=seen.last.received_packets,
                sent_packets=seen.last.sent_packets,
            ),
            round_trip_us=_mean(seen.round_trips, 1000),
            loss_permille=_mean(seen.losses, 1000),
            up_permille=_mean(seen.ups, 1000),
        )
        for tunnel_id, seen in gathered.items()
    }


def minute_of(moment: datetime) -> int:
    """Give the minute of a moment, counted from 1970."""
    return int(moment.timestamp()) // _EPOCH_MINUTE


def read(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    connection_id: str,
    tunnel_id: str | None,
    wanted: Range,
) -> tuple[Series, ...]:
    """Give the lines of a chart: of both tunnels of a connection or of one.

    Raises:
        ConnectionNotFound: Not in this account and region.
        TunnelNotFound: The connection has no such tunnel.
    """
    connections.find(work, scope, connection_id)
    tunnels = connection_rows.tunnel_rows(work.session, connection_id)
    if tunnel_id is not None and tunnel_id not in {row.id for row in tunnels}:
        raise refusals.TunnelNotFound(
            f"Connection {connection_id} has no tunnel {tunnel_id[:64]!r}; use an id from"
            " DescribeVpnConnection.",
            value=tunnel_id,
        )
    return tuple(
        Series(
            tunnel_id=row.id,
            index=row.ordinal,
            points=samples.points(
                rows.between(work.session, row.id, wanted.first - 1, wanted.end),
                first=wanted.first,
                step=wanted.step,
            ),
        )
        for row in tunnels
        if tunnel_id in {None, row.id}
    )


def _mean(values: list[float] | list[bool], scale: int) -> int | None:
    return round(scale * sum(values) / len(values)) if values else None
