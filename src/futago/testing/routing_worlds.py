"""A transit router's daemon with BGP peers, in memory or in namespaces.

The contract suite of `ports.routing` runs on both, which is what allows the memory driver to exist.

    memory: MemoryRouting           router ══ t1 ══╗
    lab: veth pairs, a BIRD as peer         ══ t2 ══ peer
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
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Final

from futago.domain import bgp, forwarding, ids
from futago.drivers.bird import daemons, process
from futago.drivers.memory import bgp as memory_bgp
from futago.drivers.memory import network as memory_network
from futago.drivers.memory import routing as memory_routing
from futago.plan import places
from futago.ports import routing

KERNEL_TABLE: Final = 1000
ROUTER_ID: Final = ids.RouterId("tr-" + "b" * 17)
SESSIONS: Final = ("t1", "t2", "t3")
LOCAL_ASN: Final = 45104
Peer = memory_bgp.Peer


def session(
    name: str,
    table: str,
    *,
    peer_asn: int = 65001,
    key: forwarding.SessionKey | None = None,
    import_limit: int = bgp.DEFAULT_PREFIX_LIMIT,
) -> forwarding.BgpSession:
    """Make a session over the device of the same name."""
    local, remote = addresses(name)
    return forwarding.BgpSession(
        name=name,
        table=table,
        device=name,
        local_address=local,
        peer_address=remote,
        local_asn=LOCAL_ASN,
        peer_asn=peer_asn,
        key=key,
        import_limit=import_limit,
    )


def addresses(device: str) -> tuple[IPv4Address, IPv4Address]:
    """Give our and the peer's address on a device."""
    network = IPv4Network(f"169.254.{10 + int(device[1:])}.0/30")
    return network[1], network[2]


def route(
    prefix: str,
    *as_path: int,
    communities: tuple[str, ...] = (),
    origin: str = "IGP",
    med: int | None = None,
) -> routing.SessionRoute:
    """Make a route of a peer."""
    return routing.SessionRoute(
        prefix=IPv4Network(prefix),
        as_path=as_path,
        communities=communities,
        origin=origin,
        med=med,
    )


class World(abc.ABC):
    """A router with peers behind its devices t1 to t3; v1 is the link to a VPC."""

    place: places.RouterPlace
    driver: routing.RoutingDaemons

    @abc.abstractmethod
    async def set_peer(self, name: str, peer: Peer | None) -> None:
        """Put a peer at the other end of a device, or take it away."""

    @abc.abstractmethod
    def set_carrier(self, device: str, *, carrier: bool) -> None:
        """Connect or disconnect a device."""

    @abc.abstractmethod
    def kill(self) -> None:
        """End the router's daemon as a crash would."""

    @abc.abstractmethod
    async def remove(self) -> None:
        """Leave nothing behind."""


class MemoryWorld(World):
    """Without processes."""

    def __init__(self, place: places.RouterPlace, network: memory_network.MemoryNetwork) -> None:
        self.place = place
        self.memory = memory_routing.MemoryRouting(network)
        self.driver = self.memory
        self._network = network

    @classmethod
    async def make(cls) -> MemoryWorld:
        """Make a router with its devices."""
        place = places.RouterPlace.of("mm", ROUTER_ID)
        network = memory_network.MemoryNetwork("mm", {})
        await network.create_namespace(place.namespace, places.PlaceKind.ROUTER)
        for device in (*SESSIONS, "v1"):
            network.add_device(place.namespace, device)
        return cls(place, network)

    async def set_peer(self, name: str, peer: Peer | None) -> None:
        """Put a peer at the other end of a device, or take it away."""
        self.memory.set_peer(self.place, name, peer)

    def add_device(self, device: str) -> None:
        """Give the router another device."""
        self._network.add_device(self.place.namespace, device)

    def set_carrier(self, device: str, *, carrier: bool) -> None:
        """Connect or disconnect a device."""
        self._network.set_carrier(self.place.namespace, device, carrier=carrier)

    def kill(self) -> None:
        """End the router's daemon as a crash would."""
        self.memory.kill(self.place)

    async def remove(self) -> None:
        """Nothing is left behind."""


class BirdWorld(World):
    """Two namespaces, a BIRD in each; ours is driven, the other is the peers."""

    def __init__(self) -> None:
        self.place = places.RouterPlace.of("t" + secrets.token_hex(2)[:3], ROUTER_ID)
        self.directory = Path(tempfile.mkdtemp(prefix="futago-"))
        self.driver = daemons.BirdDaemons(self.directory)
        self.peer_namespace = self.place.namespace + "-peer"
        self.peer_directory = self.directory / "peer"
        self._peers: dict[str, Peer] = {}
        self.peer_bfd = False

    @classmethod
    async def make(cls) -> BirdWorld:
        """Make the namespaces and the devices."""
        made = cls()
        await asyncio.to_thread(made._build)
        return made

    @property
    def files(self) -> Path:
        """Directory of the driven BIRD."""
        return self.directory / "routers" / self.place.router_id

    @property
    def pid(self) -> int:
        """Pid of the driven BIRD."""
        found = process.find(self.files)
        if found is None:
            message = "the router's daemon does not run"
            raise AssertionError(message)
        return found

    def _build(self) -> None:
        here, there = self.place.namespace, self.peer_namespace
        for namespace in (here, there):
            run("ip", "netns", "add", namespace)
            run("ip", "-n", namespace, "link", "set", "lo", "up")
        for device in (*SESSIONS, "v1"):
            run("ip", "-n", here, "link", "add", device, "mtu", str(places.TUNNEL_MTU), "type",
                "veth", "peer", "name", device, "netns", there)  # fmt: skip
            for namespace in (here, there):
                run("ip", "-n", namespace, "link", "set", device, "up")
        run("ip", "-n", here, "addr", "add", "169.254.0.1/32", "dev", "v1")
        for device in SESSIONS:
            for namespace, address in zip((here, there), addresses(device), strict=True):
                run("ip", "-n", namespace, "addr", "add", f"{address}/30", "dev", device)
        self.peer_directory.mkdir()

    async def set_peer(self, name: str, peer: Peer | None) -> None:
        """Put a peer at the other end of a device, or take it away."""
        self._peers.pop(name, None)
        if peer is not None:
            self._peers[name] = peer
        await asyncio.to_thread(self._run_peer)

    def _run_peer(self) -> None:
        lines = ["router id 10.255.0.2;", "protocol device { scan time 5; }"]
        if self.peer_bfd:
            lines.append('protocol bfd { interface "*" { interval 100 ms; multiplier 3; }; }')
        for name, peer in self._peers.items():
            lines += peer_lines(name, peer, bfd=self.peer_bfd)
        (self.peer_directory / "bird.conf").write_text("\n".join(lines) + "\n")
        if process.find(self.peer_directory) is not None:
            self.ask_peer("configure")
            return
        pid_file = str(self.peer_directory / "bird.pid")
        command = ("bird", "-c", "bird.conf", "-s", "bird.ctl", "-P", pid_file)
        enter = ("nsenter", f"--net=/run/netns/{self.peer_namespace}")
        run(*enter, *command, cwd=self.peer_directory)
        self.ask_peer("show status")  # it has written its pid by the time that it answers

    def ask_peer(self, command: str) -> str:
        """Ask the peers' BIRD something."""
        return run("birdc", "-s", "bird.ctl", command, cwd=self.peer_directory)

    def set_carrier(self, device: str, *, carrier: bool) -> None:
        """Connect or disconnect a device, by its other end."""
        run("ip", "-n", self.peer_namespace, "link", "set", device, "up" if carrier else "down")

    def kill(self) -> None:
        """End the router's daemon as a crash would."""
        os.kill(self.pid, signal.SIGKILL)

    def kernel_routes(self) -> list[str]:
        """Routes of the kernel table, as `ip route` shows them."""
        table = str(KERNEL_TABLE)
        words = ("ip", "-n", self.place.namespace, "-o", "route", "show", "table", table)
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=20)
        return [" ".join(line.replace("\\", "").split()) for line in done.stdout.splitlines()]

    async def remove(self) -> None:
        """Leave nothing behind."""
        try:
            await self.driver.stop(self.place)
        finally:
            pid = process.find(self.peer_directory)
            if pid is not None:
                os.kill(pid, signal.SIGKILL)
            for namespace in (self.place.namespace, self.peer_namespace):
                with contextlib.suppress(AssertionError):
                    run("ip", "netns", "del", namespace)
            shutil.rmtree(self.directory)


def peer_lines(name: str, peer: Peer, *, bfd: bool) -> list[str]:
    """Render one peer for BIRD: a static table of its routes and a session."""
    ours, theirs = addresses(name)
    routes = [_static_route(one, peer) for one in peer.routes]
    password = "" if peer.key is None else f'password "{peer.key}"; '
    session = (
        f"protocol bgp peer_{name} {{ local {theirs} as {peer.asn}; "
        f"neighbor {ours} as {LOCAL_ASN}; direct; {password}bfd {'on' if bfd else 'off'}; "
        "hold time 30; error wait time 1, 2; connect delay time 1; connect retry time 1; "
        f"ipv4 {{ table routes_{name}; import all; next hop self; export filter {{ "
        f'if proto != "static_{name}" then reject; '
        # BIRD sends only a MED that was set here.
        "if defined(bgp_med) then bgp_med = bgp_med; accept; }; }; }"
    )
    return [
        f"ipv4 table routes_{name};",
        f"protocol static static_{name} {{ ipv4 {{ table routes_{name}; }};",
        *routes,
        "}",
        session,
    ]


def _static_route(one: routing.SessionRoute, peer: Peer) -> str:
    # The session itself puts the peer's own number in front.
    behind: Iterable[int] = one.as_path[1:] if one.as_path[:1] == (peer.asn,) else one.as_path
    words = [f"bgp_path.prepend({number});" for number in reversed(tuple(behind))]
    words += [] if one.med is None else [f"bgp_med = {one.med};"]
    words += [f"bgp_origin = ORIGIN_{one.origin.upper()};"]
    words += [f"bgp_community.add(({pair.replace(':', ',')}));" for pair in one.communities]
    return f"  route {one.prefix} blackhole {{ {' '.join(words)} }};"


def run(*words: str, cwd: Path | None = None) -> str:
    """Run a command that must succeed, and give its output."""
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=20, cwd=cwd)
    if done.returncode != 0:
        message = f"{' '.join(words)}: {done.stderr}"
        raise AssertionError(message)
    return done.stdout
