"""What a node remembers of probes, so that a restart does not take a dead tunnel for a good one.

Drivers: a file, memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from futago.domain import ids
from futago.plan import liveness


class VerdictMemory(Protocol):
    """Survives the agent. Losing it costs the time that a target needs to answer once."""

    def known(self) -> Mapping[ids.TunnelId, liveness.Remembered]:
        """Give what was kept last."""

    def keep(self, verdicts: Mapping[ids.TunnelId, liveness.Remembered]) -> None:
        """Keep this instead of what was there."""
