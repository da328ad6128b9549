"""The lab's Internet and the namespace in which the gateway node works.

    sites ── internet (198.51.100.1) ── uplink0 (198.51.100.2) node

The node answers ARP on the uplink for its gateway addresses, so the Internet needs no route for
pools inside 198.51.100.0/24; other pools get a route onto the link.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from futago.lab import netns, record

UNDERLAY: Final = IPv4Network("198.51.100.0/24")
UPLINK: Final = "uplink0"
GATE: Final = IPv4Address("192.0.2.1")
"""The Internet's own address on every link to a site."""

_NODE_DEVICE: Final = "node0"
_FORWARDING: Final = {
    "net.ipv4.ip_forward": "1",
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv4.conf.default.rp_filter": "0",
}


def build(lab: record.Lab, pools: Iterable[IPv4Network]) -> None:
    """Make the Internet and the node's namespace."""
    netns.create(lab.internet, _FORWARDING)
    netns.create(lab.node, _FORWARDING)
    netns.connect(netns.End(lab.internet, _NODE_DEVICE), netns.End(lab.node, UPLINK))
    netns.set_sysctls(lab.node, {f"net.ipv4.neigh.{UPLINK}.proxy_delay": "0"})
    gate, node = UNDERLAY[1], UNDERLAY[2]
    netns.batch(
        lab.internet,
        [
            f"address add {gate}/{UNDERLAY.prefixlen} dev {_NODE_DEVICE}",
            *(
                f"route add {pool} dev {_NODE_DEVICE}"
                for pool in pools
                if not pool.subnet_of(UNDERLAY)
            ),
        ],
    )
    netns.batch(
        lab.node,
        [
            f"address add {node}/{UNDERLAY.prefixlen} dev {UPLINK}",
            f"route add default via {gate}",
        ],
    )


def connect_outside(lab: record.Lab, namespace: str, device: str, address: IPv4Address) -> None:
    """Give a namespace an address in the lab's Internet."""
    netns.connect(netns.End(lab.internet, device), netns.End(namespace, "wan0"))
    netns.batch(
        lab.internet,
        [f"address add {GATE}/32 dev {device}", f"route add {address}/32 dev {device}"],
    )
    netns.batch(
        namespace,
        [
            f"address add {address}/32 dev wan0",
            f"route add {GATE} dev wan0",
            f"route add default via {GATE} src {address}",
        ],
    )
