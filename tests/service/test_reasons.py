"""Why tunnels failed: both values now, and thirty days of history."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from futago.plan import failures
from futago.plan.failures import FailureCode as Code

DAY = 86400


@pytest.fixture
def attached(cloud: Any, node: Any, frame: Any, site: Any) -> str:
    connection_id = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    cloud.call(
        "CreateTransitRouterVpnAttachment", TransitRouterId=frame.router_id, VpnId=connection_id
    )
    node.settle()
    return str(connection_id)


@pytest.fixture
def tunnel_id(cloud: Any, attached: str) -> str:
    shown = cloud.call("DescribeVpnConnection", VpnConnectionId=attached)
    options = shown["TunnelOptionsSpecification"]["TunnelOptions"]
    return str(options[0]["TunnelId"])


def group(clock: Any, **changes: Any) -> failures.Failure:
    failure = failures.Failure(
        code=Code.DH_GROUP_MISMATCH,
        at=clock.now(),
        evidence="configured proposals: IKE:...",
        setting=failures.Setting.IKE_DH_GROUP,
        ours="group2",
        theirs="group14",
        first_seen=clock.now(),
    )
    return replace(failure, **changes)


def history(cloud: Any, connection_id: str, **more: Any) -> list[dict[str, Any]]:
    answer = cloud.call("ListTunnelReasons", VpnConnectionId=connection_id, **more)
    return list(answer["Reasons"])


def test_a_diagnosis_shows_both_values(
    cloud: Any, node: Any, clock: Any, attached: str, tunnel_id: str
) -> None:
    node.see(tunnel_id, failure=group(clock))
    node._apply()
    answer = cloud.call("DiagnoseVpnConnections", TunnelIds=[tunnel_id])
    (verdict,) = answer["VpnConnections"]
    assert verdict["FailedReasonCode"] == "DhGroupMismatch"
    assert (verdict["MismatchLocalParam"], verdict["MismatchRemoteParam"]) == ("group2", "group14")
    assert verdict["Severity"] == "Critical"
    assert verdict["FailedTime"] == int(clock.now().timestamp() * 1000)
    assert attached == verdict["VpnConnectionId"]


def test_a_warning_stands_while_the_tunnel_is_up(
    cloud: Any, node: Any, clock: Any, tunnel_id: str
) -> None:
    warning = group(
        clock,
        code=Code.PFS_MISMATCH,
        setting=failures.Setting.IPSEC_PFS,
        severity=failures.Severity.WARNING,
    )
    node.see(tunnel_id, ike=True, children=1, failure=warning)
    node._apply()
    (verdict,) = cloud.call("DiagnoseVpnConnections", TunnelIds=[tunnel_id])["VpnConnections"]
    assert (verdict["FailedReasonCode"], verdict["Severity"]) == ("PfsMismatch", "Warn")


def test_repetitions_are_one_row_and_recovery_ends_it(
    cloud: Any, node: Any, clock: Any, attached: str, tunnel_id: str
) -> None:
    began = clock.now()
    for count in (1, 2, 3):
        node.see(tunnel_id, failure=group(clock, count=count, first_seen=began))
        node._apply()
        clock.advance(5)
    (reason,) = history(cloud, attached)
    assert reason["Count"] == 3
    assert reason["LastSeen"] - reason["FirstSeen"] == 10_000
    assert reason["ClearedAt"] == 0
    assert (reason["Ours"], reason["Theirs"]) == ("group2", "group14")
    assert reason["Setting"] == "ike-dh-group"
    assert reason["Phase"] == "phase1"
    assert "same value on both sides" in reason["Remedy"]
    node.see(tunnel_id, ike=True, children=1)
    node._apply()
    (reason,) = history(cloud, attached)
    assert reason["ClearedAt"] > reason["LastSeen"]


def test_another_reason_ends_the_first_and_comes_first(
    cloud: Any, node: Any, clock: Any, attached: str, tunnel_id: str
) -> None:
    node.see(tunnel_id, failure=group(clock))
    node._apply()
    clock.advance(7)
    other = group(clock, code=Code.PSK_MISMATCH, setting=failures.Setting.PSK, ours="", theirs="")
    node.see(tunnel_id, failure=other)
    node._apply()
    newest, oldest = history(cloud, attached)
    assert (newest["Code"], newest["ClearedAt"]) == ("PskMismatch", 0)
    assert oldest["ClearedAt"] == newest["FirstSeen"]


def test_history_is_kept_for_thirty_days(
    cloud: Any, node: Any, clock: Any, attached: str, tunnel_id: str
) -> None:
    node.see(tunnel_id, failure=group(clock))
    node._apply()
    node.see(tunnel_id, ike=True, children=1)
    node._apply()
    clock.advance(29 * DAY)
    assert len(history(cloud, attached)) == 1
    clock.advance(2 * DAY)
    assert history(cloud, attached) == []
    node.see(tunnel_id, failure=group(clock))
    node._apply()
    assert len(history(cloud, attached)) == 1


def test_one_tunnel_can_be_asked_for(
    cloud: Any, node: Any, clock: Any, attached: str, tunnel_id: str
) -> None:
    node.see(tunnel_id, failure=group(clock))
    node._apply()
    assert len(history(cloud, attached, TunnelId=tunnel_id)) == 1
    refusal = cloud.refused("ListTunnelReasons", VpnConnectionId=attached, TunnelId="tun-unknown")
    assert refusal.status < 500


def test_nat_traversal_that_is_off_is_said_to_be_forced(cloud: Any, site: Any) -> None:
    wanted = dict(site.connection)
    wanted["TunnelOptionsSpecification"] = [
        {**each, "EnableNatTraversal": "false"} for each in wanted["TunnelOptionsSpecification"]
    ]
    connection_id = cloud.call("CreateVpnAttachment", **wanted)["VpnConnectionId"]
    shown = cloud.call("DescribeVpnConnection", VpnConnectionId=connection_id)
    for tunnel in shown["TunnelOptionsSpecification"]["TunnelOptions"]:
        assert [each["Code"] for each in tunnel["Conditions"]] == ["NatTraversalForced"]
        assert tunnel["EnableNatTraversal"] in ("false", False)
    answer = cloud.call("DiagnoseVpnConnections", VpnConnectionIds=[connection_id])
    for verdict in answer["VpnConnections"]:
        assert verdict["FailedReasonCode"] == "NoExceptionFound"
        assert verdict["Conditions"][0]["Code"] == "NatTraversalForced"


def test_nat_traversal_that_is_on_needs_no_condition(cloud: Any, attached: str) -> None:
    shown = cloud.call("DescribeVpnConnection", VpnConnectionId=attached)
    for tunnel in shown["TunnelOptionsSpecification"]["TunnelOptions"]:
        assert "Conditions" not in tunnel
