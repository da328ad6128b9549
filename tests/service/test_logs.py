"""Lines about tunnels: what nodes report becomes what DescribeVpnConnectionLogs tells."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from futago.plan import failures
from futago.services import logs


@pytest.fixture
def attached(cloud: Any, node: Any, frame: Any, site: Any) -> str:
    connection_id = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    cloud.call(
        "CreateTransitRouterVpnAttachment", TransitRouterId=frame.router_id, VpnId=connection_id
    )
    node.settle()
    return str(connection_id)


def tunnel_ids(cloud: Any, connection_id: str) -> list[str]:
    shown = cloud.call("DescribeVpnConnection", VpnConnectionId=connection_id)
    options = shown["TunnelOptionsSpecification"]["TunnelOptions"]
    return [each["TunnelId"] for each in options]


def fail(clock: Any, text: str = "received AUTHENTICATION_FAILED") -> failures.Failure:
    return failures.Failure(code=failures.FailureCode.PSK_MISMATCH, at=clock.now(), evidence=text)


def test_a_failure_is_a_line_with_its_time_and_evidence(
    cloud: Any, node: Any, clock: Any, attached: str
) -> None:
    first, second = tunnel_ids(cloud, attached)
    node.see(first, failure=fail(clock))
    node._apply()
    node._apply()
    answer = cloud.call("DescribeVpnConnectionLogs", VpnConnectionId=attached, MinutePeriod=10)
    (line,) = answer["Data"]["Logs"]
    assert line.startswith(f"2026-11-23 06:56:38 {first} [DEBUG]: negotiation: PskMismatch: ")
    assert line.endswith("received AUTHENTICATION_FAILED")
    assert (answer["Count"], answer["IsCompleted"]) == (1, True)
    refusal = cloud.refused(
        "DescribeVpnConnectionLogs", VpnConnectionId=attached, TunnelId=second, MinutePeriod=10
    )
    assert refusal.code == "QueryVpnConnectionLog.NotFound"


def test_sas_that_come_and_go_are_lines(cloud: Any, node: Any, clock: Any, attached: str) -> None:
    first, _ = tunnel_ids(cloud, attached)
    node.see(first, ike=True, children=1)
    node._apply()
    clock.advance(30)
    node.see(first)
    node._apply()
    answer = cloud.call(
        "DescribeVpnConnectionLogs", VpnConnectionId=attached, TunnelId=first, MinutePeriod=1
    )
    ends = [line.partition("]: ")[2] for line in answer["Data"]["Logs"]]
    assert ends == [
        "ike: IKE_SA established",
        "child: CHILD_SA installed",
        "ike: IKE_SA is gone",
        "child: CHILD_SA is gone",
    ]
    second_page = cloud.call(
        "DescribeVpnConnectionLogs",
        VpnConnectionId=attached,
        MinutePeriod=1,
        PageNumber=2,
        PageSize=3,
    )
    assert (second_page["Count"], second_page["PageNumber"]) == (1, 2)


@pytest.mark.parametrize("scale", [1, 1000], ids=["seconds", "milliseconds"])
def test_windows_are_given_in_seconds_or_milliseconds(
    cloud: Any, node: Any, clock: Any, attached: str, scale: int
) -> None:
    first, _ = tunnel_ids(cloud, attached)
    node.see(first, failure=fail(clock))
    node._apply()
    at = int(clock.now().timestamp())
    for window in (
        {"From": (at - 5) * scale, "To": (at + 5) * scale},
        {"From": (at - 5) * scale, "MinutePeriod": 1},
        {"To": (at + 5) * scale, "MinutePeriod": 1},
    ):
        answer = cloud.call("DescribeVpnConnectionLogs", VpnConnectionId=attached, **window)
        assert answer["Count"] == 1
    refusal = cloud.refused(
        "DescribeVpnConnectionLogs",
        VpnConnectionId=attached,
        From=(at + 5) * scale,
        To=(at + 10) * scale,
    )
    assert refusal.code == "QueryVpnConnectionLog.NotFound"


@pytest.mark.parametrize(
    ("window", "code", "named"),
    [
        ({}, "MissingParameter", "MinutePeriod"),
        ({"From": 1}, "MissingParameter", "MinutePeriod"),
        ({"MinutePeriod": 11}, "InvalidParameter", "MinutePeriod"),
        ({"From": 20, "To": 10}, "InvalidParameter", "From"),
        ({"From": 10**15, "MinutePeriod": 1}, "InvalidParameter", "From"),
        ({"MinutePeriod": 1, "TunnelId": "tun-x"}, "IllegalParam.TunnelId", "tun-x"),
    ],
)
def test_a_window_that_makes_no_sense_is_refused(
    cloud: Any, attached: str, window: dict[str, Any], code: str, named: str
) -> None:
    refusal = cloud.refused("DescribeVpnConnectionLogs", VpnConnectionId=attached, **window)
    assert (refusal.code, named in refusal.message) == (code, True)


def test_lines_are_bounded_and_an_old_window_is_not_complete(
    cloud: Any, node: Any, clock: Any, attached: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "LINES_PER_TUNNEL", 3)
    first, _ = tunnel_ids(cloud, attached)
    began = int(clock.now().timestamp())
    for number in range(5):
        clock.advance(1)
        node.see(first, failure=fail(clock, f"line {number}"))
        node._apply()
    answer = cloud.call(
        "DescribeVpnConnectionLogs", VpnConnectionId=attached, From=began, To=began + 60
    )
    assert [line[-1] for line in answer["Data"]["Logs"]] == ["2", "3", "4"]
    assert answer["IsCompleted"] is False
    late = cloud.call(
        "DescribeVpnConnectionLogs", VpnConnectionId=attached, From=began + 4, To=began + 60
    )
    assert late["IsCompleted"] is True


def test_lines_are_forgotten_after_half_a_year(
    cloud: Any, node: Any, clock: Any, attached: str
) -> None:
    first, _ = tunnel_ids(cloud, attached)
    began = int(clock.now().timestamp())
    node.see(first, failure=fail(clock))
    node._apply()
    clock.advance(timedelta(days=181).total_seconds())
    node.see(first, ike=True, children=1)
    node._apply()
    answer = cloud.call(
        "DescribeVpnConnectionLogs",
        VpnConnectionId=attached,
        From=began - 1,
        To=int(clock.now().timestamp()),
    )
    assert answer["Count"] == 2
    assert answer["IsCompleted"] is False


def test_lines_go_with_their_connection(cloud: Any, node: Any, clock: Any, attached: str) -> None:
    first, _ = tunnel_ids(cloud, attached)
    node.see(first, failure=fail(clock))
    node._apply()
    listed = cloud.call("ListTransitRouterVpnAttachments")["TransitRouterAttachments"]
    cloud.call(
        "DeleteTransitRouterVpnAttachment",
        TransitRouterAttachmentId=listed[0]["TransitRouterAttachmentId"],
    )
    node.settle()
    cloud.call("DeleteVpnAttachment", VpnConnectionId=attached)
    refusal = cloud.refused("DescribeVpnConnectionLogs", VpnConnectionId=attached, MinutePeriod=10)
    assert refusal.code == "InvalidVpnConnectionInstanceId.NotFound"
