"""The list of gateway hosts: zones, pools, how full they are, and who may see it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from futago.domain import status

if TYPE_CHECKING:
    from futago.testing import simulation


def _pools(cloud: Any) -> dict[str, int]:
    (node,) = cloud.call("ListNodes")["Nodes"]
    return {
        pool["CidrBlock"]: pool["Used"]
        for zone in node["Zones"]
        for pool in (*zone["PublicPools"], *zone["PrivatePools"])
    }


def test_pools_fill_as_connections_are_attached(
    cloud: Any, site: Any, frame: Any, node: simulation.ObedientNode
) -> None:
    before = _pools(cloud)
    assert len(before) >= 2
    assert not any(before.values())
    made = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    cloud.call("CreateTransitRouterVpnAttachment", TransitRouterId=frame.router_id, VpnId=made)
    node.settle()
    described = cloud.call("DescribeVpnConnection", VpnConnectionId=made)
    zones = {each["ZoneNo"] for each in described["TunnelOptionsSpecification"]["TunnelOptions"]}
    assert len(zones) == 2
    assert sorted(_pools(cloud).values())[-2:] == [1, 1]
    (shown,) = cloud.call("ListNodes")["Nodes"]
    assert {each["ZoneId"]: each["Tunnels"] for each in shown["Zones"]} == dict.fromkeys(zones, 1)


def test_a_silent_host_is_told_from_one_that_speaks(
    cloud: Any, node: simulation.ObedientNode, clock: simulation.StoppedClock
) -> None:
    (shown,) = cloud.call("ListNodes")["Nodes"]
    assert shown["IsHeard"] is True
    assert shown["LastHeardTime"] >= shown["RegisteredTime"] > 0
    clock.advance(status.NODE_SILENCE.total_seconds() + 1)
    assert cloud.call("ListNodes")["Nodes"][0]["IsHeard"] is False


def test_hosts_are_shown_to_the_first_account_only(
    cloud: Any, node: simulation.ObedientNode, clock: simulation.StoppedClock
) -> None:
    clock.advance(1)
    other = cloud.call("CreateAccount", AccountName="other")["AccountId"]
    refusal = dataclasses.replace(cloud, account_id=other).refused("ListNodes")
    assert (refusal.status, refusal.code) == (403, "NoPermission")
