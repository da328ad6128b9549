"""The walk between two addresses: each broken situation names its hop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from futago.plan import paths
from futago.testing import simulation

NEAR, FAR = "10.20.0.10", "192.168.10.10"
NETWORK = "192.168.10.0/24"
TABLE = "TransitRouterRouteTableId"
ATTACHMENT = "TransitRouterAttachmentId"
Code = paths.PathCode


@dataclass
class Way:
    """A VPC and a data center on one router, everything in order."""

    cloud: Any
    node: simulation.ObedientNode
    frame: Any
    site: Any
    ids: dict[str, str] = field(default_factory=dict)
    tunnels: list[str] = field(default_factory=list)

    def build(self, **more: Any) -> Way:
        vpc_id = self.cloud.call("CreateVpc", CidrBlock="10.20.0.0/16")["VpcId"]
        vswitch_id = self.cloud.call(
            "CreateVSwitch", VpcId=vpc_id, CidrBlock="10.20.0.0/24", ZoneId="zone-a"
        )["VSwitchId"]
        self.ids["vpc"] = vpc_id
        self.node.settle()
        self.ids["vpc-attachment"] = self.cloud.call(
            "CreateTransitRouterVpcAttachment",
            TransitRouterId=self.frame.router_id,
            VpcId=vpc_id,
            ZoneMappings=[{"VSwitchId": vswitch_id, "ZoneId": "zone-a"}],
        )[ATTACHMENT]
        wanted = {**self.site.connection, **more}
        self.ids["vpn"] = self.cloud.call("CreateVpnAttachment", **wanted)["VpnConnectionId"]
        self.ids["vpn-attachment"] = self.cloud.call(
            "CreateTransitRouterVpnAttachment",
            TransitRouterId=self.frame.router_id,
            VpnId=self.ids["vpn"],
        )[ATTACHMENT]
        self.node.settle()
        for kind in ("vpc", "vpn"):
            self.bind("AssociateTransitRouterAttachmentWithRouteTable", kind)
            self.bind("EnableTransitRouterRouteTablePropagation", kind)
        described = self.cloud.call("DescribeVpnConnection", VpnConnectionId=self.ids["vpn"])
        options = described["TunnelOptionsSpecification"]["TunnelOptions"]
        self.tunnels = [each["TunnelId"] for each in options]
        self.see(1, 1)
        self.destination("CreateVcoRouteEntry", NETWORK)
        return self

    def bind(self, action: str, kind: str) -> None:
        names = {ATTACHMENT: self.ids[f"{kind}-attachment"], TABLE: self.frame.table_id}
        self.cloud.call(action, **names)
        self.node.settle()

    def see(self, *children: int) -> None:
        for tunnel_id, count in zip(self.tunnels, children, strict=True):
            self.node.see(tunnel_id, ike=bool(count), children=count)
        self.node.settle()

    def destination(self, action: str, prefix: str) -> None:
        self.cloud.call(
            action,
            VpnConnectionId=self.ids["vpn"],
            NextHop=self.ids["vpn"],
            RouteDest=prefix,
            Weight=100,
        )
        self.node.settle()

    def entry(self, prefix: str, attachment: str | None = None) -> None:
        entry = "TransitRouterRouteEntry"
        self.cloud.call(
            "CreateTransitRouterRouteEntry",
            **{
                TABLE: self.frame.table_id,
                f"{entry}DestinationCidrBlock": prefix,
                f"{entry}NextHopType": "Attachment" if attachment else "BlackHole",
                f"{entry}NextHopId": attachment,
            },
        )
        self.node.settle()

    def test(self, source: str = NEAR, destination: str = FAR) -> Any:
        return self.cloud.call(
            "TestPath",
            VpnConnectionId=self.ids["vpn"],
            Source=source,
            Destination=destination,
        )


@pytest.fixture
def way(cloud: Any, node: simulation.ObedientNode, frame: Any, site: Any) -> Way:
    return Way(cloud, node, frame, site).build()


def test_a_good_path_shows_every_hop_and_both_choices(way: Way) -> None:
    answer = way.test()
    assert (answer["Verdict"], answer["FirstBroken"], answer["StartsInVpc"]) == (
        "passes",
        {},
        True,
    )
    (tunnel,) = (each for each in answer["There"] if each["Hop"] == "tunnel")
    assert [each["TunnelId"] for each in tunnel["Choices"]] == way.tunnels
    assert all(each["Carries"] for each in tunnel["Choices"])
    assert [each["Hop"] for each in answer["There"]][-1] == "peer"
    assert answer["There"][-1]["State"] == "unknown"
    turned = way.test(FAR, NEAR)
    assert (turned["There"], turned["Back"]) == (answer["Back"], answer["There"])
    assert not turned["StartsInVpc"]


def test_one_tunnel_carries_when_the_other_is_down(way: Way) -> None:
    way.see(0, 1)
    answer = way.test()
    assert answer["Verdict"] == "passes"
    (tunnel,) = (each for each in answer["There"] if each["Hop"] == "tunnel")
    assert tunnel["ResourceId"] == way.tunnels[1]
    assert [each["Carries"] for each in tunnel["Choices"]] == [False, True]


def dissociate(kind: str) -> Callable[[Way], None]:
    action = "DissociateTransitRouterAttachmentFromRouteTable"
    return lambda way: way.bind(action, kind)


def unlearn(kind: str) -> Callable[[Way], None]:
    action = "DisableTransitRouterRouteTablePropagation"
    return lambda way: way.bind(action, kind)


def blackhole(prefix: str) -> Callable[[Way], None]:
    return lambda way: way.entry(prefix)


def astray(way: Way) -> None:
    way.entry("192.168.10.0/25", way.ids["vpc-attachment"])


SITUATIONS = {
    "both tunnels are down": (lambda way: way.see(0, 0), "tunnel", Code.TUNNELS_DOWN),
    "the VPC has no association": (dissociate("vpc"), "association", Code.NO_ASSOCIATION),
    "the connection has no association": (dissociate("vpn"), "association", Code.NO_ASSOCIATION),
    "the connection does not propagate": (unlearn("vpn"), "route", Code.NOT_PROPAGATED),
    "the VPC does not propagate": (unlearn("vpc"), "route", Code.NOT_PROPAGATED),
    "there is no destination route": (
        lambda way: way.destination("DeleteVcoRouteEntry", NETWORK),
        "route",
        Code.NO_ROUTE,
    ),
    "a blackhole takes it there": (blackhole("192.168.10.0/25"), "route", Code.BLACKHOLE),
    "a blackhole takes it back": (blackhole("10.20.0.0/25"), "route", Code.BLACKHOLE),
    "an entry leads elsewhere": (astray, "route", Code.OTHER_NEXT_HOP),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_broken_hop_is_named(way: Way, name: str) -> None:
    make, hop, code = SITUATIONS[name]
    make(way)
    broken = way.test()["FirstBroken"]
    assert (broken["Hop"], broken["Code"]) == (hop, code.value), broken
    assert broken["Remedy"]
    assert way.test()["Verdict"] == "broken"


@pytest.mark.parametrize(
    ("source", "destination", "hop", "code"),
    [
        ("10.20.9.9", FAR, "vswitch", Code.NO_VSWITCH),
        ("172.31.0.1", FAR, "vswitch", Code.NO_VSWITCH),
        (NEAR, "8.8.8.8", "vpc-attachment", Code.VPC_KEEPS),
        (NEAR, "192.168.99.1", "route", Code.NO_ROUTE),
    ],
)
def test_addresses_that_lead_nowhere(
    way: Way, source: str, destination: str, hop: str, code: paths.PathCode
) -> None:
    broken = way.test(source, destination)["FirstBroken"]
    assert (broken["Hop"], broken["Code"]) == (hop, code.value), broken


def test_a_vpc_elsewhere_and_a_connection_nowhere(way: Way) -> None:
    other = way.cloud.call("CreateVpc", CidrBlock="10.30.0.0/16")["VpcId"]
    way.cloud.call("CreateVSwitch", VpcId=other, CidrBlock="10.30.0.0/24", ZoneId="zone-a")
    way.node.settle()
    assert way.test("10.30.0.10")["FirstBroken"]["Code"] == Code.VPC_NOT_ATTACHED.value
    loose = way.cloud.call("CreateVpnAttachment", **way.site.connection)["VpnConnectionId"]
    way.ids["vpn"] = loose
    assert way.test()["FirstBroken"]["Code"] == Code.VPN_NOT_ATTACHED.value


def test_protected_flows_that_do_not_cover_an_address(
    cloud: Any, node: simulation.ObedientNode, frame: Any, site: Any
) -> None:
    way = Way(cloud, node, frame, site).build(
        LocalSubnet="10.20.1.0/24", RemoteSubnet="192.168.0.0/16"
    )
    broken = way.test()["FirstBroken"]
    assert (broken["Hop"], broken["Code"]) == ("protected-flows", Code.OUTSIDE_FLOWS.value)
    assert "10.20.1.0/24" in broken["Text"]


def test_a_silent_node_leaves_it_open(way: Way, clock: simulation.StoppedClock) -> None:
    clock.advance(60)
    answer = way.test()
    assert answer["Verdict"] == "unknown"
    assert answer["FirstBroken"] == {}


def test_two_hosts_of_vpcs_are_refused(way: Way) -> None:
    refusal = way.cloud.refused(
        "TestPath", VpnConnectionId=way.ids["vpn"], Source=NEAR, Destination="10.20.0.11"
    )
    assert refusal.code == "IllegalParam.Destination"
