"""Verdicts from answers, and next hops from verdicts."""

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from futago.domain import forwarding, ids
from futago.plan import liveness, withdrawal

ALIVE, DEAD, UNKNOWN = liveness.Verdict.ALIVE, liveness.Verdict.DEAD, liveness.Verdict.UNKNOWN
START = 1000.0


def play(events: str, state: liveness.Liveness | None = None) -> liveness.Liveness:
    """Play answers (a) and misses (m), 0.2 s apart."""
    state = state or liveness.Liveness()
    for number, event in enumerate(events):
        step = liveness.answered if event == "a" else liveness.unanswered
        state = step(state, START + number * liveness.URGENT_SECONDS)
    return state


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        ("", UNKNOWN),
        ("mmmmmmmm", UNKNOWN),
        ("a", ALIVE),
        ("mmmma", ALIVE),
        ("amm", ALIVE),
        ("ammammamm", ALIVE),
        ("ammm", DEAD),
        ("ammmaaaa", DEAD),
        ("ammmaaaamaaaa", DEAD),
        ("ammmaaaaa", ALIVE),
    ],
)
def test_three_misses_in_a_row_end_and_five_answers_in_a_row_restore(events, verdict):
    assert play(events).verdict is verdict


def test_a_relapse_needs_more_answers_and_a_steady_minute_forgives():
    relapsed = play("ammmaaaaammm")
    assert (relapsed.verdict, relapsed.needed) == (DEAD, 10)
    back = play("a" * 10, relapsed)
    assert back.verdict is ALIVE
    steady = liveness.answered(back, back.changed_at + liveness.RELAPSE_SECONDS + 1)
    assert steady.needed == liveness.ANSWERS_MIN
    flapping = play("ammm")
    for _ in range(9):
        flapping = play("a" * flapping.needed + "mmm", flapping)
    assert flapping.needed == liveness.ANSWERS_MAX


@given(st.text(alphabet="am", max_size=200))
def test_death_is_near_whatever_happened_and_so_is_recovery(events):
    state = play("a" + events)
    assert play("mmm", state).verdict is DEAD
    assert play("a" * liveness.ANSWERS_MAX, state).verdict is ALIVE
    assert liveness.ANSWERS_MIN <= state.needed <= liveness.ANSWERS_MAX


def test_probes_hurry_only_where_something_is_wrong():
    alive, dead = play("a"), play("ammm")
    assert liveness.pause(alive, START, is_still=False) == liveness.STEADY_SECONDS
    assert liveness.pause(alive, START, is_still=False, has_bfd=True) == liveness.IDLE_SECONDS
    assert liveness.pause(alive, START, is_still=True) == liveness.URGENT_SECONDS
    assert liveness.pause(play("am"), START, is_still=False) == liveness.URGENT_SECONDS
    assert liveness.pause(dead, START + 1, is_still=False) == liveness.URGENT_SECONDS
    assert liveness.pause(dead, START + 1000, is_still=False) == liveness.PATIENT_SECONDS
    assert liveness.pause(play("mmm"), START, is_still=True) == liveness.IDLE_SECONDS


@given(st.one_of(st.none(), st.floats(min_value=0, max_value=10)))
def test_an_answer_has_time_to_come_but_a_dead_tunnel_is_found_within_two_seconds(round_trip):
    limit = liveness.timeout(round_trip)
    assert 0.25 <= limit <= 1.0
    if round_trip is not None and round_trip <= 0.3:
        assert limit > round_trip
    urgent = (liveness.UNANSWERED_MAX - 1) * liveness.URGENT_SECONDS
    assert urgent + limit < 1.5


FIRST, SECOND = ids.TunnelId("tun-" + "a" * 17), ids.TunnelId("tun-" + "b" * 17)
services = st.builds(
    liveness.Service,
    tunnel_id=st.just(FIRST),
    is_up=st.booleans(),
    is_dead=st.booleans(),
    is_draining=st.booleans(),
)


@given(services, services.map(lambda s: liveness.replace(s, tunnel_id=SECOND)))
def test_a_tunnel_is_left_out_only_when_its_partner_is_good(first, second):
    out = liveness.out_of_service((first, second))
    for one, other in ((first, second), (second, first)):
        is_bad = one.is_dead or one.is_draining
        assert (one.tunnel_id in out) is (is_bad and other.is_good)


DEVICES = ("t1", "t2", "t3")
hops = st.lists(st.sampled_from(DEVICES), unique=True).map(
    lambda names: tuple(forwarding.DeviceNextHop(device=name) for name in names)
)
routes = st.builds(
    forwarding.StaticRoute, prefix=st.just(IPv4Network("10.0.0.0/8")), next_hops=hops
)
sessions = st.sampled_from(DEVICES).map(
    lambda name: forwarding.BgpSession(
        name=name,
        table="c",
        device=name,
        local_address=IPv4Address("169.254.10.1"),
        peer_address=IPv4Address("169.254.10.2"),
        local_asn=1,
        peer_asn=2,
        import_limit=50,
    )
)
configs = st.builds(
    forwarding.RoutingConfig,
    router_address=st.just(IPv4Address("1.1.1.1")),
    sources=st.lists(routes, max_size=4).map(
        lambda found: (
            forwarding.StaticSource(
                name="s",
                table="c",
                routes=tuple(found),
                origin=forwarding.RouteOrigin.VPN,
            ),
        )
    ),
    sessions=st.lists(sessions, max_size=3).map(tuple),
)


@given(configs, st.frozensets(st.sampled_from(DEVICES)))
def test_withdrawing_leaves_devices_out_and_never_makes_a_blackhole(config, devices):
    left = withdrawal.without(config, devices)
    assert not any(session.device in devices for session in left.sessions)
    for before, after in zip(config.sources[0].routes, left.sources[0].routes, strict=True):
        names = {hop.device for hop in before.next_hops}
        assert {hop.device for hop in after.next_hops} == (names - devices or names)
    assert withdrawal.without(config, frozenset()) == config
