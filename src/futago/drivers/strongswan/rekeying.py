"""Renewing SAs because somebody asked for it, and telling whether that worked.

Reads come as a function, so that the daemon's own connection serves.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

from futago.domain import ids
from futago.drivers.strongswan import client, configuration, faults
from futago.protocols.vici import messages

REKEY_SECONDS: Final = 4.0
_EVERY_SECONDS: Final = 0.05

Listed = tuple[messages.Message, ...]
Read = Callable[[], Awaitable[Listed]]


async def rekey(
    commands: client.Client, read: Read, tunnel_id: ids.TunnelId, *, includes_ike: bool
) -> bool:
    """Renew the child SA and, if wanted, the IKE SA before it; tell whether new ones came."""
    if includes_ike:
        wanted = {"ike": tunnel_id.encode()}
        if not await _renew(commands, read, wanted, _associations):
            return False
    wanted = {"child": configuration.child_name(tunnel_id).encode()}
    return await _renew(commands, read, wanted, configuration.children)


async def _renew(
    commands: client.Client,
    read: Read,
    wanted: dict[str, bytes],
    present: Callable[[Listed], frozenset[str]],
) -> bool:
    before = present(await read())
    if not before:
        return False
    with contextlib.suppress(faults.CommandFailed):  # it is being renewed already
        await commands.command("rekey", wanted)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(REKEY_SECONDS):
            while True:
                if present(await read()) - before:
                    return True
                await asyncio.sleep(_EVERY_SECONDS)
    return False


def _associations(listed: Listed) -> frozenset[str]:
    facts = (sa for one in listed for sa in configuration.facts(one))
    return frozenset(sa.unique_id for sa in facts if sa.is_established)
