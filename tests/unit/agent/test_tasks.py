"""Tasks run out by the control plane's time, and their end is told however late."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from types import SimpleNamespace
from typing import Any

import pytest

from futago.agent import desired, reporting
from futago.agent import tasks as agent_tasks
from futago.domain import ids, tasks
from futago.drivers.memory import tasks as memory_tasks
from futago.messages import codec
from futago.plan import intent, observation
from futago.testing import eventually, simulation

ASKED = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TASK = intent.TaskIntent(
    task_id="task-1",
    tunnel_id=ids.TunnelId("tun-1"),
    kind=tasks.TaskKind.PING,
    valid_until=ASKED + tasks.VALID_FOR,
    ping=tasks.PingSpec(source=IPv4Address("10.0.0.1"), target=IPv4Address("10.0.0.2")),
)
HOUR = timedelta(hours=1)


class Node:
    """A task runner with a journal in memory; its clock may be wrong."""

    def __init__(self, journal: memory_tasks.MemoryJournal, clock_error: timedelta) -> None:
        self.wanted, self.outbox = desired.Desired(), reporting.Outbox()
        self.pings = memory_tasks.MemoryPings()
        ports: Any = SimpleNamespace(journal=journal, pings=self.pings)
        clock = simulation.StoppedClock()
        clock.moment = ASKED + clock_error
        mail = agent_tasks.Mail(uploads=SimpleNamespace(), outbox=self.outbox)  # type: ignore[arg-type]
        nobody: Any = None
        self.runner = agent_tasks.TaskRunner("m", ports, self.wanted, nobody, clock, mail)
        self.revision = 0

    def learn(self, *known: intent.TaskIntent, after: timedelta) -> None:
        """Get the tasks of the one connection, some time after they were asked for."""
        self.revision += 1
        value = intent.ConnectionIntent(
            connection_id=ids.ConnectionId("vco-1"),
            router_id=ids.RouterId("tr-1"),
            tunnels=(),
            tasks=known,
        )
        entry = codec.IntentEntry(
            kind=intent.IntentKind.CONNECTION,
            resource_id="vco-1",
            generation=1,
            intent_json=codec.encode_intent(value),
        )
        batch = codec.IntentBatch(
            revision=self.revision, entries=(entry,), psks={}, sent_at=ASKED + after
        )
        self.wanted.accept(batch)
        self.runner.sync()

    async def ended(self) -> observation.TaskObservation:
        """Wait until the task is over, and take what is told of it."""

        async def taken() -> list[observation.TaskObservation]:
            await asyncio.sleep(0)
            return [each for each in self.outbox.take_tasks() if each.state.is_final]

        (found,) = await eventually.eventually(taken, bool)
        return found


@pytest.mark.parametrize("clock_error", [-HOUR, timedelta(), HOUR])
async def test_a_task_runs_out_by_the_control_planes_time_whatever_the_node_thinks(
    clock_error: timedelta,
) -> None:
    for after, state in (
        (timedelta(seconds=5), tasks.TaskState.DONE),
        (tasks.VALID_FOR + timedelta(seconds=1), tasks.TaskState.FAILED),
    ):
        node = Node(memory_tasks.MemoryJournal(), clock_error)
        node.learn(TASK, after=after)
        found = await node.ended()
        assert found.state is state
        assert len(node.pings.sent) == (state is tasks.TaskState.DONE)
        if state is tasks.TaskState.FAILED:
            assert found.code == agent_tasks.EXPIRED


async def test_an_end_that_could_not_be_told_in_time_is_told_later() -> None:
    journal = memory_tasks.MemoryJournal()
    node = Node(journal, timedelta())
    node.learn(TASK, after=timedelta(seconds=5))
    found = await node.ended()
    node.outbox.put_tasks_back([TASK.task_id])
    # The control plane was away until it took the task for lost.
    node.learn(after=HOUR)
    assert await node.ended() == found
    assert not journal.known()


async def test_an_end_that_only_the_journal_knows_is_told_once() -> None:
    journal = memory_tasks.MemoryJournal()
    done = observation.TaskObservation(task_id="task-1", state=tasks.TaskState.DONE)
    begun = observation.TaskObservation(task_id="task-2", state=tasks.TaskState.RUNNING)
    for each in (done, begun):
        journal.note(each)
    later = Node(journal, timedelta())
    later.learn(after=HOUR)
    told = {each.task_id: each for each in later.outbox.take_tasks()}
    assert told["task-1"] == done
    assert told["task-2"].code == agent_tasks.INTERRUPTED
    later.learn(after=HOUR)
    assert later.outbox.take_tasks() == ()
    assert not journal.known()
