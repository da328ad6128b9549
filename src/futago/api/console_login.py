"""The brake on guessing passwords.

Failures are counted for each user and for each address, over all processes of the API. After a
few, the next attempt must wait, each time twice as long; a success forgets the user's. Counts need
not outlive the machine: whoever could restart it needs no password.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from futago.store import shared_memory

USER_FREE: Final = 5
"""Wrong passwords of one user before waiting begins."""
ADDRESS_FREE: Final = 20
"""The same of one address, behind which there may be many users."""
LONGEST_WAIT: Final = timedelta(minutes=5)
FORGOTTEN_AFTER: Final = timedelta(minutes=15)
_KEPT: Final = 10_000
_USER: Final = "user"
_ADDRESS: Final = "address"
_FORGET: Final = (
    "DELETE FROM login_failures WHERE last < ? OR (kind, name) IN (SELECT kind, name"
    " FROM login_failures ORDER BY last DESC LIMIT -1 OFFSET ?)"
)
_COUNT: Final = (
    "INSERT INTO login_failures VALUES (?, ?, 1, ?)"
    " ON CONFLICT DO UPDATE SET number = number + 1, last = excluded.last"
)
_FIND: Final = "SELECT number, last FROM login_failures WHERE kind = ? AND name = ? AND last >= ?"


class LoginBrake:
    """Counts failures and says how long to wait; may be used by several threads and processes."""

    def __init__(self, memory: shared_memory.SharedMemory, clock: Callable[[], datetime]) -> None:
        self._memory = memory
        self._clock = clock

    def wait(self, user: str, address: str) -> timedelta:
        """Give how long the next attempt must wait; zero if it may be made."""
        return max(self._left(_USER, user, USER_FREE), self._left(_ADDRESS, address, ADDRESS_FREE))

    def failed(self, user: str, address: str) -> None:
        """Count a failure."""
        now = self._clock()
        self._memory.change(_FORGET, (now - FORGOTTEN_AFTER).timestamp(), _KEPT)
        for kind, name in ((_USER, user), (_ADDRESS, address)):
            self._memory.change(_COUNT, kind, name, now.timestamp())

    def succeeded(self, user: str) -> None:
        """Forget the failures of a user."""
        self._memory.change("DELETE FROM login_failures WHERE kind = ? AND name = ?", _USER, user)

    def _left(self, kind: str, name: str, free: int) -> timedelta:
        now = self._clock()
        since = (now - FORGOTTEN_AFTER).timestamp()
        for failures, last in self._memory.ask(_FIND, kind, name, since):
            if failures >= free:
                pause = min(LONGEST_WAIT, timedelta(seconds=2 ** min(failures - free, 20)))
                return max(timedelta(), datetime.fromtimestamp(last, UTC) + pause - now)
        return timedelta()
