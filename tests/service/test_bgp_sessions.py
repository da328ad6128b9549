"""What is wrong with BGP, from a node's report to what users read."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

import pytest

from futago.agent import sessions
from futago.plan import observation
from futago.testing import simulation, speakers


def hear(it: speakers.Attached, index: int, **said: Any) -> None:
    it.node.hear(observation.BgpObservation(tunnel_id=it.plug.tunnel_ids[index], **said))


@pytest.fixture
def up(attached: speakers.Attached, node: simulation.ObedientNode) -> speakers.Attached:
    """Phase 2 is up in both tunnels; the first session is established."""
    for tunnel_id in attached.tunnel_ids:
        node.see(tunnel_id, ike=True, children=1)
    hear(
        attached,
        0,
        state=observation.BgpState.ESTABLISHED,
        bfd=observation.BfdState.UP,
        imported=50,
        refused=3,
        announced=2,
    )
    node.settle()
    return attached


def refused(prefix: str, reason: str, tunnel_id: str) -> observation.BgpRoute:
    return observation.BgpRoute(
        prefix=IPv4Network(prefix),
        direction=observation.RouteDirection.LEARNED,
        tunnel_ids=(observation.ids.TunnelId(tunnel_id),),
        as_path=(65001,),
        is_refused=True,
        refusal=reason,
    )


def described(it: speakers.Attached) -> Any:
    return it.cloud.call("DescribeBgpSessions", VpnConnectionId=it.connection_id)


def verdicts(it: speakers.Attached) -> list[Any]:
    answer = it.cloud.call("DiagnoseVpnConnections", VpnConnectionIds=[it.connection_id])
    return list(answer["VpnConnections"])


def test_sessions_are_shown_with_their_facts(up: speakers.Attached) -> None:
    shown = described(up)
    assert shown["PrefixLimit"] == 50
    one, two = shown["Sessions"]
    assert one == {
        "TunnelId": up.tunnel_ids[0],
        "TunnelCidr": "169.254.10.0/30",
        "LocalAsn": 45104,
        "LocalBgpIp": "169.254.10.1",
        "PeerAsn": 65001,
        "PeerBgpIp": "169.254.10.2",
        "BgpStatus": "success",
        "State": "established",
        "Since": 0,
        "BfdState": "up",
        "LastError": "",
        "Learned": 50,
        "Refused": 3,
        "Announced": 2,
        "Conditions": [],
    }
    assert (two["BgpStatus"], two["State"], two["BfdState"]) == ("failed", "connect", "absent")


@pytest.mark.parametrize(
    ("words", "code", "named"),
    [
        ("BGP Error: Bad peer AS", "BgpPeerAsnMismatch", "65002"),
        ("Received: Bad peer AS", "BgpLocalAsnMismatch", "45104"),
        ("Socket: Connection refused", "BgpNotListening", "169.254.11.2"),
        ("Received: Hold timer expired", "BgpHoldTimerExpired", "30 s"),
        (None, "BgpNoAnswer", "169.254.11.2"),
    ],
)
def test_a_session_that_stays_down_has_a_reason_with_values_and_a_remedy(
    up: speakers.Attached, words: str | None, code: str, named: str
) -> None:
    hear(up, 1, state=observation.BgpState.ACTIVE, last_error=words)
    up.node.settle()
    (condition,) = described(up)["Sessions"][1]["Conditions"]
    assert (condition["Code"], condition["Severity"]) == (code, "Critical")
    assert named in condition["Message"]
    assert condition["Remedy"]
    assert condition["Evidence"] == (words or "")
    first, second = verdicts(up)
    assert first["FailedReasonCode"] == "NoExceptionFound"
    assert second["FailedReasonCode"] == code
    assert second["FailedReason"].startswith(condition["Message"])
    assert second["SourceLog"] == (words or "")


def test_a_wrong_key_is_called_so_and_never_shown(up: speakers.Attached) -> None:
    hear(up, 0, state=observation.BgpState.CONNECT, last_error=sessions.WRONG_KEY)
    up.node.settle()
    shown = described(up)
    (condition,) = shown["Sessions"][0]["Conditions"]
    assert condition["Code"] == "BgpKeyMismatch"
    assert "AuthKey" in condition["Remedy"]
    assert speakers.KEY not in str(shown) + str(verdicts(up))


def test_a_session_in_a_tunnel_that_is_down_is_not_blamed(up: speakers.Attached) -> None:
    up.node.see(up.tunnel_ids[1], ike=True)
    up.node.settle()
    assert described(up)["Sessions"][1]["Conditions"] == []
    assert [each["FailedReasonCode"] for each in verdicts(up)] == ["NoExceptionFound"] * 2


def test_a_silent_node_accuses_nobody(
    up: speakers.Attached, clock: simulation.StoppedClock
) -> None:
    clock.advance(31)
    one, two = described(up)["Sessions"]
    assert (one["BgpStatus"], two["BgpStatus"]) == ("", "")
    assert two["Conditions"] == []


def test_refused_routes_are_named_with_the_reason(up: speakers.Attached) -> None:
    one = up.tunnel_ids[0]
    up.node.tell_routes(
        up.router_id,
        up.connection_id,
        *(refused(f"10.0.{number}.0/24", "PrefixLimit", one) for number in range(12)),
        refused("0.0.0.0/0", "DefaultRoute", one),
        refused("100.64.1.0/24", "Reserved", one),
        refused("10.77.0.0/16", "AsLoop", one),
        refused("10.78.0.0/16", "NotYetInvented", one),
    )
    found = {each["Code"]: each for each in described(up)["Conditions"]}
    assert set(found) == {
        "BgpPrefixLimitExceeded",
        "BgpDefaultRouteRefused",
        "BgpReservedRouteRefused",
        "BgpAsLoop",
    }
    assert "10.0.9.0/24 and 2 more" in found["BgpPrefixLimitExceeded"]["Message"]
    assert (
        found["BgpPrefixLimitExceeded"]["Local"],
        found["BgpPrefixLimitExceeded"]["Remote"],
    ) == ("50", "62")
    assert "100.64.1.0/24" in found["BgpReservedRouteRefused"]["Message"]
    assert {each["Severity"] for each in found.values()} == {"Warn"}
    listed = up.cloud.call(
        "ListBgpRoutes", VpnConnectionId=up.connection_id, Group="refused", MaxResults=10
    )
    assert listed["Counts"] == {"Learned": 0, "Refused": 16, "Announced": 0}
    assert (listed["TotalCount"], len(listed["Routes"])) == (16, 10)
    assert listed["Routes"][0]["Refusal"] == "DefaultRoute"
    rest = up.cloud.call(
        "ListBgpRoutes",
        VpnConnectionId=up.connection_id,
        Group="refused",
        MaxResults=10,
        NextToken=listed["NextToken"],
    )
    assert len(rest["Routes"]) == 6
    assert rest["NextToken"] == ""


def test_a_limit_that_is_nearly_reached_is_told(up: speakers.Attached) -> None:
    hear(up, 0, state=observation.BgpState.ESTABLISHED, imported=40)
    up.node.settle()
    (condition,) = described(up)["Conditions"]
    assert condition["Code"] == "BgpPrefixLimitNear"
    up.cloud.call("SetQuota", QuotaCode="bgp-prefixes-per-peer", Value=100)
    up.node.settle()
    assert described(up)["Conditions"] == []


def test_prefixes_that_a_vpc_has_too_are_named(up: speakers.Attached, frame: Any) -> None:
    cloud, node = up.cloud, up.node
    vpc_id = cloud.call("CreateVpc", CidrBlock="10.8.0.0/13")["VpcId"]
    vswitch_id = cloud.call(
        "CreateVSwitch", VpcId=vpc_id, ZoneId="zone-a", CidrBlock="10.9.8.0/24"
    )["VSwitchId"]
    node.settle()
    cloud.call("SetQuota", QuotaCode="bgp-prefixes-per-peer", Value=1000)
    cloud.call(
        "CreateTransitRouterVpcAttachment",
        TransitRouterId=frame.router_id,
        CenId=frame.cen_id,
        VpcId=vpc_id,
        ZoneMappings=[{"ZoneId": "zone-a", "VSwitchId": vswitch_id}],
    )
    node.settle()
    node.tell_routes(
        up.router_id,
        up.connection_id,
        observation.BgpRoute(
            prefix=IPv4Network("10.9.0.0/16"),
            direction=observation.RouteDirection.LEARNED,
            tunnel_ids=(up.plug.tunnel_ids[0],),
            as_path=(65001,),
        ),
    )
    (condition,) = described(up)["Conditions"]
    assert condition["Code"] == "BgpOverlappingPrefixes"
    assert vpc_id in condition["Message"]
    assert "10.9.8.0/24" in condition["Message"]


def test_without_bgp_there_are_no_sessions_and_strangers_see_nothing(
    up: speakers.Attached,
) -> None:
    up.cloud.call(
        "ModifyVpnAttachmentAttribute", VpnConnectionId=up.connection_id, EnableTunnelsBgp=False
    )
    shown = described(up)
    assert (shown["Sessions"], shown["Conditions"]) == ([], [])
    for action in ("DescribeBgpSessions", "ListBgpRoutes"):
        answer = up.cloud.refused(action, VpnConnectionId="vco-elsewhere")
        assert (answer.status, answer.code) == (404, "InvalidVpnConnectionInstanceId.NotFound")
    answer = up.cloud.refused("ListBgpRoutes", VpnConnectionId=up.connection_id, Group="all")
    assert answer.code == "IllegalParam.Group"


def lines(it: speakers.Attached, index: int) -> list[str]:
    answer = it.cloud.call(
        "DescribeVpnConnectionLogs",
        VpnConnectionId=it.connection_id,
        TunnelId=it.tunnel_ids[index],
        MinutePeriod=10,
    )
    return [line.partition("[DEBUG]: ")[2] for line in answer["Data"]["Logs"]]


def test_what_happens_to_a_session_is_in_the_log_of_its_tunnel(up: speakers.Attached) -> None:
    hear(up, 0, state=observation.BgpState.UNKNOWN)
    up.node.settle()
    hear(up, 0, state=observation.BgpState.ACTIVE, last_error="Received: Hold timer expired")
    up.node.settle()
    up.node.settle()
    assert [line for line in lines(up, 0) if line.startswith("bgp:")] == [
        "bgp: session established",
        "bgp: Received: Hold timer expired",
    ]
    hear(up, 0, state=observation.BgpState.ESTABLISHED)
    up.node.settle()
    hear(up, 0, state=observation.BgpState.IDLE, last_error="Error: BFD session down")
    up.node.settle()
    assert [line for line in lines(up, 0) if line.startswith("bgp:")][2:] == [
        "bgp: session established",
        "bgp: session is gone",
        "bgp: Error: BFD session down",
    ]


def test_keys_are_in_no_log_and_in_no_recorded_call(
    up: speakers.Attached, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    gateway_id, _ = up.peers.gateway_ids
    for key in ("fresh-Key-1!", "bad key 1"):
        up.cloud.send("ModifyCustomerGatewayAttribute", CustomerGatewayId=gateway_id, AuthKey=key)
        up.node.settle()
        recorded = up.cloud.call("LookupEvents", MaxResults=100)
        assert key not in str(recorded) + caplog.text
    assert up.node.bgp_keys[gateway_id] == "fresh-Key-1!"
