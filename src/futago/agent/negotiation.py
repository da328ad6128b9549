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
_BETTER_HOLDS: Final = timedelta(seconds=10)
"""How long a reason that proves more is kept against one that proves less."""


@dataclass(slots=True)
class _Attempts:
    count: int = 0
    next_at: float = 0.0


class Negotiations:
    """Attempts and failures per tunnel."""

    def __init__(self) -> None:
        self._attempts: dict[ids.TunnelId, _Attempts] = {}
        self._failures: dict[ids.TunnelId, observation.Failure] = {}
        self._ranks: dict[ids.TunnelId, reasons.Rank] = {}
        self._up: set[ids.TunnelId] = set()

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
        self.edited(tunnel_id)
        self._up.add(tunnel_id)

    def is_down(self, tunnel_id: ids.TunnelId) -> None:
        """Note that nothing is installed: silence means from now on that nobody ever answered."""
        self._up.discard(tunnel_id)

    def edited(self, tunnel_id: ids.TunnelId) -> None:
        """Note that the configuration changed: old reasons and pauses say nothing about it."""
        self._attempts.pop(tunnel_id, None)
        self._failures.pop(tunnel_id, None)
        self._ranks.pop(tunnel_id, None)

    def heard(self, tunnel_id: ids.TunnelId, line: str, at: datetime) -> bool:
        """Read a line of the daemon.

        Returns:
            Whether it brought a new reason.
        """
        verdict = reasons.assess(line, is_established=tunnel_id in self._up)
        if verdict is None:
            return False
        before = self._failures.get(tunnel_id)
        is_weaker = before is not None and verdict.rank < self._ranks[tunnel_id]
        if before is not None and is_weaker and at - before.at < _BETTER_HOLDS:
            return False
        self._failures[tunnel_id] = observation.Failure(code=verdict.code, at=at, evidence=line)
        self._ranks[tunnel_id] = verdict.rank
        return before is None or before.code is not verdict.code

    def failure(self, tunnel_id: ids.TunnelId) -> observation.Failure | None:
        """Give the reason of the last failure."""
        return self._failures.get(tunnel_id)

    def forget(self, tunnel_id: ids.TunnelId) -> None:
        """Drop everything about a tunnel that is gone."""
        self.edited(tunnel_id)
        self._up.discard(tunnel_id)
