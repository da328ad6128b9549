"""Throughput: TCP through one tunnel of Futago's, beside one made by hand, measured alternately.

Two equal sites; the second tunnel of each is off, so that all packets take the first. Both ways
lead host, device, Internet, node, tunnel's namespace, router, bridge, host, with the same userspace
ESP and the same ciphers at both.
"""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network

import bare
import cloud
import devices
import figures
import laboratory
import scene

from futago.lab import hosts, netns, record, sites, tunnels

NAMES = ("throughput.mbit_s", "throughput.ratio_to_bare", "throughput.bare_mbit_s")
ROUNDS = 6
SECONDS = 5
STREAMS = 4
_ATTEMPTS = 5
SECOND_SITE = ("dc2", ("203.0.113.30", "203.0.113.40"), "192.168.20.0/24")
BARE_NETWORK = IPv4Network("10.30.0.0/24")


@dataclass(frozen=True, kw_only=True)
class Path:
    """Where traffic starts, and where it goes."""

    source: str
    sink: str
    target: str


def run(_wanted: figures.Wanted) -> Iterator[figures.Figure]:
    """Measure both alternately."""
    with laboratory.laboratory() as made, contextlib.closing(cloud.Cloud(made)) as api:
        lab = sites.add(made, sites.plan(made, *SECOND_SITE))
        paths = {"ours": _ours(lab, api), "bare": _by_hand(lab)}
        laboratory.say("both tunnels carry traffic")
        measured = _rounds(paths)
    ours, by_hand = statistics.median(measured["ours"]), statistics.median(measured["bare"])
    yield figures.Figure(name=NAMES[0], value=ours, unit="Mbit/s", better="higher")
    yield figures.Figure(name=NAMES[1], value=ours / by_hand, unit="", goal=0.95, better="higher")
    yield figures.Figure(name=NAMES[2], value=by_hand, unit="Mbit/s", better="higher")


def _ours(lab: record.Lab, api: cloud.Cloud) -> Path:
    site = lab.sites[0]
    devices.apply(lab, site, IPv4Network("10.20.0.0/16"))
    _keep_first_tunnel(site)
    router = scene.create_router(api)
    vpc_id, vswitch_id = scene.create_vpc(api, router)
    gateways = scene.create_gateways(api, [str(each) for each in site.addresses])
    connection_id = scene.create_connection(api, gateways)
    attachment_id = scene.attach(api, router, connection_id)
    cloud.until(lambda: api.is_attached(connection_id), "the connection is attached")
    scene.plug(api, router, attachment_id)
    scene.create_route(api, connection_id, str(site.network))
    host = hosts.add(lab, "app1", vpc_id, vswitch_id, None)
    cloud.until(lambda: api.is_up(connection_id, tunnels=1), "the first tunnel is up")
    return _ready(Path(source=site.host, sink=host.namespace, target=str(host.address)))


def _by_hand(lab: record.Lab) -> Path:
    site = lab.sites[1]
    devices.apply(lab, site, BARE_NETWORK)
    _keep_first_tunnel(site)
    gateway = bare.BareGateway(lab, site)
    gateway.set_up([1])
    # As a VPC has it: a link to a bridge, a host at the bridge.
    inside, host = f"{gateway.router}-vpc", f"{gateway.router}-host"
    near, far, bridge, own = "10.255.0.1", "10.255.0.2", BARE_NETWORK[1], BARE_NETWORK[10]
    netns.create(inside, {"net.ipv4.ip_forward": "1"})
    netns.create(host)
    netns.connect(netns.End(gateway.router, "vpc0"), netns.End(inside, "router0"))
    netns.connect(netns.End(inside, "port0"), netns.End(host, "eth0"))
    netns.batch(
        gateway.router,
        [
            f"address add {near}/30 dev vpc0",
            f"route add {BARE_NETWORK} via {far}",
            f"route add {site.network} dev tun1",
        ],
    )
    netns.batch(
        inside,
        [
            f"address add {far}/30 dev router0",
            f"route add default via {near}",
            "link add br0 type bridge",
            "link set port0 master br0",
            f"address add {bridge}/{BARE_NETWORK.prefixlen} dev br0",
            "link set br0 up",
        ],
    )
    netns.batch(
        host,
        [
            f"address add {own}/{BARE_NETWORK.prefixlen} dev eth0",
            f"route add default via {bridge}",
        ],
    )
    return _ready(Path(source=site.host, sink=host, target=str(own)))


def _keep_first_tunnel(site: record.Site) -> None:
    """End the daemon of the second tunnel; its device has had no carrier yet."""
    netns.end_processes(site.outsides[1:], programs=[tunnels.PROGRAM])


def _ready(path: Path) -> Path:
    """Wait until a path carries packets."""
    command = netns.inside(path.source, ["ping", "-c", "1", "-W", "1", path.target])

    def answers() -> bool:
        return subprocess.run(command, capture_output=True, timeout=10, check=False).returncode == 0

    cloud.until(answers, f"{path.target} answers {path.source}")
    return path


def _rounds(paths: dict[str, Path]) -> dict[str, list[float]]:
    for path in paths.values():
        _iperf(path, 1)
    measured: dict[str, list[float]] = {name: [] for name in paths}
    for number in range(1, ROUNDS + 1):
        # Who begins alternates, so that a slow change of the machine hits both.
        for name in sorted(paths, reverse=number % 2 == 0):
            measured[name].append(_iperf(paths[name], SECONDS))
        laboratory.say(
            f"round {number} of {ROUNDS}: {measured['ours'][-1]:.0f} Mbit/s, "
            f"by hand {measured['bare'][-1]:.0f} Mbit/s"
        )
    return measured


def _iperf(path: Path, seconds: int) -> float:
    """Measure TCP; gives Mbit/s received."""
    with _server(path):
        return _client(path, seconds)


@contextlib.contextmanager
def _server(path: Path) -> Iterator[None]:
    command = netns.inside(path.sink, ["iperf3", "-s"])
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            yield
        finally:
            server.kill()


def _client(path: Path, seconds: int) -> float:
    """Run one transfer, again when it breaks or the server does not listen yet."""
    words = ["-J", "-c", path.target, "-t", str(seconds), "-P", str(STREAMS)]
    command = netns.inside(path.source, ["iperf3", *words])
    said = ""
    for _ in range(_ATTEMPTS):
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=seconds + 60, check=False
        )
        shown = json.loads(done.stdout or "{}")
        # A transfer that broke may end with exit code 0.
        if done.returncode == 0 and "error" not in shown:
            return float(shown["end"]["sum_received"]["bits_per_second"]) / 1e6
        said = shown.get("error") or done.stderr
        time.sleep(0.2)
    raise cloud.Late(f"iperf3 to {path.target} failed {_ATTEMPTS} times: {said}")
