"""What counters and probes say about the life of a tunnel."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address

from futago.agent import meters, tracks
from futago.domain import health, ids
from futago.plan import liveness, observation, places

START = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
TUNNEL = ids.TunnelId("tun-1")
ROUTER = ids.RouterId("tr-1")


PATH = liveness.ProbePath(
    tunnel_id=TUNNEL, source=IPv4Address("10.0.0.1"), target=IPv4Address("10.0.0.2")
)


class Device:
    """A tunnel's device whose counters are read twice a second."""

    def __init__(self, *, is_probed: bool = False) -> None:
        self.track = tracks.Track(
            place=places.TunnelPlace.of("m", TUNNEL, ROUTER),
            connection_id=ids.ConnectionId("vco-1"),
            router_id=ROUTER,
            path=PATH if is_probed else None,
            is_up=True,
        )
        self.now, self.received, self.sent = 100.0, 0, 0
        self.read()

    @property
    def moment(self) -> datetime:
        return START + timedelta(seconds=self.now - 100)

    def read(self) -> None:
        seen = observation.DeviceCounters(
            received_bytes=self.received * 100,
            sent_bytes=self.sent * 100,
            received_packets=self.received,
            sent_packets=self.sent,
        )
        self.track.count(seen, self.now, self.moment)
        self.track.settle(self.moment)

    def play(self, seconds: float, *, received: int = 0, sent: int = 0) -> None:
        for _ in range(int(seconds * 2)):
            self.now += 0.5
            self.received += received
            self.sent += sent
            self.read()


def lose(device: Device) -> None:
    """Lose as many probes as end a tunnel."""
    for _ in range(liveness.UNANSWERED_MAX):
        device.track.next_number(device.now)
        device.now += 2
        device.track.expire(device.now)


def test_packets_that_come_are_proof() -> None:
    device = Device()
    assert device.track.proof is None
    device.play(1, received=1, sent=1)
    proof = device.track.proof
    assert proof == observation.PeerProof(evidence=health.Evidence.TRAFFIC, at=device.moment)
    device.track.has_bfd = True
    assert device.track.proof is not None
    assert device.track.proof.evidence is health.Evidence.BFD
    device.track.last_answer_at = device.moment
    assert device.track.proof.evidence is health.Evidence.PROBE


def test_an_exchange_that_becomes_one_sided_is_in_doubt_within_two_seconds() -> None:
    device = Device()
    device.play(2, received=1, sent=1)
    device.play(0.5, sent=1)
    assert device.track.silent_since is None
    device.play(1.5, sent=1)
    assert device.track.silent_since is not None
    assert device.moment - device.track.silent_since <= timedelta(seconds=1)
    device.play(0.5, received=1, sent=1)
    assert device.track.silent_since is None


def test_one_way_traffic_and_silence_cast_no_doubt() -> None:
    device = Device()
    device.play(20, sent=3)
    assert device.track.silent_since is None
    device.play(1, received=1)
    device.play(40)
    assert device.track.silent_since is None


def test_a_tunnel_whose_probes_are_answered_is_not_doubted_for_one_way_traffic() -> None:
    device = Device(is_probed=True)
    number = device.track.next_number(device.now)
    device.track.hear(number, device.now, device.moment)
    device.play(1, received=1, sent=1)
    device.play(4, sent=1)
    assert device.track.silent_since is None


def test_an_answer_in_time_puts_the_next_probe_off_and_an_overdue_one_hurries_it() -> None:
    track, now = Device(is_probed=True).track, 100.0
    for _ in range(3):
        track.hear(track.next_number(now), now + 0.01, START)
        assert track.next_at == now + liveness.STEADY_SECONDS
        now = track.next_at
    first = now
    while track.verdict(START) is liveness.Verdict.ALIVE:
        if now >= track.next_at:
            track.next_number(now)
        now = track.due
        track.expire(now + 0.001)
    assert now - first < 0.7


def test_a_long_round_trip_is_not_overdue_and_costs_no_further_probes() -> None:
    track = Device(is_probed=True).track
    for number in range(4):
        now = 100.0 + number
        track.hear(track.next_number(now), now + 0.3, START)
    track.next_number(105.0)
    assert track.next_at == 105.6


def test_a_target_that_answered_through_an_earlier_sa_is_missed_through_the_next_one() -> None:
    device = Device(is_probed=True)
    lose(device)
    assert device.track.verdict(START) is liveness.Verdict.UNKNOWN
    device.track.hear(device.track.next_number(device.now), device.now, device.moment)
    device.track.forget()
    assert device.track.verdict(START) is liveness.Verdict.UNKNOWN
    lose(device)
    assert device.track.verdict(START) is liveness.Verdict.DEAD
    device.track.follow(replace(PATH, target=IPv4Address("10.0.0.3")))
    lose(device)
    assert device.track.verdict(START) is liveness.Verdict.UNKNOWN


def test_a_later_agent_goes_on_from_what_was_known_of_the_same_path() -> None:
    device = Device(is_probed=True)
    assert device.track.remembered is None
    device.track.hear(device.track.next_number(device.now), device.now, device.moment)
    lose(device)
    device.read()
    kept = device.track.remembered
    later = Device(is_probed=True).track
    assert kept == liveness.Remembered(
        path=PATH, verdict=liveness.Verdict.DEAD, since=device.moment
    )
    later.recall(kept, 100.0)
    shown = later.shown(device.moment)
    assert (shown.verdict, shown.since) == (liveness.Verdict.DEAD, device.moment)
    other = Device(is_probed=True).track
    other.recall(replace(kept, path=replace(PATH, target=IPv4Address("10.0.0.3"))), 100.0)
    assert other.verdict(START) is liveness.Verdict.UNKNOWN


def test_lost_probes_are_a_doubt_until_they_are_answered() -> None:
    device = Device(is_probed=True)
    device.track.hear(device.track.next_number(device.now), device.now, device.moment)
    for _ in range(liveness.UNANSWERED_MAX):
        device.track.next_number(device.now)
        device.now += 2
        device.track.expire(device.now)
    device.read()
    shown = device.track.shown(device.moment)
    assert shown.verdict is liveness.Verdict.DEAD
    assert shown.since == shown.silent_since == device.moment
    for _ in range(liveness.ANSWERS_MIN):
        device.track.hear(device.track.next_number(device.now), device.now, device.moment)
    shown = device.track.shown(device.moment)
    assert (shown.verdict, shown.silent_since) == (liveness.Verdict.ALIVE, None)


def test_counters_of_another_device_are_no_packets() -> None:
    device = Device()
    device.play(1, received=5, sent=5)
    before = device.track.last_inbound_at
    device.received = device.sent = 0
    device.now += 1
    device.read()
    assert device.track.last_inbound_at == before


def test_a_meter_gives_the_mean_over_some_seconds() -> None:
    meter = meters.Meter()
    assert meter.load is None
    for second in range(20):
        sent = second * 1000 if second > 10 else 0
        meter.add(
            observation.DeviceCounters(
                received_bytes=second * 100, sent_bytes=sent, received_packets=0, sent_packets=0
            ),
            float(second),
        )
    assert meter.load == meters.Load(received_bps=800, sent_bps=8000)
    meter.add(
        observation.DeviceCounters(
            received_bytes=0, sent_bytes=0, received_packets=0, sent_packets=0
        ),
        21.0,
    )
    assert meter.load is None
