"""A hundred connections: processor time while idle, memory, and whether changes stay fast.

One router with destination routes, two tunnels for each connection, all up. One change is a
destination route, from the call until the connection is attached again.
"""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Iterator

import cloud
import farm
import figures
import laboratory
import processes
import scene

from futago.lab import record

NAMES = (
    "idle.cpu_percent_at_100",
    "idle.daemons_cpu_percent_at_100",
    "memory.per_tunnel_mib",
    "change.ratio_100_to_2",
    "change.seconds_at_2",
    "change.seconds_at_100",
)
FEW = 2
MANY = 100
CHANGES = 25
IDLE_SECONDS = 600.0
"""The agent's interval between two looks at everything, so that one such look is counted."""
SETTLE_SECONDS = 15.0
_CHANGED_PREFIX = "172.31.0.0/24"
_POLL_SECONDS = 0.01
_REST_SECONDS = 0.2
"""Between changes: the controller tidies up after one, and each shall meet a node at rest."""


def run(wanted: figures.Wanted) -> Iterator[figures.Figure]:
    """Measure few connections, then many."""
    with (
        laboratory.laboratory(farm.POOLS) as lab,
        contextlib.closing(cloud.Cloud(lab)) as api,
    ):
        grown = farm.Farm(lab, api)
        with_changes = any(wanted(name) for name in NAMES if name.startswith("change."))
        few: list[float] = []
        if with_changes:
            grown.grow(FEW)
            few = _changes(api, grown.connections[0])
        grown.grow(MANY)
        cloud.until(grown.all_up, "all tunnels are up", within=120.0, every=1.0)
        if with_changes:
            many = _changes(api, grown.connections[0])
            yield from _change_figures(few, many)
        if any(wanted(name) for name in NAMES if not name.startswith("change.")):
            yield from _quiet(lab, grown)


def _changes(api: cloud.Cloud, connection_id: str) -> list[float]:
    """Add and remove a route; gives the seconds of each addition."""
    found = []
    for number in range(CHANGES + 1):
        time.sleep(_REST_SECONDS)
        began = time.monotonic()
        scene.create_route(api, connection_id, _CHANGED_PREFIX)
        _until_attached(api, connection_id)
        # The first is a warm-up.
        if number:
            found.append(time.monotonic() - began)
        time.sleep(_REST_SECONDS)
        scene.delete_route(api, connection_id, _CHANGED_PREFIX)
        _until_attached(api, connection_id)
    laboratory.say(f"a change takes {statistics.median(found) * 1000:.0f} ms")
    return found


def _until_attached(api: cloud.Cloud, connection_id: str) -> None:
    cloud.until(
        lambda: api.is_attached(connection_id), f"{connection_id} is attached", every=_POLL_SECONDS
    )


def _change_figures(few: list[float], many: list[float]) -> Iterator[figures.Figure]:
    at_few, at_many = statistics.median(few), statistics.median(many)
    yield figures.Figure(name=NAMES[3], value=at_many / at_few, unit="", goal=1.5)
    yield figures.Figure(name=NAMES[4], value=at_few, unit="s")
    yield figures.Figure(name=NAMES[5], value=at_many, unit="s")


def _quiet(lab: record.Lab, grown: farm.Farm) -> Iterator[figures.Figure]:
    """Leave everything alone and look at processor time, then at memory."""
    laboratory.say(f"idle for {SETTLE_SECONDS + IDLE_SECONDS:g} s")
    time.sleep(SETTLE_SECONDS)
    control, daemons = processes.of_control_plane(lab), processes.of_gateway(lab)
    before = {role: processes.cpu_seconds(pids) for role, pids in control.items()}
    daemons_before = processes.cpu_seconds(daemons)
    began = time.monotonic()
    time.sleep(IDLE_SECONDS)
    seconds = time.monotonic() - began
    spent = {role: processes.cpu_seconds(pids) - before[role] for role, pids in control.items()}
    daemons_spent = processes.cpu_seconds(daemons) - daemons_before
    shares = ", ".join(f"{role} {used / seconds:.2%}" for role, used in spent.items())
    laboratory.say(f"of one core: {shares}")
    assert grown.all_up(), "tunnels were lost while idle"
    idle = 100 * sum(spent.values()) / seconds
    yield figures.Figure(name=NAMES[0], value=idle, unit="% of core", goal=2.0)
    yield figures.Figure(name=NAMES[1], value=100 * daemons_spent / seconds, unit="% of core")
    per_tunnel = processes.pss_mib(daemons) / (2 * len(grown.connections))
    yield figures.Figure(name=NAMES[2], value=per_tunnel, unit="MiB", goal=4.0)
