"""What every driver of IKE daemons does: two hosts, one tunnel each, peers of each other.

       memory: MemoryWire
left ─────────────────────── right
     lab: veth, 198.51.100.0/30
"""

from __future__ import annotations

import abc
import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from futago.domain import connection, crypto, ids, ike, net
from futago.drivers.memory import ike as memory_ike
from futago.drivers.strongswan import daemons as strongswan
from futago.plan import intent, observation, places, reasons
from futago.ports import ike as ike_port
from futago.testing import eventually

PSK = ike.PresharedKey("s3cret\"\\#;{}'")
OTHER_PSK = ike.PresharedKey("different")
ADDRESSES = (IPv4Address("198.51.100.1"), IPv4Address("198.51.100.2"))


@dataclass
class Side:
    """One host with one tunnel."""

    name: str
    place: places.TunnelPlace
    tunnel: intent.TunnelIntent
    daemons: ike_port.IkeDaemons
    events: list[ike_port.IkeEvent] = field(default_factory=list)
    reader: asyncio.Task[None] | None = None

    async def read(self) -> None:
        async for event in self.daemons.events():
            self.events.append(event)

    def follow(self) -> None:
        self.reader = asyncio.get_running_loop().create_task(self.read())

    async def let_go(self) -> None:
        await self.daemons.close()
        if self.reader is not None:
            await asyncio.wait_for(self.reader, 1)

    async def facts(self) -> observation.DaemonFacts:
        return await self.daemons.observe(self.place)

    async def start_and_load(self, psk: ike.PresharedKey = PSK) -> None:
        await self.daemons.start(self.place)
        await self.daemons.load(self.place, self.tunnel, psk)

    async def told(self, kind: ike_port.IkeEventKind) -> None:
        async def kinds() -> set[ike_port.IkeEventKind]:
            return self.kinds()

        await eventually.eventually(kinds, lambda seen: kind in seen)

    async def gave(self, *wanted: observation.FailureCode) -> None:
        async def found() -> set[observation.FailureCode]:
            return self.reasons()

        await eventually.eventually(found, lambda seen: seen == set(wanted))

    def kinds(self) -> set[ike_port.IkeEventKind]:
        return {event.kind for event in self.events}

    def reasons(self) -> set[observation.FailureCode]:
        lines = [event.message for event in self.events if event.kind == "log"]
        return {code for line in lines if (code := reasons.classify(line)) is not None}


class World(abc.ABC):
    """Two sides, and what a test does to them from outside."""

    left: Side
    right: Side

    @abc.abstractmethod
    async def build(self) -> None: ...

    @abc.abstractmethod
    async def tear_down(self) -> None: ...

    @abc.abstractmethod
    def new_driver(self, side: Side) -> ike_port.IkeDaemons: ...

    @abc.abstractmethod
    def has_carrier(self, side: Side) -> bool: ...

    @abc.abstractmethod
    def kill(self, side: Side) -> None: ...

    @abc.abstractmethod
    def leftovers(self, side: Side) -> list[str]: ...

    async def children(self) -> list[tuple[int, bool]]:
        return [
            ((await side.facts()).children_installed, self.has_carrier(side))
            for side in (self.left, self.right)
        ]

    async def establish(self) -> None:
        for side in (self.left, self.right):
            await side.start_and_load()
        await self.left.daemons.initiate(self.left.place)
        await eventually.eventually(self.children, lambda seen: seen == [(1, True)] * 2)


def tunnel_intent(index: int, tunnel_id: ids.TunnelId) -> intent.TunnelIntent:
    own, peer = ADDRESSES[index], ADDRESSES[1 - index]
    return intent.TunnelIntent(
        tunnel_id=tunnel_id,
        index=connection.TunnelIndex.ONE,
        zone_id=ids.ZoneId("a"),
        gateway_address=own,
        peer_address=peer,
        local_identity=ike.Identity.of_address(own),
        remote_identity=ike.Identity.of_address(peer),
        ike_profile=ike.IkeProfile(),
        esp_profile=ike.EspProfile(),
        local_ts=(net.ANY,),
        remote_ts=(net.ANY,),
        dpd=True,
        nat_traversal=True,
        initiation=ike.Initiation.ON_TRAFFIC,
        psk_version=1,
    )


def new_side(name: str, index: int) -> tuple[places.TunnelPlace, intent.TunnelIntent]:
    mark = f"f{secrets.token_hex(1)[:2]}"
    tunnel_id = ids.TunnelId(ids.generate(ids.IdKind.TUNNEL, secrets.randbelow))
    router_id = ids.RouterId(ids.generate(ids.IdKind.ROUTER, secrets.randbelow))
    return places.TunnelPlace.of(mark, tunnel_id, router_id), tunnel_intent(index, tunnel_id)


class MemoryWorld(World):
    """Both sides on one wire in this process."""

    async def build(self) -> None:
        self.wire = memory_ike.MemoryWire()
        sides = []
        for index, name in enumerate(("left", "right")):
            place, tunnel = new_side(name, index)
            driver = memory_ike.MemoryIkeDaemons(self.wire, name)
            sides.append(Side(name, place, tunnel, driver))
        self.left, self.right = sides

    async def tear_down(self) -> None:
        return

    def new_driver(self, side: Side) -> ike_port.IkeDaemons:
        return memory_ike.MemoryIkeDaemons(self.wire, side.name)

    def has_carrier(self, side: Side) -> bool:
        return self.wire.has_carrier(side.name, side.place.tunnel_id)

    def kill(self, side: Side) -> None:
        self.wire.kill(side.name, side.place.tunnel_id)

    def leftovers(self, side: Side) -> list[str]:
        return [str(key) for key in self.wire.daemons if key == (side.name, side.place.tunnel_id)]


def run(*arguments: str) -> str:
    return subprocess.run(arguments, check=True, capture_output=True, text=True, timeout=10).stdout


def end(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)


class LabWorld(World):
    """Both sides in namespaces of this machine."""

    async def build(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="fgt"))
        sides = []
        for index, name in enumerate(("left", "right")):
            place, tunnel = new_side(name, index)
            for namespace in (place.namespace, place.router_namespace):
                run("ip", "netns", "add", str(namespace))
                run("ip", "-n", str(namespace), "link", "set", "lo", "up")
            driver = strongswan.StrongswanDaemons(self.directory / name)
            sides.append(Side(name, place, tunnel, driver))
        self.left, self.right = sides
        one, other = self.left.place.namespace, self.right.place.namespace
        device = places.OUTSIDE_DEVICE
        run("ip", "-n", one, "link", "add", device, "type", "veth", "peer", device, "netns", other)
        for namespace, address in zip((one, other), ADDRESSES, strict=True):
            run("ip", "-n", namespace, "addr", "add", f"{address}/30", "dev", device)
            run("ip", "-n", namespace, "link", "set", device, "up")

    async def tear_down(self) -> None:
        for side in (self.left, self.right):
            for pid in self.pids(side):
                end(pid)
            for namespace in (side.place.namespace, side.place.router_namespace):
                run("ip", "netns", "del", str(namespace))
        shutil.rmtree(self.directory)

    def new_driver(self, side: Side) -> ike_port.IkeDaemons:
        return strongswan.StrongswanDaemons(self.directory / side.name)

    def has_carrier(self, side: Side) -> bool:
        shown = subprocess.run(
            ("ip", "-n", str(side.place.router_namespace), "link", "show", side.place.device),
            check=False,
            capture_output=True,
            text=True,
            timeout=10,
        ).stdout
        return "LOWER_UP" in shown

    def pids(self, side: Side) -> list[int]:
        namespace = side.place.namespace
        return [int(pid) for pid in run("ip", "netns", "pids", namespace).split()]

    def kill(self, side: Side) -> None:
        (pid,) = self.pids(side)
        os.kill(pid, signal.SIGKILL)

    def pid_file(self, side: Side) -> Path:
        return self.directory / side.name / "tunnels" / side.place.tunnel_id / "pid"

    def exposed(self, secret: str) -> list[Path]:
        paths = list(self.directory.rglob("*"))
        told = [path for path in paths if path.is_file() and secret.encode() in path.read_bytes()]
        opened = [
            path for path in paths if path.name.startswith("tun-") and path.stat().st_mode & 0o077
        ]
        return told + opened

    def leftovers(self, side: Side) -> list[str]:
        found = [str(pid) for pid in self.pids(side)]
        for namespace in (side.place.namespace, side.place.router_namespace):
            shown = run("ip", "-n", str(namespace), "-br", "link")
            names = {line.split()[0].partition("@")[0] for line in shown.splitlines()}
            found += names - {"lo", places.OUTSIDE_DEVICE}
        return found + [str(path) for path in self.directory.glob(f"{side.name}/tunnels/*")]


@pytest.fixture(params=["memory", pytest.param("lab", marks=[pytest.mark.lab, pytest.mark.slow])])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    built: World = MemoryWorld() if request.param == "memory" else LabWorld()
    await built.build()
    try:
        for side in (built.left, built.right):
            side.follow()
        yield built
        for side in (built.left, built.right):
            await side.let_go()
    finally:
        await built.tear_down()


async def test_nothing_runs_before_start(world: World) -> None:
    assert await world.left.facts() == observation.NO_DAEMON


async def test_start_runs_the_daemon_and_places_its_device(world: World) -> None:
    began = time.perf_counter()
    await world.left.daemons.start(world.left.place)
    took = time.perf_counter() - began
    assert await world.left.facts() == observation.DaemonFacts(
        is_running=True, is_device_placed=True, loaded=None, sas=()
    )
    assert not world.has_carrier(world.left)
    assert took < 2


async def test_start_is_idempotent_and_a_new_driver_adopts(world: World) -> None:
    await world.establish()
    before = await world.left.facts()
    await world.left.daemons.start(world.left.place)
    await world.left.let_go()
    world.left.daemons = world.new_driver(world.left)
    world.left.follow()
    await world.left.daemons.start(world.left.place)
    after = await world.left.facts()
    assert after.loaded == before.loaded
    assert after.sas is not None
    assert before.sas is not None
    assert [sa.unique_id for sa in after.sas] == [sa.unique_id for sa in before.sas]
    assert world.has_carrier(world.left)


async def test_loading_records_the_digest(world: World) -> None:
    await world.left.start_and_load()
    assert (await world.left.facts()).loaded == world.left.tunnel.digest


async def test_initiating_brings_both_sides_up_and_tells(world: World) -> None:
    await world.establish()
    for side in (world.left, world.right):
        assert (await side.facts()).is_ike_established
        await side.told(ike_port.IkeEventKind.SA_CHANGED)
        assert not side.reasons()


async def test_initiating_what_is_up_changes_nothing(world: World) -> None:
    await world.establish()
    await world.left.daemons.initiate(world.left.place)
    await world.right.daemons.initiate(world.right.place)
    assert await world.children() == [(1, True)] * 2


async def test_a_wrong_key_is_named_and_brings_no_child(world: World) -> None:
    await world.left.start_and_load(PSK)
    await world.right.start_and_load(OTHER_PSK)
    await world.left.daemons.initiate(world.left.place)
    for side in (world.left, world.right):
        await side.gave(observation.FailureCode.PSK_MISMATCH)
    assert await world.children() == [(0, False)] * 2
    secret_texts = (PSK.reveal(), OTHER_PSK.reveal())
    for event in world.left.events + world.right.events:
        assert not any(secret in event.message for secret in secret_texts)


async def test_no_answer_is_named(world: World) -> None:
    await world.left.start_and_load()
    await world.left.daemons.initiate(world.left.place)
    await world.left.gave(observation.FailureCode.NO_RESPONSE)


async def test_terminating_closes_both_sides_and_says_why(world: World) -> None:
    await world.establish()
    world.right.events.clear()
    await world.left.daemons.terminate(world.left.place)
    assert (await world.left.facts()).sas == ()
    await eventually.eventually(world.children, lambda seen: seen == [(0, False)] * 2)
    await world.right.gave(observation.FailureCode.RECEIVE_DELETE_NOTIFY)


async def test_a_closed_tunnel_comes_up_again(world: World) -> None:
    await world.establish()
    await world.left.daemons.terminate(world.left.place)
    await world.right.daemons.initiate(world.right.place)
    await eventually.eventually(world.children, lambda seen: seen == [(1, True)] * 2)


async def test_loading_the_same_or_a_change_keeps_the_sa(world: World) -> None:
    await world.establish()
    before = (await world.left.facts()).sas
    changed = replace(world.left.tunnel, esp_profile=ike.EspProfile(lifetime=timedelta(hours=1)))
    for tunnel in (world.left.tunnel, changed):
        await world.left.daemons.load(world.left.place, tunnel, PSK)
        facts = await world.left.facts()
        assert facts.loaded == tunnel.digest
        assert before is not None
        assert [sa.unique_id for sa in facts.sas or ()] == [sa.unique_id for sa in before]
        assert await world.children() == [(1, True)] * 2


async def test_a_new_key_counts_from_the_next_negotiation_on(world: World) -> None:
    await world.left.start_and_load(PSK)
    await world.right.start_and_load(OTHER_PSK)
    await world.right.daemons.load(world.right.place, world.right.tunnel, PSK)
    await world.left.daemons.initiate(world.left.place)
    await eventually.eventually(world.children, lambda seen: seen == [(1, True)] * 2)


async def test_a_killed_daemon_is_reported_and_started_anew(world: World) -> None:
    await world.establish()
    world.kill(world.left)
    await world.left.told(ike_port.IkeEventKind.DAEMON_GONE)
    assert await world.left.facts() == observation.NO_DAEMON
    assert not world.has_carrier(world.left)
    await world.left.daemons.start(world.left.place)
    assert await world.left.facts() == observation.DaemonFacts(
        is_running=True, is_device_placed=True, loaded=None, sas=()
    )


async def test_stopping_leaves_nothing_and_tells_the_peer(world: World) -> None:
    await world.establish()
    await world.left.daemons.stop(world.left.place)
    assert world.leftovers(world.left) == []
    assert await world.left.facts() == observation.NO_DAEMON
    await eventually.eventually(world.children, lambda seen: seen == [(0, False)] * 2)
    assert ike_port.IkeEventKind.DAEMON_GONE not in world.left.kinds()


async def test_stopping_what_does_not_run_is_a_no_op(world: World) -> None:
    await world.left.daemons.stop(world.left.place)
    assert world.leftovers(world.left) == []


@pytest.mark.parametrize("mode", crypto.IkeMode)
async def test_version_1_comes_up_with_names_as_identities(
    world: World, mode: crypto.IkeMode
) -> None:
    names = [ike.Identity.parse("left.example"), ike.Identity.parse("right.example")]
    profile = ike.IkeProfile(version=crypto.IkeVersion.IKEV1, mode=mode)
    for side, own, peer in ((world.left, *names), (world.right, *reversed(names))):
        side.tunnel = replace(
            side.tunnel, ike_profile=profile, local_identity=own, remote_identity=peer
        )
    await world.establish()


@pytest.mark.lab
@pytest.mark.slow
@pytest.mark.parametrize("world", ["lab"], indirect=True)
async def test_packets_pass_between_the_cleartext_devices(world: LabWorld) -> None:
    await world.establish()
    for side, address in ((world.left, "10.9.0.1"), (world.right, "10.9.0.2")):
        namespace, name = str(side.place.router_namespace), side.place.device
        run("ip", "-n", namespace, "addr", "add", f"{address}/30", "dev", name)
    namespace = str(world.left.place.router_namespace)
    shown = await asyncio.to_thread(
        run, "ip", "netns", "exec", namespace, "ping", "-c1", "-W2", "10.9.0.2"
    )
    assert "1 received" in shown


@pytest.mark.lab
@pytest.mark.slow
@pytest.mark.parametrize("world", ["lab"], indirect=True)
async def test_a_daemon_that_an_agent_left_half_started_is_completed(world: LabWorld) -> None:
    await world.establish()
    place = world.left.place
    pid_file = world.pid_file(world.left)
    before = pid_file.read_text()
    pid_file.unlink()
    await world.left.let_go()
    world.left.daemons = world.new_driver(world.left)
    world.left.follow()
    assert not (await world.left.facts()).is_running
    await world.left.daemons.start(place)
    assert pid_file.read_text() == before
    assert await world.children() == [(1, True)] * 2


@pytest.mark.lab
@pytest.mark.slow
@pytest.mark.parametrize("world", ["lab"], indirect=True)
async def test_a_recycled_process_id_is_not_mistaken_for_the_daemon(world: LabWorld) -> None:
    await world.left.daemons.start(world.left.place)
    await world.left.let_go()
    pid_file = world.pid_file(world.left)
    pid_file.write_text(f"{os.getpid()} 12345\n")
    world.left.daemons = world.new_driver(world.left)
    world.left.follow()
    assert not (await world.left.facts()).is_running


@pytest.mark.lab
@pytest.mark.slow
@pytest.mark.parametrize("world", ["lab"], indirect=True)
async def test_no_key_is_in_any_file(world: LabWorld) -> None:
    await world.establish()
    assert world.exposed(PSK.reveal()) == []
