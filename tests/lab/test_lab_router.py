"""A transit router between two data centers and a VPC, and what the API says of its table.

    host ─ device dcA ═══ two tunnels ═══ transit router ─ VPC ─ host app1
    host ─ device dcB ═══ two tunnels ═══╯

Both data centers have the same prefix as destination route, besides their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

import pytest

from futago.domain import ids
from futago.lab import netns, wait
from futago.plan import places
from futago.testing import lab_processes, lab_traffic, labs

pytestmark = [pytest.mark.lab, pytest.mark.slow]

SHARED = IPv4Network("10.55.0.0/16")
ENTRY = "TransitRouterRouteEntry"


@dataclass(frozen=True)
class Meeting:
    """Two data centers on one router."""

    rig: labs.Rig
    one: labs.Peering
    two: labs.Peering

    def destination(self, peering: labs.Peering, prefix: IPv4Network) -> dict[str, Any]:
        return {
            "VpnConnectionId": peering.connection_id,
            "NextHop": peering.connection_id,
            "RouteDest": str(prefix),
            "Weight": 100,
        }

    def entries(self) -> list[Any]:
        answer = self.rig.cloud.call(
            "ListTransitRouterRouteEntries",
            TransitRouterRouteTableId=self.rig.frame.table_id,
            TransitRouterRouteEntryStatus="All",
            MaxResults=100,
        )
        return list(answer["TransitRouterRouteEntries"])

    def told(self) -> dict[str, set[str]]:
        """What the API says: prefix to the devices of what is active; a blackhole has none."""
        found: dict[str, set[str]] = {}
        for each in self.entries():
            if each[f"{ENTRY}Status"] == "Active":
                prefix = each[f"{ENTRY}DestinationCidrBlock"]
                found.setdefault(prefix, set()).update(self._devices(each))
        return found

    def done(self) -> dict[str, set[str]]:
        """What the kernel does: prefix to devices in service."""
        found = {}
        shown = netns.ip(self.rig.router, f"-j route show table {self._kernel_table()}")
        for route in json.loads(shown):
            hops = route.get("nexthops", [route] if "dev" in route else [])
            found[route["dst"]] = {
                hop["dev"] for hop in hops if "linkdown" not in hop.get("flags", [])
            }
        return found

    def wait_same(self, wanted: dict[str, int]) -> None:
        """Wait until API and kernel agree, and prefixes have so many next hops."""

        def look() -> bool:
            told, done = self.told(), self.done()
            assert told == done
            assert {prefix: len(done.get(prefix, ())) for prefix in wanted} == wanted
            return True

        wait.eventually(look, within=labs.SETTLE_SECONDS)

    def _devices(self, entry: Any) -> set[str]:
        resource_id = entry[f"{ENTRY}NextHopResourceId"]
        if entry[f"{ENTRY}NextHopType"] == "BlackHole":
            return set()
        if entry[f"{ENTRY}NextHopResourceType"] == "VPC":
            return {places.VpcPlace.of(self.rig.mark, ids.VpcId(resource_id)).device}
        options = self.rig.cloud.tunnels(resource_id)
        return {
            self.rig.place(each["TunnelId"]).device
            for each in options
            if each["Status"] == "ipsec_sa_established"
        }

    def _kernel_table(self) -> int:
        rules = json.loads(netns.ip(self.rig.router, "-j rule show"))
        vpc = places.VpcPlace.of(self.rig.mark, ids.VpcId(self.rig.frame.vpc_id))
        (number,) = (each["table"] for each in rules if each.get("iif") == vpc.device)
        return int(number)


@pytest.fixture
def meeting(rig: labs.Rig) -> Iterator[Meeting]:
    one, two = rig.connect(rig.new_site()), rig.connect(rig.new_site())
    made = Meeting(rig, one, two)
    for peering in (one, two):
        rig.wait_up(peering)
        rig.wait_settled(peering)
        rig.cloud.call("CreateVcoRouteEntry", **made.destination(peering, SHARED))
    yield made
    for peering in (one, two):
        rig.delete(peering)


def own(peering: labs.Peering) -> str:
    return str(peering.site.network)


def blackhole(meeting: Meeting, prefix: str) -> dict[str, Any]:
    return {
        "TransitRouterRouteTableId": meeting.rig.frame.table_id,
        f"{ENTRY}DestinationCidrBlock": prefix,
        f"{ENTRY}NextHopType": "BlackHole",
    }


def refused_ping(namespace: str, target: object) -> str:
    words = ["ping", "-c", "2", "-i", "0.2", "-W", "1", str(target)]
    return labs.run_inside(namespace, ["sh", "-c", '"$@" || true', "sh", *words])


def test_two_data_centers_share_a_prefix_and_do_not_reach_each_other(meeting: Meeting) -> None:
    rig, one, two = meeting.rig, meeting.one, meeting.two
    shared = str(SHARED)
    meeting.wait_same({own(one): 2, own(two): 2, shared: 4})
    assert {each["PathAttributes"]["Preference"] for each in meeting.entries()} == {30, 40}

    # Both reach the VPC; from one to the other the router refuses, and says so.
    assert rig.ping(one) == rig.ping(two) == lab_traffic.PINGS
    netns.ip(one.site.router, f"route add {own(two)} dev tun1")
    # The device takes no packet from where it has no route to: the router's ICMP neither.
    netns.ip(one.site.router, f"route add {places.LINK_ROUTER_SIDE} dev tun1")
    answer = refused_ping(one.site.host, two.site.host_address)
    assert "Packet filtered" in answer
    assert "100% packet loss" in answer
    maps = rig.cloud.call("DescribeCenRouteMaps", CenId=cen_of(rig))["RouteMaps"]["RouteMap"]
    assert {(each["Priority"], each["MapResult"]) for each in maps} == {(5000, "Deny")}

    # One tunnel, then both tunnels of one connection go: hops leave, routes of its own too.
    for number in (1, 2):
        rig.cut(one, number)
        lab_processes.terminate(rig.lab, one.tunnel_ids[number - 1])
        meeting.wait_same({own(one): 2 - number, own(two): 2, shared: 4 - number})
    assert own(one) not in meeting.done()
    assert own(one) not in meeting.told()
    assert rig.ping(two) == lab_traffic.PINGS

    # A static route wins; without a tunnel that carries it the learned one forwards.
    static = {
        **blackhole(meeting, shared),
        f"{ENTRY}NextHopType": "Attachment",
        f"{ENTRY}NextHopId": one.attachment_id,
    }
    rig.cloud.call("CreateTransitRouterRouteEntry", **static)
    meeting.wait_same({shared: 2})
    wait.eventually(
        lambda: statuses(meeting, shared) == {("Static", "Candidate"), ("Propagated", "Active")},
        within=labs.SETTLE_SECONDS,
    )
    rig.restore(one)
    meeting.wait_same({own(one): 2, own(two): 2, shared: 2})
    assert statuses(meeting, shared) == {("Static", "Active"), ("Propagated", "Candidate")}
    rig.cloud.call("DeleteTransitRouterRouteEntry", **static)
    rig.cloud.call("CreateTransitRouterRouteEntry", **blackhole(meeting, own(two)))
    meeting.wait_same({own(two): 0, shared: 4})
    assert "Destination" in refused_ping(two.site.host, rig.frame.host.address) or (
        rig.ping(two) == 0
    )
    rig.cloud.call("DeleteTransitRouterRouteEntry", **blackhole(meeting, own(two)))
    meeting.wait_same({own(one): 2, own(two): 2, shared: 4})

    # By force an attachment goes with its association, propagation and routes.
    for peering, others in ((one, {own(two): 2, shared: 2}), (two, {})):
        rig.cloud.call(
            "DeleteTransitRouterVpnAttachment",
            TransitRouterAttachmentId=peering.attachment_id,
            Force=True,
        )
        meeting.wait_same(others)
        assert own(peering) not in meeting.done()
    wait.eventually(
        lambda: (
            [rig.cloud.connection(each.connection_id)["State"] for each in (one, two)]
            == ["init", "init"]
        ),
        within=labs.SETTLE_SECONDS,
    )


def statuses(meeting: Meeting, prefix: str) -> set[tuple[str, str]]:
    return {
        (each[f"{ENTRY}Type"], each[f"{ENTRY}Status"])
        for each in meeting.entries()
        if each[f"{ENTRY}DestinationCidrBlock"] == prefix
    }


def cen_of(rig: labs.Rig) -> str:
    (shown,) = rig.cloud.call("ListTransitRouters", TransitRouterId=rig.frame.router_id)[
        "TransitRouters"
    ]
    return str(shown["CenId"])
