"""Two hosts with one tunnel each, peers of each other, in memory or in namespaces.

The contract suite of `ports.ike` runs on both, which is what allows the memory driver to exist.

           memory: MemoryWire
    left ─────────────────────── right
         lab: veth, 198.51.100.0/30
"""

from __future__ import annotations

import abc
import asyncio
import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

from futago.domain import connection, ids, ike, net
from futago.drivers.memory import ike as memory_ike
from futago.drivers.memory import ike_wire
from futago.drivers.strongswan import daemons as strongswan
from futago.lab import nat
from futago.plan import failures, intent, observation, places, reasons
from futago.ports import ike as ike_port
from futago.testing import eventually

PSK: Final = ike.PresharedKey("s3cret\"\\#;{}'")
OTHER_PSK: Final = ike.PresharedKey("different")
ADDRESSES: Final = (IPv4Address("198.51.100.1"), IPv4Address("198.51.100.2"))


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
        """Keep every event that comes."""
        async for event in self.daemons.events():
            self.events.append(event)

    def follow(self) -> None:
        """Begin to keep events."""
        self.reader = asyncio.get_running_loop().create_task(self.read())

    async def let_go(self) -> None:
        """Close the driver as an agent that ends."""
        await self.daemons.close()
        if self.reader is not None:
            await asyncio.wait_for(self.reader, 1)

    async def facts(self) -> observation.DaemonFacts:
        """Observe the daemon."""
        return await self.daemons.observe(self.place)

    async def start_and_load(self, psk: ike.PresharedKey = PSK) -> None:
        """Bring the daemon to where it can negotiate."""
        await self.daemons.start(self.place)
        await self.daemons.load(self.place, self.tunnel, psk)

    async def told(self, kind: ike_port.IkeEventKind) -> None:
        """Wait for an event of a kind."""

        async def kinds() -> set[ike_port.IkeEventKind]:
            return self.kinds()

        await eventually.eventually(kinds, lambda seen: kind in seen)

    async def gave(self, *wanted: failures.FailureCode) -> None:
        """Wait until the log has given exactly these reasons."""

        async def found() -> set[failures.FailureCode]:
            return self.reasons()

        await eventually.eventually(found, lambda seen: seen == set(wanted))

    def kinds(self) -> set[ike_port.IkeEventKind]:
        """Give the kinds of the events so far."""
        return {event.kind for event in self.events}

    def reasons(self) -> set[failures.FailureCode]:
        """Give the reasons that the log proved so far, one for each IKE SA at most."""
        lines: dict[str, list[str]] = {}
        for event in self.events:
            if event.kind == "log":
                lines.setdefault(event.sa, []).append(event.message)
        found = [reasons.judge(each, self.tunnel) for each in lines.values()]
        return {each.code for each in found if each is not None}


class World(abc.ABC):
    """Two sides, and what a test does to them from outside."""

    left: Side
    right: Side

    @abc.abstractmethod
    async def build(self) -> None:
        """Make both sides."""

    @abc.abstractmethod
    async def tear_down(self) -> None:
        """Remove everything, also after a failure."""

    @abc.abstractmethod
    def new_driver(self, side: Side) -> ike_port.IkeDaemons:
        """Give a driver as a restarted agent would make it."""

    @abc.abstractmethod
    def has_carrier(self, side: Side) -> bool:
        """Tell whether a side's device has carrier."""

    @abc.abstractmethod
    def kill(self, side: Side) -> None:
        """End a daemon as `kill -9` does."""

    @abc.abstractmethod
    def freeze(self, side: Side) -> None:
        """Make a daemon run and answer nothing."""

    @abc.abstractmethod
    def send(self, side: Side) -> None:
        """Let a packet enter a side's tunnel."""

    def simultaneously(self) -> contextlib.AbstractContextManager[None]:
        """Have negotiations that begin in a block cross each other; real ones do by themselves."""
        return contextlib.nullcontext()

    @abc.abstractmethod
    def leftovers(self, side: Side) -> list[str]:
        """Name what still exists of a side."""

    async def children(self) -> list[tuple[int, bool]]:
        """Give child SAs and carrier of left and right."""
        return [
            ((await side.facts()).children_installed, self.has_carrier(side))
            for side in (self.left, self.right)
        ]

    async def establish(self) -> None:
        """Bring the tunnel up from the left."""
        for side in (self.left, self.right):
            await side.start_and_load()
        await self.left.daemons.initiate(self.left.place)
        await eventually.eventually(self.children, lambda seen: seen == [(1, True)] * 2)


def tunnel_intent(index: int, tunnel_id: ids.TunnelId) -> intent.TunnelIntent:
    """Make the intent of a side with the vendor's defaults."""
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


def new_side(index: int) -> tuple[places.TunnelPlace, intent.TunnelIntent]:
    """Make place and intent of a side with fresh ids."""
    mark = f"f{secrets.token_hex(1)}"
    tunnel_id = ids.TunnelId(ids.generate(ids.IdKind.TUNNEL, secrets.randbelow))
    router_id = ids.RouterId(ids.generate(ids.IdKind.ROUTER, secrets.randbelow))
    return places.TunnelPlace.of(mark, tunnel_id, router_id), tunnel_intent(index, tunnel_id)


class MemoryWorld(World):
    """Both sides on one wire in this process."""

    async def build(self) -> None:
        """Make both sides."""
        self.wire = ike_wire.MemoryWire()
        sides = []
        for index, name in enumerate(("left", "right")):
            place, tunnel = new_side(index)
            driver = memory_ike.MemoryIkeDaemons(self.wire, name)
            sides.append(Side(name, place, tunnel, driver))
        self.left, self.right = sides

    async def tear_down(self) -> None:
        """Remove everything, also after a failure."""
        return

    def new_driver(self, side: Side) -> ike_port.IkeDaemons:
        """Give a driver as a restarted agent would make it."""
        return memory_ike.MemoryIkeDaemons(self.wire, side.name)

    def freeze(self, side: Side) -> None:
        """Make a daemon run and answer nothing."""
        self.wire.stick(side.name, side.place.tunnel_id, is_stuck=True)

    def send(self, side: Side) -> None:
        """Let a packet enter a side's tunnel."""
        self.wire.send(side.name, side.place.tunnel_id)

    def simultaneously(self) -> contextlib.AbstractContextManager[None]:
        """Have negotiations that begin in a block cross each other."""
        return self.wire.simultaneously()

    def has_carrier(self, side: Side) -> bool:
        """Tell whether a side's device has carrier."""
        return self.wire.has_carrier(side.name, side.place.tunnel_id)

    def kill(self, side: Side) -> None:
        """End a daemon as `kill -9` does."""
        self.wire.kill(side.name, side.place.tunnel_id)

    def leftovers(self, side: Side) -> list[str]:
        """Name what still exists of a side."""
        return [str(key) for key in self.wire.daemons if key == (side.name, side.place.tunnel_id)]


def run(*arguments: str) -> str:
    """Run a command and give what it prints."""
    return subprocess.run(arguments, check=True, capture_output=True, text=True, timeout=10).stdout


def end(pid: int) -> None:
    """Kill a process; reap it if it is ours."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)


def link(one: tuple[str, str, IPv4Address], other: tuple[str, str, IPv4Address]) -> None:
    """Link two namespaces; each end is a namespace, a new device in it, and an address of a /30."""
    (near, device, _), (far, peer, _) = one, other
    run("ip", "-n", near, "link", "add", device, "type", "veth", "peer", peer, "netns", far)
    for namespace, name, address in (one, other):
        run("ip", "-n", namespace, "addr", "add", f"{address}/30", "dev", name)
        run("ip", "-n", namespace, "link", "set", name, "up")


class LabWorld(World):
    """Both sides in namespaces of this machine."""

    @property
    def far_address(self) -> IPv4Address:
        """The address that the right side itself has."""
        return ADDRESSES[1]

    async def build(self) -> None:
        """Make both sides."""
        self.directory = Path(tempfile.mkdtemp(prefix="fgt"))
        sides = []
        for index, name in enumerate(("left", "right")):
            place, tunnel = new_side(index)
            for namespace in (place.namespace, place.router_namespace):
                run("ip", "netns", "add", str(namespace))
                run("ip", "-n", str(namespace), "link", "set", "lo", "up")
            driver = strongswan.StrongswanDaemons(self.directory / name)
            sides.append(Side(name, place, tunnel, driver))
        self.left, self.right = sides
        self._join()

    def _join(self) -> None:
        one, other = self.left.place.namespace, self.right.place.namespace
        device = places.OUTSIDE_DEVICE
        link((one, device, ADDRESSES[0]), (other, device, ADDRESSES[1]))

    async def tear_down(self) -> None:
        """Remove everything, also after a failure."""
        for side in (self.left, self.right):
            for pid in self.pids(side):
                end(pid)
            for namespace in (side.place.namespace, side.place.router_namespace):
                run("ip", "netns", "del", str(namespace))
        shutil.rmtree(self.directory)

    def new_driver(self, side: Side) -> ike_port.IkeDaemons:
        """Give a driver as a restarted agent would make it."""
        return strongswan.StrongswanDaemons(self.directory / side.name)

    def has_carrier(self, side: Side) -> bool:
        """Tell whether a side's device has carrier."""
        shown = subprocess.run(
            ("ip", "-n", str(side.place.router_namespace), "link", "show", side.place.device),
            check=False,
            capture_output=True,
            text=True,
            timeout=10,
        ).stdout
        return "LOWER_UP" in shown

    def freeze(self, side: Side) -> None:
        """Make a daemon run and answer nothing."""
        (pid,) = self.pids(side)
        os.kill(pid, signal.SIGSTOP)

    def send(self, side: Side) -> None:
        """Let a packet enter a side's tunnel, as far as a route leads there."""
        router = str(side.place.router_namespace)
        run("ip", "-n", router, "route", "replace", "10.9.9.0/24", "dev", side.place.device)
        command = ("ip", "netns", "exec", router, "ping", "-c1", "-W0.1", "10.9.9.9")
        subprocess.run(command, check=False, capture_output=True, timeout=10)

    def device_facts(self, side: Side) -> tuple[int, list[str]]:
        """Give number and addresses of a side's cleartext device."""
        router, device = str(side.place.router_namespace), side.place.device
        (shown,) = json.loads(run("ip", "-n", router, "-j", "address", "show", "dev", device))
        addresses = [f"{each['local']}/{each['prefixlen']}" for each in shown["addr_info"]]
        return shown["ifindex"], addresses

    def pids(self, side: Side) -> list[int]:
        """Processes in a tunnel's namespace."""
        namespace = side.place.namespace
        return [int(pid) for pid in run("ip", "netns", "pids", namespace).split()]

    def kill(self, side: Side) -> None:
        """End a daemon as `kill -9` does."""
        (pid,) = self.pids(side)
        os.kill(pid, signal.SIGKILL)

    def pid_file(self, side: Side) -> Path:
        """The file that names the daemon's process."""
        return self.directory / side.name / "tunnels" / side.place.tunnel_id / "pid"

    def exposed(self, secret: str) -> list[Path]:
        """Files that hold a secret and directories that others may enter."""
        paths = list(self.directory.rglob("*"))
        told = [path for path in paths if path.is_file() and secret.encode() in path.read_bytes()]
        opened = [
            path for path in paths if path.name.startswith("tun-") and path.stat().st_mode & 0o077
        ]
        return told + opened

    def leftovers(self, side: Side) -> list[str]:
        """Name what still exists of a side."""
        found = [str(pid) for pid in self.pids(side)]
        for namespace in (side.place.namespace, side.place.router_namespace):
            shown = run("ip", "-n", str(namespace), "-br", "link")
            names = {line.split()[0].partition("@")[0] for line in shown.splitlines()}
            found += names - {"lo", places.OUTSIDE_DEVICE}
        return found + [str(path) for path in self.directory.glob(f"{side.name}/tunnels/*")]


PRIVATE: Final = (IPv4Address("172.31.255.1"), IPv4Address("172.31.255.2"))


class NatWorld(LabWorld):
    """The right side is behind a NAT router of the lab's kind, which owns its address."""

    @property
    def far_address(self) -> IPv4Address:
        """The address that the right side itself has."""
        return PRIVATE[1]

    def _join(self) -> None:
        one, other = str(self.left.place.namespace), str(self.right.place.namespace)
        self._nat = f"{other}-nat"
        device = places.OUTSIDE_DEVICE
        run("ip", "netns", "add", self._nat)
        link((one, device, ADDRESSES[0]), (self._nat, "wan1", ADDRESSES[1]))
        link((self._nat, "lan1", PRIVATE[0]), (other, device, PRIVATE[1]))
        run("ip", "-n", other, "route", "add", "default", "via", str(PRIVATE[0]))
        inside = ("ip", "netns", "exec", self._nat)
        run(*inside, "sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
        run(*inside, "nft", nat.RULES)

    def forget_translations(self) -> None:
        """Have the router send what comes next from another port."""
        for state in ("down", "up"):
            run("ip", "-n", self._nat, "link", "set", "wan1", state)

    async def tear_down(self) -> None:
        """Remove everything, also after a failure."""
        await super().tear_down()
        run("ip", "netns", "del", self._nat)
