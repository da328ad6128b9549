"""Data centers: two outside addresses, a device between, a network with one host.

The outside addresses have a namespace each, because each tunnel has an IKE daemon of its own there;
the device's router is a third one, where both tunnel devices end. Behind NAT, the outside addresses
are those of a router in between, and the device has private ones.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from futago.domain import faults, net
from futago.lab import nat, netns, record, topology

_NAME: Final = re.compile(r"[a-z][a-z0-9]{0,7}\Z")
_ROUTER_SYSCTLS: Final = {
    "net.ipv4.ip_forward": "1",
    "net.ipv4.fib_multipath_hash_policy": "1",
    "net.ipv4.conf.all.rp_filter": "2",
    "net.ipv4.conf.default.rp_filter": "2",
    "net.ipv4.conf.all.ignore_routes_with_linkdown": "1",
    "net.ipv4.conf.default.ignore_routes_with_linkdown": "1",
}


class BadSite(faults.Invalid):
    """A site that cannot be built."""

    code = "Lab.BadSite"


def check_name(name: str) -> str:
    """Refuse a name that would not fit into names of devices."""
    if not _NAME.match(name):
        raise BadSite(
            f"{name!r} is not a name for a site or host; use one to eight lower-case letters and "
            "digits, a letter first.",
            value=name,
        )
    return name


def plan(
    lab: record.Lab,
    name: str,
    addresses: Sequence[str],
    network: str,
    bgp: record.SiteBgp | None = None,
    *,
    is_behind_nat: bool = False,
) -> record.Site:
    """Check what a user asked for and name the namespaces."""
    lab.refuse_taken(check_name(name))
    first, second = _two_addresses(lab, addresses)
    prefix = net.parse_prefix(network)
    if prefix.prefixlen > 28:
        raise BadSite(
            f"Network {network} is smaller than a /28; the router and a host need room.",
            value=network,
        )
    start = f"{lab.mark}-x-{name}"
    return record.Site(
        name=name,
        addresses=(first, second),
        network=prefix,
        router_address=prefix[1],
        host_address=prefix[10],
        outsides=(f"{start}-o1", f"{start}-o2"),
        router=f"{start}-r",
        host=f"{start}-h",
        bgp=bgp,
        nat=nat.plan(f"{start}-n") if is_behind_nat else None,
    )


def add(lab: record.Lab, site: record.Site) -> record.Lab:
    """Build a site and remember it."""
    lab = dataclasses.replace(lab, sites=(*lab.sites, site))
    record.save(lab)
    for namespace in site.outsides:
        netns.create(namespace, {"net.ipv4.conf.default.rp_filter": "0"})
    if site.nat is not None:
        nat.build(lab, site, site.nat)
    else:
        sides = zip(site.outsides, site.addresses, strict=True)
        for number, (namespace, address) in enumerate(sides, 1):
            end = netns.End(namespace, topology.WAN)
            topology.connect_outside(lab, end, topology.outside_device(site, number), address)
    netns.create(site.router, _ROUTER_SYSCTLS)
    netns.create(site.host)
    netns.connect(netns.End(site.router, "lan0"), netns.End(site.host, "eth0"))
    length = site.network.prefixlen
    netns.ip(site.router, f"address add {site.router_address}/{length} dev lan0")
    netns.batch(
        site.host,
        [
            f"address add {site.host_address}/{length} dev eth0",
            f"route add default via {site.router_address}",
        ],
    )
    return lab


def _two_addresses(lab: record.Lab, addresses: Sequence[str]) -> tuple[IPv4Address, IPv4Address]:
    parsed = [net.parse_gateway_address(text) for text in addresses]
    if len(set(parsed)) != 2:
        raise BadSite(
            f"A site needs two different addresses, not {len(set(parsed))}; "
            "give --address twice (sites with one address are not available yet)."
        )
    taken = {address: site.name for site in lab.sites for address in site.addresses}
    for address in parsed:
        if address in taken:
            raise BadSite(f"{address} belongs to site {taken[address]}; choose another.")
        if address in topology.UNDERLAY or address == topology.GATE:
            raise BadSite(
                f"{address} is inside the lab's own networks; use one of "
                f"{IPv4Network('203.0.113.0/24')} or 198.18.0.0/15."
            )
    return parsed[0], parsed[1]
