"""`kill -9` of every process, while traffic runs and while changes are applied."""

from __future__ import annotations

import random
import re
import subprocess
import time
from collections.abc import Iterator

import pytest

from futago.lab import control, netns, record, wait
from futago.testing import lab_processes, lab_traffic, labs

pytestmark = [pytest.mark.lab, pytest.mark.slow]

IKE_BACK_SECONDS = 5.0
ROUTING_BACK_SECONDS = 2.0
LONGEST_CHANGE_SECONDS = 0.8
LONGEST_APPLY_SECONDS = 0.4


def daemons(rig: labs.Rig, peering: labs.Peering) -> dict[str, object]:
    """What must not change when nothing but Futago's own processes ends."""
    lab = rig.lab
    return {
        "bird": lab_processes.routing_daemon(lab, rig.frame.router_id),
        **{each: lab_processes.ike_daemon(lab, each) for each in peering.tunnel_ids},
        **{f"SAs of {each}": associations(rig, each) for each in peering.tunnel_ids},
    }


def associations(rig: labs.Rig, tunnel_id: str) -> tuple[str, ...]:
    found = lab_processes.ike_associations(rig.lab, tunnel_id)
    assert found, f"{tunnel_id} has no IKE SA"
    return found


@pytest.mark.parametrize("role", lab_processes.ROLES)
def test_a_killed_role_comes_back_and_finishes_what_was_asked_without_loss(
    rig: labs.Rig, peering: labs.Peering, role: str
) -> None:
    lab, site = rig.lab, rig.new_site()
    before = lab_processes.futago(lab)[role]
    kept = daemons(rig, peering)
    moment = random.uniform(0, LONGEST_CHANGE_SECONDS)
    with rig.flows(peering) as flows:
        with lab_processes.role_killed_within(lab, role, moment):
            second = rig.connect(site)
        lab_processes.wait_replaced(lab, role, before)
        rig.wait_up(second)
        rig.disconnect(second)
    assert lab_traffic.lost(flows) == 0, (moment, flows)
    assert daemons(rig, peering) == kept


def test_traffic_outlives_futago_and_the_next_start_adopts_every_daemon(
    rig: labs.Rig, peering: labs.Peering
) -> None:
    lab = rig.lab
    kept = daemons(rig, peering)
    with rig.flows(peering) as flows:
        for role in (lab_processes.SUPERVISOR, *lab_processes.ROLES):
            if role in (running := lab_processes.futago(lab)):
                lab_processes.kill(running[role])
        wait.eventually(lambda: not lab_processes.futago(lab), within=labs.SETTLE_SECONDS)
        assert rig.ping(peering) == lab_traffic.PINGS
        control.start(lab)
        control.wait_ready(lab)
        rig.wait_up(peering)
    assert lab_traffic.lost(flows) == 0, flows
    assert daemons(rig, peering) == kept


def test_a_killed_ike_daemon_is_back_in_5_seconds_and_its_partner_loses_nothing(
    rig: labs.Rig, peering: labs.Peering
) -> None:
    lab, (victim, _) = rig.lab, peering.tunnel_ids
    partner_ways = rig.ways(peering, 2)
    old = lab_processes.ike_daemon(lab, victim)
    with rig.flows(peering) as flows:
        begin = time.monotonic()
        lab_processes.kill(old)
        wait.eventually(
            lambda: any("INSTALLED" in sa for sa in lab_processes.associations(lab, victim)),
            within=labs.SETTLE_SECONDS,
        )
        rig.wait_established(peering)
        rig.wait_carrying(peering)
        seconds = time.monotonic() - begin
        assert lab_processes.ike_daemon(lab, victim) not in (0, old)
        rig.wait_up(peering)
    assert seconds <= IKE_BACK_SECONDS
    assert max(flow.gap for flow in flows) <= IKE_BACK_SECONDS, flows
    assert partner_ways
    assert not partner_ways & lab_traffic.ways_with_loss(flows), flows


@pytest.fixture
def route_changes(rig: labs.Rig) -> Iterator[subprocess.Popen[str]]:
    """Notes every change of the transit router's routes."""
    command = netns.inside(rig.router, ["ip", "monitor", "route"])
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def kernel_routes(rig: labs.Rig) -> str:
    """The routes of BIRD, in all tables."""
    return netns.ip(rig.router, "route show table all proto bird")


def test_a_killed_routing_daemon_runs_again_in_2_seconds_and_no_route_goes_away(
    rig: labs.Rig, peering: labs.Peering, route_changes: subprocess.Popen[str]
) -> None:
    lab, router_id = rig.lab, rig.frame.router_id
    before = kernel_routes(rig)
    assert str(peering.site.network) in before
    old = lab_processes.routing_daemon(lab, router_id)

    def has_another() -> bool:
        assert kernel_routes(rig) == before
        return lab_processes.routing_daemon(lab, router_id) not in (0, old)

    with rig.flows(peering) as flows:
        begin = time.monotonic()
        lab_processes.kill(old)
        wait.eventually(has_another, within=labs.SETTLE_SECONDS)
        seconds = time.monotonic() - begin
        second = rig.connect(rig.new_site())
        rig.wait_up(second)
        route_changes.kill()
        rig.disconnect(second)
    changes, _ = route_changes.communicate(timeout=10)
    assert seconds <= ROUTING_BACK_SECONDS
    assert not re.search(rf"Deleted .*{re.escape(str(peering.site.network))}", changes), changes
    assert not re.search(rf"Deleted .*{re.escape(str(labs.VPC_PREFIX))}", changes), changes
    assert kernel_routes(rig) == before
    assert lab_traffic.lost(flows) == 0, flows


def test_an_agent_that_is_killed_again_and_again_always_gets_there(
    rig: labs.Rig, peering: labs.Peering
) -> None:
    lab = rig.lab
    second = rig.connect(rig.new_site())
    attachment_id = second.attachment_id
    for _ in range(3):
        moments = [random.uniform(0, LONGEST_APPLY_SECONDS) for _ in range(2)]
        with lab_processes.role_killed_within(lab, "agent", moments[0]):
            rig.unroute(second)
            rig.detach(attachment_id)
        wait.eventually(lambda: not leftovers(rig, second), within=labs.SETTLE_SECONDS)
        with lab_processes.role_killed_within(lab, "agent", moments[1]):
            attachment_id = rig.attach_again(second.connection_id)
        rig.plug("Vpn", attachment_id)
        rig.route(second)
        rig.configure(second)
        rig.wait_up(second)
    rig.unroute(second)
    with lab_processes.role_killed_within(lab, "agent", random.uniform(0, LONGEST_APPLY_SECONDS)):
        rig.detach(attachment_id)
        rig.delete(second)
    wait.eventually(lambda: not leftovers(rig, second), within=labs.SETTLE_SECONDS)


def test_a_stand_in_that_a_killed_agent_did_not_make_is_made_by_the_next(
    rig: labs.Rig, peering: labs.Peering
) -> None:
    namespace = rig.place(peering.tunnel_ids[0]).namespace
    netns.ip(namespace, "link delete ipsec0")
    with rig.flows(peering) as flows:
        old = lab_processes.kill_role(rig.lab, "agent")
        lab_processes.wait_replaced(rig.lab, "agent", old)
        wait.eventually(lambda: netns.has_device(namespace, "ipsec0"), within=labs.SETTLE_SECONDS)
        rig.wait_up(peering)
    assert lab_traffic.lost(flows) == 0, flows


def leftovers(rig: labs.Rig, peering: labs.Peering) -> list[str]:
    spaces = [rig.place(each).namespace for each in peering.tunnel_ids]
    return [name for name in spaces if netns.exists(name)] + [
        str(path)
        for each in peering.tunnel_ids
        for path in lab_processes.runtime(record.load(rig.directory)).rglob(f"{each}*")
    ]
