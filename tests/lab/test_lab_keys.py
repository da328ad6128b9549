"""Pre-shared keys are changed on both sides, in either order, without a moment of outage."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from futago.lab import wait
from futago.testing import lab_cloud, lab_keys, lab_processes, labs

pytestmark = [pytest.mark.lab, pytest.mark.slow]

OVERLAP_SECONDS = 3600
MOST_FAILURES = 2
MOMENT_SECONDS = 1.0
"""On a busy machine; alone it is one datagram of a flow."""

VERSIONS = [
    pytest.param(labs.Wish(is_peer_passive=True), id="ikev2"),
    pytest.param(
        labs.Wish(is_peer_passive=True, ike_version="ikev1"), id="main", marks=pytest.mark.long
    ),
    pytest.param(
        labs.Wish(is_peer_passive=True, ike_version="ikev1", ike_mode="aggressive"),
        id="aggressive",
        marks=pytest.mark.long,
    ),
]


@pytest.fixture
def rotation(rig: labs.Rig, request: pytest.FixtureRequest) -> Iterator[lab_keys.Rotation]:
    wish: labs.Wish = request.param
    peering = rig.connect(rig.new_site(), wish)
    rig.wait_up(peering)
    rig.wait_settled(peering)
    made = lab_keys.Rotation(rig, peering, 2)
    made.overlap_theirs()
    yield made
    rig.disconnect(peering)


@pytest.mark.parametrize("rotation", VERSIONS, indirect=True)
def test_either_side_may_change_its_key_first(
    rig: labs.Rig, rotation: lab_keys.Rotation, request: pytest.FixtureRequest
) -> None:
    is_v2 = "ikev2" in request.node.name
    with rig.flows(rotation.peering) as flows:
        ours_first(rotation)
        theirs_first(rotation)
    # Without BGP the data center goes on sending into the tunnel that is renewed.
    assert max(flow.gap for flow in flows) < MOMENT_SECONDS, flows
    if is_v2:
        assert sum(flow.lost_back for flow in flows) == 0, flows
    with rig.flows(rotation.peering) as flows:
        if is_v2:
            rotation.reauthenticate_theirs()
        else:  # the attempt that failed goes on for half a minute
            rotation.restart_theirs()
        rotation.wait_keys((3, 3, 0))
        rotation.wait_up()
    # The device renews without emptying the tunnel: what meets its new SA too early is lost.
    assert max(flow.gap for flow in flows) < MOMENT_SECONDS, flows
    after_an_outage(rotation)


def ours_first(rotation: lab_keys.Rotation) -> None:
    """Nothing is touched until the overlap is ended, and then the new SA is there first."""
    before = rotation.associations()
    rotation.change_ours("second-key", OVERLAP_SECONDS)
    rotation.wait_keys((2, 1, 1))
    rotation.change_theirs("second-key")
    assert rotation.associations() == before
    assert rotation.failures_of(lambda: rotation.change_ours("second-key", 0)) == 0
    rotation.wait_keys((2, 2, 0))
    rotation.wait_up()
    assert not set(rotation.associations()) & set(before)


def theirs_first(rotation: lab_keys.Rotation) -> None:
    """The device's first attempt with its new key fails; what is up stays up."""
    before = rotation.associations()
    rotation.change_theirs("third-key")
    rotation.change_ours("third-key", OVERLAP_SECONDS)
    rotation.wait_keys((3, 2, 2))
    assert rotation.associations() == before

    def fail_once() -> None:
        rotation.reauthenticate_theirs()
        rotation.wait_keys((3, 3, 2))

    assert rotation.failures_of(fail_once) == 1
    assert set(before) <= set(rotation.associations())


def after_an_outage(rotation: lab_keys.Rotation) -> None:
    """The gateway's own attempt finds out which key the device has."""
    rotation.change_ours("fourth-key", OVERLAP_SECONDS)
    rotation.wait_keys((4, 3, 3))
    rotation.change_theirs("fourth-key")

    def break_off() -> None:
        lab_processes.terminate(rotation.rig.lab, rotation.tunnel_id)
        rotation.wait_keys((4, 4, 0))
        rotation.wait_up()

    assert 1 <= rotation.failures_of(break_off) <= MOST_FAILURES


def test_a_key_that_the_device_never_gets_is_named_when_the_overlap_ends(
    rig: labs.Rig, peering: labs.Peering
) -> None:
    rotation = lab_keys.Rotation(rig, peering, 2)
    original = rig.cloud.tunnels(peering.connection_id)[1]["TunnelIkeConfig"]["Psk"]
    rig.wait_settled(peering)
    untouched = lab_processes.ike_associations(rig.lab, peering.tunnel_ids[0])
    version = rotation.keys()[0]
    rotation.change_ours("a-wrong-key", OVERLAP_SECONDS)
    rotation.wait_keys((version + 1, version, version))
    assert rig.cloud.statuses(peering.connection_id) == [lab_cloud.ESTABLISHED] * 2
    rotation.change_ours("a-wrong-key", 0)
    wait.eventually(
        lambda: rig.diagnoses(peering) == ["NoExceptionFound", "PskOrPeerIdMismatch"],
        within=labs.SETTLE_SECONDS,
    )
    rotation.change_ours(original, 0)
    rig.wait_up(peering)
    assert lab_processes.ike_associations(rig.lab, peering.tunnel_ids[0]) == untouched
