"""Listens to a daemon's typed alerts.

They tell that something went wrong while nobody follows the log, as when a peer renews a child SA
with a group that is not ours. The values stand in the log, which is read then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from futago.protocols.error_notify import alerts

TELLING: Final = frozenset(
    {
        alerts.Kind.PROPOSAL_MISMATCH_IKE,
        alerts.Kind.PROPOSAL_MISMATCH_CHILD,
        alerts.Kind.TS_MISMATCH,
        alerts.Kind.TS_NARROWED,
        alerts.Kind.INSTALL_CHILD_SA_FAILED,
        alerts.Kind.INSTALL_CHILD_POLICY_FAILED,
        alerts.Kind.PEER_AUTH_FAILED,
        alerts.Kind.LOCAL_AUTH_FAILED,
        alerts.Kind.PARSE_ERROR_BODY,
        alerts.Kind.HALF_OPEN_TIMEOUT,
    }
)
"""About these the log says more."""

OnAlert = Callable[[alerts.Alert], None]


class Listener(asyncio.Protocol):
    """A connection to one daemon's plugin."""

    def __init__(self, on_alert: OnAlert) -> None:
        self._stream = alerts.Stream()
        self._on_alert = on_alert
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; called by the event loop."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take what the daemon sent; called by the event loop."""
        for alert in self._stream.feed(data):
            if alert.kind in TELLING:
                self._on_alert(alert)

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()


async def listen(path: Path, on_alert: OnAlert) -> Listener | None:
    """Connect to a daemon's plugin; None where it has none, as one of an earlier version."""
    loop = asyncio.get_running_loop()
    try:
        _, listener = await loop.create_unix_connection(lambda: Listener(on_alert), str(path))
    except OSError:
        return None
    return listener
