"""What an open page hears without asking: which resources have changed.

A stream of server-sent events names ids, never content: the page reads the content through the
catalogue, with its permissions. A lost event costs a page its quickness only, since pages look
again after a while and whenever the stream comes back.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Final

import anyio
import anyio.to_thread

from futago.domain import faults
from futago.services import console_sessions
from futago.store import console, unit_of_work

LOOK_SECONDS: Final = 0.7
ALIVE_SECONDS: Final = 15.0
"""A line goes out this often, so that proxies and pages know that the stream lives."""
_THREADS: Final = 2


class News:
    """Streams for any number of pages."""

    def __init__(self, database: unit_of_work.Database) -> None:
        self._database = database
        self._limiter = anyio.CapacityLimiter(_THREADS)

    async def stream(self, account_id: str, token: str) -> AsyncIterator[str]:
        """Give events until the session ends or the page leaves."""
        mark = await anyio.to_thread.run_sync(self._mark, account_id, limiter=self._limiter)
        yield "retry: 2000\nevent: open\ndata: {}\n\n"
        quiet = 0.0
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            quiet += LOOK_SECONDS
            try:
                found = await anyio.to_thread.run_sync(
                    self._look, account_id, token, mark, limiter=self._limiter
                )
            except faults.Fault:
                continue  # The store does not answer; the next look says what was missed.
            if found is None:
                yield "event: ended\ndata: {}\n\n"
                return
            mark = found.mark
            if found.connection_ids or found.resource_ids:
                quiet = 0.0
                told = {"connections": found.connection_ids, "resources": found.resource_ids}
                yield f"event: changed\ndata: {json.dumps(told)}\n\n"
            elif quiet >= ALIVE_SECONDS:
                quiet = 0.0
                yield ": alive\n\n"

    def _mark(self, account_id: str) -> console.Mark:
        with self._database.read() as work:
            return console.mark(work.session, account_id, work.now)

    def _look(self, account_id: str, token: str, since: console.Mark) -> console.Changed | None:
        """Give what is new; None when the session has ended."""
        with self._database.read() as work:
            if console_sessions.find(work, token) is None:
                return None
            return console.changed(work.session, account_id, since)
