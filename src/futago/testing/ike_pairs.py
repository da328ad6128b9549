"""Pairs of a gateway and a foreign device in namespaces, for many negotiations one after another.

Daemons stay; only what is set up in them changes, so that a negotiation costs milliseconds. The
gateway's side is what the agent is made of: its driver, its evidence, its inquiries.

    router namespace ── tunnel device ── gateway ══ veth, 198.51.100.0/30 ══ device ── tunnel device
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import socket
import time
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from typing import Final

from futago.agent import inquiries, negotiation
from futago.domain import ids, ike
from futago.drivers.strongswan import namespaces
from futago.plan import failures, intent, observation
from futago.ports import clock as clock_port
from futago.ports import ike as ike_port
from futago.testing import eventually, foreign_device, ike_worlds, mismatches

INNER: Final = (IPv4Address("10.9.0.1"), IPv4Address("10.9.0.2"))
ECHO_PORT: Final = 7007
RENEW_AFTER_SECONDS: Final = 0.1
RENEWED_SECONDS: Final = 5.0
SETTLE_SECONDS: Final = 0.3
_IKE_ONLY: Final = "udp dport 500 drop; add rule inet test input udp dport 4500 @th,64,32 0"
"""On port 4500, IKE begins with four zero bytes. Source: RFC 3948, section 2.2."""
FINE_SECONDS: Final = 0.6
"""Longer than a renewal and its refusal take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """Both ends and both keys."""

    ours: intent.TunnelIntent
    theirs: intent.TunnelIntent
    our_key: ike.PresharedKey = ike_worlds.PSK
    their_key: ike.PresharedKey = ike_worlds.PSK
    is_device_restless: bool = False
    """It starts again whatever is closed, and replaces duplicates after 10 s."""


class Pair:
    """One gateway and one device."""

    def __init__(self, world: ike_worlds.LabWorld | None = None) -> None:
        self._world = world or ike_worlds.LabWorld()
        self._negotiations = negotiation.Negotiations()
        self._reader: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._sockets: list[socket.socket] = []
        self._setup: Setup | None = None
        self.lines: list[str] = []
        """What the gateway's daemon logged since the last set-up."""

    async def build(self) -> None:
        """Make both ends and run their daemons."""
        try:
            await self._build()
        except BaseException:
            await self._world.tear_down()
            raise

    async def _build(self) -> None:
        await self._world.build()
        self._gateway = self._world.left
        self._place = self._gateway.place
        self._other_place = self._world.right.place
        self.device = foreign_device.ForeignDevice(
            self._world.directory / "right", self._other_place
        )
        # Userspace ESP wants an address of its own in each protected network.
        for network in (mismatches.NEAR, mismatches.FAR, mismatches.ELSEWHERE):
            ike_worlds.run(
                "ip", "-n", str(self._other_place.namespace), "addr", "add", f"{network[1]}/32",
                "dev", "lo",
            )  # fmt: skip
        await asyncio.gather(self._gateway.daemons.start(self._place), self.device.start())
        self._inquiries = inquiries.Inquiries(
            self._gateway.daemons,
            self._negotiations,
            clock_port.SystemClock(),
            self._look_soon,
            renew_after_seconds=RENEW_AFTER_SECONDS,
        )
        self._reader = asyncio.get_running_loop().create_task(self._listen())

    async def tear_down(self) -> None:
        """Remove everything, also after a failure."""
        for opened in self._sockets:
            opened.close()
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
            await self._inquiries.close()
            await self.device.close()
        await self._gateway.daemons.close()
        await self._world.tear_down()

    @property
    def tunnels(self) -> tuple[intent.TunnelIntent, intent.TunnelIntent]:
        """Give two ends that fit."""
        ours = self._gateway.tunnel
        theirs = foreign_device.mirrored(ours)
        return ours, replace(theirs, gateway_address=self._world.far_address)

    async def set_up(self, setup: Setup) -> None:
        """Load both ends."""
        self._setup = setup
        self.lines.clear()
        self._negotiations.edited(setup.ours)
        await asyncio.gather(
            self._gateway.daemons.load(self._place, setup.ours, setup.our_key),
            self.device.configure(
                setup.theirs, setup.their_key, is_restless=setup.is_device_restless
            ),
        )

    async def begin(self, *, by_us: bool) -> None:
        """Start a negotiation."""
        if by_us:
            await self._gateway.daemons.initiate(self._place)
        else:
            await self.device.begin()

    async def begin_both(self) -> None:
        """Start a negotiation at both ends at once."""
        await asyncio.gather(self.begin(by_us=True), self.begin(by_us=False))

    async def sas(self) -> list[tuple[int, int]]:
        """Give the numbers of IKE SAs and of child SAs at our end and at the device's."""
        ours = await self._gateway.facts()
        return [(len(ours.sas or ()), ours.children_installed), await self.device.sas()]

    async def facts(self) -> observation.DaemonFacts:
        """Observe our end."""
        return await self._gateway.facts()

    async def clear(self) -> None:
        """Close everything at both ends and wait until it is gone."""
        self._setup = None
        self._inquiries.forget(self._place.tunnel_id)
        await self.device.clear()
        await self._gateway.daemons.terminate(self._place)
        await eventually.eventually(self._are_idle, bool)

    @property
    def failure(self) -> failures.Failure | None:
        """Give the reason that the agent would report."""
        return self._negotiations.failure(self._place.tunnel_id)

    async def is_up(self) -> bool:
        """Tell whether the gateway has a child SA."""
        return (await self._gateway.facts()).children_installed > 0

    async def stays_fine(self) -> float:
        """Wait until the tunnel is up and its renewal had time to fail; give the seconds."""
        began = time.perf_counter()
        await eventually.eventually(self.is_up, bool, within=10)
        deadline = time.perf_counter() + FINE_SECONDS
        while self.failure is None and time.perf_counter() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        return time.perf_counter() - began

    async def failed_with(self, wanted: mismatches.Expectation, within: float) -> float:
        """Wait for a reason; give the seconds until it was there, or all of them."""
        began = time.perf_counter()
        while time.perf_counter() - began < within:
            if wanted.is_met_by(self.failure):
                break
            await asyncio.sleep(0.01)
        return time.perf_counter() - began

    async def has_recovered(self, within: float = RENEWED_SECONDS) -> bool:
        """Wait until no reason is left; the daemon's lines come a moment after its SAs."""
        deadline = time.perf_counter() + within
        while self.failure is not None and time.perf_counter() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        return self.failure is None

    async def was_renewed(self) -> bool:
        """Wait for the renewal of the child SA; tell whether it succeeded."""
        deadline = time.perf_counter() + RENEWED_SECONDS
        while time.perf_counter() < deadline and self.failure is None:
            if any("inbound CHILD_SA" in line for line in self.lines):
                return True
            await asyncio.sleep(0.01)
        return False

    def block(self, rule: str) -> None:
        """Drop what an nftables match says of packets that reach the device, from now on."""
        table = "add table inet test; add chain inet test input { type filter hook input"
        self._nft(f"{table} priority 0; }}; add rule inet test input {rule} drop")

    def unblock(self) -> None:
        """Let everything reach the device again."""
        self._nft("delete table inet test")

    def _nft(self, script: str) -> None:
        ike_worlds.run("ip", "netns", "exec", self._other_place.namespace, "nft", script)

    async def restart_device(self) -> None:
        """End the device's daemon without a word to anybody, and run another one."""
        self._world.kill(self._world.right)
        await eventually.eventually(self._device_pids, lambda seen: not seen)
        await self.device.close()
        self.device = foreign_device.ForeignDevice(
            self._world.directory / "right", self._other_place
        )
        await self.device.start()

    async def _device_pids(self) -> list[int]:
        return self._world.pids(self._world.right)

    async def prepare_traffic(self) -> None:
        """Give both tunnel devices addresses, and have the far one echo; once."""
        if self._sockets:
            return
        for place, address in zip((self._place, self._other_place), INNER, strict=True):
            namespace = str(place.router_namespace)
            ike_worlds.run(
                "ip", "-n", namespace, "addr", "add", f"{address}/30", "dev", place.device
            )
            ike_worlds.run(
                "ip", "-n", namespace, "link", "set", "dev", place.device, "carrier", "on"
            )
            opened = await namespaces.inside(namespace, functools.partial(_open, address))
            self._sockets.append(opened)
        asyncio.get_running_loop().add_reader(self._sockets[1], self._echo)

    async def ping(self, within: float = 2.0) -> bool:
        """Send datagrams through the tunnel until one comes back."""
        loop = asyncio.get_running_loop()
        near = self._sockets[0]
        deadline = time.perf_counter() + within
        while time.perf_counter() < deadline:
            with contextlib.suppress(OSError):
                near.sendto(b"ping", (str(INNER[1]), ECHO_PORT))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.1):
                    await loop.sock_recv(near, 100)
                    return True
        return False

    async def renew_both(self, *, includes_ike: bool) -> bool:
        """Have both ends renew the same SA, each before it hears of the other.

        Packets of IKE to the device are lost until both have begun; data passes.

        Returns:
            What our end says of its own renewal.
        """
        self.block(_IKE_ONLY)
        ours = asyncio.ensure_future(
            self._gateway.daemons.rekey(self._place, includes_ike=includes_ike)
        )
        await self.device.renew(includes_ike=includes_ike)
        await asyncio.sleep(SETTLE_SECONDS)
        self.unblock()
        return await ours

    async def lost_while_renewed(
        self, seconds: float, every_seconds: float = 0.001
    ) -> tuple[int, int]:
        """Send datagrams for a while, one each millisecond; give how many were sent, and lost."""
        near = self._sockets[0]
        sent, received = 0, set[bytes]()
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            near.sendto(f"n{sent}".encode(), (str(INNER[1]), ECHO_PORT))
            sent += 1
            await asyncio.sleep(every_seconds)
            self._collect(received)
        await asyncio.sleep(SETTLE_SECONDS)
        self._collect(received)
        return sent, sent - len(received)

    def _collect(self, received: set[bytes]) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                data = self._sockets[0].recv(100)
                if data.startswith(b"n"):
                    received.add(data)

    def _echo(self) -> None:
        with contextlib.suppress(OSError):
            data, sender = self._sockets[1].recvfrom(100)
            self._sockets[1].sendto(data, sender)

    async def _are_idle(self) -> bool:
        return (await self._gateway.facts()).sas == () and await self.device.is_idle()

    async def _listen(self) -> None:
        """Do with events what the agent does."""
        async for event in self._gateway.daemons.events():
            tunnel_id = event.tunnel_id
            if event.kind is ike_port.IkeEventKind.LOG:
                self.lines.append(f"<{event.sa}> {event.message}")
                if not self._negotiations.heard(tunnel_id, event.message, event.at, event.sa):
                    continue
            await self._look(tunnel_id)

    def _look_soon(self, tunnel_id: ids.TunnelId) -> None:
        self._looking = asyncio.get_running_loop().create_task(self._look(tunnel_id))

    async def _look(self, tunnel_id: ids.TunnelId) -> None:
        self._negotiations.looked_at(tunnel_id)
        facts = await self._gateway.facts()
        if facts.sas is None or self._setup is None:
            return
        if facts.children_installed:
            self._negotiations.succeeded(tunnel_id)
            self._inquiries.came_up(self._place, self._setup.ours, facts.sas)
        else:
            self._negotiations.is_down(tunnel_id)
            self._inquiries.consider(self._place, self._setup.ours)


def _open(address: IPv4Address) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    opened.bind((str(address), ECHO_PORT))
    return opened
