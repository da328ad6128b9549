"""Renewing SAs because somebody asked for it, and telling whether that worked.

Reads come as a function, so that the daemon's own connection serves.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

from futago.drivers.strongswan import client, configuration, faults
from futago.protocols.vici import messages

REKEY_SECONDS: Final = 4.0
_EVERY_SECONDS: Final = 0.05

Listed = tuple[messages.Message, ...]
Read = Callable[[], Awaitable[Listed]]


async def rekey(commands: client.Client, read: Read, *, includes_ike: bool) -> bool:
    """Renew the child SA and, if wanted, the IKE SA before it; tell whether new ones came.

    Of several, for example after both ends have renewed at once, only the one that carries is
    renewed: the daemon would otherwise renew each of them, and double what is to go away.
    """
    if includes_ike and not await _renew(commands, read, "ike-id", _associations):
        return False
    return await _renew(commands, read, "child-id", configuration.children)


async def _renew(
    commands: client.Client,
    read: Read,
    kind: str,
    present: Callable[[Listed], frozenset[str]],
) -> bool:
    listed = await read()
    before = present(listed)
    carrying = {"ike-id": _carrying(listed)}.get(kind, before)
    if not carrying:
        return False
    wanted = {kind: max(carrying, key=int).encode()}
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


def _carrying(listed: Listed) -> frozenset[str]:
    facts = (sa for one in listed for sa in configuration.facts(one))
    return frozenset(sa.unique_id for sa in facts if sa.is_established and sa.children)
