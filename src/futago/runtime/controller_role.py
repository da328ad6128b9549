"""The controller role."""

from __future__ import annotations

import asyncio
import contextlib

from futago.controllers import controller
from futago.runtime import settings, storage, supervise


def main(chosen: settings.Settings) -> None:
    """Reconcile until told to stop."""
    asyncio.run(_run(chosen))


async def _run(chosen: settings.Settings) -> None:
    with (
        storage.open_doorbell(chosen, "controller") as doorbell,
        contextlib.closing(storage.open_database(chosen, doorbell)) as database,
        supervise.stop_signals() as stop,
    ):
        working = controller.Controller(database, doorbell, chosen.webhooks.rules)
        await supervise.until_stopped(stop, working.run())
