"""Tasks of a node: each is done at most once, whatever is restarted meanwhile.

What was begun is in the journal before it has an effect, and the outcome afterwards. A task that
was begun by an agent that is gone has failed: nobody knows how far it came, and asking again is
cheap. Captures live in memory, so they end with the agent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from futago.agent import apply, desired, reporting, watching
from futago.domain import faults, ids, tasks
from futago.plan import intent, observation, places
from futago.ports import clock as clock_port

log = logging.getLogger(__name__)

INTERRUPTED: Final = "Interrupted"
EXPIRED: Final = "Expired"
NO_CHILD_SA: Final = "TunnelDown"
REFUSED: Final = "PeerRefused"
UNDELIVERED: Final = "Undelivered"
_DRAIN_LOOK_SECONDS: Final = 0.05
_UPLOAD_ATTEMPTS: Final = 60
_UPLOAD_PAUSE_SECONDS: Final = 1.0


class Uploads(Protocol):
    """Takes what captures hold to the control plane."""

    async def upload(self, task_id: str, content: bytes) -> None:
        """Hand over a file; repeated, it changes nothing."""


class _Failed(Exception):  # noqa: N818 - an outcome, not an error
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(slots=True)
class _Running:
    work: asyncio.Task[None]
    stopped: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """The ways to the control plane."""

    uploads: Uploads
    outbox: reporting.Outbox


class TaskRunner:
    """Does the tasks of all connections of a node, several at once."""

    def __init__(
        self,
        mark: str,
        ports: apply.Ports,
        wanted: desired.Desired,
        watch: watching.TunnelWatch,
        clock: clock_port.Clock,
        mail: Mail,
    ) -> None:
        self._mark = mark
        self._ports = ports
        self._desired = wanted
        self._watch = watch
        self._clock = clock
        self._uploads = mail.uploads
        self._outbox = mail.outbox
        self._running: dict[str, _Running] = {}

    def sync(self) -> None:
        """Follow the intents: begin what is new, stop what shall stop, drop what is over."""
        wanted = {
            task.task_id: (connection, task)
            for connection in self._desired.connections()
            for task in connection.tasks
        }
        for task_id, (connection, task) in wanted.items():
            self._look(connection, task, self._running.get(task_id))
        for task_id in self._running.keys() - wanted.keys():
            self._running[task_id].work.cancel()
        self._tell_unheard(wanted.keys())
        self._ports.journal.keep(wanted.keys())
        self._outbox.keep_tasks(wanted.keys())

    async def close(self) -> None:
        """End everything that runs."""
        running = [each.work for each in self._running.values()]
        for work in running:
            work.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _look(
        self, connection: intent.ConnectionIntent, task: intent.TaskIntent, known: _Running | None
    ) -> None:
        if known is not None:
            if task.is_stopped:
                known.stopped.set()
            return
        before = self._ports.journal.known().get(task.task_id)
        if before is not None:
            self._repeat(before)
        elif (self._desired.told_at or self._clock.now()) > task.valid_until:
            self._end(task.task_id, _Failed(EXPIRED, "The node learned of it too late."))
        else:
            self._begin(connection, task)

    def _tell_unheard(self, wanted: Collection[str]) -> None:
        """Tell what became of tasks that nobody waits for any more, and that an earlier agent did.

        The control plane calls a task lost when it has waited for long; it may hear of it yet.
        """
        for task_id, before in tuple(self._ports.journal.known().items()):
            is_told = self._outbox.knows_task(task_id) or task_id in self._running
            if task_id not in wanted and not is_told:
                self._repeat(before)

    def _repeat(self, before: observation.TaskObservation) -> None:
        """Tell of a task that an earlier agent knew."""
        if before.state.is_final:
            self._outbox.put_task(before)
            return
        why = "The agent ended while it was at work; look at the tunnel, and ask again if need be."
        self._end(before.task_id, _Failed(INTERRUPTED, why), before)

    def _begin(self, connection: intent.ConnectionIntent, task: intent.TaskIntent) -> None:
        begun = observation.TaskObservation(
            task_id=task.task_id, state=tasks.TaskState.RUNNING, started_at=self._clock.now()
        )
        self._tell(begun)
        stopped = asyncio.Event()
        if task.is_stopped:
            stopped.set()
        work = asyncio.get_running_loop().create_task(
            self._run(connection, task, begun, stopped), name=f"task:{task.task_id}"
        )
        self._running[task.task_id] = _Running(work, stopped)
        work.add_done_callback(lambda _: self._running.pop(task.task_id, None))

    async def _run(
        self,
        connection: intent.ConnectionIntent,
        task: intent.TaskIntent,
        begun: observation.TaskObservation,
        stopped: asyncio.Event,
    ) -> None:
        place = places.TunnelPlace.of(self._mark, task.tunnel_id, connection.router_id)
        try:
            done = await self._do(place, task, begun, stopped)
        except _Failed as failed:
            self._end(task.task_id, failed, begun)
        except faults.Fault as fault:
            self._end(task.task_id, _Failed(fault.code, fault.message), begun)
        else:
            finished = replace(done, state=tasks.TaskState.DONE, finished_at=self._clock.now())
            self._tell(finished)

    async def _do(
        self,
        place: places.TunnelPlace,
        task: intent.TaskIntent,
        begun: observation.TaskObservation,
        stopped: asyncio.Event,
    ) -> observation.TaskObservation:
        match task.kind:
            case tasks.TaskKind.REKEY_CHILD | tasks.TaskKind.REKEY_IKE:
                await self._rekey(place, includes_ike=task.kind is tasks.TaskKind.REKEY_IKE)
                return begun
            case tasks.TaskKind.RESET:
                await self._reset(place)
                return begun
            case tasks.TaskKind.CAPTURE:
                return await self._capture(place, task, begun, stopped)
            case tasks.TaskKind.PING:
                return replace(begun, ping=await self._ping(place, task))

    async def _rekey(self, place: places.TunnelPlace, *, includes_ike: bool) -> None:
        facts = await self._ports.ike.observe(place)
        if not facts.children_installed:
            raise _Failed(NO_CHILD_SA, "The tunnel has no child SA, so there is none to renew.")
        if not await self._ports.ike.rekey(place, includes_ike=includes_ike):
            raise _Failed(
                REFUSED,
                "No new SA came in time; the present one stays. Look at the tunnel's reasons: as a"
                " rule the peer wants another group for perfect forward secrecy.",
            )

    async def _reset(self, place: places.TunnelPlace) -> None:
        """Empty the tunnel if its partner can take over, close all SAs, negotiate anew."""
        await self._drained(place.tunnel_id)
        await self._ports.ike.terminate(place)
        self._watch.changed(place.tunnel_id)
        await self._ports.ike.initiate(place)

    async def _drained(self, tunnel_id: ids.TunnelId) -> None:
        """Wait until nothing enters the tunnel, which takes seconds at most."""
        while not self._watch.is_ready_for_change(tunnel_id):  # noqa: ASYNC110 - read counters
            await asyncio.sleep(_DRAIN_LOOK_SECONDS)

    async def _capture(
        self,
        place: places.TunnelPlace,
        task: intent.TaskIntent,
        begun: observation.TaskObservation,
        stopped: asyncio.Event,
    ) -> observation.TaskObservation:
        if task.capture is None:
            raise _Failed(REFUSED, "The capture does not say what to capture.")

        def tell(result: tasks.CaptureResult) -> None:
            self._outbox.put_task(replace(begun, capture=result))

        captured = await self._ports.taps.capture(place, task.capture, stopped, tell)
        await self._deliver(task.task_id, captured.content)
        return replace(begun, capture=captured.result)

    async def _deliver(self, task_id: str, content: bytes) -> None:
        """Hand a capture over before anybody is told that it is there."""
        for _ in range(_UPLOAD_ATTEMPTS):
            try:
                await self._uploads.upload(task_id, content)
            except faults.Fault as fault:
                log.info("capture not delivered", extra={"code": fault.code, "task_id": task_id})
                await asyncio.sleep(_UPLOAD_PAUSE_SECONDS)
            else:
                return
        raise _Failed(UNDELIVERED, "The control plane did not take the capture.")

    async def _ping(self, place: places.TunnelPlace, task: intent.TaskIntent) -> tasks.PingResult:
        if task.ping is None:
            raise _Failed(REFUSED, "The ping does not say whom to ask.")
        vpc_id = task.ping.vpc_id
        namespace = (
            place.namespace
            if vpc_id is None
            else places.VpcPlace.of(self._mark, ids.VpcId(vpc_id)).namespace
        )
        return await self._ports.pings.ping(namespace, task.ping)

    def _end(
        self, task_id: str, failed: _Failed, begun: observation.TaskObservation | None = None
    ) -> None:
        log.info("task failed", extra={"task_id": task_id, "code": failed.code})
        self._tell(
            observation.TaskObservation(
                task_id=task_id,
                state=tasks.TaskState.FAILED,
                started_at=begun.started_at if begun else None,
                finished_at=self._clock.now(),
                code=failed.code,
                message=failed.message,
            )
        )

    def _tell(self, seen: observation.TaskObservation) -> None:
        self._ports.journal.note(seen)
        self._outbox.put_task(seen)
