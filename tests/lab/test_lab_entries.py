"""Static routes, blackholes and replaced associations, seen by traffic between a VPC and a site.

    host app1 ─ VPC ─ transit router ═══ two tunnels ═══ device dc1 ─ host dc1

Nothing is propagated at first: both directions live on static routes of the system table.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from futago.lab import client, record, registry, wait
from futago.protocols.rpc import params

pytestmark = [pytest.mark.lab, pytest.mark.slow]

CBN_VERSION = "2017-09-12"
VPC_PREFIX = "10.20.0.0/16"
FUTAGO = [sys.executable, "-m", "futago", "lab"]
PROBE = [sys.executable, "-m", "futago.lab.probe"]
ENTRY = "TransitRouterRouteEntry"


@dataclass(frozen=True)
class Network:
    """A router with a VPC and a site behind two established tunnels."""

    directory: Path
    lab: record.Lab
    router_id: str
    table_id: str
    connection_id: str
    vpn: str
    vpc: str
    host_address: str

    @property
    def site(self) -> record.Site:
        return self.lab.site("dc1")

    def vpc_call(self, action: str, **values: Any) -> Any:
        return call(self.lab, client.VPC_VERSION, action, **values)

    def cbn(self, action: str, **values: Any) -> Any:
        return call(self.lab, CBN_VERSION, action, **values)

    def entries(self, **wanted: Any) -> dict[str, str]:
        """Type and status of the routes to the site."""
        answer = self.cbn(
            "ListTransitRouterRouteEntries",
            TransitRouterRouteTableId=self.table_id,
            TransitRouterRouteEntryStatus="All",
            TransitRouterRouteEntryDestinationCidrBlock=str(self.site.network),
            **wanted,
        )
        return {
            each[f"{ENTRY}Type"]: each[f"{ENTRY}Status"]
            for each in answer["TransitRouterRouteEntries"]
        }

    def route(self, table_id: str, prefix: str, attachment_id: str | None) -> dict[str, Any]:
        hop: dict[str, Any] = {f"{ENTRY}NextHopType": "BlackHole"}
        if attachment_id is not None:
            hop = {f"{ENTRY}NextHopType": "Attachment", f"{ENTRY}NextHopId": attachment_id}
        return {
            "TransitRouterRouteTableId": table_id,
            f"{ENTRY}DestinationCidrBlock": prefix,
            **hop,
        }

    def answered(self, source: str, count: int = 5) -> int:
        """Ping the other side once and count the answers."""
        target = str(self.site.host_address) if source == "app1" else self.host_address
        words = [*PROBE, "ping", target, "--count", str(count)]
        done = subprocess.run(
            inside(self.directory, source, words), check=False, capture_output=True, timeout=60
        )
        received: int = json.loads(done.stdout)["received"]
        return received

    def wait_answered(self, source: str, wanted: int, count: int = 5) -> None:
        def look() -> bool:
            received = self.answered(source, count)
            assert received == wanted, f"{received} of {count} answered"
            return True

        wait.eventually(look, within=30)


def call(lab: record.Lab, version: str, action: str, **values: Any) -> Any:
    pairs = tuple(params.flatten({"RegionId": lab.region_id, **values}))
    return client.call(lab, action, version, pairs)


def futago(directory: Path, *words: str) -> str:
    verb = words[:2] if words[0] in {"site", "host"} else words[:1]
    arguments = [*FUTAGO, *verb, "--dir", str(directory), *words[len(verb) :]]
    done = subprocess.run(arguments, check=False, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr
    return done.stdout


def inside(directory: Path, name: str, command: list[str]) -> list[str]:
    return [*FUTAGO, "exec", "--dir", str(directory), name, "--", *command]


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    directory = tmp_path_factory.mktemp("entries") / "lab"
    futago(directory, "up", "--detach")
    mark = json.loads((directory / record.FILE).read_text())["mark"]
    try:
        yield build(directory)
    finally:
        if mark in registry.marks():
            subprocess.run([*FUTAGO, "down", "--mark", mark], check=False, timeout=90)


def build(directory: Path) -> Network:
    lab = record.load(directory)
    cen_id = call(lab, CBN_VERSION, "CreateCen")["CenId"]
    blocks = json.dumps([{"Cidr": "10.99.0.0/24"}])
    router_id = call(
        lab, CBN_VERSION, "CreateTransitRouter", CenId=cen_id, TransitRouterCidrList=blocks
    )["TransitRouterId"]
    tables = call(lab, CBN_VERSION, "ListTransitRouterRouteTables", TransitRouterId=router_id)[
        "TransitRouterRouteTables"
    ]
    vpc_id = call(lab, client.VPC_VERSION, "CreateVpc", CidrBlock=VPC_PREFIX)["VpcId"]
    zone = call(lab, client.VPC_VERSION, "DescribeZones")["Zones"]["Zone"][0]["ZoneId"]
    vswitch_id = call(
        lab,
        client.VPC_VERSION,
        "CreateVSwitch",
        VpcId=vpc_id,
        ZoneId=zone,
        CidrBlock="10.20.1.0/24",
    )["VSwitchId"]
    vpc = call(
        lab,
        CBN_VERSION,
        "CreateTransitRouterVpcAttachment",
        TransitRouterId=router_id,
        VpcId=vpc_id,
        ZoneMappings=[{"ZoneId": zone, "VSwitchId": vswitch_id}],
    )["TransitRouterAttachmentId"]
    connection_id, vpn = connect(lab, router_id)
    host_address = futago(
        directory, "host", "add", "app1", "--vpc", vpc_id, "--vswitch", vswitch_id
    ).strip()
    made = Network(
        directory=directory,
        lab=record.load(directory),
        router_id=router_id,
        table_id=tables[0]["TransitRouterRouteTableId"],
        connection_id=connection_id,
        vpn=vpn,
        vpc=vpc,
        host_address=host_address,
    )
    wire(made)
    return made


def connect(lab: record.Lab, router_id: str) -> tuple[str, str]:
    gateways = [
        call(lab, client.VPC_VERSION, "CreateCustomerGateway", IpAddress=str(address))
        for address in lab.site("dc1").addresses
    ]
    connection_id = call(
        lab,
        client.VPC_VERSION,
        "CreateVpnAttachment",
        LocalSubnet="0.0.0.0/0",
        RemoteSubnet="0.0.0.0/0",
        TunnelOptionsSpecification=[
            {"TunnelIndex": index, "CustomerGatewayId": each["CustomerGatewayId"]}
            for index, each in enumerate(gateways, 1)
        ],
    )["VpnConnectionId"]
    attachment = call(
        lab,
        CBN_VERSION,
        "CreateTransitRouterVpnAttachment",
        TransitRouterId=router_id,
        VpnId=connection_id,
    )
    return connection_id, attachment["TransitRouterAttachmentId"]


def wire(network: Network) -> None:
    """Associate both sides with the system table, route statically, bring the tunnels up."""
    for attachment_id, prefix in (
        (network.vpn, str(network.site.network)),
        (network.vpc, VPC_PREFIX),
    ):
        network.cbn(
            "AssociateTransitRouterAttachmentWithRouteTable",
            TransitRouterAttachmentId=attachment_id,
            TransitRouterRouteTableId=network.table_id,
        )
        network.cbn(
            "CreateTransitRouterRouteEntry",
            **network.route(network.table_id, prefix, attachment_id),
        )
    wait_attached(network)
    futago(
        network.directory,
        *("site", "apply", "dc1", "--connection", network.connection_id),
        *("--cloud-prefix", VPC_PREFIX),
    )

    def both_up() -> bool:
        shown = network.vpc_call("DescribeVpnConnection", VpnConnectionId=network.connection_id)
        options = shown["TunnelOptionsSpecification"]["TunnelOptions"]
        assert {each["Status"] for each in options} == {"ipsec_sa_established"}, options
        return True

    wait.eventually(both_up, within=60)


def wait_attached(network: Network) -> None:
    def attached() -> bool:
        shown = network.vpc_call("DescribeVpnConnection", VpnConnectionId=network.connection_id)
        assert shown["State"] == "attached", shown["State"]
        return True

    wait.eventually(attached, within=60)


def test_static_routes_carry_traffic_without_any_propagation(network: Network) -> None:
    network.wait_answered("app1", 5)
    network.wait_answered("dc1", 5)
    assert network.entries() == {"Static": "Active"}
    listed = network.cbn(
        "ListTransitRouterRouteTablePropagations", TransitRouterRouteTableId=network.table_id
    )
    assert listed["TransitRouterPropagations"] == []


def test_a_blackhole_wins_over_the_learned_route_to_its_prefix(network: Network) -> None:
    prefix = str(network.site.network)
    by_vpn = network.route(network.table_id, prefix, network.vpn)
    nowhere = network.route(network.table_id, prefix, None)
    network.cbn(
        "EnableTransitRouterRouteTablePropagation",
        TransitRouterAttachmentId=network.vpn,
        TransitRouterRouteTableId=network.table_id,
    )
    network.vpc_call(
        "CreateVcoRouteEntry",
        VpnConnectionId=network.connection_id,
        NextHop=network.connection_id,
        RouteDest=prefix,
        Weight=100,
    )
    wait.eventually(
        lambda: network.entries() == {"Static": "Active", "Propagated": "Candidate"}, within=30
    )
    network.cbn("DeleteTransitRouterRouteEntry", **by_vpn)
    wait.eventually(lambda: network.entries() == {"Propagated": "Active"}, within=30)
    network.wait_answered("app1", 5)
    network.cbn("CreateTransitRouterRouteEntry", **nowhere)
    wait.eventually(
        lambda: network.entries() == {"Static": "Active", "Propagated": "Candidate"}, within=30
    )
    network.wait_answered("app1", 0, count=3)
    network.cbn("DeleteTransitRouterRouteEntry", **nowhere)
    wait.eventually(lambda: network.entries() == {"Propagated": "Active"}, within=30)
    network.wait_answered("app1", 5)
    network.cbn("CreateTransitRouterRouteEntry", **by_vpn)
    wait.eventually(lambda: network.entries().get("Static") == "Active", within=30)


def test_a_replaced_association_takes_effect_without_a_gap(network: Network) -> None:
    table_id = network.cbn("CreateTransitRouterRouteTable", TransitRouterId=network.router_id)[
        "TransitRouterRouteTableId"
    ]
    for prefix, attachment_id in (
        (VPC_PREFIX, network.vpc),
        (str(network.site.network), network.vpn),
    ):
        network.cbn(
            "CreateTransitRouterRouteEntry", **network.route(table_id, prefix, attachment_id)
        )

    def made() -> bool:
        answer = network.cbn("ListTransitRouterRouteEntries", TransitRouterRouteTableId=table_id)
        return len(answer["TransitRouterRouteEntries"]) == 2

    wait.eventually(made, within=30)
    network.wait_answered("app1", 5)
    with flows(network) as report:
        for attachment_id in (network.vpn, network.vpc):
            for wanted in (table_id, network.table_id, table_id):
                replace(network, attachment_id, wanted)
    assert sum(each["sent"] for each in report) > 100
    assert [each["lost"] for each in report] == [0] * len(report), report

    # Only the new table is looked up now.
    network.cbn(
        "DeleteTransitRouterRouteEntry",
        **network.route(table_id, str(network.site.network), network.vpn),
    )
    network.wait_answered("app1", 0, count=3)
    replace(network, network.vpc, network.table_id)
    network.wait_answered("app1", 5)


def replace(network: Network, attachment_id: str, table_id: str) -> None:
    network.cbn(
        "ReplaceTransitRouterRouteTableAssociation",
        TransitRouterAttachmentId=attachment_id,
        TransitRouterRouteTableId=table_id,
    )

    def active() -> bool:
        answer = network.cbn(
            "ListTransitRouterRouteTableAssociations", TransitRouterAttachmentId=attachment_id
        )
        (shown,) = answer["TransitRouterAssociations"]
        assert shown["TransitRouterRouteTableId"] == table_id
        return bool(shown["Status"] == "Active")

    wait.eventually(active, within=30)


@contextlib.contextmanager
def flows(network: Network) -> Iterator[list[dict[str, Any]]]:
    """Run flows from the VPC to the site; the report is filled in at the end."""
    report: list[dict[str, Any]] = []
    target = str(network.site.host_address)
    with (
        subprocess.Popen(inside(network.directory, "dc1", [*PROBE, "echo"])) as echo,
        subprocess.Popen(
            inside(network.directory, "app1", [*PROBE, "flows", target, "--flows", "8"]),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as sender,
    ):
        try:
            assert sender.stderr is not None
            assert sender.stderr.readline().strip() == "sending"
            yield report
        finally:
            sender.terminate()
            output, _ = sender.communicate(timeout=15)
            echo.terminate()
    report += json.loads(output)["flows"]
