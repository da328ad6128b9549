"""When to start a negotiation again, and why the last one failed.

Memory of one process only: after a restart the first attempt comes at once and the next failure
brings its reason along.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from futago.domain import ids
from futago.plan import observation, reasons

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 5.0
_SPECIFIC_HOLDS: Final = timedelta(seconds=10)
_CONSEQUENCES: Final = frozenset(
    {observation.FailureCode.NO_RESPONSE, observation.FailureCode.RECEIVE_DELETE_NOTIFY}
)
"""Codes that often follow a failure with a better reason and must not hide it."""


@dataclass(slots=True)
class _Attempts:
    count: int = 0
    next_at: float = 0.0


class Negotiations:
    """Attempts and failures per tunnel."""

    def __init__(self) -> None:
        self._attempts: dict[ids.TunnelId, _Attempts] = {}
        self._failures: dict[ids.TunnelId, observation.Failure] = {}

    def pause(self, tunnel_id: ids.TunnelId) -> float:
        """Give the seconds until the next attempt may start; 0 when it may start now."""
        attempts = self._attempts.get(tunnel_id)
        return 0.0 if attempts is None else max(0.0, attempts.next_at - time.monotonic())

    def started(self, tunnel_id: ids.TunnelId) -> None:
        """Note an attempt; the pause after it doubles up to 5 s."""
        attempts = self._attempts.setdefault(tunnel_id, _Attempts())
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(attempts.count, 10))
        attempts.count += 1
        attempts.next_at = time.monotonic() + pause

    def succeeded(self, tunnel_id: ids.TunnelId) -> None:
        """Note that the tunnel is up: pauses start small again, the reason is cleared."""
        self._attempts.pop(tunnel_id, None)
        self._failures.pop(tunnel_id, None)

    def edited(self, tunnel_id: ids.TunnelId) -> None:
        """Note that the configuration changed: old reasons and pauses say nothing about it."""
        self.succeeded(tunnel_id)

    def heard(self, tunnel_id: ids.TunnelId, line: str, at: datetime) -> bool:
        """Read a line of the daemon.

        Returns:
            Whether it brought a new reason.
        """
        code = reasons.classify(line)
        if code is None:
            return False
        before = self._failures.get(tunnel_id)
        if before is not None and _hides(code, before) and at - before.at < _SPECIFIC_HOLDS:
            return False
        self._failures[tunnel_id] = observation.Failure(code=code, at=at, evidence=line)
        return before is None or before.code is not code

    def failure(self, tunnel_id: ids.TunnelId) -> observation.Failure | None:
        """Give the reason of the last failure."""
        return self._failures.get(tunnel_id)

    def forget(self, tunnel_id: ids.TunnelId) -> None:
        """Drop everything about a tunnel that is gone."""
        self.succeeded(tunnel_id)


def _hides(code: observation.FailureCode, before: observation.Failure) -> bool:
    return code in _CONSEQUENCES and before.code not in _CONSEQUENCES
