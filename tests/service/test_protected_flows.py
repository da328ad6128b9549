"""Protected data flows: their selectors, and the routes that follow from them by themselves."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pytest

from futago.messages import codec
from futago.plan import intent, liveness, observation, routing
from futago.store import schema

LOCAL = "10.0.0.0/16,172.20.0.0/16"
REMOTE = "192.168.10.0/24,192.168.20.0/24"
FLOWS = {"LocalSubnet": LOCAL, "RemoteSubnet": REMOTE}
ANY = "0.0.0.0/0"


@pytest.fixture
def connection_id(cloud: Any, node: Any, frame: Any, site: Any) -> str:
    """A connection with protected data flows, attached and settled."""
    made = cloud.call("CreateVpnAttachment", **{**site.connection, **FLOWS})
    attach(cloud, node, frame, made["VpnConnectionId"])
    return str(made["VpnConnectionId"])


def attach(cloud: Any, node: Any, frame: Any, connection_id: str) -> str:
    made = cloud.call(
        "CreateTransitRouterVpnAttachment", TransitRouterId=frame.router_id, VpnId=connection_id
    )
    node.settle()
    return str(made["TransitRouterAttachmentId"])


def destinations(cloud: Any, connection_id: str) -> set[str]:
    answer = cloud.call("DescribeVcoRouteEntries", VpnConnectionId=connection_id)
    assert all(each["Weight"] == 100 for each in answer["VcoRouteEntries"])
    return {each["RouteDest"] for each in answer["VcoRouteEntries"]}


def modify(cloud: Any, node: Any, connection_id: str, **values: Any) -> Any:
    answer = cloud.call("ModifyVpnAttachmentAttribute", VpnConnectionId=connection_id, **values)
    node.settle()
    return answer


def wanted(cloud: Any, kind: intent.IntentKind, resource_id: str) -> Any:
    """What the node shall have of a resource."""
    with cloud.database.read() as unit:
        rows = unit.session.query(schema.IntentRow).filter_by(
            kind=kind.value, resource_id=resource_id
        )
        return codec.decode_intent(kind, rows.one().intent_json)


def route(connection_id: str, prefix: str) -> dict[str, Any]:
    return {
        "VpnConnectionId": connection_id,
        "NextHop": connection_id,
        "RouteDest": prefix,
        "Weight": 100,
    }


def test_remote_prefixes_become_routes_and_selectors_of_both_tunnels(
    cloud: Any, frame: Any, connection_id: str
) -> None:
    shown = cloud.call("DescribeVpnConnection", VpnConnectionId=connection_id)
    assert (shown["LocalSubnet"], shown["RemoteSubnet"]) == (LOCAL, REMOTE)
    assert destinations(cloud, connection_id) == set(REMOTE.split(","))
    bound = wanted(cloud, intent.IntentKind.CONNECTION, connection_id)
    for tunnel in bound.tunnels:
        assert ",".join(map(str, tunnel.local_ts)) == LOCAL
        assert ",".join(map(str, tunnel.remote_ts)) == REMOTE
    router = wanted(cloud, intent.IntentKind.ROUTER, frame.router_id)
    (flow,) = routing.packet_filter("fg", router).flows
    assert len(flow.devices) == 2
    assert flow.remote == tuple(map(IPv4Network, REMOTE.split(",")))


def test_the_download_swaps_the_sides(cloud: Any, connection_id: str) -> None:
    answer = cloud.call("DownloadVpnConnectionConfig", VpnConnectionId=connection_id)
    shown = answer["VpnConnectionConfig"]
    assert (shown["LocalSubnet"], shown["RemoteSubnet"]) == (REMOTE, LOCAL)


def test_automatic_routes_reach_a_table_that_learns_while_a_tunnel_is_up(
    cloud: Any, node: Any, frame: Any, site: Any
) -> None:
    made = cloud.call("CreateVpnAttachment", **{**site.connection, **FLOWS})
    attachment_id = attach(cloud, node, frame, made["VpnConnectionId"])
    cloud.call(
        "EnableTransitRouterRouteTablePropagation",
        TransitRouterAttachmentId=attachment_id,
        TransitRouterRouteTableId=frame.table_id,
    )
    node.settle()

    def learned() -> set[str]:
        answer = cloud.call(
            "ListTransitRouterRouteEntries", TransitRouterRouteTableId=frame.table_id
        )
        return {
            each["TransitRouterRouteEntryDestinationCidrBlock"]
            for each in answer["TransitRouterRouteEntries"]
        }

    assert learned() == set()
    shown = cloud.call("DescribeVpnConnection", VpnConnectionId=made["VpnConnectionId"])
    options = shown["TunnelOptionsSpecification"]["TunnelOptions"]
    for carrying, expected in (((0,), set(REMOTE.split(","))), ((), set())):
        for number, each in enumerate(options):
            node.see(each["TunnelId"], ike=True, children=int(number in carrying))
        node.settle()
        assert learned() == expected


def test_routes_follow_the_selectors_and_the_switch(
    cloud: Any, node: Any, connection_id: str
) -> None:
    modify(cloud, node, connection_id, RemoteSubnet="192.168.10.0/24,192.168.30.0/24")
    assert destinations(cloud, connection_id) == {"192.168.10.0/24", "192.168.30.0/24"}
    modify(cloud, node, connection_id, AutoConfigRoute=False)
    assert destinations(cloud, connection_id) == set()
    modify(cloud, node, connection_id, AutoConfigRoute=True)
    assert destinations(cloud, connection_id) == {"192.168.10.0/24", "192.168.30.0/24"}
    answer = modify(cloud, node, connection_id, LocalSubnet=ANY, RemoteSubnet=ANY)
    assert (answer["LocalSubnet"], answer["RemoteSubnet"]) == (ANY, ANY)
    assert destinations(cloud, connection_id) == set()
    modify(cloud, node, connection_id, **FLOWS)
    assert destinations(cloud, connection_id) == set(REMOTE.split(","))


def test_a_route_added_by_hand_stays_when_the_selectors_go(
    cloud: Any, node: Any, frame: Any, site: Any
) -> None:
    connection_id = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    attach(cloud, node, frame, connection_id)
    cloud.call("CreateVcoRouteEntry", **route(connection_id, "192.168.10.0/24"))
    node.settle()
    modify(cloud, node, connection_id, **FLOWS)
    assert destinations(cloud, connection_id) == set(REMOTE.split(","))
    modify(cloud, node, connection_id, LocalSubnet=ANY, RemoteSubnet=ANY)
    assert destinations(cloud, connection_id) == {"192.168.10.0/24"}


def test_an_automatic_route_can_be_removed_and_added_by_hand(
    cloud: Any, node: Any, connection_id: str
) -> None:
    cloud.call("DeleteVcoRouteEntry", **route(connection_id, "192.168.10.0/24"))
    # Going is not gone, and comes back when the selectors ask for it meanwhile.
    assert cloud.refused("CreateVcoRouteEntry", **route(connection_id, "192.168.10.0/24")).code in {
        "VpnRouteEntry.AlreadyExists",
        "VpnConnection.Configuring",
    }
    node.settle()
    assert destinations(cloud, connection_id) == {"192.168.20.0/24"}
    modify(cloud, node, connection_id, Name="renamed")
    assert destinations(cloud, connection_id) == {"192.168.20.0/24"}
    cloud.call("CreateVcoRouteEntry", **route(connection_id, "192.168.10.128/25"))
    node.settle()
    assert destinations(cloud, connection_id) == {"192.168.10.128/25", "192.168.20.0/24"}


def test_a_destination_that_no_flow_covers_is_refused(cloud: Any, connection_id: str) -> None:
    refusal = cloud.refused("CreateVcoRouteEntry", **route(connection_id, "10.77.0.0/16"))
    assert refusal.code == "IllegalParam.RouteDest"
    for part in ("10.77.0.0/16", "192.168.10.0/24, 192.168.20.0/24", "remote side"):
        assert part in refusal.message


def test_the_same_prefixes_in_another_order_renegotiate_nothing(
    cloud: Any, node: Any, connection_id: str
) -> None:
    before = wanted(cloud, intent.IntentKind.CONNECTION, connection_id)
    turned = ",".join(reversed(LOCAL.split(",")))
    modify(cloud, node, connection_id, LocalSubnet=turned)
    after = wanted(cloud, intent.IntentKind.CONNECTION, connection_id)
    assert [each.digest for each in after.tunnels] == [each.digest for each in before.tunnels]
    shown = cloud.call("DescribeVpnConnection", VpnConnectionId=connection_id)
    assert shown["LocalSubnet"] == turned


@pytest.mark.parametrize(
    ("values", "code", "parts"),
    [
        ({"RemoteSubnet": ANY}, "IllegalParam.LocalSubnet", (LOCAL, ANY)),
        ({"LocalSubnet": ANY}, "IllegalParam.RemoteSubnet", (REMOTE, ANY)),
        ({"RemoteSubnet": "192.168.10.7/24"}, "IllegalParam.RemoteSubnet", ("192.168.10.0/24",)),
        ({"RemoteSubnet": "100.64.0.0/16"}, "IllegalParam.RemoteSubnet", ("100.64.0.0/10",)),
        ({"RemoteSubnet": "198.51.100.0/24"}, "IllegalParam.RemoteSubnet", ("198.51.100.0/25",)),
        ({"RemoteSubnet": "96.0.0.0/3"}, "IllegalParam.RemoteSubnet", ("100.64.0.0/10",)),
    ],
)
def test_a_bad_change_of_selectors_is_refused_and_changes_nothing(
    cloud: Any, connection_id: str, values: dict[str, Any], code: str, parts: tuple[str, ...]
) -> None:
    refusal = cloud.refused("ModifyVpnAttachmentAttribute", VpnConnectionId=connection_id, **values)
    assert (refusal.status, refusal.code) == (400, code)
    for part in parts:
        assert part in refusal.message
    assert destinations(cloud, connection_id) == set(REMOTE.split(","))


def test_ikev1_takes_one_prefix_on_each_side(
    cloud: Any, node: Any, frame: Any, site: Any, connection_id: str
) -> None:
    shown = cloud.call("DescribeVpnConnection", VpnConnectionId=connection_id)
    first = shown["TunnelOptionsSpecification"]["TunnelOptions"][0]
    older = {"TunnelIkeConfig": {"IkeVersion": "ikev1"}}
    refusal = cloud.refused(
        "ModifyTunnelAttribute",
        VpnConnectionId=connection_id,
        TunnelId=first["TunnelId"],
        TunnelOptionsSpecification=older,
    )
    assert refusal.code == "ModifyIkeV1WithMultiRoutes.Invalid"
    assert "ikev2" in refusal.message
    modify(cloud, node, connection_id, LocalSubnet="10.0.0.0/16", RemoteSubnet="192.168.10.0/24")
    cloud.call(
        "ModifyTunnelAttribute",
        VpnConnectionId=connection_id,
        TunnelId=first["TunnelId"],
        TunnelOptionsSpecification=older,
    )
    node.settle()
    refusal = cloud.refused("ModifyVpnAttachmentAttribute", VpnConnectionId=connection_id, **FLOWS)
    assert refusal.code == "ModifyIkeV1WithMultiRoutes.Invalid"


def test_detaching_takes_the_routes_and_attaching_brings_them_back(
    cloud: Any, node: Any, frame: Any, site: Any
) -> None:
    made = cloud.call("CreateVpnAttachment", **{**site.connection, **FLOWS})
    connection_id = made["VpnConnectionId"]
    assert destinations(cloud, connection_id) == set()
    attachment_id = attach(cloud, node, frame, connection_id)
    assert destinations(cloud, connection_id) == set(REMOTE.split(","))
    cloud.call("DeleteTransitRouterVpnAttachment", TransitRouterAttachmentId=attachment_id)
    node.settle()
    assert destinations(cloud, connection_id) == set()
    attach(cloud, node, frame, connection_id)
    assert destinations(cloud, connection_id) == set(REMOTE.split(","))


def test_sides_that_share_addresses_are_taken_with_a_warning(
    cloud: Any, node: Any, connection_id: str
) -> None:
    def verdicts() -> list[Any]:
        answer = cloud.call("DiagnoseVpnConnections", VpnConnectionIds=[connection_id])
        return list(answer["VpnConnections"])

    assert {each["FailedReasonCode"] for each in verdicts()} == {"NoExceptionFound"}
    modify(cloud, node, connection_id, LocalSubnet="10.0.0.0/8", RemoteSubnet="10.9.0.0/16")
    for each in verdicts():
        assert (each["FailedReasonCode"], each["Severity"]) == ("TrafficSelectorOverlap", "Warn")
        assert (each["MismatchLocalParam"], each["MismatchRemoteParam"]) == (
            "10.0.0.0/8",
            "10.9.0.0/16",
        )
        assert "renumber" in each["FailedReason"]


def test_bgp_and_protected_flows_exclude_each_other(cloud: Any, connection_id: str) -> None:
    shown = cloud.call("DescribeVpnConnection", VpnConnectionId=connection_id)
    options = shown["TunnelOptionsSpecification"]["TunnelOptions"]
    refusal = cloud.refused(
        "ModifyVpnAttachmentAttribute",
        VpnConnectionId=connection_id,
        EnableTunnelsBgp=True,
        TunnelOptionsSpecification=[
            {
                "TunnelId": each["TunnelId"],
                "TunnelBgpConfig": {
                    "TunnelCidr": f"169.254.{number}.0/30",
                    "LocalBgpIp": f"169.254.{number}.1",
                },
            }
            for number, each in enumerate(options, 30)
        ],
    )
    assert refusal.code == "OperationUnsupported.EnableBgp"
    assert "0.0.0.0/0" in refusal.message


def test_a_tunnel_that_its_probes_call_dead_is_no_next_hop(
    cloud: Any, node: Any, connection_id: str
) -> None:
    shown = cloud.call("DescribeVpnConnection", VpnConnectionId=connection_id)
    first, second = (
        each["TunnelId"] for each in shown["TunnelOptionsSpecification"]["TunnelOptions"]
    )

    def see(*dead: str) -> list[list[str]]:
        for tunnel_id in (first, second):
            node.see(tunnel_id, ike=True, children=1)
            verdict = liveness.Verdict.DEAD if tunnel_id in dead else liveness.Verdict.ALIVE
            node.seen[tunnel_id] = replace(
                node.seen[tunnel_id], probe=observation.ProbeObservation(verdict=verdict)
            )
        node.settle()
        answer = cloud.call("DescribeVcoRouteEntries", VpnConnectionId=connection_id)
        return [sorted(each["NextHopTunnelIdList"]) for each in answer["VcoRouteEntries"]]

    both = sorted((first, second))
    assert see() == [both, both]
    assert see(first) == [[second], [second]]
    # What both have in common is more likely the target: neither is left out.
    assert see(first, second) == [both, both]


@pytest.mark.parametrize(("spelled", "limit"), [("Standard", 10**9), ("Large", 3 * 10**9)])
def test_the_bandwidth_class_reaches_the_node(
    cloud: Any, node: Any, frame: Any, site: Any, spelled: str, limit: int
) -> None:
    made = cloud.call("CreateVpnAttachment", **site.connection, TunnelBandwidth=spelled)
    attach(cloud, node, frame, made["VpnConnectionId"])
    bound = wanted(cloud, intent.IntentKind.CONNECTION, made["VpnConnectionId"])
    assert [each.bandwidth.bits_per_second for each in bound.tunnels] == [limit] * 2
