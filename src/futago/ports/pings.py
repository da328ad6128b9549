"""Echo requests on demand, from an address of a node.

Drivers: Linux, memory.
"""

from __future__ import annotations

from typing import Protocol

from futago.domain import tasks


class Pings(Protocol):
    """Sends requests and counts the answers."""

    async def ping(self, namespace: str, spec: tasks.PingSpec) -> tasks.PingResult:
        """Send all requests and wait for their answers; what cannot be sent is not answered.

        Raises:
            NamespaceMissing: There is no such namespace.
        """
