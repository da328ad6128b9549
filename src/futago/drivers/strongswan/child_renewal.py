"""Renews a child SA on purpose and gives what the daemon logs about it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from futago.domain import ids
from futago.drivers.strongswan import client, configuration, faults, files, log_lines

DEADLINE_SECONDS: Final = 3.0
_LOOK_SECONDS: Final = 0.1


async def renew(
    commands: client.Client, paths: files.Files, tunnel_id: ids.TunnelId, only: str | None = None
) -> list[log_lines.Line]:
    """Renew the child SA, which stays until the new one is there.

    Args:
        commands: The control connection.
        paths: Where the log is.
        tunnel_id: Whose child SA.
        only: The daemon's number of the one to renew, where there are several.

    Returns:
        Lines that tell how it ended; few when there is no child SA any more.
    """
    offset = paths.log_size()
    which = {"child": configuration.child_name(tunnel_id).encode()}
    if only is not None:
        which = {"child-id": only.encode()}
    with contextlib.suppress(faults.CommandFailed):
        await commands.command("rekey", which)
    lines: list[log_lines.Line] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not log_lines.end_a_renewal(lines):
                await asyncio.sleep(_LOOK_SECONDS)
                lines = log_lines.telling_after(paths, offset, tunnel_id)
    return lines
