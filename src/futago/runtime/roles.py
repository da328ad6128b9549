"""What the processes of an installation do, each until SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Coroutine
from enum import StrEnum
from pathlib import Path
from typing import Any, assert_never

from futago.runtime import (
    exclusive,
    host,
    listeners,
    logfields,
    parent,
    settings,
    supervise,
    wiring,
)


class Role(StrEnum):
    """A process of its own."""

    API = "api"
    CONTROLLER = "controller"
    AGENT = "agent"


def run(role: Role, chosen: settings.Settings, supervisor: int | None) -> None:
    """Run a role until it is told to stop.

    Args:
        role: Which one.
        chosen: The settings.
        supervisor: Process whose end is this one's end too.
    """
    if supervisor is not None:
        parent.end_with(supervisor)
    logfields.CONTEXT[logfields.ROLE].set(role.value)
    logfields.CONTEXT[logfields.NODE_ID].set(chosen.node.id)
    match role:
        case Role.API:
            wiring.prepare(chosen)
            asyncio.run(_api(chosen))
        case Role.CONTROLLER:
            wiring.prepare(chosen)
            asyncio.run(_controller(chosen))
        case Role.AGENT:
            host.require("futago agent")
            exclusive.make_private(chosen.store.runtime)
            with exclusive.mark(chosen.node.mark):
                asyncio.run(_agent(chosen))
        case _:
            assert_never(role)


def run_all(chosen: settings.Settings, file: Path) -> None:
    """Run all roles of this host until told to stop."""
    host.require("futago up")
    with exclusive.supervisor(chosen.store.state):
        listeners.open_tcp(chosen.api.host, chosen.api.port).close()
        wiring.prepare(chosen)
        asyncio.run(_supervise(chosen, file))


async def _supervise(chosen: settings.Settings, file: Path) -> None:
    with supervise.stop_signals() as stop:
        commands = {role.value: _command(role, file) for role in Role}
        fields = {"listen": chosen.api.listen, "state_directory": chosen.store.state_directory}
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(supervise.Supervisor(commands, stop).run())
            tasks.create_task(supervise.announce(chosen.node_link_socket, stop, fields))


def _command(role: Role, file: Path) -> tuple[str, ...]:
    own = str(os.getpid())
    return (sys.executable, "-m", "futago", role.value, "--config", str(file), "--parent", own)


async def _api(chosen: settings.Settings) -> None:
    with contextlib.ExitStack() as stack:
        doorbell = stack.enter_context(wiring.open_doorbell(chosen, Role.API))
        database = stack.enter_context(contextlib.closing(wiring.open_database(chosen, doorbell)))
        tcp = stack.enter_context(listeners.open_tcp(chosen.api.host, chosen.api.port))
        link = stack.enter_context(listeners.open_unix(chosen.node_link_socket))
        stop = stack.enter_context(supervise.stop_signals())
        built = wiring.build_api(chosen, database, doorbell)
        public = listeners.server(built.public, chosen.api.tls_certificate, chosen.api.tls_key)
        async with asyncio.TaskGroup() as tasks:
            waking = tasks.create_task(built.waker.run())
            await listeners.serve_until(
                stop, ((public, tcp), (listeners.server(built.private), link))
            )
            waking.cancel()


async def _controller(chosen: settings.Settings) -> None:
    with (
        wiring.open_doorbell(chosen, Role.CONTROLLER) as doorbell,
        contextlib.closing(wiring.open_database(chosen, doorbell)) as database,
        supervise.stop_signals() as stop,
    ):
        await _until_stopped(stop, wiring.build_controller(database, doorbell).run())


async def _agent(chosen: settings.Settings) -> None:
    with supervise.stop_signals() as stop:
        await _until_stopped(stop, wiring.build_agent(chosen).run())


async def _until_stopped(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    async with asyncio.TaskGroup() as tasks:
        working = tasks.create_task(work)
        await stop.wait()
        working.cancel()
