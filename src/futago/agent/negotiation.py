"""When to start a negotiation again, and why the last one failed.

Memory of one process only: after a restart the first attempt comes at once and the next failure
brings its reason along.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from futago.domain import ids
from futago.plan import evidence, failures, findings, intent

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 5.0
TRAFFIC_SECONDS: Final = 10.0
"""How long a packet that found no tunnel is a reason to try again."""


@dataclass(slots=True)
class _Attempts:
    count: int = 0
    next_at: float = 0.0


class Negotiations:
    """Attempts and failures per tunnel."""

    def __init__(self) -> None:
        self._attempts: dict[ids.TunnelId, _Attempts] = {}
        self._evidence: dict[ids.TunnelId, evidence.Evidence] = {}
        self._traffic: dict[ids.TunnelId, float] = {}
        self._known: dict[ids.TunnelId, failures.Failure | None] = {}
        """The reason at the last look."""

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

    def expect(self, tunnel: intent.TunnelIntent) -> None:
        """Tell what the lines of a tunnel are to be read against, unless that is known."""
        self._evidence.setdefault(tunnel.tunnel_id, evidence.Evidence(tunnel))

    def edited(self, tunnel: intent.TunnelIntent) -> None:
        """Note another configuration: old reasons and pauses say nothing about it."""
        self._attempts.pop(tunnel.tunnel_id, None)
        self.expect(tunnel)
        self._evidence[tunnel.tunnel_id].edited(tunnel)

    def swapped(self, tunnel: intent.TunnelIntent, *, is_at_once: bool) -> None:
        """Note another key of the same peer: the reason stays, and may prove to be over."""
        self.expect(tunnel)
        self._evidence[tunnel.tunnel_id].tunnel = tunnel
        if is_at_once:
            self._attempts.pop(tunnel.tunnel_id, None)

    def wants_to_go(self, tunnel_id: ids.TunnelId) -> None:
        """Note a packet that found no tunnel."""
        self._traffic[tunnel_id] = time.monotonic()

    def is_served(self, tunnel_ids: Iterable[ids.TunnelId]) -> None:
        """Note that all tunnels of a connection are up: earlier packets ask for nothing more."""
        for each in tunnel_ids:
            self._traffic.pop(each, None)

    def has_traffic(self, tunnel_ids: Iterable[ids.TunnelId]) -> bool:
        """Tell whether a packet wanted to go to one of some tunnels lately."""
        latest = max(self._traffic.get(each, -math.inf) for each in tunnel_ids)
        return time.monotonic() - latest < TRAFFIC_SECONDS

    def looked_at(self, tunnel_id: ids.TunnelId) -> None:
        """Note that the daemon is asked now: a reason that is heard from now on is about later."""
        self._known[tunnel_id] = self.failure(tunnel_id)

    def succeeded(self, tunnel_id: ids.TunnelId) -> None:
        """Note that the tunnel was up when it was looked at: pauses start small again.

        The reason is cleared, unless it came since.
        """
        self._attempts.pop(tunnel_id, None)
        if tunnel_id in self._evidence and self.failure(tunnel_id) is self._known.get(tunnel_id):
            self._evidence[tunnel_id].came_up()

    def is_down(self, tunnel_id: ids.TunnelId) -> None:
        """Note that nothing is installed: attempts count again."""
        if tunnel_id in self._evidence:
            self._evidence[tunnel_id].went_down()

    def restarted(self, tunnel_id: ids.TunnelId) -> None:
        """Note that the daemon ended: its next one counts IKE SAs anew."""
        if tunnel_id in self._evidence:
            self._evidence[tunnel_id].restarted()

    def heard(self, tunnel_id: ids.TunnelId, line: str, at: datetime, sa: str = "") -> bool:
        """Read a line of the daemon.

        Returns:
            Whether there is another reason now.
        """
        known = self._evidence.get(tunnel_id)
        return known is not None and known.hear(sa, line, at)

    def learned(self, tunnel: intent.TunnelIntent, found: findings.Finding, at: datetime) -> bool:
        """Take what was found out on purpose about a configuration.

        Returns:
            Whether there is another reason now; never when the configuration has changed since.
        """
        known = self._evidence.get(tunnel.tunnel_id)
        return known is not None and known.tunnel == tunnel and known.learn(found, at)

    def failure(self, tunnel_id: ids.TunnelId) -> failures.Failure | None:
        """Give the reason of the last failure."""
        known = self._evidence.get(tunnel_id)
        return None if known is None else known.failure

    def forget(self, tunnel_id: ids.TunnelId) -> None:
        """Drop everything about a tunnel that is gone."""
        self._attempts.pop(tunnel_id, None)
        self._evidence.pop(tunnel_id, None)
        self._known.pop(tunnel_id, None)
        self._traffic.pop(tunnel_id, None)
