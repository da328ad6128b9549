"""Events: what nodes see and what is wanted becomes what ListEvents tells, once."""

from __future__ import annotations

import dataclasses
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest

from futago.domain import events as domain_events
from futago.domain import status
from futago.plan import failures, liveness, observation
from futago.services import events
from futago.testing import speakers


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


def names(cloud: Any, **wanted: Any) -> list[str]:
    """Give the names of events, oldest first."""
    found = cloud.call("ListEvents", MaxResults=100, **wanted)["Events"]
    return [each["Name"] for each in reversed(found)]


def since(cloud: Any, count: int) -> list[str]:
    return names(cloud)[count:]


def up(node: Any, *tunnels: str) -> None:
    for each in tunnels:
        node.see(each, ike=True, children=1)
    node._apply()


def refuse(clock: Any) -> failures.Failure:
    return failures.Failure(
        code=failures.FailureCode.PSK_MISMATCH, at=clock.now(), evidence="AUTH_FAILED"
    )


def test_an_attachment_and_its_tunnels_tell_how_they_come_up(
    cloud: Any, node: Any, attached: str
) -> None:
    assert names(cloud) == ["attachment_attaching", "attachment_attached"]
    first, second = tunnel_ids(cloud, attached)
    up(node, first)
    assert since(cloud, 2) == [
        "ipsec_phase1_nego_success",
        "ipsec_phase2_nego_success",
        "tunnel_up",
        "connection_degraded",
    ]
    up(node, second)
    assert since(cloud, 6)[-2:] == ["tunnel_up", "connection_up"]
    count = len(names(cloud))
    node._apply()
    assert len(names(cloud)) == count


def test_an_event_says_what_when_why(cloud: Any, node: Any, clock: Any, attached: str) -> None:
    first, second = tunnel_ids(cloud, attached)
    up(node, first, second)
    clock.advance(60)
    node.see(first, failure=refuse(clock))
    node._apply()
    found = cloud.call("ListEvents", EventName=["tunnel_negotiation_failed"])["Events"]
    (event,) = found
    assert (event["Severity"], event["ResourceId"]) == ("WARN", first)
    assert (event["VpnConnectionId"], event["ReasonCode"]) == (attached, "PskMismatch")
    assert (event["Before"], event["After"]) == ("", "PskMismatch")
    assert event["Time"] == int(clock.now().timestamp() * 1000)
    assert event["Text"].startswith(f"Tunnel 1 of {attached}: PskMismatch. The pre-shared keys")
    assert names(cloud, Severity="CRITICAL") == []
    assert (
        names(cloud, Severity=["WARN"], ResourceId=attached)
        == [
            "connection_degraded",
            "ipsec_phase1_nego_failed",
            "ipsec_phase2_nego_failed",
            "tunnel_down",
            "tunnel_negotiation_failed",
            "connection_degraded",
        ][1:]
    )
    assert names(cloud, ResourceId=second)[-1] == "tunnel_up"


def test_a_tunnel_that_never_was_up_fails_only_with_a_reason(
    cloud: Any, node: Any, clock: Any, attached: str
) -> None:
    first, _ = tunnel_ids(cloud, attached)
    node._apply()
    assert since(cloud, 2) == []
    node.see(first, failure=refuse(clock))
    node._apply()
    node._apply()
    assert since(cloud, 2) == ["ipsec_phase1_nego_failed", "tunnel_negotiation_failed"]


def test_edits_and_keys_are_told_when_they_are_in_force(
    cloud: Any, node: Any, attached: str
) -> None:
    first, _ = tunnel_ids(cloud, attached)
    cloud.call(
        "ModifyTunnelAttribute",
        VpnConnectionId=attached,
        TunnelId=first,
        TunnelOptionsSpecification={"TunnelIkeConfig": {"Psk": "another-key-1"}},
    )
    assert since(cloud, 2) == []
    node.settle()
    assert since(cloud, 2) == ["tunnel_key_changed", "connection_edit_applied"]


def test_detaching_is_told_and_tunnels_end_silently(
    cloud: Any, node: Any, frame: Any, attached: str
) -> None:
    up(node, *tunnel_ids(cloud, attached))
    count = len(names(cloud))
    listed = cloud.call("ListTransitRouterVpnAttachments", TransitRouterId=frame.router_id)
    attachment_id = listed["TransitRouterAttachments"][0]["TransitRouterAttachmentId"]
    cloud.call("DeleteTransitRouterVpnAttachment", TransitRouterAttachmentId=attachment_id)
    node.settle()
    assert since(cloud, count) == ["attachment_detaching", "attachment_detached"]
    assert names(cloud, ResourceId=attachment_id)[-1] == "attachment_detached"
    cloud.call("CreateTransitRouterVpnAttachment", TransitRouterId=frame.router_id, VpnId=attached)
    node.settle()
    assert since(cloud, count + 2)[:2] == ["attachment_attaching", "attachment_attached"]


def test_a_missed_look_is_made_up_for_and_nothing_is_told_twice(
    cloud: Any, node: Any, database: Any, attached: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tunnel_ids(cloud, attached)
    up(node, first, second)
    count = len(names(cloud))
    with monkeypatch.context() as killed:
        killed.setattr(events, "look", lambda *_, **__: ())
        node.see(first)
        node._apply()
    assert len(names(cloud)) == count
    for _ in range(2):
        with database.begin() as unit:
            events.look(unit, [attached])
    assert since(cloud, count) == [
        "ipsec_phase1_nego_failed",
        "ipsec_phase2_nego_failed",
        "tunnel_down",
        "connection_degraded",
    ]


def test_what_was_there_before_events_is_nobodys_news(
    cloud: Any, node: Any, database: Any, attached: str
) -> None:
    first, second = tunnel_ids(cloud, attached)
    up(node, first, second)
    with database.begin() as unit:
        from futago.store import events as rows

        rows.drop_states(unit.session, [attached])
    count = len(names(cloud))
    node._apply()
    assert len(names(cloud)) == count
    node.see(first)
    node._apply()
    assert "tunnel_down" in since(cloud, count)


def test_a_silent_node_is_told_with_what_follows_and_its_return(
    cloud: Any, node: Any, database: Any, clock: Any, attached: str
) -> None:
    up(node, *tunnel_ids(cloud, attached))
    count = len(names(cloud))
    clock.advance(status.NODE_SILENCE.total_seconds() + 1)
    for _ in range(2):
        with database.begin() as unit:
            events.look_at_node(unit, "node-1")
    assert since(cloud, count) == ["node_silent", "connection_unknown"]
    node._apply()
    with database.begin() as unit:
        assert events.needs_look(unit, "node-1")
        events.look_at_node(unit, "node-1")
        assert not events.needs_look(unit, "node-1")
    assert set(since(cloud, count + 2)) == {"node_back", "connection_up"}


def test_flapping_is_counted_and_its_end_is_told(
    cloud: Any, node: Any, database: Any, clock: Any, attached: str
) -> None:
    first, second = tunnel_ids(cloud, attached)
    up(node, second)
    for _ in range(20):
        up(node, first)
        clock.advance(5)
        node.see(first)
        node._apply()
        clock.advance(5)
    of_phase2 = [
        each
        for each in cloud.call("ListEvents", ResourceId=first, MaxResults=100)["Events"]
        if each["Name"].startswith("ipsec_phase2") or each["ReasonCode"] == "phase2"
    ]
    assert len(of_phase2) == domain_events.CHANGES_TOLD + 1
    assert (of_phase2[0]["Name"], of_phase2[0]["Count"]) == ("state_flapping", 32)
    assert of_phase2[0]["After"] == "failed"
    count = len(names(cloud))
    clock.advance(domain_events.QUIET.total_seconds() + 1)
    node.see(second, ike=True, children=1)
    with database.begin() as unit:
        nodes_heartbeat(unit)
        assert list(events.calm(unit)) == [attached]
        events.look(unit, [attached])
        assert list(events.calm(unit)) == []
    assert "ipsec_phase2_nego_failed" in since(cloud, count)


def nodes_heartbeat(unit: Any) -> None:
    from futago.services import nodes

    nodes.heartbeat(unit, "node-1", unit.now)


def test_lists_are_read_page_by_page_and_by_time(
    cloud: Any, node: Any, clock: Any, attached: str
) -> None:
    first, second = tunnel_ids(cloud, attached)
    clock.advance(100)
    up(node, first, second)
    whole = cloud.call("ListEvents", MaxResults=100)["Events"]
    shown: list[Any] = []
    token = None
    while token != "" and len(shown) < len(whole):
        page = cloud.call("ListEvents", MaxResults=2, NextToken=token)
        shown += page["Events"]
        token = page["NextToken"]
    assert shown == whole
    assert names(cloud, EndTime="2026-11-23T06:57:00Z") == names(cloud)[:2]
    assert names(cloud, StartTime="2026-11-23T06:57:00Z") == names(cloud)[2:]
    assert cloud.refused("ListEvents", NextToken="abc").code == "IllegalParam.NextToken"
    assert cloud.refused("ListEvents", EventName="tunnel_gone").code == "InvalidParameter"
    assert cloud.refused("ListEvents", Severity="LOUD").code == "InvalidParameter"


def test_probes_sessions_and_limits_are_told(
    cloud: Any, node: Any, clock: Any, frame: Any, peers: Any
) -> None:
    connection_id = peers.create()
    speakers.attach(cloud, node, frame, connection_id)
    first, _ = tunnel_ids(cloud, connection_id)
    count = len(names(cloud))

    def see(verdict: liveness.Verdict, state: observation.BgpState, refused: int = 0) -> None:
        node.see(first, ike=True, children=1)
        probe = observation.ProbeObservation(
            verdict=verdict, target=IPv4Address("169.254.20.2"), at=clock.now()
        )
        node.seen[first] = dataclasses.replace(node.seen[first], probe=probe)
        node.hear(
            observation.BgpObservation(
                tunnel_id=first, state=state, refused=refused, last_error="Hold timer expired"
            )
        )
        node._apply()

    see(liveness.Verdict.ALIVE, observation.BgpState.ESTABLISHED)
    assert since(cloud, count)[-2:] == ["bgp_session_up", "connection_degraded"]
    count = len(names(cloud))
    see(liveness.Verdict.DEAD, observation.BgpState.ACTIVE)
    told = since(cloud, count)
    assert set(told) == {
        "tunnel_down",
        "ipsec_health_check_failed",
        "bgp_session_down",
        "connection_down",
    }
    down = cloud.call("ListEvents", EventName="bgp_session_down")["Events"][0]
    assert "Hold timer expired" in down["Text"]
    route = observation.BgpRoute(
        prefix=IPv4Network("10.9.0.0/16"),
        direction=observation.RouteDirection.LEARNED,
        tunnel_ids=(first,),
        is_refused=True,
        refusal="PrefixLimit",
    )
    node.tell_routes(frame.router_id, connection_id, route)
    count = len(names(cloud))
    see(liveness.Verdict.ALIVE, observation.BgpState.ESTABLISHED, refused=1)
    assert "bgp_prefix_limit_exceeded" in since(cloud, count)
    see(liveness.Verdict.ALIVE, observation.BgpState.ESTABLISHED)
    assert names(cloud)[-1] == "bgp_prefix_limit_kept"
