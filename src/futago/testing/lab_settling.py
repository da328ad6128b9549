"""Waiting until no association of a connection will go away by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from futago.lab import wait

_SURPLUS_SECONDS: Final = 12.0
"""strongSwan closes a duplicate 10 s after it was made. Source: ike_sa_manager.c."""
_ONE_IKE_AND_ONE_CHILD: Final = 2

Associations = list[tuple[str, ...]]
"""The lines of each tunnel's SAs."""


class Settling:
    """Remembers what had settled, so that asking again costs one look."""

    def __init__(self, within: float) -> None:
        self._within = within
        self._settled: Associations = []

    def wait(self, read: Callable[[], Associations]) -> None:
        """Wait until every tunnel has what it will keep.

        Args:
            read: Lists the SAs of each tunnel.
        """
        last, since = read(), time.monotonic()
        if last == self._settled:
            return

        def look() -> bool:
            nonlocal last, since
            seen = read()
            if seen != last:
                last, since = seen, time.monotonic()
            is_old = time.monotonic() - since > _SURPLUS_SECONDS
            if is_old or all(map(_is_settled, seen)):
                return True
            raise wait.NotYet(f"{seen}")

        wait.eventually(look, within=self._within, every=0.2)
        self._settled = last


def _is_settled(lines: tuple[str, ...]) -> bool:
    """Tell of a tunnel whether it has one IKE SA, and one child SA that was renewed.

    Under IKEv2 only a renewed child SA has a group of its own.
    """
    text = " ".join(lines)
    is_renewed = "IKEv1" in text or "/MODP_" in text or "/ECP_" in text or "/CURVE_" in text
    return len(lines) == _ONE_IKE_AND_ONE_CHILD and "DELETED" not in text and is_renewed
