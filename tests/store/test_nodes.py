from __future__ import annotations

import pytest

from futago.messages import codec
from futago.plan import observation
from futago.services import node_link, nodes, refusals
from futago.store import schema

NODE = "node-1"


def test_registering_again_renews_what_the_node_said(world) -> None:
    world.register(public=("10.0.3.0/28",), second="")
    assert world.on(nodes.zones) == ("zone-a",)
    with world.database.read() as unit:
        (zone,) = unit.session.query(schema.ZoneRow)
        assert [str(pool) for pool in zone.public_pools] == ["10.0.3.0/28"]
    assert world.on(nodes.only_node) == NODE


def test_registering_again_keeps_intents_and_their_revision(world) -> None:
    world.attached()
    before = world.batch()
    world.register()
    world.control()
    assert world.batch().revision == before.revision
    assert world.batch().entries == before.entries


def test_a_second_node_is_refused(world) -> None:
    registration = codec.NodeRegistration(node_id="node-2", zones=(), driver="memory")
    with pytest.raises(refusals.NodeOnlyOne, match="node-1"):
        world.on(nodes.register_node, registration, world.clock.now())


def test_a_node_that_comes_late_gets_what_was_there_before(empty) -> None:
    router = empty.router()
    empty.control()
    empty.register()
    empty.control()
    assert [entry.resource_id for entry in empty.batch().entries] == [router.id]


def test_before_a_node_there_is_no_zone(empty) -> None:
    assert empty.on(nodes.zones) == ()
    assert empty.on(nodes.only_node) is None


def test_a_node_is_fresh_for_thirty_seconds(world) -> None:
    assert world.on(nodes.is_fresh, NODE, world.clock.now())
    world.clock.advance(31)
    assert not world.on(nodes.is_fresh, NODE, world.clock.now())
    world.on(nodes.heartbeat, NODE, world.clock.now())
    assert world.on(nodes.is_fresh, NODE, world.clock.now())


def test_an_unknown_node_is_refused(world) -> None:
    said = observation.ResourceObservation(
        kind="router",
        resource_id="tr-1",
        generation=1,
        is_present=True,
        observed_at=world.clock.now(),
    )
    with pytest.raises(refusals.NodeNotFound):
        world.on(nodes.heartbeat, "node-9", world.clock.now())
    with pytest.raises(refusals.NodeNotFound):
        world.on(node_link.intents_since, "node-9", 0)
    with pytest.raises(refusals.NodeNotFound):
        world.on(node_link.store_observations, "node-9", (said,))
