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

WAN: Final = "wan0"
"""The device of a site's outside namespace."""

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


def outside_device(site: record.Site, number: int) -> str:
    """Name the Internet's device towards one of a site's addresses, from 1."""
    return f"{site.name}-o{number}"


def connect_outside(
    lab: record.Lab, end: netns.End, device: str, address: IPv4Address, table: str = "main"
) -> None:
    """Give a namespace an address in the lab's Internet.

    Args:
        lab: The lab.
        end: Where the address is.
        device: The Internet's device towards it.
        address: The address.
        table: The routing table that leads to the Internet.
    """
    netns.connect(netns.End(lab.internet, device), end)
    netns.batch(
        lab.internet,
        [f"address add {GATE}/32 dev {device}", f"route add {address}/32 dev {device}"],
    )
    netns.batch(
        end.namespace,
        [f"address add {address}/32 dev {end.device}", *ways_out(end.device, address, table)],
    )


def ways_out(device: str, address: IPv4Address, table: str = "main") -> list[str]:
    """Give the `ip` commands that lead a namespace to the Internet; they go with the link."""
    return [
        f"route replace {GATE} dev {device} table {table}",
        f"route replace default via {GATE} dev {device} src {address} table {table}",
    ]
