"""What the peer sends by a new SA before it answers is delivered all the same."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import functools
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address

import pytest

from futago.drivers.strongswan import namespaces
from futago.plan import intent
from futago.testing import eventually, ike_worlds

pytestmark = [pytest.mark.lab, pytest.mark.slow]

INNER = (IPv4Address("10.9.0.1"), IPv4Address("10.9.0.2"))
PORT = 7007
EVERY_SECONDS = 0.005
HOOK_SECONDS = 0.1
"""Far less than what 128 packets take, which is how late replay protection lets one come."""


@pytest.fixture
async def world() -> AsyncIterator[ike_worlds.LabWorld]:
    made = ike_worlds.LabWorld()
    await made.build()
    try:
        yield made
    finally:
        for side in (made.left, made.right):
            await side.let_go()
        await made.tear_down()


async def inner_socket(side: ike_worlds.Side, address: IPv4Address) -> socket.socket:
    """Open a socket at a side's end of the tunnel."""
    router = str(side.place.router_namespace)
    ike_worlds.run("ip", "-n", router, "addr", "add", f"{address}/30", "dev", side.place.device)
    return await namespaces.inside(router, functools.partial(bound, address))


def bound(address: IPv4Address) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    opened.bind((str(address), PORT))
    return opened


@contextlib.contextmanager
def slow_hook(world: ike_worlds.LabWorld, side: ike_worlds.Side) -> Iterator[None]:
    """Have the hook of a side's daemon wait for the time of a block: it takes this lock first."""
    directory = world.pid_file(side).parent
    with (directory / "hook.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Stream:
    """Numbers that the peer sends into the tunnel, and those that come out of it."""

    def __init__(self, near: socket.socket, far: socket.socket) -> None:
        self._near, self._far = near, far
        self.sent, self.came = 0, set[int]()
        self.first = 0
        """What was sent before does not count."""

    async def run(self) -> None:
        while True:
            self.send()
            await asyncio.sleep(EVERY_SECONDS)
            self.collect()

    def send(self) -> None:
        self._far.sendto(str(self.sent).encode(), (str(INNER[0]), PORT))
        self.sent += 1

    def collect(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                self.came.add(int(self._near.recv(100)))

    async def missing(self) -> int:
        self.collect()
        return len(set(range(self.first, self.sent)) - self.came)


def changed(tunnel: intent.TunnelIntent, *, keeps_ike: bool) -> intent.TunnelIntent:
    """Change what either renewal is made for."""
    if not keeps_ike:
        return replace(tunnel, dpd=False)
    profile = replace(tunnel.esp_profile, lifetime=timedelta(hours=2))
    return replace(tunnel, esp_profile=profile)


@pytest.mark.parametrize("keeps_ike", [True, False], ids=["child", "ike"])
async def test_nothing_is_lost_while_the_peer_sends_by_an_sa_that_it_has_not_answered_for(
    world: ike_worlds.LabWorld, *, keeps_ike: bool
) -> None:
    await world.establish()
    left, right = world.left, world.right
    near, far = await inner_socket(left, INNER[0]), await inner_socket(right, INNER[1])
    with contextlib.closing(near), contextlib.closing(far):
        stream = Stream(near, far)
        running = asyncio.create_task(stream.run())
        await eventually.eventually(lambda: ready(stream), bool)
        tunnel = changed(left.tunnel, keeps_ike=keeps_ike)
        await left.daemons.load(left.place, tunnel, ike_worlds.PSK)
        with slow_hook(world, right):
            renewing = asyncio.create_task(
                left.daemons.replace_sas(left.place, tunnel, keeps_ike=keeps_ike)
            )
            await asyncio.sleep(HOOK_SECONDS)
        await renewing
        running.cancel()
        await eventually.eventually(stream.missing, lambda lost: lost == 0)


async def ready(stream: Stream) -> bool:
    """Tell whether the tunnel carries the stream; begin to count then."""
    if not stream.came:
        return False
    stream.first = stream.sent
    return True
