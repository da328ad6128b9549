"""Which of several processes on one socket accepts the next caller: one that has the fewest.

Whoever is awake first would accept all who come together. Each process tells its number of callers
in memory that all share, and leaves a caller to those that have fewer, for a moment: if they do not
come, because they are busy or gone, it accepts. A caller counts from the moment of being accepted:
its server knows it some turns of the loop later, and would accept others in between.
"""

from __future__ import annotations

import mmap
import socket
import time
from typing import Final

_PAUSE_SECONDS: Final = 0.001
_LONGEST_PAUSES: Final = 20


class Counts:
    """Numbers of callers by process; made before the fork."""

    def __init__(self, processes: int) -> None:
        self._shared: Final = memoryview(mmap.mmap(-1, 4 * processes)).cast("I")

    def tell(self, number: int, callers: int) -> None:
        """Write down the callers of a process."""
        self._shared[number] = callers

    def fewest(self) -> int:
        """Give the smallest number."""
        return min(self._shared)


class Turn:
    """One process's decision about the next caller."""

    def __init__(self, counts: Counts, number: int) -> None:
        """Take what is known.

        Args:
            counts: Of all processes.
            number: Of this one; whoever had it before is gone, and so are the callers of that one.
        """
        self._counts = counts
        self._number = number
        self._callers = 0
        self._left = _LONGEST_PAUSES
        counts.tell(number, 0)

    @property
    def callers(self) -> int:
        """How many this process has."""
        return self._callers

    def take(self) -> bool:
        """Tell whether to accept now; if not, a moment has passed, and it is to be asked again."""
        if self._left and self._callers > self._counts.fewest():
            self._left -= 1
            time.sleep(_PAUSE_SECONDS)
            return False
        self._left = _LONGEST_PAUSES
        return True

    def keep(self, accepted: socket.socket) -> socket.socket:
        """Count a caller until its socket is closed; the socket given back stands for the other."""
        self._change(1)
        return _Caller(self, accepted)

    def lose(self) -> None:
        """Count one caller less."""
        self._change(-1)

    def _change(self, by: int) -> None:
        self._callers += by
        self._counts.tell(self._number, self._callers)


class _Caller(socket.socket):
    """The accepted socket of a caller, which counts as long as it is open."""

    def __init__(self, turn: Turn, accepted: socket.socket) -> None:
        family, kind, protocol = accepted.family, accepted.type, accepted.proto
        super().__init__(family, kind, protocol, accepted.detach())
        self._turn = turn

    def close(self) -> None:
        """Close it."""
        was_open = self.fileno() >= 0
        super().close()
        if was_open:
            self._turn.lose()
