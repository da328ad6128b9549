"""DescribeConnectionHealth: facts with age and evidence, and what follows from them."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

import pytest

from futago.domain import health, ids, status
from futago.plan import failures, liveness, observation
from futago.protocols.rpc import timestamps
from futago.services import node_link
from futago.testing import simulation, speakers


def described(it: speakers.Attached, **named: Any) -> Any:
    wanted = named or {"VpnConnectionIds": [it.connection_id]}
    (found,) = it.cloud.call("DescribeConnectionHealth", **wanted)["Connections"]
    return found


def facts(tunnel: Any) -> dict[str, Any]:
    return {each["Fact"]: each for each in tunnel["Facts"]}


@pytest.fixture
def up(attached: speakers.Attached, node: simulation.ObedientNode) -> speakers.Attached:
    for tunnel_id in attached.tunnel_ids:
        node.see(tunnel_id, ike=True, children=1)
        node.hear(
            observation.BgpObservation(
                tunnel_id=ids.TunnelId(tunnel_id), state=observation.BgpState.ESTABLISHED
            )
        )
    node.settle()
    return attached


def test_a_proven_connection_is_up_and_says_how_that_is_known(
    up: speakers.Attached, clock: simulation.StoppedClock
) -> None:
    clock.advance(4)
    shown = described(up)
    assert (shown["Health"], shown["Status"], shown["Causes"]) == ("up", "ipsec_sa_established", [])
    for tunnel in shown["Tunnels"]:
        found = facts(tunnel)
        assert [found[each]["Value"] for each in ("ike", "child", "bgp", "probe")] == [
            "up",
            "up",
            "up",
            "absent",
        ]
        assert found["child"]["Evidence"] == "negotiation"
        assert found["child"]["EvidenceAgeSeconds"] == 4
        assert found["child"]["Since"] > 0


def test_nothing_is_up_without_a_fresh_proof(
    up: speakers.Attached, database: Any, clock: simulation.StoppedClock
) -> None:
    clock.advance(25)
    pulse = observation.Pulse(
        tunnel_id=ids.TunnelId(up.tunnel_ids[0]),
        connection_id=ids.ConnectionId(up.connection_id),
        proof=observation.PeerProof(evidence=health.Evidence.DPD, at=clock.now()),
        rtt_ms=1.5,
        received_bps=1000,
        sent_bps=3000,
        rate_bps=100_000_000,
    )
    with database.begin() as unit:
        node_link.store_observations(unit, simulation.NODE, [])
        node_link.store_pulses(unit, [pulse])
    clock.advance(10)
    shown = described(up)
    one, two = shown["Tunnels"]
    assert (shown["Health"], one["Health"], two["Health"]) == ("degraded", "up", "unknown")
    assert [each["Code"] for each in shown["Causes"]] == ["NoProof"]
    assert (one["Status"], two["Status"]) == ("ipsec_sa_established", "ike_sa_not_established")
    assert facts(one)["child"]["Evidence"] == "dpd"
    assert (one["RoundTripMilliseconds"], one["SentBitsPerSecond"]) == (1.5, 3000)
    vendor = up.cloud.call("DescribeVpnConnection", VpnConnectionId=up.connection_id)
    options = vendor["TunnelOptionsSpecification"]["TunnelOptions"]
    assert [each["Status"] for each in options] == [one["Status"], two["Status"]]
    clock.advance(21)
    shown = described(up)
    assert shown["Health"] == "unknown"
    assert {each["Code"] for each in shown["Causes"]} == {"NodeSilent"}


def verdicts(it: speakers.Attached) -> list[dict[str, Any]]:
    answer = it.cloud.call("DiagnoseVpnConnections", VpnConnectionIds=[it.connection_id])
    found: list[dict[str, Any]] = answer["VpnConnections"]
    return found


def test_a_diagnosis_finds_nothing_only_while_somebody_speaks_for_the_tunnel(
    up: speakers.Attached, node: simulation.ObedientNode, clock: simulation.StoppedClock
) -> None:
    assert [each["FailedReasonCode"] for each in verdicts(up)] == ["NoExceptionFound"] * 2
    failure = failures.Failure(code=failures.FailureCode.PSK_MISMATCH, at=clock.now(), evidence="x")
    node.see(up.tunnel_ids[0], failure=failure)
    node.settle()
    assert verdicts(up)[0]["FailedReasonCode"] == "PskMismatch"
    silent_from = clock.now() + status.NODE_SILENCE
    clock.advance(31)
    for verdict in verdicts(up):
        assert (verdict["FailedReasonCode"], verdict["Severity"]) == ("NodeSilent", "Warn")
        assert verdict["FailedTime"] == timestamps.to_milliseconds(silent_from)
        assert "its agent run" in verdict["FailedReason"]
        assert verdict["SourceLog"]


def test_a_diagnosis_names_what_health_doubts_where_no_failure_explains_it(
    up: speakers.Attached, node: simulation.ObedientNode, clock: simulation.StoppedClock
) -> None:
    probe = observation.ProbeObservation(
        verdict=liveness.Verdict.DEAD, target=IPv4Address("10.9.0.1"), since=clock.now()
    )
    node.see(up.tunnel_ids[0], ike=True, children=1, probe=probe)
    node.settle()
    first, second = verdicts(up)
    assert (first["FailedReasonCode"], first["Severity"]) == ("ProbesLost", "Critical")
    assert "10.9.0.1" in first["SourceLog"]
    assert second["FailedReasonCode"] == "NoExceptionFound"


def test_values_of_a_tunnel_that_is_gone_are_passed_over(database: Any) -> None:
    pulse = observation.Pulse(
        tunnel_id=ids.TunnelId("tun-gone"), connection_id=ids.ConnectionId("vco-gone")
    )
    with database.begin() as unit:
        node_link.store_pulses(unit, [pulse])


def test_a_bgp_session_that_is_down_degrades(
    up: speakers.Attached, node: simulation.ObedientNode
) -> None:
    node.hear(
        observation.BgpObservation(
            tunnel_id=ids.TunnelId(up.tunnel_ids[1]), state=observation.BgpState.ACTIVE
        )
    )
    node.settle()
    shown = described(up)
    assert shown["Health"] == "degraded"
    (cause,) = shown["Causes"]
    assert (cause["Code"], cause["TunnelId"]) == ("BgpDown", up.tunnel_ids[1])
    assert cause["Remedy"]
    items = {each["Item"]: each["Verdict"] for each in shown["Redundancy"]["Items"]}
    assert items == {
        "tunnels": "ok",
        "zones": "ok",
        "customerGateways": "ok",
        "headroom": "unknown",
        "bgp": "failed",
    }
    assert shown["Redundancy"]["Verdict"] == "failed"


def test_connections_are_shown_page_by_page_or_by_name(
    cloud: Any, site: Any, node: simulation.ObedientNode
) -> None:
    made = [
        cloud.call("CreateVpnAttachment", **site.connection, Name=name)["VpnConnectionId"]
        for name in ("one", "two", "three")
    ]
    node.settle()
    first = cloud.call("DescribeConnectionHealth", MaxResults=2)
    rest = cloud.call("DescribeConnectionHealth", MaxResults=2, NextToken=first["NextToken"])
    shown = [*first["Connections"], *rest["Connections"]]
    assert sorted(each["VpnConnectionId"] for each in shown) == sorted(made)
    assert (first["TotalCount"], rest["NextToken"]) == (3, "")
    assert {each["Health"] for each in shown} == {"down"}
    assert {cause["Code"] for each in shown for cause in each["Causes"]} == {"NotAttached"}
    named = cloud.call("DescribeConnectionHealth", VpnConnectionIds=[made[2], made[0], made[2]])
    assert [each["VpnConnectionId"] for each in named["Connections"]] == [made[2], made[0]]
    with pytest.raises(Exception, match="NotFound"):
        cloud.call("DescribeConnectionHealth", VpnConnectionIds=["vco-none"])
