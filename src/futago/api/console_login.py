"""The brake on guessing passwords.

Failures are counted for each user and for each address. After a few, the next attempt must wait,
each time twice as long; a success forgets the user's. Counts are kept in memory: whoever could
restart this process needs no password.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

USER_FREE: Final = 5
"""Wrong passwords of one user before waiting begins."""
ADDRESS_FREE: Final = 20
"""The same of one address, behind which there may be many users."""
LONGEST_WAIT: Final = timedelta(minutes=5)
FORGOTTEN_AFTER: Final = timedelta(minutes=15)
_KEPT: Final = 10_000


@dataclass(slots=True)
class _Count:
    failures: int
    last: datetime


class LoginBrake:
    """Counts failures and says how long to wait; may be used by several threads."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._counts: OrderedDict[tuple[str, str], _Count] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, user: str, address: str) -> timedelta:
        """Give how long the next attempt must wait; zero if it may be made."""
        with self._lock:
            return max(
                self._left(("user", user), USER_FREE),
                self._left(("address", address), ADDRESS_FREE),
            )

    def failed(self, user: str, address: str) -> None:
        """Count a failure."""
        now = self._clock()
        with self._lock:
            for key in (("user", user), ("address", address)):
                count = self._counts.pop(key, None)
                if count is None or now - count.last > FORGOTTEN_AFTER:
                    count = _Count(0, now)
                count.failures += 1
                count.last = now
                self._counts[key] = count
            while len(self._counts) > _KEPT:
                self._counts.popitem(last=False)

    def succeeded(self, user: str) -> None:
        """Forget the failures of a user."""
        with self._lock:
            self._counts.pop(("user", user), None)

    def _left(self, key: tuple[str, str], free: int) -> timedelta:
        count = self._counts.get(key)
        now = self._clock()
        if count is None or count.failures < free or now - count.last > FORGOTTEN_AFTER:
            return timedelta()
        pause = min(LONGEST_WAIT, timedelta(seconds=2 ** min(count.failures - free, 20)))
        return max(timedelta(), count.last + pause - now)
