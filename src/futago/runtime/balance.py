"""Which of several processes on one socket accepts the next caller: one that has the fewest.

Whoever is awake first would accept all who come together. Each process tells its number of callers
in memory that all share, and leaves a caller to those that have fewer, for a moment: if they do not
come, because they are busy or gone, it accepts.
"""

from __future__ import annotations

import mmap
import time
from collections.abc import Callable
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

    def __init__(self, counts: Counts, number: int, callers: Callable[[], int]) -> None:
        """Take what is known.

        Args:
            counts: Of all processes.
            number: Of this one.
            callers: How many this one has.
        """
        self._counts = counts
        self._number = number
        self._callers = callers
        self._left = _LONGEST_PAUSES

    def tell(self) -> None:
        """Let the others know how many callers this process has."""
        self._counts.tell(self._number, self._callers())

    def take(self) -> bool:
        """Tell whether to accept now; if not, a moment has passed, and it is to be asked again."""
        self.tell()
        if self._left and self._callers() > self._counts.fewest():
            self._left -= 1
            time.sleep(_PAUSE_SECONDS)
            return False
        self._left = _LONGEST_PAUSES
        return True
