"""What the processes of an installation do, each until SIGTERM."""

from __future__ import annotations

import asyncio
import importlib
import os
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from futago.runtime import (
    core_dumps,
    exclusive,
    host,
    listeners,
    logfields,
    parent,
    settings,
    storage,
    supervise,
)

Main = Callable[[settings.Settings], None]


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
    core_dumps.forbid()
    if supervisor is not None:
        parent.end_with(supervisor)
    logfields.CONTEXT[logfields.ROLE].set(role.value)
    logfields.CONTEXT[logfields.NODE_ID].set(chosen.node.id)
    if role is Role.AGENT:
        host.require("futago agent")
        exclusive.make_private(chosen.store.runtime)
        with exclusive.mark(chosen.node.mark):
            _main(role)(chosen)
        return
    if supervisor is None:
        storage.prepare(chosen)
    _main(role)(chosen)


def _main(role: Role) -> Main:
    """Find the role's main function; a process loads only what its role needs."""
    main: Main = importlib.import_module(f"futago.runtime.{role.value}_role").main
    return main


def run_all(chosen: settings.Settings, file: Path) -> None:
    """Run all roles of this host until told to stop."""
    core_dumps.forbid()
    host.require("futago up")
    with exclusive.supervisor(chosen.store.state):
        listeners.open_tcp(chosen.api.host, chosen.api.port).close()
        storage.prepare(chosen)
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
