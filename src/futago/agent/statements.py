"""What the node says of each resource: what passes found, and what was noticed since.

A pass may take seconds, as when a daemon does not answer or is being replaced. What the watches
and the daemons' events show meanwhile is told at once, in place of what the last pass said of it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace

from futago.agent import bgp_watch, desired, observe, reconcile, reporting, watching
from futago.domain import ids
from futago.plan import intent, observation
from futago.ports import clock as clock_port


class Statements:
    """Puts observations into the outbox."""

    def __init__(
        self,
        outbox: reporting.Outbox,
        tunnels: watching.TunnelWatch,
        bgp: bgp_watch.BgpWatch,
        clock: clock_port.Clock,
    ) -> None:
        self._outbox = outbox
        self._tunnels = tunnels
        self._bgp = bgp
        self._clock = clock
        self._lost_at: dict[ids.TunnelId, float] = {}

    def found(
        self, key: desired.Key, done: reconcile.Pass, applied: int, began: float = math.inf
    ) -> None:
        """Tell what a pass found.

        Args:
            key: The resource.
            done: The pass.
            applied: The generation that is applied; 0: none.
            began: When the pass began, monotonic: it may have seen a daemon that ended meanwhile.
        """
        for seen in done.tunnels:
            if self._lost_at.get(seen.tunnel_id, -math.inf) >= began:
                self._tunnels.note(seen.tunnel_id, is_up=False)
        before = self._outbox.latest(key)
        known = {seen.tunnel_id: seen for seen in before.tunnels} if before else {}
        known.update({seen.tunnel_id: self._latest(seen, began) for seen in done.tunnels})
        self._outbox.put(
            key,
            observation.ResourceObservation(
                kind=key.kind.value,
                resource_id=key.resource_id,
                generation=applied,
                is_present=done.is_present,
                observed_at=self._clock.now(),
                tunnels=tuple(known.values()) if done.is_present else (),
                sessions=self._sessions(key) if done.is_present else (),
                fault_code=done.fault.code if done.fault else None,
                fault_message=done.fault.message if done.fault else None,
            ),
        )

    def noticed(self, key: desired.Key) -> None:
        """Tell what the watch has noticed of the tunnels of a connection."""
        self._change(key, self._watched)

    def lost_daemon(self, key: desired.Key, tunnel_id: ids.TunnelId) -> None:
        """Tell that the SAs of a tunnel are gone with their daemon."""
        self._lost_at[tunnel_id] = time.monotonic()
        self._tunnels.note(tunnel_id, is_up=False)
        self._change(
            key, lambda seen: observe.without_daemon(seen) if seen.tunnel_id == tunnel_id else seen
        )

    def heard_sessions(self, key: desired.Key) -> None:
        """Tell how the BGP sessions of a router are."""
        self._tunnels.note_sessions(self._sessions(key))
        before = self._outbox.latest(key)
        if before is not None and before.is_present:
            seen = replace(before, observed_at=self._clock.now(), sessions=self._sessions(key))
            self._outbox.put(key, seen)

    def _change(
        self,
        key: desired.Key,
        change: Callable[[observation.TunnelObservation], observation.TunnelObservation],
    ) -> None:
        before = self._outbox.latest(key)
        if before is not None and before.is_present and before.tunnels:
            tunnels = tuple(change(each) for each in before.tunnels)
            seen = replace(before, observed_at=self._clock.now(), tunnels=tunnels)
            self._outbox.put(key, seen)

    def _latest(
        self, seen: observation.TunnelObservation, began: float
    ) -> observation.TunnelObservation:
        is_lost = self._lost_at.get(seen.tunnel_id, -math.inf) >= began
        return observe.without_daemon(seen) if is_lost else self._watched(seen)

    def _watched(self, seen: observation.TunnelObservation) -> observation.TunnelObservation:
        """Add the latest of the watch: a pass may have begun before it."""
        probe = self._tunnels.shown(seen.tunnel_id) if seen.children_installed else None
        return seen if probe is None else replace(seen, probe=probe)

    def _sessions(self, key: desired.Key) -> tuple[observation.BgpObservation, ...]:
        is_router = key.kind is intent.IntentKind.ROUTER
        return self._bgp.of(ids.RouterId(key.resource_id)) if is_router else ()
