"""The routing port: one suite on memory and on BIRD, then what only BIRD and a kernel can show."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pathlib
import secrets
import shutil
import signal
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import Protocol

import pytest
from pyroute2 import netns

from futago.domain import forwarding, ids
from futago.drivers.bird import daemons, process
from futago.drivers.memory import network as memory_network
from futago.drivers.memory import routing as memory_routing
from futago.plan import intent, places
from futago.ports import network, routing

PLACE_ID = ids.RouterId("tr-" + "r" * 17)
SITE = IPv4Network("10.9.0.0/16")
VPC_PREFIX = IPv4Network("10.1.0.0/24")
NOWHERE = IPv4Network("10.2.0.0/16")
KERNEL_TABLE = 1000
ANY_ORIGIN = tuple(forwarding.RouteOrigin)
TUNSETIFF, TUNSETCARRIER = 0x400454CA, 0x400454E2
TUN_WITHOUT_HEADER = 0x1001


def hop(device: str, gateway: str | None = None) -> forwarding.DeviceNextHop:
    address = None if gateway is None else IPv4Address(gateway)
    return forwarding.DeviceNextHop(device=device, gateway=address)


def static(
    name: str,
    table: str,
    *routes: tuple[IPv4Network, tuple[forwarding.DeviceNextHop, ...]],
    preference: int = 200,
    origin: forwarding.RouteOrigin = forwarding.RouteOrigin.VPN,
) -> forwarding.StaticSource:
    return forwarding.StaticSource(
        name=name,
        table=table,
        origin=origin,
        preference=preference,
        routes=tuple(
            forwarding.StaticRoute(prefix=prefix, next_hops=hops) for prefix, hops in routes
        ),
    )


def a_config(*, destinations: tuple[IPv4Network, ...] = (SITE,)) -> forwarding.RoutingConfig:
    """A connection over two tunnels and a VPC, both propagated into the router's table."""
    tunnels = (hop("t1"), hop("t2"))
    return forwarding.RoutingConfig(
        router_address=IPv4Address("10.255.0.1"),
        tables=(
            forwarding.ForwardingTable(name="main_table", kernel_table=KERNEL_TABLE),
            forwarding.ForwardingTable(name="connection"),
            forwarding.ForwardingTable(name="vpc"),
        ),
        sources=(
            static("connection", "connection", *((prefix, tunnels) for prefix in destinations)),
            static("vpc", "vpc", (VPC_PREFIX, (hop("v1", "169.254.0.2"),))),
            static("entries", "main_table", (NOWHERE, ())),
        ),
        pipes=(
            forwarding.Pipe(
                name="connection_up", source="connection", target="main_table", origins=ANY_ORIGIN
            ),
            forwarding.Pipe(name="vpc_up", source="vpc", target="main_table", origins=ANY_ORIGIN),
        ),
    )


def active(prefix: IPv4Network, *devices: str) -> routing.ActiveRoute:
    return routing.ActiveRoute(prefix=prefix, devices=devices)


BOTH_UP = (active(VPC_PREFIX, "v1"), active(NOWHERE), active(SITE, "t1", "t2"))


async def eventually(check: Callable[[], Awaitable[bool]], *, within: float = 5.0) -> None:
    deadline = time.monotonic() + within
    while not await check():
        assert time.monotonic() < deadline, "the condition did not come true"
        await asyncio.sleep(0.02)


def run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
    return done.stdout


class World(Protocol):
    place: places.RouterPlace
    driver: routing.RoutingDaemons

    def set_carrier(self, device: str, *, carrier: bool) -> None: ...

    def kill(self) -> None: ...


@dataclass
class MemoryWorld:
    place: places.RouterPlace
    driver: memory_routing.MemoryRouting
    network: memory_network.MemoryNetwork

    @classmethod
    async def make(cls) -> MemoryWorld:
        place = places.RouterPlace.of("mm", PLACE_ID)
        nodes_network = memory_network.MemoryNetwork("mm", {})
        await nodes_network.create_namespace(place.namespace, places.PlaceKind.ROUTER)
        for device in ("t1", "t2", "v1"):
            nodes_network.add_device(place.namespace, device)
        return cls(place, memory_routing.MemoryRouting(nodes_network), nodes_network)

    def set_carrier(self, device: str, *, carrier: bool) -> None:
        self.network.set_carrier(self.place.namespace, device, carrier=carrier)

    def kill(self) -> None:
        self.driver.kill(self.place)


@dataclass
class BirdWorld:
    place: places.RouterPlace
    directory: pathlib.Path
    driver: daemons.BirdDaemons
    tunnels: dict[str, int] = field(default_factory=dict)

    @classmethod
    def make(cls) -> BirdWorld:
        place = places.RouterPlace.of("t" + secrets.token_hex(2)[:3], PLACE_ID)
        directory = pathlib.Path(tempfile.mkdtemp(prefix="futago-"))
        made = cls(place, directory, daemons.BirdDaemons(directory))
        run("ip", "netns", "add", place.namespace)
        run("ip", "-n", place.namespace, "link", "set", "lo", "up")
        for device in ("t1", "t2"):
            run("ip", "-n", place.namespace, "tuntap", "add", device, "mode", "tun")
            run("ip", "-n", place.namespace, "link", "set", device, "up")
            made.tunnels[device] = made._open_tunnel(device)
        run("ip", "-n", place.namespace, "link", "add", "v1", "type", "veth", "peer", "name", "v2")
        run("ip", "-n", place.namespace, "addr", "add", "169.254.0.1/32", "dev", "v1")
        for device in ("v1", "v2"):
            run("ip", "-n", place.namespace, "link", "set", device, "up")
        return made

    @property
    def files(self) -> pathlib.Path:
        return self.directory / "routers" / self.place.router_id

    @property
    def pid(self) -> int:
        found = process.find(self.files)
        assert found is not None
        return found

    @property
    def parent(self) -> int:
        status = pathlib.Path(f"/proc/{self.pid}/stat").read_text()
        return int(status.rpartition(")")[2].split()[1])

    def kernel_routes(self) -> list[str]:
        table = str(KERNEL_TABLE)
        words = ("ip", "-n", self.place.namespace, "-o", "route", "show", "table", table)
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=20)
        return [" ".join(line.replace("\\", "").split()) for line in done.stdout.splitlines()]

    def set_carrier(self, device: str, *, carrier: bool) -> None:
        fcntl.ioctl(self.tunnels[device], TUNSETCARRIER, struct.pack("I", carrier))

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def _open_tunnel(self, device: str) -> int:
        """Attach to a TUN in the router's namespace, as an IKE daemon does; that is its carrier."""
        result: list[int] = []

        def attach() -> None:
            handle = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
            fcntl.ioctl(handle, TUNSETIFF, struct.pack("16sH", device.encode(), TUN_WITHOUT_HEADER))
            result.append(handle)

        in_namespace(self.place.namespace, attach)
        return result[0]

    async def remove(self) -> None:
        try:
            await self.driver.stop(self.place)
        finally:
            for handle in self.tunnels.values():
                os.close(handle)
            run("ip", "netns", "del", self.place.namespace)
            shutil.rmtree(self.directory)


def in_namespace(name: str, work: Callable[[], None]) -> None:
    """Do something in a namespace, in a thread of its own that ends with it."""

    def visit() -> None:
        netns.setns(name, flags=0)
        work()

    thread = threading.Thread(target=visit)
    thread.start()
    thread.join()


@pytest.fixture(params=["memory", pytest.param("bird", marks=pytest.mark.lab)])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "memory":
        yield await MemoryWorld.make()
        return
    made = BirdWorld.make()
    try:
        yield made
    finally:
        await made.remove()


@pytest.fixture
async def bird() -> AsyncIterator[BirdWorld]:
    made = BirdWorld.make()
    try:
        await made.driver.start(made.place)
        yield made
    finally:
        await made.remove()


async def runs(world: World, expected: tuple[routing.ActiveRoute, ...]) -> None:
    async def check() -> bool:
        return await world.driver.routes(world.place, "main_table") == expected

    await eventually(check)


# Both drivers.


async def test_nothing_runs_before_it_is_started(world: World) -> None:
    facts = await world.driver.observe(world.place)
    assert facts == routing.RoutingFacts(is_running=False, config=None)
    await world.driver.wait_gone(world.place)
    await world.driver.stop(world.place)
    with pytest.raises(routing.DaemonNotRunning):
        await world.driver.apply(world.place, a_config(), {})
    with pytest.raises(routing.DaemonNotRunning):
        await world.driver.routes(world.place, "main_table")


async def test_a_daemon_needs_its_namespace(world: World) -> None:
    elsewhere = places.RouterPlace.of("zz", ids.RouterId("tr-" + "z" * 17))
    with pytest.raises(network.NamespaceMissing):
        await world.driver.start(elsewhere)


async def test_a_started_daemon_runs_an_empty_configuration_until_one_is_applied(
    world: World,
) -> None:
    await world.driver.start(world.place)
    await world.driver.start(world.place)
    facts = await world.driver.observe(world.place)
    assert facts.is_running
    assert facts.config != intent.digest(a_config())
    await world.driver.apply(world.place, a_config(), {})
    facts = await world.driver.observe(world.place)
    assert facts.config == intent.digest(a_config())


async def test_routes_go_through_pipes_and_follow_carrier(world: World) -> None:
    await world.driver.start(world.place)
    await world.driver.apply(world.place, a_config(), {})
    await runs(world, BOTH_UP)
    world.set_carrier("t1", carrier=False)
    await runs(world, (active(VPC_PREFIX, "v1"), active(NOWHERE), active(SITE, "t2")))
    world.set_carrier("t2", carrier=False)
    await runs(world, (active(VPC_PREFIX, "v1"), active(NOWHERE)))
    world.set_carrier("t1", carrier=True)
    world.set_carrier("t2", carrier=True)
    await runs(world, BOTH_UP)
    assert await world.driver.routes(world.place, "connection") == (active(SITE, "t1", "t2"),)


async def test_the_higher_preference_wins(world: World) -> None:
    table = forwarding.ForwardingTable(name="main_table", kernel_table=KERNEL_TABLE)
    config = forwarding.RoutingConfig(
        router_address=IPv4Address("10.255.0.1"),
        tables=(table,),
        sources=(
            static("low", "main_table", (SITE, (hop("t1"),)), preference=100),
            static("high", "main_table", (SITE, (hop("t2"),)), preference=210),
        ),
    )
    await world.driver.start(world.place)
    await world.driver.apply(world.place, config, {})
    await runs(world, (active(SITE, "t2"),))
    world.set_carrier("t2", carrier=False)
    await runs(world, (active(SITE, "t1"),))


async def test_a_refused_configuration_leaves_the_old_one_in_force(world: World) -> None:
    await world.driver.start(world.place)
    await world.driver.apply(world.place, a_config(), {})
    pipe = forwarding.Pipe(name="astray", source="nowhere", target="main_table", origins=ANY_ORIGIN)
    broken = forwarding.RoutingConfig(
        router_address=IPv4Address("10.255.0.1"),
        tables=(forwarding.ForwardingTable(name="main_table", kernel_table=KERNEL_TABLE),),
        pipes=(pipe,),
    )
    with pytest.raises(routing.ConfigurationRefused):
        await world.driver.apply(world.place, broken, {})
    facts = await world.driver.observe(world.place)
    assert facts.config == intent.digest(a_config())
    await runs(world, BOTH_UP)


async def test_an_unknown_table_is_explained(world: World) -> None:
    await world.driver.start(world.place)
    with pytest.raises(routing.TableMissing, match="nowhere"):
        await world.driver.routes(world.place, "nowhere")


async def test_a_killed_daemon_is_noticed_and_starts_with_its_last_configuration(
    world: World,
) -> None:
    await world.driver.start(world.place)
    await world.driver.apply(world.place, a_config(), {})
    async with asyncio.timeout(5):
        watcher = asyncio.create_task(world.driver.wait_gone(world.place))
        await asyncio.sleep(0)
        world.kill()
        await watcher
    assert not (await world.driver.observe(world.place)).is_running
    await world.driver.start(world.place)
    facts = await world.driver.observe(world.place)
    assert facts.config == intent.digest(a_config())
    await runs(world, BOTH_UP)


async def test_a_stopped_daemon_forgets_its_configuration(world: World) -> None:
    await world.driver.start(world.place)
    await world.driver.apply(world.place, a_config(), {})
    await world.driver.stop(world.place)
    assert not (await world.driver.observe(world.place)).is_running
    await world.driver.start(world.place)
    with pytest.raises(routing.TableMissing):
        await world.driver.routes(world.place, "main_table")


# BIRD and the kernel only.


async def forwards(bird: BirdWorld, *expected: str) -> None:
    async def check() -> bool:
        return sorted(bird.kernel_routes()) == sorted(expected)

    await eventually(check)


def route_monitor(namespace: str) -> subprocess.Popen[str]:
    words = ("nsenter", f"--net=/run/netns/{namespace}", "ip", "-o", "monitor", "route")
    monitor = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    sockets = pathlib.Path(f"/proc/{monitor.pid}/net/netlink")
    deadline = time.monotonic() + 5
    # It listens once it holds a netlink socket with groups, besides the kernel's own.
    while str(monitor.pid) not in {line.split()[2] for line in sockets.read_text().splitlines()}:
        assert time.monotonic() < deadline, "the monitor did not start"
    return monitor


VPC_ROUTE = "10.1.0.0/24 via 169.254.0.2 dev v1 proto bird metric 32 onlink"
NOWHERE_ROUTE = "blackhole 10.2.0.0/16 proto bird metric 32"
SITE_ROUTE = (
    "10.9.0.0/16 proto bird scope link metric 32 nexthop dev t1 weight 1 nexthop dev t2 weight 1"
)


@pytest.mark.lab
async def test_the_kernel_forwards_over_both_tunnels_and_drops_the_dead_one(
    bird: BirdWorld,
) -> None:
    await bird.driver.apply(bird.place, a_config(), {})
    await forwards(bird, VPC_ROUTE, NOWHERE_ROUTE, SITE_ROUTE)
    bird.set_carrier("t1", carrier=False)
    one_left = "10.9.0.0/16 dev t2 proto bird scope link metric 32"
    await forwards(bird, VPC_ROUTE, NOWHERE_ROUTE, one_left)


@pytest.mark.lab
async def test_kernel_routes_stay_untouched_over_a_kill_and_a_start(bird: BirdWorld) -> None:
    await bird.driver.apply(bird.place, a_config(), {})
    await forwards(bird, VPC_ROUTE, NOWHERE_ROUTE, SITE_ROUTE)

    def mark(prefix: str) -> None:
        """Mark a moment in what is listened to, by a route of another table."""
        run("ip", "-n", bird.place.namespace, "route", "replace", prefix, "dev", "v1")

    with route_monitor(bird.place.namespace) as monitor:
        try:
            mark("192.0.2.1/32")
            assert monitor.stdout is not None
            first = await asyncio.to_thread(monitor.stdout.readline)
            assert first.startswith("192.0.2.1")
            bird.kill()
            await bird.driver.wait_gone(bird.place)
            assert len(bird.kernel_routes()) == 3
            await bird.driver.start(bird.place)
            await runs(bird, BOTH_UP)
            mark("192.0.2.2/32")
            second = await asyncio.to_thread(monitor.stdout.readline)
        finally:
            monitor.terminate()
    assert second.startswith("192.0.2.2")
    await forwards(bird, VPC_ROUTE, NOWHERE_ROUTE, SITE_ROUTE)


@pytest.mark.lab
async def test_what_changed_while_the_daemon_was_dead_is_put_right_in_two_seconds(
    bird: BirdWorld,
) -> None:
    await bird.driver.apply(bird.place, a_config(), {})
    await forwards(bird, VPC_ROUTE, NOWHERE_ROUTE, SITE_ROUTE)
    bird.kill()
    await bird.driver.wait_gone(bird.place)
    table = ("table", str(KERNEL_TABLE))
    run("ip", "-n", bird.place.namespace, "route", "del", str(VPC_PREFIX), *table)
    run("ip", "-n", bird.place.namespace, "route", "add", "10.77.0.0/16", "dev", "t1", "proto",
        "bird", "metric", "32", *table)  # fmt: skip
    bird.set_carrier("t1", carrier=False)
    started = time.monotonic()
    await bird.driver.start(bird.place)
    one_left = "10.9.0.0/16 dev t2 proto bird scope link metric 32"
    await forwards(bird, VPC_ROUTE, NOWHERE_ROUTE, one_left)
    assert time.monotonic() - started < 2


@pytest.mark.lab
async def test_a_stop_and_a_dropped_table_leave_no_kernel_route(bird: BirdWorld) -> None:
    await bird.driver.apply(bird.place, a_config(), {})
    await forwards(bird, VPC_ROUTE, NOWHERE_ROUTE, SITE_ROUTE)
    empty = forwarding.RoutingConfig(router_address=IPv4Address("10.255.0.1"))
    await bird.driver.apply(bird.place, empty, {})
    await forwards(bird)
    await bird.driver.apply(bird.place, a_config(), {})
    await forwards(bird, VPC_ROUTE, NOWHERE_ROUTE, SITE_ROUTE)
    bird.kill()
    await bird.driver.wait_gone(bird.place)
    await bird.driver.stop(bird.place)
    assert bird.kernel_routes() == []
    assert not bird.files.exists()


@pytest.mark.lab
async def test_a_daemon_outlives_the_agent_and_is_recognized_by_the_next(bird: BirdWorld) -> None:
    await bird.driver.apply(bird.place, a_config(), {})
    assert bird.parent != os.getpid()
    facts = await daemons.BirdDaemons(bird.directory).observe(bird.place)
    assert facts == routing.RoutingFacts(is_running=True, config=intent.digest(a_config()))


@pytest.mark.lab
async def test_a_crash_before_the_daemon_took_a_file_leads_to_another_apply(
    bird: BirdWorld,
) -> None:
    await bird.driver.apply(bird.place, a_config(), {})
    (bird.files / "applied").unlink()
    assert (await bird.driver.observe(bird.place)).config is None
    await bird.driver.apply(bird.place, a_config(), {})
    assert (await bird.driver.observe(bird.place)).config == intent.digest(a_config())


@pytest.mark.lab
async def test_a_recycled_pid_is_not_taken_for_the_daemon(bird: BirdWorld) -> None:
    bird.kill()
    await bird.driver.wait_gone(bird.place)
    (bird.files / "bird.pid").write_text(str(os.getpid()))
    assert not (await bird.driver.observe(bird.place)).is_running
    await bird.driver.start(bird.place)
    assert (await bird.driver.observe(bird.place)).is_running


@pytest.mark.lab
async def test_a_damaged_file_does_not_keep_the_daemon_from_starting(bird: BirdWorld) -> None:
    bird.kill()
    await bird.driver.wait_gone(bird.place)
    (bird.files / "bird.conf").write_text("broken")
    await bird.driver.start(bird.place)
    await bird.driver.apply(bird.place, a_config(), {})
    await runs(bird, BOTH_UP)


@pytest.mark.lab
async def test_hundreds_of_prefixes_are_taken_and_replaced(bird: BirdWorld) -> None:
    many = tuple(IPv4Network((0x0B000000 + (number << 8), 24)) for number in range(500))
    await bird.driver.apply(bird.place, a_config(destinations=many), {})

    async def check() -> bool:
        return len(await bird.driver.routes(bird.place, "main_table")) == 502

    await eventually(check)
    await bird.driver.apply(bird.place, a_config(), {})
    await runs(bird, BOTH_UP)
