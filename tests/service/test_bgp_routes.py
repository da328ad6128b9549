"""BGP routes from a node's report to what users see."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

import pytest

from futago.plan import observation
from futago.testing import simulation, speakers

LEARNED = observation.RouteDirection.LEARNED
ANNOUNCED = observation.RouteDirection.ANNOUNCED


def route(prefix: str, *tunnel_ids: str, **more: Any) -> observation.BgpRoute:
    return observation.BgpRoute(
        prefix=IPv4Network(prefix),
        direction=more.pop("direction", LEARNED),
        tunnel_ids=tuple(tunnel_ids),
        **more,
    )


def listed(it: speakers.Attached, **more: Any) -> Any:
    wanted = {"VpnConnectionId": it.connection_id, "RouteEntryType": "bgp", **more}
    return it.cloud.call("DescribeVcoRouteEntries", **wanted)


@pytest.fixture
def told(attached: speakers.Attached, node: simulation.ObedientNode) -> speakers.Attached:
    """A connection with phase 2 in its first tunnel only, and routes of all kinds."""
    one, two = attached.tunnel_ids
    node.see(one, ike=True, children=1)
    node.see(two, ike=True)
    node.settle()
    node.tell_routes(
        attached.router_id,
        attached.connection_id,
        route("10.9.0.0/16", one, two, as_path=(65001,), communities=("65001:7", "65001:8")),
        route("10.10.0.0/16", one, as_path=(65001, 65100)),
        route("0.0.0.0/0", one, as_path=(65001,), is_refused=True, refusal="DefaultRoute"),
        route("172.16.0.0/24", one, two, direction=ANNOUNCED, as_path=(45104,)),
    )
    return attached


def test_routes_are_shown_with_what_bgp_says_of_them(
    told: speakers.Attached, clock: simulation.StoppedClock
) -> None:
    shown = listed(told)
    one, _ = told.tunnel_ids
    first, second, third = shown["VcoRouteEntries"]
    assert first == {
        "VpnConnectionId": told.connection_id,
        "RouteDest": "10.9.0.0/16",
        "NextHop": told.connection_id,
        "NextHopTunnelIdList": [one],
        "Weight": 0,
        "State": "Active",
        "CreateTime": int(clock.now().timestamp() * 1000),
        "RouteEntryType": "bgp",
        "Source": "VPN_BGP",
        "AsPath": "[65001]",
        "Community": "65001:7,65001:8",
    }
    assert second["AsPath"] == "[65001, 65100]"
    assert (third["Source"], third["RouteDest"]) == ("CLOUD", "172.16.0.0/24")
    assert third["NextHopTunnelIdList"] == []
    assert shown["TotalCount"] == 3
    counts = {
        (each["RouteEntryType"], each["Source"]): each["RouteCount"]
        for each in shown["VpnRouteCounts"]
    }
    assert counts == {("custom", "CLOUD"): 0, ("bgp", "VPN_BGP"): 2, ("bgp", "CLOUD"): 1}
    assert listed(told, RouteEntryType="custom")["VcoRouteEntries"] == []


def test_a_report_replaces_what_was_told_before(
    told: speakers.Attached, node: simulation.ObedientNode, clock: simulation.StoppedClock
) -> None:
    one, two = told.tunnel_ids
    before = listed(told)["VcoRouteEntries"][0]["CreateTime"]
    clock.advance(5)
    node.tell_routes(
        told.router_id,
        told.connection_id,
        route("10.9.0.0/16", one, two, as_path=(65001, 65001)),
        route("10.11.0.0/16", one),
    )
    node.settle()
    first, second = listed(told)["VcoRouteEntries"]
    assert (first["AsPath"], first["CreateTime"]) == ("[65001, 65001]", before)
    assert (second["RouteDest"], second["CreateTime"]) == ("10.11.0.0/16", before + 5000)
    node.tell_routes(told.router_id, told.connection_id)
    assert listed(told)["TotalCount"] == 0


def test_routes_of_strangers_are_not_kept(
    told: speakers.Attached, node: simulation.ObedientNode
) -> None:
    node.tell_routes("tr-elsewhere", told.connection_id)
    node.tell_routes(told.router_id, "vco-unknown", route("10.0.0.0/8"))
    assert listed(told)["TotalCount"] == 3


def test_routes_go_with_bgp_and_late_words_about_them_too(
    told: speakers.Attached, node: simulation.ObedientNode
) -> None:
    told.cloud.call(
        "ModifyVpnAttachmentAttribute",
        VpnConnectionId=told.connection_id,
        EnableTunnelsBgp=False,
    )
    assert listed(told)["TotalCount"] == 0
    node.tell_routes(told.router_id, told.connection_id, route("10.9.0.0/16"))
    assert listed(told)["TotalCount"] == 0
    node.settle()
    told.cloud.call(
        "ModifyVpnAttachmentAttribute", VpnConnectionId=told.connection_id, EnableTunnelsBgp=True
    )
    # The node may not have noticed that BGP was off, and repeats nothing.
    assert listed(told)["TotalCount"] == 1


def test_routes_go_with_the_attachment(
    told: speakers.Attached, node: simulation.ObedientNode
) -> None:
    told.cloud.call(
        "DeleteTransitRouterVpnAttachment",
        TransitRouterAttachmentId=told.attachment_id,
        Force=True,
    )
    node.settle()
    assert told.described["AttachType"] == "NO_ASSOCIATED"
    assert listed(told)["TotalCount"] == 0


def test_ten_thousand_routes_are_paged(
    told: speakers.Attached, node: simulation.ObedientNode
) -> None:
    one, _ = told.tunnel_ids
    prefixes = list(IPv4Network("10.128.0.0/10").subnets(new_prefix=24))[:10_000]
    node.tell_routes(
        told.router_id, told.connection_id, *(route(str(prefix), one) for prefix in prefixes)
    )
    last = listed(told, PageNumber=200, PageSize=50)
    assert last["TotalCount"] == 10_000
    assert [each["RouteDest"] for each in last["VcoRouteEntries"]] == [
        str(prefix) for prefix in prefixes[-50:]
    ]
    assert listed(told, PageNumber=201, PageSize=50)["VcoRouteEntries"] == []


def entries(it: speakers.Attached, table_id: str, **more: Any) -> list[Any]:
    found = it.cloud.call(
        "ListTransitRouterRouteEntries", TransitRouterRouteTableId=table_id, MaxResults=100, **more
    )
    return list(found["TransitRouterRouteEntries"])


def states(found: list[Any]) -> list[tuple[str, str]]:
    return [
        (
            each["TransitRouterRouteEntryDestinationCidrBlock"],
            each["TransitRouterRouteEntryStatus"],
        )
        for each in found
    ]


@pytest.fixture
def propagated(told: speakers.Attached, frame: Any, node: simulation.ObedientNode) -> str:
    """The table to which the connection propagates."""
    told.cloud.call(
        "EnableTransitRouterRouteTablePropagation",
        TransitRouterAttachmentId=told.attachment_id,
        TransitRouterRouteTableId=frame.table_id,
    )
    node.settle()
    return str(frame.table_id)


def test_a_table_shows_what_a_propagated_connection_learned(
    told: speakers.Attached, propagated: str
) -> None:
    first, second = entries(told, propagated)
    assert first["TransitRouterRouteEntryType"] == "Propagated"
    assert first["TransitRouterRouteEntryNextHopId"] == told.attachment_id
    assert first["PathAttributes"] == {
        "AsPaths": ["65001"],
        "Communities": ["65001:7", "65001:8"],
        "OriginInstanceId": told.connection_id,
        "OriginInstanceType": "VPN",
        "OriginRouteType": "BGP",
        "Preference": 50,
    }
    assert states([first, second]) == [("10.9.0.0/16", "Active"), ("10.10.0.0/16", "Active")]
    everything = entries(told, propagated, TransitRouterRouteEntryStatus="All")
    assert states(everything)[0] == ("0.0.0.0/0", "Rejected")
    only = entries(told, propagated, TransitRouterRouteEntryDestinationCidrBlock="10.10.0.0/16")
    assert states(only) == [("10.10.0.0/16", "Active")]


def test_a_destination_route_wins_over_what_was_learned(
    told: speakers.Attached, propagated: str, node: simulation.ObedientNode
) -> None:
    told.cloud.call(
        "CreateVcoRouteEntry",
        VpnConnectionId=told.connection_id,
        NextHop=told.connection_id,
        RouteDest="10.9.0.0/16",
        Weight=100,
    )
    node.settle()
    found = entries(
        told,
        propagated,
        TransitRouterRouteEntryStatus="All",
        TransitRouterRouteEntryDestinationCidrBlock="10.9.0.0/16",
    )
    assert {
        each["PathAttributes"]["OriginRouteType"]: each["TransitRouterRouteEntryStatus"]
        for each in found
    } == {"System": "Active", "BGP": "Candidate"}


def test_the_shortest_path_forwards_and_equal_ones_share(
    told: speakers.Attached, propagated: str, node: simulation.ObedientNode, frame: Any
) -> None:
    others = []
    for third in ("20", "30"):
        connection_id = told.peers.create(f"169.254.{third}.0/30", f"169.254.{third}.4/30")
        attachment_id = speakers.attach(told.cloud, node, frame, connection_id)
        other = speakers.Attached(
            told.cloud, node, connection_id, attachment_id, told.router_id, told.peers
        )
        node.see(other.tunnel_ids[0], ike=True, children=1)
        told.cloud.call(
            "EnableTransitRouterRouteTablePropagation",
            TransitRouterAttachmentId=attachment_id,
            TransitRouterRouteTableId=propagated,
        )
        others.append(other)
    node.settle()
    for other, path in zip(others, ((65001, 65002), (65001, 65003)), strict=True):
        node.tell_routes(
            other.router_id,
            other.connection_id,
            route("10.9.0.0/16", other.tunnel_ids[0], as_path=path),
            route("10.10.0.0/16", other.tunnel_ids[0], as_path=path),
        )
    found = {
        (
            each["TransitRouterRouteEntryDestinationCidrBlock"],
            each["TransitRouterRouteEntryNextHopResourceId"],
        ): each["TransitRouterRouteEntryStatus"]
        for each in entries(told, propagated, TransitRouterRouteEntryStatus="All")
    }
    assert [found["10.9.0.0/16", each.connection_id] for each in (told, *others)] == [
        "Active",
        "Candidate",
        "Candidate",
    ]
    assert {found["10.10.0.0/16", each.connection_id] for each in (told, *others)} == {"Active"}


def test_without_phase_2_nothing_is_learned(
    told: speakers.Attached, propagated: str, node: simulation.ObedientNode
) -> None:
    node.see(told.tunnel_ids[0], ike=True)
    node.settle()
    assert entries(told, propagated, TransitRouterRouteEntryStatus="All") == []
