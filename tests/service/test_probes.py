"""Targets of probes: set, refused, shown, and handed to the node without touching an SA."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest

from futago.domain import probing
from futago.plan import intent
from futago.services import compilation
from futago.testing import simulation

TARGET, SOURCE = "169.254.100.2", "169.254.100.1"


@pytest.fixture
def made(cloud: Any, site: Any) -> tuple[str, list[str]]:
    connection_id = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    described = cloud.call("DescribeVpnConnection", VpnConnectionId=connection_id)
    tunnels = described["TunnelOptionsSpecification"]["TunnelOptions"]
    return connection_id, [each["TunnelId"] for each in tunnels]


def shown(cloud: Any, connection_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cloud.call("DescribeProbes", VpnConnectionId=connection_id)[
        "Probes"
    ]
    return found


def test_a_target_is_kept_per_tunnel_and_cleared(cloud: Any, made: Any) -> None:
    connection_id, (first, second) = made
    names = {"VpnConnectionId": connection_id, "TunnelId": first}
    cloud.call("SetProbeTarget", **names, Target=TARGET, Source=SOURCE)
    one, other = shown(cloud, connection_id)
    assert (one["TunnelId"], one["Target"], one["Source"]) == (first, TARGET, SOURCE)
    assert (one["IsConfigured"], one["Verdict"]) == (True, "unknown")
    assert (other["TunnelId"], other["Target"], other["IsConfigured"]) == (second, "", False)
    cloud.call("SetProbeTarget", **names, Target=TARGET)
    assert shown(cloud, connection_id)[0]["Source"] == "169.254.0.1"
    cloud.call("ClearProbeTarget", **names)
    assert not any(each["IsConfigured"] for each in shown(cloud, connection_id))


@pytest.mark.parametrize(
    ("values", "code", "words"),
    [
        ({"Target": "127.0.0.1"}, "IllegalParam.ProbeAddress", "Target 127.0.0.1"),
        ({"Target": "224.0.0.5"}, "IllegalParam.ProbeAddress", "Target 224.0.0.5"),
        ({"Target": TARGET, "Source": TARGET}, "IllegalParam.ProbeAddress", "both"),
        ({"Target": "192.168.10.300"}, "InvalidParameter", "192.168.10.300"),
        ({}, "MissingParameter", "Target"),
        ({"Target": TARGET, "TunnelId": "tun-nothing"}, "IllegalParam.TunnelId", "tun-nothing"),
        (
            {"Target": TARGET, "VpnConnectionId": "vco-nothing"},
            "InvalidVpnConnectionInstanceId.NotFound",
            "vco-nothing",
        ),
    ],
)
def test_what_cannot_be_probed_is_refused(
    cloud: Any, made: Any, values: dict[str, str], code: str, words: str
) -> None:
    connection_id, (first, _) = made
    names = {"VpnConnectionId": connection_id, "TunnelId": first}
    refusal = cloud.refused("SetProbeTarget", **{**names, **values})
    assert refusal.code == code
    assert words in refusal.message
    assert not any(each["IsConfigured"] for each in shown(cloud, connection_id))


def test_a_pair_outside_the_traffic_selectors_is_refused() -> None:
    local, remote = (IPv4Network("10.20.0.0/16"),), (IPv4Network("192.168.0.0/16"),)
    inside = probing.ProbeTarget(
        target=IPv4Address("192.168.10.1"), source=IPv4Address("10.20.255.254")
    )
    inside.require_inside(local, remote)
    for wrong, word in (
        (replace(inside, target=IPv4Address("10.0.0.1")), "Target 10.0.0.1"),
        (replace(inside, source=probing.DEFAULT_SOURCE), "Source 169.254.0.1"),
    ):
        with pytest.raises(probing.OutsideSelectors, match=word):
            wrong.require_inside(local, remote)


def test_a_target_reaches_the_node_beside_the_tunnels(
    cloud: Any, database: Any, node: simulation.ObedientNode, frame: Any, made: Any
) -> None:
    connection_id, _ = made
    cloud.call(
        "CreateTransitRouterVpnAttachment",
        TransitRouterId=frame.router_id,
        CenId=frame.cen_id,
        VpnId=connection_id,
    )
    node.settle()
    before = compiled(database, connection_id)
    tunnel_id = before.tunnels[0].tunnel_id
    cloud.call(
        "SetProbeTarget",
        VpnConnectionId=connection_id,
        TunnelId=tunnel_id,
        Target=TARGET,
        Source=SOURCE,
    )
    after = compiled(database, connection_id)
    (probe,) = after.probes
    assert (probe.tunnel_id, str(probe.target), str(probe.source)) == (tunnel_id, TARGET, SOURCE)
    assert [each.digest for each in after.tunnels] == [each.digest for each in before.tunnels]


def compiled(database: Any, connection_id: str) -> intent.ConnectionIntent:
    with database.read() as work:
        found = compilation.compile_connection(work, connection_id).intent
    assert isinstance(found, intent.ConnectionIntent)
    return found
