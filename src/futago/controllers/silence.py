"""Notices what no report tells: a silent node, a proof that is too old, a state that is calm."""

from __future__ import annotations

import time
from typing import Final

import anyio.to_thread

from futago.domain import status
from futago.services import events, nodes
from futago.store import unit_of_work

LOOK_SECONDS: Final = 2.0
AGING_SECONDS: Final = 10.0
"""Between looks at all connections, of which each costs a third of a millisecond."""


class Silence:
    """Looks at the clock for the events."""

    def __init__(self, database: unit_of_work.Database) -> None:
        self._database = database
        self._started = self._next = self._next_aging = time.monotonic()

    async def look(self) -> None:
        """Tell what is due, at most every other second."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + LOOK_SECONDS
        # While nobody listened, no node could be heard: each gets its time after a start.
        is_judge = now - self._started > status.NODE_SILENCE.total_seconds()
        await anyio.to_thread.run_sync(self._tell, is_judge)

    def _tell(self, is_judge: bool) -> None:
        with self._database.read() as unit:
            node_id = nodes.only_node(unit)
            is_new = node_id is not None and events.needs_look(unit, node_id)
            is_back = node_id is not None and nodes.is_fresh(unit, node_id, unit.now)
        if node_id is not None and is_new and (is_judge or is_back):
            with self._database.begin() as unit:
                told = events.look_at_node(unit, node_id)
            events.tell_log(told)

    def _tell_aged(self) -> None:
        with self._database.read() as unit:
            found = {*events.calm(unit), *events.aged(unit)}
        if found:
            with self._database.begin() as unit:
                told = events.look(unit, found)
            events.tell_log(told)
