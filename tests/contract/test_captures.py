"""The ports of captures, pings and the journal of tasks: in memory and through the kernel."""

from __future__ import annotations

import asyncio
import secrets
import stat
import struct
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path
from typing import Protocol

import pytest

from futago.domain import ids, tasks
from futago.drivers.linux import pings as linux_pings
from futago.drivers.linux import taps as linux_taps
from futago.drivers.memory import probes as memory_probes
from futago.drivers.memory import tasks as memory
from futago.drivers.system import journal as file_journal
from futago.drivers.system import verdicts
from futago.plan import liveness, observation, places
from futago.ports import journal as journal_port
from futago.ports import network
from futago.ports import taps as taps_port
from futago.ports import verdicts as verdicts_port
from futago.testing import eventually

NEAR, FAR, NOBODY = "10.77.0.1", "10.77.0.2", "10.77.0.9"


def run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
    return done.stdout


def new_place(mark: str) -> places.TunnelPlace:
    tunnel_id = ids.TunnelId(ids.generate(ids.IdKind.TUNNEL, secrets.randbelow))
    router_id = ids.RouterId(ids.generate(ids.IdKind.ROUTER, secrets.randbelow))
    return places.TunnelPlace.of(mark, tunnel_id, router_id)


class World(Protocol):
    place: places.TunnelPlace
    taps: taps_port.Taps

    async def pass_packets(self) -> None: ...


@dataclass
class MemoryWorld:
    place: places.TunnelPlace = field(default_factory=lambda: new_place("fg"))
    taps: memory.MemoryTaps = field(default_factory=memory.MemoryTaps)

    async def pass_packets(self) -> None:
        self.taps.pass_packet(b"\x45" + bytes(199))
        await asyncio.sleep(0)


@dataclass
class LinuxWorld:
    """A router whose tunnel device is one end of a veth pair, and a neighbor that answers."""

    place: places.TunnelPlace
    taps: linux_taps.LinuxTaps = field(default_factory=linux_taps.LinuxTaps)

    @classmethod
    def make(cls) -> LinuxWorld:
        made = cls(new_place(f"p{secrets.token_hex(1)}"))
        router, far = made.router, made.far
        for name in (router, far):
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        device = made.place.device
        run("ip", "-n", router, "link", "add", device, "type", "veth", "peer", "far", "netns", far)
        for name, link, address in ((router, device, NEAR), (far, "far", FAR)):
            run("ip", "-n", name, "address", "add", f"{address}/24", "dev", link)
            run("ip", "-n", name, "link", "set", link, "up")
        return made

    @property
    def router(self) -> str:
        return str(self.place.router_namespace)

    @property
    def far(self) -> str:
        return f"{self.router}-far"

    async def pass_packets(self) -> None:
        # Unanswered while the link comes up; whoever waits for packets asks again.
        command = ["ip", "netns", "exec", self.router, "ping", "-c", "1", "-W", "1", FAR]
        await asyncio.to_thread(subprocess.run, command, capture_output=True, timeout=20)

    def remove(self) -> None:
        for name in (self.router, self.far):
            run("ip", "netns", "delete", name)


@pytest.fixture(params=["memory", pytest.param("linux", marks=pytest.mark.lab)])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "memory":
        yield MemoryWorld()
        return
    made = LinuxWorld.make()
    try:
        yield made
    finally:
        made.remove()


def records(content: bytes) -> list[tuple[int, int, bytes]]:
    """Read a pcap file: packet type, length, and what is kept of each packet."""
    magic, major, _, _, _, _, link = struct.unpack_from("<IHHiIII", content)
    assert (magic, major, link) == (0xA1B23C4D, 2, 113)
    found, at = [], 24
    while at < len(content):
        _, _, kept, length = struct.unpack_from("<IIII", content, at)
        body = content[at + 16 : at + 16 + kept]
        found.append((struct.unpack_from("!H", body)[0], length - 16, body[16:]))
        at += 16 + kept
    return found


@dataclass
class Capturing:
    """A capture under way."""

    world: World
    spec: tasks.CaptureSpec
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    progress: list[tasks.CaptureResult] = field(default_factory=list)

    def begin(self) -> asyncio.Task[taps_port.Captured]:
        running = self.world.taps.capture(
            self.world.place, self.spec, self.stopped, self.progress.append
        )
        return asyncio.get_running_loop().create_task(running)

    async def until(self, running: asyncio.Task[taps_port.Captured]) -> taps_port.Captured:
        """Have packets pass until the capture ends by itself."""
        async with asyncio.timeout(20):
            while not running.done():
                await self.world.pass_packets()
                await asyncio.sleep(0.01)
        return running.result()


def inside(**limits: int) -> tasks.CaptureSpec:
    return tasks.CaptureSpec(side=tasks.CaptureSide.INSIDE, **limits)


async def test_a_capture_ends_at_its_number_of_packets(world: World) -> None:
    capturing = Capturing(world, inside(packets=3, snap_bytes=64))
    captured = await capturing.until(capturing.begin())
    found = records(captured.content)
    assert (len(found), captured.result.packets) == (3, 3)
    assert captured.result.size_bytes == len(captured.content)
    assert all(len(body) == 64 < length for _, length, body in found)
    assert all(body[0] == 0x45 for _, _, body in found)


async def test_a_capture_ends_when_it_is_stopped_and_at_its_time(world: World) -> None:
    capturing = Capturing(world, inside(seconds=60))
    running = capturing.begin()
    await eventually.eventually(lambda: _passed(world, capturing), bool, within=20)
    capturing.stopped.set()
    async with asyncio.timeout(10):
        assert records((await running).content)
        quiet = await Capturing(world, inside(seconds=1)).begin()
    assert quiet.result.dropped == 0


async def _passed(world: World, capturing: Capturing) -> bool:
    await world.pass_packets()
    return any(each.packets for each in capturing.progress)


@pytest.mark.lab
async def test_a_filter_and_both_directions_are_the_kernels() -> None:
    world = LinuxWorld.make()
    try:
        only = tasks.CaptureFilter(protocol=tasks.CaptureProtocol.ICMP)
        spec = tasks.CaptureSpec(side=tasks.CaptureSide.INSIDE, packets=4, only=only)
        capturing = Capturing(world, spec)
        captured = await capturing.until(capturing.begin())
        # To this host and from it.
        assert {kind for kind, _, _ in records(captured.content)} == {0, 4}
        nothing = tasks.CaptureFilter(port=53, protocol=tasks.CaptureProtocol.UDP)
        spec = tasks.CaptureSpec(side=tasks.CaptureSide.INSIDE, seconds=1, only=nothing)
        running = Capturing(world, spec).begin()
        await world.pass_packets()
        assert records((await running).content) == []
        outside = tasks.CaptureSpec(side=tasks.CaptureSide.OUTSIDE)
        with pytest.raises(network.NamespaceMissing):
            await Capturing(world, outside).begin()
    finally:
        world.remove()


@pytest.mark.lab
async def test_pings_come_from_the_given_address_and_count_silence() -> None:
    world = LinuxWorld.make()
    try:
        pings = linux_pings.LinuxPings()
        spec = tasks.PingSpec(source=IPv4Address(NEAR), target=IPv4Address(FAR), count=2)
        answered = await eventually.eventually(
            lambda: pings.ping(world.router, spec),
            lambda seen: seen.answered == seen.sent,
            within=20,
        )
        assert (answered.sent, answered.answered, answered.loss_percent) == (2, 2, 0)
        assert answered.rtt_ms is not None
        spec = tasks.PingSpec(source=IPv4Address(NEAR), target=IPv4Address(NOBODY), count=1)
        silent = await pings.ping(world.router, spec)
        assert (silent.answered, silent.loss_percent, silent.rtt_ms) == (0, 100, None)
    finally:
        world.remove()


@pytest.fixture(params=["memory", "file"])
def reopened(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[[], journal_port.TaskJournal]:
    kept = memory.MemoryJournal()
    path = tmp_path / "node" / "tasks.json"
    return (lambda: kept) if request.param == "memory" else (lambda: file_journal.FileJournal(path))


@pytest.fixture(params=["memory", "file"])
def remembering(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[[], verdicts_port.VerdictMemory]:
    kept = memory_probes.MemoryVerdicts()
    path = tmp_path / "node" / "verdicts.json"
    return (lambda: kept) if request.param == "memory" else (lambda: verdicts.FileVerdicts(path))


def test_verdicts_of_probes_outlive_their_agent(
    remembering: Callable[[], verdicts_port.VerdictMemory], tmp_path: Path
) -> None:
    assert not remembering().known()
    found = {
        each: liveness.Remembered(
            path=liveness.ProbePath(
                tunnel_id=each, source=IPv4Address(NEAR), target=IPv4Address(FAR)
            ),
            verdict=liveness.Verdict.DEAD,
            since=datetime(2026, 11, 23, tzinfo=UTC),
        )
        for each in (ids.TunnelId("tun-1"), ids.TunnelId("tun-2"))
    }
    remembering().keep(found)
    assert remembering().known() == found
    for path in tmp_path.rglob("*.json"):
        path.write_text("{")
        assert not remembering().known()


def test_a_journal_outlives_its_agent(
    reopened: Callable[[], journal_port.TaskJournal], tmp_path: Path
) -> None:
    first = reopened()
    seen = [
        observation.TaskObservation(task_id=f"task-{number}", state=tasks.TaskState.RUNNING)
        for number in range(3)
    ]
    for each in seen:
        first.note(each)
    first.keep(["task-0", "task-1"])
    later = reopened()
    assert dict(later.known()) == {each.task_id: each for each in seen[:2]}
    for path in tmp_path.rglob("*.json"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
