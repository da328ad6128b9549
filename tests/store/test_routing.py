from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from futago.domain import status
from futago.services import (
    attachments,
    connections,
    drafts,
    filters,
    pages,
    quotas,
    refusals,
    route_tables,
    routing,
    views,
)

EVERY = filters.BindingFilter()


def _entries(world, table_id: str, **members: object) -> list[tuple[str, str]]:
    wanted = filters.RouteEntryFilter(**members)
    page = world.do(routing.list_entries, table_id, wanted, pages.ALL)
    return [(str(each.prefix), each.next_hop.attachment_id) for each in page.items]


def test_an_association_is_active_when_the_router_has_it(world) -> None:
    router_id, connection_id, attachment_id = world.attached()
    table_id = world.table(router_id)
    world.do(routing.associate, attachment_id, table_id)
    (shown,) = world.do(routing.list_associations, EVERY, pages.ALL).items
    assert shown == views.BindingView(
        attachment_id=attachment_id,
        table_id=table_id,
        kind=views.AttachmentKind.VPN,
        resource_id=connection_id,
        status=status.BindingStatus.ADDING,
    )
    world.settle()
    (shown,) = world.do(routing.list_associations, EVERY, pages.ALL).items
    assert shown.status is status.BindingStatus.ACTIVE


def test_an_association_goes_when_the_router_has_let_it_go(world) -> None:
    router_id, _, attachment_id = world.attached()
    table_id = world.table(router_id)
    world.do(routing.associate, attachment_id, table_id)
    world.settle()
    world.do(routing.dissociate, attachment_id, table_id)
    (shown,) = world.do(routing.list_associations, EVERY, pages.ALL).items
    assert shown.status is status.BindingStatus.REMOVING
    with pytest.raises(refusals.AssociationNotFound):
        world.do(routing.dissociate, attachment_id, table_id)
    with pytest.raises(refusals.AssociationExists):
        world.do(routing.associate, attachment_id, table_id)
    world.settle()
    assert world.do(routing.list_associations, EVERY, pages.ALL).items == ()
    world.do(routing.associate, attachment_id, table_id)


def test_an_attachment_has_one_association(world) -> None:
    router_id, _, attachment_id = world.attached()
    table_id = world.table(router_id)
    world.do(routing.associate, attachment_id, table_id)
    with pytest.raises(refusals.AssociationExists, match=table_id):
        world.do(routing.associate, attachment_id, table_id)


def test_what_is_not_associated_cannot_be_dissociated(world) -> None:
    router_id, _, attachment_id = world.attached()
    with pytest.raises(refusals.AssociationNotFound):
        world.do(routing.dissociate, attachment_id, world.table(router_id))


@pytest.mark.parametrize("call", [routing.associate, routing.enable_propagation])
def test_tables_of_another_router_or_nowhere_are_refused(world, call) -> None:
    _, _, attachment_id = world.attached()
    with pytest.raises(refusals.RouteTableNotFound):
        world.do(call, attachment_id, "vtb-none")
    other = world.table(world.router("10.96.0.0/24").id)
    with pytest.raises(refusals.RouteTableNotFound, match="attachment's router"):
        world.do(call, attachment_id, other)
    with pytest.raises(refusals.AttachmentNotFound):
        world.do(call, "tr-attach-none", other)


def test_a_propagation_lives_as_an_association_does(world) -> None:
    router_id, _, attachment_id = world.attached()
    table_id = world.table(router_id)
    with pytest.raises(refusals.PropagationNotFound):
        world.do(routing.disable_propagation, attachment_id, table_id)
    world.do(routing.enable_propagation, attachment_id, table_id)
    with pytest.raises(refusals.PropagationExists):
        world.do(routing.enable_propagation, attachment_id, table_id)
    world.settle()
    world.do(routing.disable_propagation, attachment_id, table_id)
    (shown,) = world.do(routing.list_propagations, EVERY, pages.ALL).items
    assert shown.status is status.BindingStatus.REMOVING
    with pytest.raises(refusals.PropagationNotFound):
        world.do(routing.disable_propagation, attachment_id, table_id)
    world.settle()
    assert world.do(routing.list_propagations, EVERY, pages.ALL).total == 0


def test_an_attachment_that_goes_takes_no_bindings(world) -> None:
    router_id, _, attachment_id = world.attached()
    world.do(attachments.detach_vpn, attachment_id)
    with pytest.raises(refusals.AttachmentDetaching):
        world.do(routing.associate, attachment_id, world.table(router_id))


@pytest.mark.parametrize(
    ("members", "found"),
    [
        pytest.param({"status": status.BindingStatus.ACTIVE}, 1, id="status"),
        pytest.param({"status": status.BindingStatus.ADDING}, 0, id="another status"),
        pytest.param({"table_id": "vtb-none"}, 0, id="another table"),
        pytest.param({"attachment_id": "tr-attach-none"}, 0, id="another attachment"),
        pytest.param({"resource_id": "vco-none"}, 0, id="another resource"),
    ],
)
def test_bindings_are_narrowed(world, members, found) -> None:
    router_id, _, attachment_id = world.attached()
    world.do(routing.associate, attachment_id, world.table(router_id))
    world.settle()
    wanted = filters.BindingFilter(**members)
    assert world.do(routing.list_associations, wanted, pages.ALL).total == found


def test_a_destination_makes_the_connection_update_until_the_router_has_it(world) -> None:
    _, connection_id, _ = world.attached()
    made = world.route(connection_id, "192.168.0.0/16")
    assert (made.status, made.is_published) == (status.BindingStatus.ADDING, False)
    assert world.show(connection_id).state is status.ConnectionState.UPDATING
    with pytest.raises(refusals.ConnectionBusy):
        world.route(connection_id, "192.169.0.0/16")
    world.settle()
    assert world.show(connection_id).state is status.ConnectionState.ATTACHED
    (shown,) = world.do(routing.list_destinations, connection_id).items
    assert (shown.status, shown.is_published) == (status.BindingStatus.ACTIVE, True)
    tunnels = [tunnel.tunnel.id for tunnel in world.show(connection_id).tunnels]
    assert list(shown.next_hop_tunnel_ids) == tunnels


def test_a_destination_is_published_only_while_a_tunnel_carries_it(world) -> None:
    router_id, connection_id, attachment_id = world.attached()
    table_id = world.table(router_id)
    world.do(routing.enable_propagation, attachment_id, table_id)
    world.settle()
    world.route(connection_id, "192.168.0.0/16")
    world.settle()
    assert _entries(world, table_id) == [("192.168.0.0/16", attachment_id)]
    world.obey(children=0)
    (shown,) = world.do(routing.list_destinations, connection_id).items
    assert (shown.is_published, shown.next_hop_tunnel_ids) == (False, ())
    assert _entries(world, table_id) == []
    world.obey(children=1)
    world.clock.advance(31)
    assert _entries(world, table_id) == []


def test_a_destination_goes_when_the_router_has_let_it_go(world) -> None:
    _, connection_id, _ = world.attached()
    prefix = IPv4Network("192.168.0.0/16")
    world.route(connection_id, str(prefix))
    world.settle()
    with pytest.raises(refusals.DestinationNotFound, match="weight 0"):
        world.do(routing.remove_destination, connection_id, prefix, 0)
    world.do(routing.remove_destination, connection_id, prefix, 100)
    (shown,) = world.do(routing.list_destinations, connection_id).items
    assert (shown.status, shown.is_published) == (status.BindingStatus.REMOVING, False)
    world.settle()
    assert world.do(routing.list_destinations, connection_id).total == 0
    with pytest.raises(refusals.DestinationNotFound):
        world.do(routing.remove_destination, connection_id, prefix)


def test_a_weight_changes_without_the_node(world) -> None:
    _, connection_id, _ = world.attached()
    prefix = IPv4Network("192.168.0.0/16")
    world.route(connection_id, str(prefix))
    world.settle()
    world.do(routing.modify_weight, connection_id, prefix, 0)
    (shown,) = world.do(routing.list_destinations, connection_id).items
    assert (shown.weight, shown.status) == (0, status.BindingStatus.ACTIVE)


def test_a_prefix_has_one_destination_in_a_connection(world) -> None:
    _, connection_id, _ = world.attached()
    world.route(connection_id, "192.168.0.0/16")
    world.settle()
    with pytest.raises(refusals.DestinationExists):
        world.route(connection_id, "192.168.0.0/16")


@pytest.mark.parametrize(
    "prefix",
    [
        pytest.param("0.0.0.0/0", id="everything"),
        pytest.param("100.64.1.0/24", id="inside shared addresses"),
        pytest.param("96.0.0.0/4", id="around shared addresses"),
        pytest.param("10.0.1.0/24", id="public gateway pool"),
        pytest.param("10.8.2.0/30", id="private gateway pool"),
    ],
)
def test_prefixes_that_the_service_needs_are_refused(world, prefix) -> None:
    _, connection_id, _ = world.attached()
    with pytest.raises(refusals.DestinationForbidden):
        world.route(connection_id, prefix)


def test_an_unbound_connection_takes_no_destinations(world) -> None:
    connection_id = world.connection().connection.id
    with pytest.raises(refusals.ConnectionNotAttached):
        world.route(connection_id, "192.168.0.0/16")


def test_too_many_destinations_are_refused(world) -> None:
    world.on(quotas.set_limit, world.account, quotas.QuotaCode.DESTINATIONS_PER_CONNECTION, 0)
    _, connection_id, _ = world.attached()
    with pytest.raises(refusals.QuotaFull):
        world.route(connection_id, "192.168.0.0/16")


@pytest.mark.slow
def test_no_more_connections_share_the_traffic_to_a_prefix_than_a_route_takes(world) -> None:
    world.register(public=("10.0.1.0/24",), second="10.0.2.0/24")
    gateway_id, router_id, prefix = world.gateway(), world.router().id, "192.168.0.0/16"
    made = [world.connection(gateway_id).connection.id for _ in range(17)]
    for connection_id in made:
        world.attach_vpn(router_id, connection_id)
    world.settle()
    *sharing, late = made
    for connection_id in sharing:
        world.route(connection_id, prefix)
    with pytest.raises(refusals.QuotaFull, match=f"16 connections of {router_id}"):
        world.route(late, prefix)
    flow = drafts.ConnectionPatch(
        local_ts=(IPv4Network("10.0.0.0/8"),), remote_ts=(IPv4Network(prefix),)
    )
    with pytest.raises(refusals.QuotaFull):
        world.do(connections.modify_connection, late, flow)
    world.route(late, "192.168.0.0/17")
    world.settle()
    world.do(routing.remove_destination, sharing[0], IPv4Network(prefix))
    world.route(late, prefix)


def test_a_table_learns_the_segments_of_a_propagated_vpc(world) -> None:
    router = world.router()
    vpc_id, vswitch_id = world.vpc("172.16.0.0/16")
    attachment_id = world.attach_vpc(router.id, vpc_id, vswitch_id)
    table_id = world.table(router.id)
    world.do(routing.enable_propagation, attachment_id, table_id)
    assert _entries(world, table_id) == []
    world.settle()
    assert _entries(world, table_id) == [("172.16.0.0/24", attachment_id)]
    assert len(_entries(world, table_id, prefix=IPv4Network("172.16.0.0/24"))) == 1
    assert _entries(world, table_id, prefix=IPv4Network("172.16.1.0/24")) == []
    assert _entries(world, table_id, attachment_id="tr-attach-none") == []
    assert _entries(world, table_id, resource_id="vpc-none") == []


def test_an_entry_keeps_its_id(world) -> None:
    router = world.router()
    attachment_id = world.attach_vpc(router.id, *world.vpc())
    table_id = world.table(router.id)
    world.do(routing.enable_propagation, attachment_id, table_id)
    world.settle()
    wanted = filters.RouteEntryFilter()
    first = world.do(routing.list_entries, table_id, wanted, pages.ALL)
    assert world.do(routing.list_entries, table_id, wanted, pages.ALL) == first
    assert first.items[0].id.startswith("rte-")


def test_entries_of_an_unknown_table_are_refused(world) -> None:
    with pytest.raises(refusals.RouteTableNotFound):
        _entries(world, "vtb-none")
    router = world.router()
    table_id = world.table(router.id)
    world.account = "2234567890123456"
    with pytest.raises(refusals.RouteTableNotFound):
        _entries(world, table_id)
    assert world.do(route_tables.list_tables, filters.RouteTableFilter(), pages.ALL).total == 0


def test_destinations_keep_their_description(world) -> None:
    _, connection_id, _ = world.attached()
    draft = drafts.DestinationDraft(
        prefix=IPv4Network("192.168.0.0/16"), weight=0, description="branch"
    )
    made = world.do(routing.add_destination, connection_id, draft)
    assert (made.description, made.weight) == ("branch", 0)
