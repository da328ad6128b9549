"""The supervisor, with small programs in place of roles."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from futago.runtime import supervise

PROGRAM = """
import os, signal, sys
with open(sys.argv[1], "a") as file:
    print(os.getpid(), file=file, flush=True)
signal.sigwait({signal.SIGTERM})
"""


def command(journal: Path) -> tuple[str, ...]:
    return (sys.executable, "-c", PROGRAM, str(journal))


def starts(journal: Path) -> list[int]:
    text = journal.read_text() if journal.exists() else ""
    return [int(line) for line in text.split()]


async def eventually(claim: Callable[[], bool], within: float = 20.0) -> None:
    async with asyncio.timeout(within):
        while not claim():  # noqa: ASYNC110 - other processes set no event
            await asyncio.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_role_that_dies_is_started_again_and_the_others_stay(tmp_path: Path) -> None:
    journals = {name: tmp_path / name for name in ("api", "agent")}
    stop = asyncio.Event()
    commands = {name: command(journal) for name, journal in journals.items()}
    running = asyncio.create_task(supervise.Supervisor(commands, stop).run())
    await eventually(lambda: all(starts(journal) for journal in journals.values()))
    os.kill(starts(journals["agent"])[0], signal.SIGKILL)
    await eventually(lambda: len(starts(journals["agent"])) == 2)
    assert len(starts(journals["api"])) == 1
    stop.set()
    async with asyncio.timeout(20):
        await running
    assert not any(is_alive(pid) for journal in journals.values() for pid in starts(journal))


async def test_a_role_that_ignores_the_polite_way_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervise, "STOP_SECONDS", 0.2)
    stubborn = PROGRAM.replace("sigwait({signal.SIGTERM})", "sigwait({signal.SIGUSR1})").replace(
        "with open", "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwith open"
    )
    journal = tmp_path / "journal"
    stop = asyncio.Event()
    commands = {"agent": (sys.executable, "-c", stubborn, str(journal))}
    running = asyncio.create_task(supervise.Supervisor(commands, stop).run())
    await eventually(lambda: bool(starts(journal)))
    stop.set()
    async with asyncio.timeout(20):
        await running
    assert not is_alive(starts(journal)[0])


async def test_sigterm_sets_the_event() -> None:
    with supervise.stop_signals() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(5):
            await stop.wait()


def test_the_service_manager_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        supervise.tell_service_manager("READY=1")
        assert manager.recv(64) == b"READY=1"
