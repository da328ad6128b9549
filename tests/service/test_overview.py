"""DescribeOverview, and finding connections by a part of their name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from futago.actions import overview
from futago.plan import failures

if TYPE_CHECKING:
    import pytest

    from futago.testing import simulation


def _made(cloud: Any, site: Any, name: str) -> tuple[str, list[str]]:
    made = cloud.call("CreateVpnAttachment", **site.connection, Name=name)["VpnConnectionId"]
    shown = cloud.call("DescribeVpnConnection", VpnConnectionId=made)
    options = shown["TunnelOptionsSpecification"]["TunnelOptions"]
    return made, [each["TunnelId"] for each in options]


def test_connections_are_counted_by_their_tunnels_and_the_worst_come_first(
    cloud: Any, site: Any, frame: Any, node: simulation.ObedientNode, clock: simulation.StoppedClock
) -> None:
    fine, good = _made(cloud, site, "good")
    half, (up, down) = _made(cloud, site, "half")
    lost, both = _made(cloud, site, "lost")
    for made in (fine, half, lost):
        cloud.call("CreateTransitRouterVpnAttachment", TransitRouterId=frame.router_id, VpnId=made)
    for tunnel in (*good, up):
        node.see(tunnel, ike=True, children=1)
    failure = failures.Failure(
        code=failures.FailureCode.PSK_MISMATCH, at=clock.now(), evidence="a line"
    )
    node.see(down, failure=failure)
    node.see(both[0], ike=True)
    node.settle()
    said = cloud.call("DescribeOverview")
    assert [said[each] for each in ("Connections", "Up", "Degraded", "Down")] == [3, 1, 1, 1]
    assert [(each["VpnConnectionId"], each["TunnelId"]) for each in said["Problems"]] == [
        (lost, both[0]),
        (lost, both[1]),
        (half, down),
    ]
    assert said["Problems"][2]["FailedReasonCode"] == "PskMismatch"
    assert said["Problems"][2]["TunnelsUp"] == 1
    assert said["Problems"][0]["Status"] == "ipsec_sa_not_established"


def test_the_list_of_problems_is_bounded(
    cloud: Any, site: Any, node: simulation.ObedientNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "MOST_PROBLEMS", 3)
    for name in ("one", "two"):
        _made(cloud, site, name)
    node.settle()
    said = cloud.call("DescribeOverview")
    assert (said["Down"], len(said["Problems"])) == (2, 3)


def test_connections_are_found_by_a_part_of_name_or_id(
    cloud: Any, site: Any, node: simulation.ObedientNode
) -> None:
    tokyo, _ = _made(cloud, site, "Tokyo 100%")
    osaka, _ = _made(cloud, site, "osaka_1")

    def found(keyword: str) -> list[str]:
        answer = cloud.call("DescribeVpnConnections", Keyword=keyword)
        listed = answer["VpnConnections"]["VpnConnection"]
        assert answer["TotalCount"] == len(listed)
        return [each["VpnConnectionId"] for each in listed]

    assert found("tokYO") == [tokyo]
    assert found("0%") == [tokyo]
    assert found("_") == [osaka]
    assert found(osaka[4:]) == [osaka]
    assert set(found("o")) == {tokyo, osaka}
    assert found("nowhere") == []
