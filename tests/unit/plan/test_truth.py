"""A status is up only while something proves it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from typing import Any

import pytest

from futago.domain import health, ids, status
from futago.plan import causes, liveness, observation, truth

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
TUNNEL = ids.TunnelId("tun-1")
Cause, Evidence, Health, Value = health.CauseCode, health.Evidence, health.Health, health.Value


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def proof(seconds: float, evidence: Evidence = Evidence.DPD) -> observation.PeerProof:
    return observation.PeerProof(evidence=evidence, at=ago(seconds))


def tunnel(**values: Any) -> observation.TunnelObservation:
    usual: dict[str, Any] = {
        "is_daemon_running": True,
        "is_ike_established": True,
        "children_installed": 1,
        "proof": proof(3),
        "ike_since": ago(100),
        "child_since": ago(90),
    }
    return observation.TunnelObservation(tunnel_id=TUNNEL, **{**usual, **values})


def probe(verdict: liveness.Verdict, **values: Any) -> observation.ProbeObservation:
    return observation.ProbeObservation(
        verdict=verdict, target=IPv4Address("192.168.1.1"), at=ago(1), since=ago(5), **values
    )


def session(state: observation.BgpState) -> observation.BgpObservation:
    return observation.BgpObservation(tunnel_id=TUNNEL, state=state, since=ago(7))


def known(seen: observation.TunnelObservation | None = None, **values: Any) -> truth.Known:
    return truth.Known(**{"now": NOW, "heard_at": ago(0.5), "tunnel": seen, **values})


def judged(it: truth.Known) -> tuple[Health, Cause | None, health.SaStatus]:
    facts = truth.facts(it)
    state = health.of_tunnel(facts)
    return state.health, state.blamed[0].cause if state.blamed else None, health.sa_status(facts)


BOTH, PHASE_1, NEITHER = (
    health.SaStatus.CHILD_SA,
    health.SaStatus.NO_CHILD_SA,
    health.SaStatus.NO_IKE_SA,
)
DEAD, ALIVE = liveness.Verdict.DEAD, liveness.Verdict.ALIVE
STATES: dict[str, tuple[truth.Known, tuple[Health, Cause | None, health.SaStatus]]] = {
    "nothing was said": (
        known(None, heard_at=None),
        (Health.UNKNOWN, Cause.NOT_REPORTED, NEITHER),
    ),
    "not reported yet": (known(None), (Health.UNKNOWN, Cause.NOT_REPORTED, NEITHER)),
    "up by DPD": (known(tunnel()), (Health.UP, None, BOTH)),
    "a proof that is old": (
        known(tunnel(proof=proof(31))),
        (Health.UNKNOWN, Cause.NO_PROOF, NEITHER),
    ),
    "a proof just fresh": (known(tunnel(proof=proof(30))), (Health.UP, None, BOTH)),
    "no proof at all": (known(tunnel(proof=None)), (Health.UNKNOWN, Cause.NO_PROOF, NEITHER)),
    "no IKE SA": (
        known(tunnel(is_ike_established=False, children_installed=0)),
        (Health.DOWN, Cause.NO_IKE_SA, NEITHER),
    ),
    "no child SA": (
        known(tunnel(children_installed=0)),
        (Health.DOWN, Cause.NO_CHILD_SA, PHASE_1),
    ),
    "the daemon is mute": (
        known(tunnel(is_ike_established=None, children_installed=None)),
        (Health.UNKNOWN, Cause.DAEMON_SILENT, NEITHER),
    ),
    "the node is silent": (
        known(tunnel(), heard_at=ago(31)),
        (Health.UNKNOWN, Cause.NODE_SILENT, NEITHER),
    ),
    "probes are lost": (
        known(tunnel(probe=probe(DEAD, silent_since=ago(2)))),
        (Health.DOWN, Cause.PROBES_LOST, PHASE_1),
    ),
    "probes are lost and DPD is answered later": (
        known(tunnel(probe=probe(DEAD, silent_since=ago(4)))),
        (Health.DOWN, Cause.PROBES_LOST, BOTH),
    ),
    "packets leave and none come": (
        known(tunnel(probe=observation.ProbeObservation(verdict=ALIVE, silent_since=ago(1)))),
        (Health.UNKNOWN, Cause.UNANSWERED, PHASE_1),
    ),
    "packets left unanswered before the last proof": (
        known(tunnel(probe=observation.ProbeObservation(verdict=ALIVE, silent_since=ago(9)))),
        (Health.UP, None, BOTH),
    ),
    "BGP is down": (
        known(tunnel(), has_bgp=True, session=session(observation.BgpState.ACTIVE)),
        (Health.DEGRADED, Cause.BGP_DOWN, BOTH),
    ),
    "BIRD is mute": (
        known(tunnel(), has_bgp=True, session=session(observation.BgpState.UNKNOWN)),
        (Health.DEGRADED, Cause.BGP_UNKNOWN, BOTH),
    ),
    "BGP was just enabled": (
        known(tunnel(), has_bgp=True),
        (Health.DEGRADED, Cause.NOT_REPORTED, BOTH),
    ),
    "BGP is up": (
        known(tunnel(), has_bgp=True, session=session(observation.BgpState.ESTABLISHED)),
        (Health.UP, None, BOTH),
    ),
    "the target never answered": (
        known(tunnel(probe=probe(liveness.Verdict.UNKNOWN))),
        (Health.UP, None, BOTH),
    ),
}


@pytest.mark.parametrize("name", STATES)
def test_a_state_is_what_its_facts_prove(name: str) -> None:
    it, wanted = STATES[name]
    assert judged(it) == wanted


@pytest.mark.parametrize("name", STATES)
def test_what_is_not_up_says_why_and_what_is_up_has_a_fresh_proof(name: str) -> None:
    it, _ = STATES[name]
    for fact in truth.facts(it).each:
        assert (fact.cause is None) is (fact.value in {Value.UP, Value.ABSENT}), fact
        assert fact.detail, fact
        if fact.value is Value.UP:
            assert fact.evidence is not Evidence.NOTHING
            assert fact.at is not None
            assert it.now - fact.at <= health.PROOF_LASTS


def test_the_latest_proof_counts_wherever_it_was_told() -> None:
    pulse = observation.Pulse(
        tunnel_id=TUNNEL,
        connection_id=ids.ConnectionId("vco-1"),
        proof=proof(1, Evidence.BFD),
    )
    fact = truth.facts(known(tunnel(proof=proof(40)), pulse=pulse)).child
    assert (fact.value, fact.evidence, fact.at) == (Value.UP, Evidence.BFD, ago(1))


def test_what_nothing_proves_is_unknown_since_its_last_proof_ran_out() -> None:
    fact = truth.facts(known(tunnel(proof=proof(50)))).child
    assert (fact.value, fact.since, fact.at) == (Value.UNKNOWN, ago(20), ago(50))


def test_a_silent_node_says_nothing_since_thirty_seconds_after_it_was_heard() -> None:
    fact = truth.facts(known(tunnel(), heard_at=ago(45))).ike
    assert fact.since == ago(45) + status.NODE_SILENCE


def report(*tunnels: observation.TunnelObservation) -> observation.ResourceObservation:
    return observation.ResourceObservation(
        kind="connection",
        resource_id="vco-1",
        generation=1,
        is_present=True,
        observed_at=NOW,
        tunnels=tunnels,
    )


def test_times_go_on_from_the_last_report_whoever_made_it() -> None:
    before = report(tunnel(children_installed=2))
    fresh = tunnel(ike_since=None, child_since=None)
    (same,) = truth.continued(before, report(fresh)).tunnels
    assert (same.ike_since, same.child_since) == (ago(100), ago(90))
    (lost,) = truth.continued(before, report(replace(fresh, children_installed=0))).tunnels
    assert (lost.ike_since, lost.child_since) == (ago(100), NOW)
    (first,) = truth.continued(None, report(fresh)).tunnels
    assert (first.ike_since, first.child_since) == (NOW, NOW)


def state(value: Health, since: float = 5) -> health.State:
    return health.State(health=value, since=ago(since))


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        (Health.UP, Health.UP, Health.UP),
        (Health.UP, Health.DOWN, Health.DEGRADED),
        (Health.UP, Health.UNKNOWN, Health.DEGRADED),
        (Health.UP, Health.DEGRADED, Health.DEGRADED),
        (Health.DEGRADED, Health.DEGRADED, Health.DEGRADED),
        (Health.DEGRADED, Health.DOWN, Health.DEGRADED),
        (Health.DOWN, Health.DOWN, Health.DOWN),
        (Health.DOWN, Health.UNKNOWN, Health.UNKNOWN),
        (Health.UNKNOWN, Health.UNKNOWN, Health.UNKNOWN),
    ],
)
def test_a_connection_is_up_with_both_tunnels_and_degraded_with_one(
    one: Health, other: Health, wanted: Health
) -> None:
    found = health.of_connection([state(one, 9), state(other, 5)])
    assert found.health is wanted
    assert health.of_connection([state(other), state(one)]).health is wanted


def test_every_cause_has_words() -> None:
    for code in Cause:
        assert causes.of(code).meaning
        assert causes.of(code).remedy
