"""Time, injected so that tests decide what it is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Source of the present time."""

    def now(self) -> datetime:
        """Give the present time, aware, UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Give the present time, aware, UTC."""
        return datetime.now(UTC)
