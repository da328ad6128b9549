"""Packets of a tunnel as they pass, for captures.

Drivers: Linux, memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from futago.domain import tasks
from futago.plan import places

OnProgress = Callable[[tasks.CaptureResult], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """A finished capture."""

    content: bytes
    """A pcap file."""
    result: tasks.CaptureResult


class Taps(Protocol):
    """Watches packets without touching them."""

    async def capture(
        self,
        place: places.TunnelPlace,
        spec: tasks.CaptureSpec,
        stopped: asyncio.Event,
        on_progress: OnProgress,
    ) -> Captured:
        """Capture until a limit is reached or it is stopped; cancelling leaves nothing behind.

        Raises:
            NamespaceMissing, DeviceMissing: The tunnel is not set up.
        """
