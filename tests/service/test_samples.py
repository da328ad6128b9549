"""Samples for charts: heartbeats of nodes become minutes, and minutes become points."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from futago.messages import codec
from futago.services import samples


@pytest.fixture
def connection_id(cloud: Any, node: Any, frame: Any, site: Any) -> str:
    made = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    return str(made)


def tunnel_ids(cloud: Any, connection_id: str) -> list[str]:
    shown = cloud.call("DescribeVpnConnection", VpnConnectionId=connection_id)
    options = shown["TunnelOptionsSpecification"]["TunnelOptions"]
    return [each["TunnelId"] for each in options]


class Heart:
    """Beats as a node does."""

    def __init__(
        self, database: Any, clock: Any, memory: Any, kept: timedelta = samples.DEFAULT_KEPT
    ) -> None:
        # Two processes, which a node reports to as it comes.
        self.samplers = [samples.Sampler(memory, kept) for _ in range(2)]
        self.database, self.clock = database, clock

    def beat(self, tunnel_id: str, count: int, **more: Any) -> None:
        seen = codec.DeviceTraffic(
            tunnel_id=tunnel_id,
            connection_id="vco-1",
            received_bytes=count,
            sent_bytes=count,
            received_packets=count,
            sent_packets=count,
            **more,
        )
        self.samplers.reverse()
        over = self.samplers[0].accept((seen,), self.clock.now())
        if over is not None:
            with self.database.begin() as unit:
                self.samplers[0].store(unit, over)


def test_heartbeats_become_points(
    cloud: Any, database: Any, clock: Any, memory: Any, connection_id: str
) -> None:
    first, second = tunnel_ids(cloud, connection_id)
    heart = Heart(database, clock, memory)
    clock.moment = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    for beat in range(40):
        heart.beat(first, beat * 100, rtt_ms=2.0, loss=0.0, is_up=beat % 4 != 3)
        clock.advance(5)
    answer = cloud.call("ListTunnelSamples", VpnConnectionId=connection_id)
    assert (answer["Step"], answer["EndTime"]) == (60, "2026-11-23T07:04:00Z")
    one, two = answer["Series"]
    assert (one["TunnelIndex"], two["TunnelId"], two["Points"]) == (1, second, [])
    assert [each["ReceivedBytes"] for each in one["Points"]] == [None, 1200, 1200]
    last = one["Points"][-1]
    assert (last["CoveredSeconds"], last["RoundTripMilliseconds"], last["Loss"]) == (60, 2.0, 0.0)
    assert last["UpShare"] == 0.75
    coarse = cloud.call(
        "ListTunnelSamples", VpnConnectionId=connection_id, TunnelId=first, Step=300
    )
    (series,) = coarse["Series"]
    assert [each["ReceivedBytes"] for each in series["Points"]] == [2400]


def test_ranges_that_make_no_chart_are_refused(cloud: Any, connection_id: str) -> None:
    wanted = {"VpnConnectionId": connection_id}
    for more in (
        {"StartTime": "2026-11-23T06:56:38Z", "EndTime": "2026-11-23T06:56:38Z"},
        {"StartTime": "2026-11-16T06:56:38Z", "Step": 60},
        {"Step": 61},
        {"Step": 0},
    ):
        assert cloud.refused("ListTunnelSamples", **wanted, **more).code == "InvalidParameter"
    week = cloud.call("ListTunnelSamples", **wanted, StartTime="2026-11-16T06:56:38Z")
    assert week["Step"] == 1800


def test_old_samples_go_and_with_them_tunnels_that_are_gone(
    cloud: Any, database: Any, clock: Any, memory: Any, connection_id: str
) -> None:
    first, _ = tunnel_ids(cloud, connection_id)
    heart = Heart(database, clock, memory, timedelta(minutes=90))
    for _ in range(200):
        heart.beat(first, 1)
        heart.beat("tun-gone", 1) if clock.now().hour < 8 else None
        clock.advance(60)
    with database.read() as unit:
        counted = unit.session.execute(
            sa.text(
                "SELECT tunnel_id, count(minute) FROM sample_series LEFT JOIN tunnel_sample"
                " ON series_id = id GROUP BY 1"
            )
        ).all()
    ((tunnel_id, count),) = counted
    assert tunnel_id == first
    assert 90 <= count <= 150
