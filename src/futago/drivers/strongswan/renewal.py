"""Replacing the SAs of a tunnel without a moment in between: the new first, then the old goes.

Reads and commands come as functions, so that the daemon's own connection and lock serve.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from futago.drivers.strongswan import configuration
from futago.protocols.vici import messages

RENEW_SECONDS: Final = 3.0
"""How long the new may take to come up while the old still carries."""
_EVERY_SECONDS: Final = 0.01
_UNDER_WAY_SECONDS: Final = 0.3
"""An initiation shows up in the list within this time, or it has already failed."""

Listed = tuple[messages.Message, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Carriers:
    """What carries a tunnel, by the daemon's unique ids."""

    children: frozenset[str]
    sas: frozenset[str]
    """IKE SAs with an installed child SA."""


def carriers(listed: Listed) -> Carriers:
    """Read what carries a tunnel out of `list-sa` events."""
    facts = [sa for one in listed for sa in configuration.facts(one)]
    return Carriers(
        children=configuration.children(listed),
        sas=frozenset(sa.unique_id for sa in facts if sa.children_installed),
    )


async def wait_for_new(
    read: Callable[[], Awaitable[Listed]], before: Carriers, *, keeps_ike: bool
) -> bool:
    """Wait until something else carries as well; False when that failed or took too long."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while loop.time() - began < RENEW_SECONDS:
        listed = await read()
        now = carriers(listed)
        if now.children - before.children and (keeps_ike or now.sas - before.sas):
            return True
        is_early = loop.time() - began < _UNDER_WAY_SECONDS
        if not is_early and not any(configuration.is_under_way(each) for each in listed):
            return False
        await asyncio.sleep(_EVERY_SECONDS)
    return False
