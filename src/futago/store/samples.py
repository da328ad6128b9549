"""Samples of tunnels: one insert for all tunnels of a minute, one range for a chart.

Rows lie in the order of tunnel and minute, so that a chart reads neighbours. With each minute a
sixtieth of the tunnels loses what is too old; every tunnel has its turn once an hour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.domain import samples
from futago.store import base, schema_events

SLOTS: Final = 60
_TABLE: Final = base.table(schema_events.TunnelSampleRow)
_SERIES: Final = base.table(schema_events.SampleSeriesRow)
_NAME: Final = sa.text(
    "INSERT INTO sample_series (tunnel_id) VALUES (:tunnel_id) ON CONFLICT (tunnel_id) DO NOTHING"
)
_NUMBERS: Final = sa.select(_SERIES.c.tunnel_id, _SERIES.c.id)
_INSERT: Final = sa.text(
    "INSERT INTO tunnel_sample (series_id, minute, received_bytes, sent_bytes, received_packets,"
    " sent_packets, round_trip_us, loss_permille, up_permille)"
    " VALUES (:series_id, :minute, :received_bytes, :sent_bytes, :received_packets,"
    " :sent_packets, :round_trip_us, :loss_permille, :up_permille)"
    " ON CONFLICT (series_id, minute) DO NOTHING"
)
_RANGE: Final = (
    sa.select(_TABLE)
    .join(_SERIES, _SERIES.c.id == _TABLE.c.series_id)
    .where(
        _SERIES.c.tunnel_id == sa.bindparam("tunnel_id"),
        _TABLE.c.minute >= sa.bindparam("first"),
        _TABLE.c.minute < sa.bindparam("end"),
    )
    .order_by(_TABLE.c.minute)
)
_PRUNE: Final = sa.text(
    "DELETE FROM tunnel_sample WHERE minute < :oldest"
    " AND series_id IN (SELECT id FROM sample_series WHERE id % 60 = :slot)"
)
_FORGET: Final = sa.text(
    "DELETE FROM sample_series WHERE id % 60 = :slot"
    " AND NOT EXISTS (SELECT 1 FROM tunnel_sample WHERE series_id = sample_series.id)"
    " AND NOT EXISTS (SELECT 1 FROM tunnel WHERE tunnel.id = sample_series.tunnel_id)"
)


def add(session: Session, minute: int, found: Mapping[str, samples.Sample]) -> None:
    """Keep a minute of several tunnels by tunnel id; what is there already stays."""
    if not found:
        return
    base.execute(session, _NAME, [{"tunnel_id": each} for each in found])
    numbers = {row[0]: row[1] for row in base.execute(session, _NUMBERS, {})}
    rows = [_row(numbers[tunnel_id], minute, sample) for tunnel_id, sample in found.items()]
    base.execute(session, _INSERT, rows)


def prune(session: Session, minute: int, kept_minutes: int) -> None:
    """Let some tunnels lose what is too old, and forget those that are gone with all of it."""
    slot = minute % SLOTS
    base.execute(session, _PRUNE, {"oldest": minute - kept_minutes, "slot": slot})
    base.execute(session, _FORGET, {"slot": slot})


def between(session: Session, tunnel_id: str, first: int, end: int) -> Sequence[samples.Sample]:
    """Give the samples of a tunnel from a minute on and before another, in order."""
    found = base.execute(session, _RANGE, {"tunnel_id": tunnel_id, "first": first, "end": end})
    return [
        samples.Sample(
            minute=row.minute,
            counters=samples.Counters(
                received_bytes=row.received_bytes,
                sent_bytes=row.sent_bytes,
                received_packets=row.received_packets,
                sent_packets=row.sent_packets,
            ),
            round_trip_us=row.round_trip_us,
            loss_permille=row.loss_permille,
            up_permille=row.up_permille,
        )
        for row in found
    ]


def _row(series_id: int, minute: int, sample: samples.Sample) -> dict[str, int | None]:
    return {
        "series_id": series_id,
        "minute": minute,
        "received_bytes": sample.counters.received_bytes,
        "sent_bytes": sample.counters.sent_bytes,
        "received_packets": sample.counters.received_packets,
        "sent_packets": sample.counters.sent_packets,
        "round_trip_us": sample.round_trip_us,
        "loss_permille": sample.loss_permille,
        "up_permille": sample.up_permille,
    }
