"""One tunnel of a connection at a time: the second is changed when the first one carries again."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Final

from futago.domain import ids
from futago.plan import intent

TURN_SECONDS: Final = 10.0
"""How long a tunnel waits for its partner to carry traffic after a change of that one."""


class Turns:
    """When tunnels were changed last. Memory of one process; times are monotonic seconds."""

    def __init__(self) -> None:
        self._digests: dict[ids.TunnelId, str] = {}
        self._changed_at: dict[ids.TunnelId, float] = {}

    def expect(self, tunnels: Iterable[intent.TunnelIntent]) -> None:
        """Take over what is wanted of the tunnels of a connection."""
        for tunnel in tunnels:
            before = self._digests.get(tunnel.tunnel_id)
            if before not in {None, tunnel.digest}:
                self.changed(tunnel.tunnel_id)
            self._digests[tunnel.tunnel_id] = tunnel.digest

    def changed(self, tunnel_id: ids.TunnelId) -> None:
        """Note that a tunnel is being changed."""
        self._changed_at[tunnel_id] = time.monotonic()

    def is_recent(self, tunnel_id: ids.TunnelId) -> bool:
        """Tell whether a tunnel was changed so lately that its partner has to wait for it."""
        changed_at = self._changed_at.get(tunnel_id)
        return changed_at is not None and time.monotonic() - changed_at < TURN_SECONDS

    def forget(self, tunnel_id: ids.TunnelId) -> None:
        """Drop everything about a tunnel that is gone."""
        self._digests.pop(tunnel_id, None)
        self._changed_at.pop(tunnel_id, None)
