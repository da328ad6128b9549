from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from futago.domain import ike
from futago.messages import codec
from futago.plan import intent, observation
from futago.services import attachments, connections, drafts, intents, routing, vpcs
from futago.store import schema, work

NODE = "node-1"


def _entry(world, kind: str) -> codec.IntentEntry:
    (entry,) = [each for each in world.batch().entries if each.kind.value == kind]
    return entry


def _decoded(world, kind: str):
    entry = _entry(world, kind)
    return codec.decode_intent(entry.kind, entry.intent_json)


def _said(world, kind: str, resource_id: str, generation: int, *, is_present: bool):
    return observation.ResourceObservation(
        kind=kind,
        resource_id=resource_id,
        generation=generation,
        is_present=is_present,
        observed_at=world.clock.now(),
    )


def test_an_unbound_connection_has_no_intent(world) -> None:
    view = world.connection()
    world.control()
    assert world.batch().entries == ()
    compiled = world.on(intents.compile_connection, view.connection.id)
    assert compiled == intents.Compiled(generation=1, intent=None)


def test_a_connection_intent_is_complete(world) -> None:
    router_id, connection_id, _ = world.attached()
    view = world.show(connection_id)
    value = _decoded(world, "connection")
    assert (value.connection_id, value.router_id) == (connection_id, router_id)
    for tunnel, seen in zip(value.tunnels, view.tunnels, strict=True):
        assert tunnel.tunnel_id == seen.tunnel.id
        assert tunnel.gateway_address == seen.gateway_address
        assert tunnel.peer_address == seen.peer_address
        assert tunnel.local_identity == ike.Identity.of_address(seen.gateway_address)
        assert tunnel.remote_identity == ike.Identity.of_address(seen.peer_address)
        assert tunnel.zone_id == seen.zone_id
        assert tunnel.ike_profile == seen.tunnel.ike_profile


def test_identities_that_are_given_win_over_addresses(world) -> None:
    _, connection_id, _ = world.attached()
    tunnel_id = world.show(connection_id).tunnels[1].tunnel.id
    patch = drafts.TunnelPatch(
        local_identity=ike.Identity.parse("cloud.example"),
        remote_identity=ike.Identity.parse("192.0.2.9"),
    )
    world.do(connections.modify_tunnel, connection_id, tunnel_id, patch)
    world.control()
    tunnel = _decoded(world, "connection").tunnels[1]
    assert tunnel.local_identity == ike.Identity.parse("cloud.example")
    assert tunnel.remote_identity == ike.Identity.of_address(IPv4Address("192.0.2.9"))


def test_a_router_intent_holds_everything_that_is_plugged_in(world) -> None:
    router_id, connection_id, vpn_id = world.attached()
    vpc_id, vswitch_id = world.vpc("172.16.0.0/16")
    vpc_attachment = world.attach_vpc(router_id, vpc_id, vswitch_id)
    table_id = world.table(router_id)
    world.do(routing.associate, vpn_id, table_id)
    world.do(routing.enable_propagation, vpn_id, table_id)
    world.do(routing.enable_propagation, vpc_attachment, table_id)
    world.settle()
    world.route(connection_id, "192.168.0.0/16")
    world.control()
    value = _decoded(world, "router")
    tunnels = tuple(tunnel.tunnel.id for tunnel in world.show(connection_id).tunnels)
    assert value == intent.RouterIntent(
        router_id=router_id,
        tables=(intent.TableIntent(table_id=table_id, kernel_table=1000),),
        vpcs=(
            intent.VpcPlug(
                attachment_id=vpc_attachment,
                vpc_id=vpc_id,
                prefixes=(IPv4Network("172.16.0.0/24"),),
                publish_routes=False,
                association=None,
                propagations=(table_id,),
            ),
        ),
        vpns=(
            intent.VpnPlug(
                attachment_id=vpn_id,
                connection_id=connection_id,
                tunnel_ids=tunnels,
                destinations=(IPv4Network("192.168.0.0/16"),),
                association=table_id,
                propagations=(table_id,),
            ),
        ),
    )


def test_what_is_being_removed_is_not_in_a_router_intent(world) -> None:
    router_id, connection_id, vpn_id = world.attached()
    table_id = world.table(router_id)
    world.do(routing.associate, vpn_id, table_id)
    world.do(routing.enable_propagation, vpn_id, table_id)
    world.settle()
    world.route(connection_id, "192.168.0.0/16")
    world.settle()
    world.do(routing.remove_destination, connection_id, IPv4Network("192.168.0.0/16"))
    world.do(routing.dissociate, vpn_id, table_id)
    world.do(routing.disable_propagation, vpn_id, table_id)
    world.control()
    (plug,) = _decoded(world, "router").vpns
    assert (plug.destinations, plug.association, plug.propagations) == ((), None, ())
    world.do(attachments.detach_vpn, vpn_id, force=True)
    world.control()
    assert _decoded(world, "router").vpns == ()


def test_the_gateway_of_a_segment_is_its_last_but_one_host(world) -> None:
    vpc_id, vswitch_id = world.vpc("172.16.0.0/16")
    world.control()
    assert _decoded(world, "vpc") == intent.VpcIntent(
        vpc_id=vpc_id,
        vswitches=(
            intent.VSwitchIntent(
                vswitch_id=vswitch_id,
                prefix=IPv4Network("172.16.0.0/24"),
                gateway=IPv4Address("172.16.0.253"),
            ),
        ),
    )


def test_nothing_is_compiled_of_what_does_not_exist(world) -> None:
    for call in (intents.compile_connection, intents.compile_router, intents.compile_vpc):
        assert world.on(call, "none").intent is None


def test_writing_the_same_intent_makes_no_revision(world) -> None:
    router_id, _, _ = world.attached()
    before = world.batch().revision
    assert not world.on(intents.refresh, intent.IntentKind.ROUTER, router_id)
    assert world.batch().revision == before


def test_without_a_node_no_intent_is_written(empty) -> None:
    router = empty.router()
    assert not empty.on(intents.refresh, intent.IntentKind.ROUTER, router.id)


def test_a_batch_holds_what_is_newer_and_the_keys_for_it(world) -> None:
    router_id, connection_id, _ = world.attached()
    whole = world.batch()
    assert set(whole.psks.values()) == {"secret-of-the-tunnel"}
    assert len(whole.psks) == 2
    assert "secret" not in repr(whole)
    world.route(connection_id, "192.168.0.0/16")
    world.control()
    newer = world.batch(whole.revision)
    assert [entry.resource_id for entry in newer.entries] == [router_id]
    assert (newer.psks, newer.revision) == ({}, whole.revision + 1)
    assert world.batch(newer.revision).entries == ()


def test_a_new_key_alone_makes_a_new_intent(world) -> None:
    _, connection_id, _ = world.attached()
    before = world.batch().revision
    tunnel_id = world.show(connection_id).tunnels[0].tunnel.id
    patch = drafts.TunnelPatch(psk=ike.PresharedKey("fresh-key"))
    world.do(connections.modify_tunnel, connection_id, tunnel_id, patch)
    world.control()
    newer = world.batch(before)
    assert newer.psks[tunnel_id] == "fresh-key"
    (entry,) = newer.entries
    assert "fresh-key" not in (entry.intent_json or "")


def test_a_removal_is_told_until_the_node_has_obeyed(world) -> None:
    _, connection_id, attachment_id = world.attached()
    world.do(attachments.detach_vpn, attachment_id)
    world.control()
    entry = _entry(world, "connection")
    assert (entry.resource_id, entry.intent_json) == (connection_id, None)
    assert world.batch().psks == {}
    world.settle()
    assert [each.kind.value for each in world.batch().entries] == ["router"]
    with world.database.read() as unit:
        rows = unit.session.query(schema.ObservationRow)
        assert [row.kind for row in rows] == ["router"]


def test_words_from_before_the_removal_do_not_end_it(world) -> None:
    router = world.router()
    view = world.connection()
    attachment_id = world.attach_vpn(router.id, view.connection.id)
    world.control()
    # The first try failed before it made anything.
    world.observe(_said(world, "connection", view.connection.id, 0, is_present=False))
    world.clock.advance(1)
    world.do(attachments.detach_vpn, attachment_id)
    world.control()
    world.obey(only="router")
    assert world.control() == []
    world.clock.advance(1)
    world.observe(_said(world, "connection", view.connection.id, 0, is_present=False))
    assert world.control() == [attachment_id]


def test_an_agent_that_starts_anew_does_not_undo_what_was_applied(world) -> None:
    _, connection_id, _ = world.attached()
    before = world.show(connection_id)
    world.observe(_said(world, "connection", connection_id, 0, is_present=True))
    assert world.show(connection_id).state is before.state


def test_late_words_about_something_that_is_gone_leave_nothing(world) -> None:
    for kind in ("connection", "router", "vpc"):
        world.observe(_said(world, kind, f"{kind}-none", 3, is_present=False))
    assert world.control() == []
    with world.database.read() as unit:
        assert unit.session.query(schema.ObservationRow).count() == 0


def test_equal_words_do_not_wake_the_controller_again(world) -> None:
    router_id, _, _ = world.attached()
    world.control()
    entry = _entry(world, "router")
    said = _said(world, "router", router_id, entry.generation, is_present=True)
    world.observe(said, said)
    with world.database.read() as unit:
        assert work.claim_due(unit.session, unit.now, 10) == ()


def test_forgetting_an_intent_removes_it_and_what_was_said_of_it(world) -> None:
    router_id, _, _ = world.attached()
    key = intents.IntentKey(kind=intent.IntentKind.ROUTER, resource_id=router_id)
    world.on(intents.forget_intent, key)
    assert [entry.kind.value for entry in world.batch().entries] == ["connection"]


def test_a_vpc_that_a_node_still_has_stays(world) -> None:
    vpc_id, vswitch_id = world.vpc()
    world.settle()
    world.do(vpcs.delete_vswitch, vswitch_id)
    world.do(vpcs.delete_vpc, vpc_id)
    assert world.control() == []
    generation = _entry(world, "vpc").generation
    world.observe(_said(world, "vpc", vpc_id, generation, is_present=True))
    assert world.control() == []
    world.observe(_said(world, "vpc", vpc_id, generation, is_present=False))
    assert world.control() == [vpc_id]
