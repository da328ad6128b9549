"""Which of two keys a tunnel's daemon has loaded while a peer may have either.

The daemon uses one key for a peer, so the node holds both and loads one. What is established stays
as it is; an attempt that fails for the key has the other one loaded at once, and the next attempt
succeeds. Memory of one process only: what is loaded tells the daemon itself, and an agent that has
just started learns at the next attempt what its predecessor knew.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from futago.domain import ids
from futago.plan import edits, failures, intent, observation, places, reasons, steps
from futago.ports import clock as clock_port
from futago.ports import ike

_KEY_FAILURES: Final = frozenset(
    {failures.FailureCode.PSK_MISMATCH, failures.FailureCode.PSK_OR_PEER_ID_MISMATCH}
)
_FREE_SWAPS: Final = 2
"""Each key is tried once without a pause; a peer that has neither is not followed further."""
_SWAP_PAUSE: Final = timedelta(seconds=5)
_LINES_MAX: Final = 100


@dataclass(slots=True)
class _Held:
    """Two keys of one tunnel."""

    wanted: intent.TunnelIntent
    loaded: int | None = None
    loaded_at: datetime | None = None
    swaps: int = 0
    """Since a peer has last authenticated."""
    swapped_at: datetime | None = None
    is_other_due: bool = False
    proven: int | None = None
    lines: dict[str, list[str]] = field(default_factory=dict)
    judged: set[str] = field(default_factory=set)
    """IKE SAs that have failed, or that were begun with the key before."""


class Keys:
    """The tunnels of a node that hold two keys."""

    def __init__(self, clock: clock_port.Clock) -> None:
        self._clock = clock
        self._held: dict[ids.TunnelId, _Held] = {}

    def choose(
        self, wanted: intent.TunnelIntent, daemon: observation.DaemonFacts
    ) -> intent.TunnelIntent:
        """Give an intent with the version of the key that shall be loaded now."""
        overlap = wanted.key_overlap
        if overlap is None:
            self._held.pop(wanted.tunnel_id, None)
            return wanted
        held = self._hold(wanted, daemon)
        held.loaded = loaded_key(wanted, daemon.loaded)
        if overlap.until <= self._clock.now():
            return replace(wanted, key_overlap=replace(overlap, is_over=True))
        versions = (overlap.previous_version, wanted.psk_version)
        uses_previous = held.loaded == overlap.previous_version
        return replace(wanted, psk_version=versions[uses_previous is held.is_other_due])

    def is_at_once(self, tunnel_id: ids.TunnelId) -> bool:
        """Tell whether an attempt with the key that was loaded last may come without a pause."""
        held = self._held.get(tunnel_id)
        return held is not None and held.swaps <= _FREE_SWAPS

    def loaded(self, tunnel: intent.TunnelIntent) -> None:
        """Note that a daemon has another key; attempts from now on are made with it."""
        held = self._held.get(tunnel.tunnel_id)
        if held is None or tunnel.psk_version == held.loaded:
            return
        held.is_other_due = False
        held.loaded, held.loaded_at = tunnel.psk_version, self._clock.now()
        held.judged |= held.lines.keys()
        held.lines.clear()

    def heard(self, event: ike.IkeEvent) -> bool:
        """Read what a daemon says; tell whether its tunnel needs a look."""
        held = self._held.get(event.tunnel_id)
        if held is None or (held.loaded_at is not None and event.at < held.loaded_at):
            return False
        match event.kind:
            case ike.IkeEventKind.AUTHENTICATED:
                held.swaps, held.proven = 0, held.loaded
                return True
            case ike.IkeEventKind.LOG:
                return self._has_failed(held, event) and self._swap(held, event.at)
            case ike.IkeEventKind.DAEMON_GONE:
                held.lines.clear()
                held.judged.clear()
            case (
                ike.IkeEventKind.SA_CHANGED
                | ike.IkeEventKind.CHILD_RENEWED
                | ike.IkeEventKind.TRAFFIC
            ):
                pass
        return False

    def proof_steps(
        self,
        place: places.TunnelPlace,
        chosen: intent.TunnelIntent,
        daemon: observation.DaemonFacts,
    ) -> tuple[steps.Step, ...]:
        """Ask a peer for the new key when the overlap is over and what is up proves the old one."""
        held, overlap = self._held.get(chosen.tunnel_id), chosen.key_overlap
        if held is None or overlap is None or not overlap.is_over:
            return ()
        is_proven = held.proven == chosen.psk_version or not daemon.children_installed
        is_changed = edits.impact(daemon.loaded, chosen) is not edits.Impact.NOTHING
        if is_proven or is_changed:
            return ()
        return (steps.RenewSas(place=place, tunnel=chosen, keeps_ike=False),)

    def renewed(self, chosen: intent.TunnelIntent, daemon: observation.DaemonFacts) -> None:
        """Note the end of a renewal after an overlap: what is up now was made with the new key."""
        held, overlap = self._held.get(chosen.tunnel_id), chosen.key_overlap
        if held is None or overlap is None or not overlap.is_over:
            return
        if daemon.children_installed:
            held.proven = chosen.psk_version

    def proven(self, tunnel_id: ids.TunnelId) -> int | None:
        """Give the version with which the peer has authenticated since it was loaded."""
        held = self._held.get(tunnel_id)
        return None if held is None else held.proven

    def ends_in(self, wanted: intent.TunnelIntent) -> float | None:
        """Give the seconds until an overlap ends; None where none is under way."""
        if wanted.key_overlap is None:
            return None
        seconds = (wanted.key_overlap.until - self._clock.now()).total_seconds()
        return seconds if seconds > 0 else None

    def forget(self, tunnel_id: ids.TunnelId) -> None:
        """Drop everything about a tunnel that is gone."""
        self._held.pop(tunnel_id, None)

    def _hold(self, wanted: intent.TunnelIntent, daemon: observation.DaemonFacts) -> _Held:
        held = self._held.get(wanted.tunnel_id)
        if held is None or held.wanted.psk_version != wanted.psk_version:
            held = _Held(wanted)
            is_down = daemon.sas is not None and not daemon.children_installed
            held.is_other_due = is_down and loaded_key(wanted, daemon.loaded) not in {
                None,
                wanted.psk_version,
            }
            self._held[wanted.tunnel_id] = held
        held.wanted = wanted
        return held

    def _has_failed(self, held: _Held, event: ike.IkeEvent) -> bool:
        if event.sa in held.judged or not reasons.is_telling(event.message):
            return False
        lines = held.lines.setdefault(event.sa, [])
        lines.append(event.message)
        del lines[:-_LINES_MAX]
        found = reasons.judge(lines, held.wanted)
        if found is None or found.code not in _KEY_FAILURES:
            return False
        held.judged.add(event.sa)
        return True

    def _swap(self, held: _Held, at: datetime) -> bool:
        is_soon = held.swapped_at is not None and at - held.swapped_at < _SWAP_PAUSE
        if held.is_other_due or (held.swaps >= _FREE_SWAPS and is_soon):
            return False
        held.swaps += 1
        held.swapped_at, held.is_other_due = at, True
        return True


def loaded_key(wanted: intent.TunnelIntent, loaded: str | None) -> int | None:
    """Tell by a digest which version of a tunnel's key is loaded; None: another, or none."""
    versions = {wanted.psk_version}
    if wanted.key_overlap is not None:
        versions.add(wanted.key_overlap.previous_version)
    for version in versions:
        if edits.has_same_key(loaded, replace(wanted, psk_version=version)):
            return version
    return None
