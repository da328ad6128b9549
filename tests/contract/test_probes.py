"""The probes port: one suite in memory and through the kernel."""

from __future__ import annotations

import json
import secrets
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address
from typing import Protocol

import pytest

from futago.domain import ids
from futago.drivers.linux import probes as linux_probes
from futago.drivers.memory import probes as memory_probes
from futago.plan import liveness, places
from futago.ports import probes as probes_port
from futago.testing import eventually

SOURCE, TARGET = IPv4Address("169.254.100.1"), IPv4Address("169.254.100.2")
OTHER_SOURCE = IPv4Address("169.254.100.5")


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
    driver: probes_port.Probes
    heard: list[int]

    def silence(self) -> None: ...


@dataclass
class MemoryWorld:
    place: places.TunnelPlace
    driver: memory_probes.MemoryProbes
    heard: list[int] = field(default_factory=list)

    def silence(self) -> None:
        self.driver.silent.add(self.place.device)


@dataclass
class LinuxWorld:
    """A router whose tunnel device is one end of a veth pair; the target is at the other."""

    place: places.TunnelPlace
    driver: linux_probes.LinuxProbes
    far: str
    heard: list[int] = field(default_factory=list)

    @classmethod
    def make(cls) -> LinuxWorld:
        place = new_place(f"p{secrets.token_hex(1)}")
        router, far = str(place.router_namespace), f"{place.router_namespace}-far"
        for name in (router, far):
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        made = cls(place, linux_probes.LinuxProbes(), far)
        made.add_device()
        return made

    def add_device(self) -> None:
        router, device = str(self.place.router_namespace), self.place.device
        run("ip", "-n", router, "link", "add", device, "type", "veth", "peer", "far", "netns",
            self.far)  # fmt: skip
        run("ip", "netns", "exec", router, "sysctl", "-qw", f"net.ipv4.conf.{device}.rp_filter=2")
        run("ip", "-n", self.far, "addr", "add", str(TARGET), "dev", "far")
        run("ip", "-n", router, "addr", "add", "169.254.0.1/32", "dev", device)
        run("ip", "-n", router, "link", "set", device, "up")
        run("ip", "-n", self.far, "link", "set", "far", "up")
        run("ip", "-n", self.far, "route", "add", "default", "dev", "far")

    def replace_device(self) -> None:
        run("ip", "-n", str(self.place.router_namespace), "link", "del", self.place.device)
        self.add_device()

    def silence(self) -> None:
        run("ip", "-n", self.far, "addr", "del", f"{TARGET}/32", "dev", "far")

    def sources(self) -> set[str]:
        router = str(self.place.router_namespace)
        (shown,) = json.loads(run("ip", "-n", router, "-j", "addr", "show", self.place.device))
        found = {each["local"] for each in shown["addr_info"] if each["family"] == "inet"}
        return found - {"169.254.0.1"}

    def remove(self) -> None:
        for name in (str(self.place.router_namespace), self.far):
            run("ip", "netns", "del", name)


@pytest.fixture(params=["memory", pytest.param("linux", marks=pytest.mark.lab)])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    made = (
        MemoryWorld(new_place("mm"), memory_probes.MemoryProbes())
        if request.param == "memory"
        else LinuxWorld.make()
    )
    made.driver.listen(lambda _place, number, _at: made.heard.append(number))
    try:
        yield made
    finally:
        await made.driver.close()
        if isinstance(made, LinuxWorld):
            made.remove()


def probe(world: World, number: int) -> probes_port.Probe:
    path = liveness.ProbePath(tunnel_id=world.place.tunnel_id, source=SOURCE, target=TARGET)
    return probes_port.Probe(place=world.place, path=path, number=number)


async def heard_from(world: World, number: int) -> None:
    """Send probes of a number until one of them is answered."""

    async def look() -> bool:
        await world.driver.send(probe(world, number))
        return number in world.heard

    await eventually.eventually(look, bool)


async def test_an_answer_is_reported_with_the_number_of_its_probe(world: World) -> None:
    for number in (1, 65535):
        await heard_from(world, number)
    assert set(world.heard) == {1, 65535}


async def test_a_silent_target_brings_no_answer_and_no_fault(world: World) -> None:
    await heard_from(world, 1)
    world.silence()
    world.heard.clear()
    for number in range(2, 12):
        await world.driver.send(probe(world, number))
    assert not set(world.heard) & set(range(4, 12))


@pytest.mark.lab
@pytest.mark.parametrize("world", ["linux"], indirect=True)
async def test_what_is_not_there_is_a_probe_without_an_answer(world: LinuxWorld) -> None:
    lost = probe(world, 7)
    await world.driver.send(replace(lost, place=new_place("pz")))
    await world.driver.send(replace(lost, place=replace(world.place, device="none0")))
    assert world.heard == []


@pytest.mark.lab
@pytest.mark.parametrize("world", ["linux"], indirect=True)
async def test_a_replaced_device_gets_its_address_again(world: LinuxWorld) -> None:
    await heard_from(world, 1)
    world.replace_device()
    assert world.sources() == set()
    await heard_from(world, 2)
    assert world.sources() == {str(SOURCE)}


@pytest.mark.lab
@pytest.mark.parametrize("world", ["linux"], indirect=True)
async def test_another_source_replaces_the_earlier_one(world: LinuxWorld) -> None:
    await heard_from(world, 1)
    other = probe(world, 2)
    await world.driver.send(replace(other, path=replace(other.path, source=OTHER_SOURCE)))
    assert world.sources() == {str(OTHER_SOURCE)}
