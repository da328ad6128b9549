"""Turns marked resources into intents, and removes what the node has let go.

The queue is the table of work items, written in the same transaction as the change itself; the
doorbell only shortens the wait. One process reads it; killing that process at any time leaves the
items where they are.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Final

import anyio.to_thread

from futago.controllers import deliveries, silence
from futago.domain import faults, webhooks
from futago.drivers.doorbell import unix
from futago.plan import intent
from futago.reconcile import loop
from futago.services import events, settling
from futago.services import tasks as task_services
from futago.store import unit_of_work, work

log = logging.getLogger(__name__)

POLL_SECONDS: Final = 5.0
"""How long a change waits when its ring was lost."""
CLEANING_SECONDS: Final = 60.0
"""Between looks for what is kept no longer."""
_BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class Key:
    """Names a resource whose intent may be out of date."""

    kind: intent.IntentKind
    resource_id: str

    def __str__(self) -> str:
        return f"{self.kind.value}/{self.resource_id}"


class Controller:
    """Works on marked resources until it is cancelled."""

    def __init__(
        self,
        database: unit_of_work.Database,
        doorbell: unix.Doorbell,
        webhook_rules: webhooks.Rules = webhooks.DEFAULT_RULES,
    ) -> None:
        self._database = database
        self._deliveries = deliveries.Deliveries(database, webhook_rules)
        self._silence = silence.Silence(database)
        self._doorbell = doorbell
        self._loop: loop.KeyedLoop[Key] = loop.KeyedLoop("controller", self._reconcile, workers=1)
        self._claims: dict[Key, int] = {}

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._loop.run(), name="loop")
            tasks.create_task(self._clean(), name="clean")
            tasks.create_task(self._deliveries.run(), name="webhooks")
            while True:
                await self._collect()
                await self._doorbell.wait(POLL_SECONDS)

    async def _clean(self) -> None:
        """Forget captured packets, and in the end tasks, when their time has come."""
        while True:
            try:
                forgotten = await anyio.to_thread.run_sync(self._forget)
            except faults.Fault as fault:
                log.warning("not cleaned", extra={"code": fault.code, "fault": fault.message})
            else:
                if forgotten:
                    log.info("captures forgotten", extra={"count": forgotten})
            await asyncio.sleep(CLEANING_SECONDS)

    def _forget(self) -> int:
        with self._database.begin() as unit:
            return task_services.purge(unit)

    async def _collect(self) -> None:
        """Ask for a look at everything that is marked, and at what time itself changes."""
        try:
            items = await anyio.to_thread.run_sync(self._due)
            await self._silence.look()
            await self._deliveries.look()
        except faults.Fault as fault:
            log.warning("store not readable", extra={"code": fault.code, "fault": fault.message})
            return
        for item in items:
            key = Key(intent.IntentKind(item.kind), item.key)
            self._claims[key] = item.generation
            self._loop.request(key)

    def _due(self) -> tuple[work.WorkItem, ...]:
        with self._database.read() as unit:
            return work.claim_due(unit.session, unit.now, _BATCH)

    async def _reconcile(self, key: Key) -> loop.Outcome:
        generation = self._claims.pop(key, None)
        if generation is not None:
            await anyio.to_thread.run_sync(self._refresh, key, generation)
        return loop.Done()

    def _refresh(self, key: Key, generation: int) -> None:
        """Do what follows from a mark: one transaction."""
        with self._database.begin() as unit:
            done = settling.settle(unit, key.kind, key.resource_id, generation)
        events.tell_log(done.told)
        if done.written or done.removed:
            log.info(
                "reconciled",
                extra={
                    "resource_id": key.resource_id,
                    "written": done.written,
                    "removed": len(done.removed),
                },
            )
