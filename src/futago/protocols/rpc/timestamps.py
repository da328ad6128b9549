"""Times as the RPC dialect writes them.

Three spellings exist: seconds in UTC text (signatures), minutes in UTC text (CBN answers) and
integer milliseconds since the epoch (VPC answers). Inside, times are aware UTC datetimes.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from futago.domain import faults

SECONDS_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
MINUTES_FORMAT = "%Y-%m-%dT%H:%MZ"
_SECONDS_LENGTH = len("2026-01-01T00:00:00Z")
_MINUTES_LENGTH = len("2026-01-01T00:00Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadTimestamp(faults.Invalid):
    """A time is not written as the dialect wants it."""

    code = "InvalidTimeStamp.Format"


def to_seconds_text(moment: datetime) -> str:
    """Write `2026-11-23T06:56:38Z`."""
    return moment.astimezone(UTC).strftime(SECONDS_FORMAT)


def to_minutes_text(moment: datetime) -> str:
    """Write `2026-11-23T06:56Z`."""
    return moment.astimezone(UTC).strftime(MINUTES_FORMAT)


def to_milliseconds(moment: datetime) -> int:
    """Count milliseconds since the epoch."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def from_milliseconds(count: int) -> datetime:
    """Read milliseconds since the epoch."""
    return _EPOCH + timedelta(milliseconds=count)


def from_seconds_text(text: str) -> datetime:
    """Read `2026-11-23T06:56:38Z`, and nothing looser."""
    return _read(text, SECONDS_FORMAT, _SECONDS_LENGTH, "yyyy-MM-ddTHH:mm:ssZ")


def from_minutes_text(text: str) -> datetime:
    """Read `2026-11-23T06:56Z`, and nothing looser."""
    return _read(text, MINUTES_FORMAT, _MINUTES_LENGTH, "yyyy-MM-ddTHH:mmZ")


def _read(text: str, pattern: str, length: int, shown: str) -> datetime:
    # strptime also takes single digits and digits of other scripts; clients never send them.
    if len(text) == length and text.isascii():
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=UTC)
        except ValueError as exc:
            raise _bad(text, shown) from exc
    raise _bad(text, shown)


def _bad(text: str, shown: str) -> BadTimestamp:
    value = text[:40]
    return BadTimestamp(f"The time '{value}' is not valid: write UTC as {shown}.", value=value)
