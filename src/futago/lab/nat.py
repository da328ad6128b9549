"""A site's NAT: a router that owns both outside addresses, and a device with private ones.

    internet ── 203.0.113.30 wan1 ┐            ┌ lan1 ── 172.31.255.2 outside 1
                                  ├ NAT router ┤
    internet ── 203.0.113.31 wan2 ┘            └ lan2 ── 172.31.255.6 outside 2

Each line has its own way out. Every source port is replaced by a random one, and nothing comes in
that did not go out first, as with the routers of homes and carriers. Where several sites use the
same private addresses, they do not meet.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Interface, IPv4Network
from typing import Final

from futago.domain import faults
from futago.lab import netns, record, shell, topology

_LINES: Final = (IPv4Network("172.31.255.0/30"), IPv4Network("172.31.255.4/30"))
_SYSCTLS: Final = {
    "net.ipv4.ip_forward": "1",
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv4.conf.default.rp_filter": "0",
}
PORTS: Final = range(10_000, 60_000)
"""Source ports that others see; none is a port of IKE."""


class NoNat(faults.Invalid):
    """The site is not behind NAT."""

    code = "Lab.NoNat"


def plan(namespace: str) -> record.SiteNat:
    """Name the router and the device's addresses."""
    first, second = (line[2] for line in _LINES)
    return record.SiteNat(namespace=namespace, addresses=(first, second))


def build(lab: record.Lab, site: record.Site, nat: record.SiteNat) -> None:
    """Make the router, and link it to the Internet and to both outside namespaces of the device."""
    netns.create(nat.namespace, _SYSCTLS)
    for number, line in enumerate(_LINES, 1):
        wan, lan = netns.End(nat.namespace, _wan(number)), netns.End(nat.namespace, f"lan{number}")
        device = topology.outside_device(site, number)
        address = site.addresses[number - 1]
        topology.connect_outside(lab, wan, device, address, table=str(number))
        outside = netns.End(site.outsides[number - 1], topology.WAN)
        netns.connect(lan, outside)
        near, far = (IPv4Interface(f"{line[end]}/{line.prefixlen}") for end in (1, 2))
        netns.batch(
            nat.namespace,
            [
                f"address add {near} dev {lan.device}",
                f"rule add iif {lan.device} lookup {number} priority {number}",
                f"rule add from {address} lookup {number} priority {number}",
            ],
        )
        netns.batch(
            outside.namespace,
            [
                f"address add {far} dev {outside.device}",
                f"route add default via {near.ip} src {far.ip}",
            ],
        )
    shell.run(netns.inside(nat.namespace, ["nft", "-f", "-"]), text=RULES)


def forget(site: record.Site, numbers: Iterable[int]) -> None:
    """Have the router forget its translations: what is sent next comes from another port.

    That is what a router does whose line was lost for a moment: the kernel forgets what was
    translated to a device that goes down. Doing it again leaves nothing behind, whatever failed.

    Raises:
        NoNat: The site is not behind NAT.
    """
    if site.nat is None:
        raise NoNat(
            f"Site {site.name} is not behind NAT; add one with `futago lab site add --behind-nat`."
        )
    for number in numbers:
        wan = _wan(number)
        ways = topology.ways_out(wan, site.addresses[number - 1], str(number))
        netns.batch(site.nat.namespace, [f"link set {wan} down", f"link set {wan} up", *ways])


def _wan(number: int) -> str:
    return f"wan{number}"


RULES: Final = f"""\
table inet nat {{
  chain postrouting {{
    type nat hook postrouting priority srcnat; policy accept;
    oifname "wan*" meta l4proto {{ tcp, udp }} masquerade to :{PORTS[0]}-{PORTS[-1]} fully-random
    oifname "wan*" masquerade
  }}
  chain input {{
    type filter hook input priority filter; policy accept;
    iifname "wan*" meta l4proto {{ tcp, udp }} ct state new drop
  }}
  chain forward {{
    type filter hook forward priority filter; policy accept;
    iifname "wan*" ct state new drop
  }}
}}
"""
