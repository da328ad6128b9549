"""Many connections with a peer for each tunnel.

A peer is a namespace with one address, linked to the lab's Internet, and one IKE daemon that waits
for whoever has the key. Its TUN stays where it is: nothing is sent through. Peers do not look for
dead gateways, so what keeps an idle tunnel busy is the gateway's own doing.
"""

from __future__ import annotations

import socket
import threading
from concurrent import futures
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import cloud
import laboratory
import scene

from futago.lab import netns, record, shell, topology, tunnels

POOLS = {"lab-1-a": IPv4Network("198.19.0.0/23"), "lab-1-b": IPv4Network("198.19.2.0/23")}
"""Gateway addresses by zone, room for more tunnels than there are."""

_FIRST_PEER = IPv4Address("198.18.0.1")
_WORKERS = 4
_STEP = 10
_UP_SECONDS = 120.0
_QUOTAS = {
    "vpn-attachments-per-router": 1000,
    "customer-gateways-per-region": 2000,
    "connections-per-region": 1000,
}

_STRONGSWAN = """\
charon-systemd {{
  load = random nonce openssl kdf kernel-libipsec kernel-netlink socket-default vici updown
  threads = 16
  journal {{
    default = -1
  }}
  plugins {{
    vici {{
      socket = unix://{directory}/vici
    }}
    kernel-netlink {{
      fwmark = !0x42
    }}
    socket-default {{
      fwmark = 0x42
    }}
  }}
}}
"""

_SWANCTL = """\
connections {{
  any {{
    version = 2
    local_addrs = {address}
    remote_addrs = %any
    proposals = aes128-sha1-modp1024
    mobike = no
    local {{
      auth = psk
      id = {address}
    }}
    remote {{
      auth = psk
      id = %any
    }}
    children {{
      any {{
        local_ts = 0.0.0.0/0
        remote_ts = 0.0.0.0/0
        esp_proposals = aes128-sha1-modp1024
      }}
    }}
  }}
}}
secrets {{
  ike-any {{
    secret = "{psk}"
  }}
}}
"""


@dataclass(frozen=True, kw_only=True)
class Peer:
    """One device with one tunnel."""

    number: int
    address: IPv4Address
    namespace: str
    directory: Path


class Farm:
    """Connections with two peers each, at one router; grows and is removed with its lab."""

    def __init__(self, lab: record.Lab, api: cloud.Cloud) -> None:
        self._lab = lab
        self._api = api
        self._stopping = threading.Event()
        self.connections: list[str] = []
        for code, value in _QUOTAS.items():
            api.call(cloud.FUTAGO, "SetQuota", QuotaCode=code, Value=value)
        self._router = scene.create_router(api)

    def grow(self, count: int) -> None:
        """Add connections until there are so many, all of them up."""
        with futures.ThreadPoolExecutor(_WORKERS) as workers:
            started = [
                workers.submit(self._add, number) for number in range(len(self.connections), count)
            ]
            try:
                for each in futures.as_completed(started):
                    self.connections.append(each.result())
                    if len(self.connections) % _STEP == 0 or len(self.connections) == count:
                        laboratory.say(f"{len(self.connections)} of {count} connections are up")
            except BaseException:
                self._stopping.set()
                workers.shutdown(cancel_futures=True)
                raise

    def all_up(self) -> bool:
        """Tell whether all tunnels are established."""
        return all(map(self._api.is_up, self.connections))

    def _add(self, number: int) -> str:
        """Make one connection with its peers and a route, and wait until it is up."""
        peers = [self._peer(2 * number), self._peer(2 * number + 1)]
        for peer in peers:
            _start(self._lab, peer)
        gateways = scene.create_gateways(self._api, [str(peer.address) for peer in peers])
        connection_id = scene.create_connection(self._api, gateways)
        attachment_id = scene.attach(self._api, self._router, connection_id)
        self._wait(lambda: self._api.is_attached(connection_id), f"{connection_id} is attached")
        scene.plug(self._api, self._router, attachment_id)
        scene.create_route(
            self._api, connection_id, f"172.{16 + number // 256}.{number % 256}.0/24"
        )
        self._wait(lambda: self._api.is_up(connection_id), f"{connection_id} is up")
        self._wait(lambda: self._api.is_attached(connection_id), f"{connection_id} has its route")
        return connection_id

    def _peer(self, number: int) -> Peer:
        return Peer(
            number=number,
            address=_FIRST_PEER + number,
            namespace=f"{self._lab.mark}-x-peer{number}",
            directory=self._lab.directory / "peers" / str(number),
        )

    def _wait(self, check: cloud.Check, what: str) -> None:
        cloud.until(lambda: self._stopping.is_set() or check(), what, within=_UP_SECONDS, every=0.2)
        if self._stopping.is_set():
            raise cloud.Late("The farm is being given up.")


def _start(lab: record.Lab, peer: Peer) -> None:
    _connect(lab, peer)
    peer.directory.mkdir(mode=0o700, parents=True)
    _write(peer, "strongswan.conf", _STRONGSWAN.format(directory=peer.directory))
    _write(peer, "swanctl.conf", _SWANCTL.format(address=peer.address, psk=scene.PSK))
    settings = f"STRONGSWAN_CONF={peer.directory / 'strongswan.conf'}"
    netns.detach(peer.namespace, ["env", settings, tunnels.CHARON], peer.directory / "output")
    control = peer.directory / "vici"
    cloud.until(
        lambda: _listens(control), f"the daemon of {peer.namespace} listens", within=_UP_SECONDS
    )
    load = ["swanctl", "--load-all", "--noprompt", "--file", str(peer.directory / "swanctl.conf")]
    shell.run([*load, "--uri", f"unix://{control}"])


def _listens(path: Path) -> bool:
    """Tell whether a daemon takes connections; its socket is there a moment earlier."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def _write(peer: Peer, name: str, text: str) -> None:
    record.write_private(peer.directory / name, text)


def _connect(lab: record.Lab, peer: Peer) -> None:
    """Link a peer to the Internet.

    Neighbors are permanent: the kernel's table of learned ones is shared by all namespaces and
    holds about a thousand.
    """
    outer, gate = f"peer{peer.number}", topology.GATE
    tail = f"{peer.number >> 8:02x}:{peer.number & 255:02x}"
    near, far = f"02:00:00:01:{tail}", f"02:00:00:02:{tail}"
    at_peer = f"peer name wan0 address {far} netns {peer.namespace}"
    shell.run(["ip", "netns", "add", peer.namespace])
    netns.batch(
        lab.internet,
        [
            f"link add {outer} address {near} type veth {at_peer}",
            f"link set {outer} up",
            f"address add {gate}/32 dev {outer}",
            f"route add {peer.address}/32 dev {outer}",
            f"neigh replace {peer.address} lladdr {far} dev {outer} nud permanent",
        ],
    )
    netns.batch(
        peer.namespace,
        [
            "link set lo up",
            f"address add {peer.address}/32 dev wan0",
            "link set wan0 up",
            f"route add {gate} dev wan0",
            f"neigh replace {gate} lladdr {near} dev wan0 nud permanent",
            f"route add default via {gate} src {peer.address}",
        ],
    )
