"""Rates from measured queues: against a daemon that encrypts so much and keeps the rest."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from futago.domain import connection
from futago.plan import shaping

PACKET = 1400
STEP = 0.2


@dataclass
class Daemon:
    """Encrypts at a capacity (bits per second) and queues what is too much."""

    capacity: float
    queue: float = 0.0
    drops: float = 0.0
    """Share of packets that enter and never leave."""

    def run(self, rate: float) -> shaping.Load:
        entered = rate * STEP / 8 / PACKET
        self.queue += entered * (1 - self.drops)
        left = min(self.queue, self.capacity * STEP / 8 / PACKET)
        self.queue -= left
        return shaping.Load(
            seconds=STEP,
            entered_packets=int(entered),
            entered_bytes=int(entered) * PACKET,
            left_packets=int(left),
        )

    @property
    def delay(self) -> float:
        return self.queue * PACKET * 8 / self.capacity


def flood(daemon: Daemon, shape: shaping.Shape, seconds: float) -> tuple[shaping.Shape, float]:
    """Offer more than ever passes; give the shape and the longest delay in its second half."""
    longest, steps = 0.0, int(seconds / STEP)
    for step in range(steps):
        shape = shaping.adjust(shape, daemon.run(shape.rate))
        if step > steps / 2:
            longest = max(longest, daemon.delay)
    return shape, longest


@settings(deadline=None)
@given(st.floats(min_value=10e6, max_value=3e9))
def test_a_flood_uses_the_capacity_without_a_queue(capacity):
    daemon = Daemon(capacity)
    shape, longest = flood(daemon, shaping.Shape(), 30)
    assert longest < 0.15
    passed = 0.0
    for _ in range(100):
        load = daemon.run(shape.rate)
        passed += load.left_packets * PACKET * 8 / STEP / 100
        shape = shaping.adjust(shape, load)
    assert passed > 0.6 * capacity


@pytest.mark.parametrize("bandwidth", connection.TunnelBandwidth)
def test_a_bandwidth_class_is_the_ceiling_of_a_fast_daemon(bandwidth):
    ceiling = bandwidth.bits_per_second
    shape, _ = flood(Daemon(8e9), shaping.Shape(ceiling=ceiling), 30)
    assert shape.rate == ceiling
    cut = shaping.adjust(
        shape,
        shaping.Load(seconds=0.2, entered_packets=1000, entered_bytes=1_400_000, left_packets=0),
    )
    assert (cut.rate < ceiling, cut.ceiling) == (True, ceiling)


@pytest.mark.parametrize("factor", [0.25, 0.5, 2, 4])
def test_a_capacity_that_changes_is_followed(factor):
    daemon = Daemon(200e6)
    shape, _ = flood(daemon, shaping.Shape(), 30)
    daemon.capacity *= factor
    shape, longest = flood(daemon, shape, 120)
    assert longest < 0.2
    assert shape.rate > 0.5 * daemon.capacity


def test_what_is_dropped_on_the_way_is_no_queue():
    daemon = Daemon(200e6, drops=0.01)
    shape, _ = flood(daemon, shaping.Shape(), 60)
    assert shape.rate > 50e6


def test_little_traffic_changes_nothing():
    shape = shaping.Shape()
    load = Daemon(200e6).run(1e6)
    assert shaping.adjust(shape, load).rate == shape.rate
    assert not shaping.is_loaded(shape, load)
    assert shaping.is_loaded(replace(shape, backlog=5), load)


loads = st.builds(
    shaping.Load,
    seconds=st.floats(min_value=0, max_value=10),
    entered_packets=st.integers(min_value=0, max_value=10**6),
    entered_bytes=st.integers(min_value=0, max_value=10**9),
    left_packets=st.integers(min_value=0, max_value=10**6),
)


@given(st.lists(loads, max_size=30))
def test_a_rate_stays_within_its_bounds_whatever_is_measured(measured):
    shape = shaping.Shape()
    for load in measured:
        shape = shaping.adjust(shape, load)
        assert shaping.RATE_MIN <= shape.rate <= shaping.RATE_MAX
        assert shape.backlog >= 0
