"""Tunnels that are emptied before a change and used again after it has proven itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from futago.agent import tracks
from futago.domain import ids

LOOK_SECONDS: Final = 0.05
"""Between reads of counters while a tunnel is emptied."""
DRAIN_SECONDS: Final = 2.0
"""After this time a change is made though packets still enter."""
TURN_SECONDS: Final = 10.0
"""How long a tunnel waits for its partner's change to end before its own begins."""
PROOF_SECONDS: Final = 2.0
"""After this time a tunnel that came up is used without an answer to a probe."""
_QUIET_SECONDS: Final = 0.15
_PEER_QUIET_SECONDS: Final = 1.0
"""How long the peer gets to stop sending after the session to it was closed."""


@dataclass(slots=True)
class _Drain:
    since: float
    withdrawn_at: float | None = None
    changed_at: float | None = None
    asked_at: float = 0.0


class Drains:
    """The drains of a node. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._drains: dict[ids.TunnelId, _Drain] = {}
        self._waiting: dict[ids.TunnelId, float] = {}

    @property
    def is_any(self) -> bool:
        """Tell whether some tunnel is being emptied."""
        return any(drain.changed_at is None for drain in self._drains.values())

    def begin(self, tunnel_id: ids.TunnelId, partners: Iterable[ids.TunnelId], now: float) -> bool:
        """Begin to empty a tunnel, unless a partner is being changed; tell whether it is begun."""
        known = self._drains.get(tunnel_id)
        if known is not None and known.changed_at is None:
            known.asked_at = now
            return True
        is_busy = any(partner in self._drains for partner in partners)
        if is_busy and now - self._waiting.setdefault(tunnel_id, now) < TURN_SECONDS:
            return False
        self._waiting.pop(tunnel_id, None)
        self._drains[tunnel_id] = _Drain(since=now, asked_at=now)
        return True

    def is_draining(self, tunnel_id: ids.TunnelId) -> bool:
        """Tell whether a tunnel shall not be used."""
        return tunnel_id in self._drains

    def is_empty(
        self, tunnel_id: ids.TunnelId, track: tracks.Track, now: float, *, is_withdrawn: bool
    ) -> bool:
        """Tell whether nothing goes through a tunnel any more, or waiting any longer is no use."""
        drain = self._drains[tunnel_id]
        if now - drain.since > DRAIN_SECONDS:
            return True
        if not is_withdrawn:
            return False
        if drain.withdrawn_at is None:
            drain.withdrawn_at = now
        is_quiet = now - max(track.left_at, drain.withdrawn_at) > _QUIET_SECONDS
        is_peer_quiet = (
            now - max(track.came_at, drain.withdrawn_at) > _QUIET_SECONDS
            or now - drain.withdrawn_at > _PEER_QUIET_SECONDS
        )
        return is_quiet and is_peer_quiet

    def changed(self, tunnel_id: ids.TunnelId, now: float) -> None:
        """Note that the change is made."""
        drain = self._drains.get(tunnel_id)
        if drain is not None:
            drain.changed_at = now

    def end_if_proven(self, tunnel_id: ids.TunnelId, track: tracks.Track, now: float) -> None:
        """Use a changed tunnel again once it is up and, where it is probed, answers."""
        drain = self._drains.get(tunnel_id)
        if drain is None:
            return
        if drain.changed_at is None:
            # The change was taken back before it was made: nobody asks for it any more.
            if now - drain.asked_at > DRAIN_SECONDS:
                del self._drains[tunnel_id]
            return
        is_late = now - drain.changed_at > PROOF_SECONDS
        is_proven = track.path is None or track.answered_at > drain.changed_at or is_late
        if track.is_up and is_proven:
            del self._drains[tunnel_id]

    def keep(self, tunnel_ids: Collection[ids.TunnelId]) -> None:
        """Forget tunnels that are gone."""
        self._drains = {each: one for each, one in self._drains.items() if each in tunnel_ids}
        self._waiting = {each: one for each, one in self._waiting.items() if each in tunnel_ids}
