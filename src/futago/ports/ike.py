"""The IKE daemons of one node, one tunnel at a time.

Drivers: strongSwan with userspace ESP, memory. All operations are idempotent; a driver finds
daemons that an earlier agent started and goes on with them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from futago.domain import ids, ike
from futago.plan import inquiry, intent, observation, places


class IkeEventKind(StrEnum):
    """What a daemon reported."""

    SA_CHANGED = "sa-changed"
    """An IKE SA or child SA came or went, or the daemon's socket closed: look again."""
    CHILD_RENEWED = "child-renewed"
    """A child SA took over from another: look again."""
    AUTHENTICATED = "authenticated"
    """The peer has proven to have the key that is loaded; a rekey proves nothing."""
    TRAFFIC = "traffic"
    """A packet entered the device of an armed tunnel."""
    DAEMON_GONE = "daemon-gone"
    """The process ended without having been stopped."""
    LOG = "log"
    """A line about a negotiation, as the daemon wrote it; `plan.evidence` reads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IkeEvent:
    """Something happened at one tunnel's daemon. Losing it costs latency only."""

    tunnel_id: ids.TunnelId
    kind: IkeEventKind
    at: datetime
    message: str = ""
    sa: str = ""
    """The daemon's number of the IKE SA that a line is about; empty where it names none."""


class IkeDaemons(Protocol):
    """Drives the IKE daemons of a node."""

    async def observe(self, place: places.TunnelPlace) -> observation.DaemonFacts:
        """Say what is there; a daemon that does not answer in time has `sas=None`."""

    async def last_heard(self, place: places.TunnelPlace) -> datetime | None:
        """Say when the peer last sent a protected IKE message; cheap, and never waits for it."""

    async def start(self, place: places.TunnelPlace) -> None:
        """Run the daemon and place its device; return when both are done. No-op when they are."""

    async def stop(self, place: places.TunnelPlace) -> None:
        """End the daemon (SAs are closed towards the peer) and remove its files."""

    async def load(
        self, place: places.TunnelPlace, tunnel: intent.TunnelIntent, psk: ike.PresharedKey
    ) -> None:
        """Load key and configuration; `observe().loaded` is the tunnel's digest afterwards."""

    async def initiate(self, place: places.TunnelPlace) -> None:
        """Start negotiating and return at once. No-op while that is under way or done."""

    async def terminate(self, place: places.TunnelPlace) -> None:
        """Close all SAs, towards the peer as well, and return when they are gone."""

    async def inquire(
        self, place: places.TunnelPlace, tunnel: intent.TunnelIntent
    ) -> tuple[inquiry.Answer, ...]:
        """Ask the peer beside the daemon what it would accept in phase 1; nothing is set up."""

    async def rehearse_mode(self, place: places.TunnelPlace, tunnel: intent.TunnelIntent) -> bool:
        """Tell whether the peer takes part in the other exchange of version 1; closed at once."""

    async def rehearse_child(
        self, place: places.TunnelPlace, tunnel: intent.TunnelIntent, asked: inquiry.Question
    ) -> inquiry.Accepted | None:
        """Offer every child SA and give what the peer accepts; closed at once, carries nothing."""

    async def renew_child(self, place: places.TunnelPlace) -> None:
        """Start renewing the child SA, which stays until the new one is there."""

    async def rekey(self, place: places.TunnelPlace, *, includes_ike: bool) -> bool:
        """Renew the child SA, and the IKE SA if wanted; tell whether new ones came.

        What was there stays until then, and goes on where the peer refuses.
        """

    async def answers(self, place: places.TunnelPlace) -> bool:
        """Tell whether a daemon that runs answers; one that does not run has nothing to say."""

    async def carried(self, place: places.TunnelPlace) -> Mapping[str, int]:
        """Give the outbound packets of each installed child SA, by the daemon's number of it."""

    async def kill(self, place: places.TunnelPlace) -> None:
        """End a daemon that does not answer, at once and without a word to the peer."""

    async def arm(self, place: places.TunnelPlace) -> None:
        """Let routes lead to a tunnel that has no child SA, and tell of packets that come.

        At most once a second; what comes is lost. `observe().is_armed` until `disarm`.
        """

    async def disarm(self, place: places.TunnelPlace) -> None:
        """Wait for packets no longer; without a child SA no route leads to the tunnel."""

    async def keep_only(
        self, place: places.TunnelPlace, tunnel: intent.TunnelIntent, unique_id: str
    ) -> bool:
        """Have one IKE SA carry the tunnel alone; tell whether it does.

        Its child SA is renewed first: that proves it, and both ends send through the newest. Where
        that fails, nothing is closed unless we send through this IKE SA already. What the peer
        starts in reply to the closing is refused.
        """

    async def replace_sas(
        self, place: places.TunnelPlace, tunnel: intent.TunnelIntent, *, keeps_ike: bool
    ) -> None:
        """Negotiate with what is loaded, and close what was there once the new carries.

        When the new does not come, because the peer wants something else, the old is closed all
        the same: what is loaded is what shall be used.
        """

    def events(self) -> AsyncIterator[IkeEvent]:
        """Give events of all daemons as they come, until `close`. For one reader.

        Lines that explain a loss come before the event that tells of it.
        """

    async def close(self) -> None:
        """Let go of all daemons without ending any."""
