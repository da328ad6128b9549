from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from futago.domain import status
from futago.plan import intent
from futago.services import (
    attachments,
    drafts,
    filters,
    intents,
    pages,
    quotas,
    refusals,
    route_tables,
    routers,
    routing,
    routing_refusals,
    static_entries,
    views,
    vpcs,
)

SITE = "192.168.0.0/16"
ACTIVE = status.EntryStatus.ACTIVE


def _add(world, table_id: str, prefix: str, attachment_id: str | None = None, **label: str) -> str:
    draft = drafts.RouteEntryDraft(
        prefix=IPv4Network(prefix), attachment_id=attachment_id, label=drafts.Label(**label)
    )
    return world.do(static_entries.add_entry, table_id, draft)


def _entries(world, table_id: str, **members: object) -> list[views.RouteEntryView]:
    wanted = filters.RouteEntryFilter(**members)
    return list(world.do(routing.list_entries, table_id, wanted, pages.ALL).items)


def _compiled(world, router_id: str) -> tuple[intent.EntryIntent, ...]:
    compiled = world.on(intents.compile_router, router_id).intent
    assert isinstance(compiled, intent.RouterIntent)
    return compiled.entries


def test_a_static_route_comes_and_goes_with_the_router(world) -> None:
    router_id, _, attachment_id = world.attached()
    table_id = world.table(router_id)
    entry_id = _add(world, table_id, SITE, attachment_id, name="site", description="d")
    (shown,) = _entries(world, table_id)
    assert (shown.id, shown.name, shown.description) == (entry_id, "site", "d")
    assert (shown.is_static, shown.status) == (True, status.EntryStatus.ADDING)
    assert _compiled(world, router_id) == (
        intent.EntryIntent(
            table_id=table_id, prefix=IPv4Network(SITE), attachment_id=attachment_id
        ),
    )
    world.settle()
    assert [each.status for each in _entries(world, table_id)] == [ACTIVE]
    world.do(static_entries.update_entry, entry_id, drafts.LabelPatch(name="new"))
    assert [each.name for each in _entries(world, table_id)] == ["new"]
    world.do(static_entries.remove_entry, entry_id)
    assert [each.status for each in _entries(world, table_id)] == [status.EntryStatus.REMOVING]
    assert _compiled(world, router_id) == ()
    with pytest.raises(routing_refusals.RouteEntryDeleting):
        world.do(static_entries.remove_entry, entry_id)
    with pytest.raises(routing_refusals.RouteEntryDeleting):
        _add(world, table_id, SITE)
    world.settle()
    assert _entries(world, table_id) == []
    with pytest.raises(routing_refusals.RouteEntryNotFound):
        world.do(static_entries.remove_entry, entry_id)


def test_a_prefix_has_one_static_route_in_a_table(world) -> None:
    router_id, _, attachment_id = world.attached()
    table_id = world.table(router_id)
    _add(world, table_id, SITE)
    with pytest.raises(routing_refusals.RouteEntryExists):
        _add(world, table_id, SITE, attachment_id)
    other = world.do(route_tables.create_table, router_id, drafts.Label()).id
    _add(world, other, SITE, attachment_id)


@pytest.mark.parametrize(
    "prefix",
    [
        pytest.param("100.64.0.0/10", id="shared addresses"),
        pytest.param("100.0.0.0/8", id="around shared addresses"),
        pytest.param("10.0.1.0/24", id="public gateway pool"),
        pytest.param("10.8.0.0/16", id="around private gateway pools"),
        pytest.param("10.99.0.128/25", id="inside a block of the router"),
    ],
)
def test_addresses_that_the_service_needs_are_refused(world, prefix: str) -> None:
    router_id, _, _ = world.attached()
    with pytest.raises(routing_refusals.RouteEntryForbidden):
        _add(world, world.table(router_id), prefix)


def test_a_block_of_the_router_does_not_meet_a_static_route(world) -> None:
    router = world.router()
    table_id = world.table(router.id)
    entry_id = _add(world, table_id, "10.50.0.0/16")
    _add(world, table_id, "0.0.0.0/0")
    draft = drafts.RouterCidrDraft(prefix=IPv4Network("10.50.1.0/24"))
    with pytest.raises(refusals.RouterCidrOverlap, match=entry_id):
        world.do(routers.add_cidr, router.id, draft)
    world.do(
        routers.add_cidr, router.id, drafts.RouterCidrDraft(prefix=IPv4Network("10.51.0.0/24"))
    )


def test_the_default_route_is_welcome(world) -> None:
    router_id, _, attachment_id = world.attached()
    _add(world, world.table(router_id), "0.0.0.0/0", attachment_id)


def test_the_next_hop_is_an_attachment_of_the_same_router(world) -> None:
    router_id, _, attachment_id = world.attached()
    other = world.router("10.98.0.0/24")
    for table_id, wanted in (
        (world.table(other.id), attachment_id),
        (world.table(router_id), "tr-attach-none"),
    ):
        with pytest.raises(routing_refusals.RouteEntryNextHopNotFound):
            _add(world, table_id, SITE, wanted)
    world.do(attachments.detach_vpn, attachment_id)
    with pytest.raises(refusals.AttachmentDetaching):
        _add(world, world.table(router_id), SITE, attachment_id)


def test_a_route_is_removed_by_what_it_says(world) -> None:
    router_id, connection_id, attachment_id = world.attached()
    table_id = world.table(router_id)
    _add(world, table_id, SITE, attachment_id)
    _add(world, table_id, "192.0.2.0/24")
    world.do(routing.enable_propagation, attachment_id, table_id)
    world.settle()
    world.route(connection_id, "172.31.0.0/16")
    world.settle()
    remove = static_entries.remove_entry_to
    with pytest.raises(routing_refusals.RouteEntryPrefixNotFound, match="blackhole"):
        world.do(remove, table_id, IPv4Network(SITE), None)
    with pytest.raises(routing_refusals.RouteEntryPrefixNotFound):
        world.do(remove, table_id, IPv4Network("192.0.2.0/24"), attachment_id)
    with pytest.raises(routing_refusals.RouteEntryPrefixNotFound):
        world.do(remove, table_id, IPv4Network("10.77.0.0/16"), attachment_id)
    with pytest.raises(routing_refusals.RouteEntryLearned):
        world.do(remove, table_id, IPv4Network("172.31.0.0/16"), attachment_id)
    world.do(remove, table_id, IPv4Network(SITE), attachment_id)
    world.do(remove, table_id, IPv4Network("192.0.2.0/24"), None)
    world.settle()
    assert [each.is_static for each in _entries(world, table_id)] == [False]


def test_a_static_route_shadows_what_was_learned_while_it_can_forward(world) -> None:
    router_id, connection_id, attachment_id = world.attached()
    vpc_id, vswitch_id = world.vpc("172.16.0.0/16")
    vpc_attachment_id = world.attach_vpc(router_id, vpc_id, vswitch_id)
    table_id = world.table(router_id)
    world.do(routing.enable_propagation, vpc_attachment_id, table_id)
    world.settle()
    _add(world, table_id, "172.16.0.0/24", attachment_id)
    before = _entries(world, table_id)
    assert [(each.is_static, each.status) for each in before] == [
        (True, status.EntryStatus.ADDING),
        (False, ACTIVE),
    ]
    world.settle(children=1)
    assert [(each.is_static, each.status) for each in _entries(world, table_id)] == [
        (True, ACTIVE),
        (False, status.EntryStatus.SHADOWED),
    ]
    world.obey(children=0)
    statuses = [each.status for each in _entries(world, table_id)]
    assert statuses == [status.EntryStatus.SHADOWED, ACTIVE]
    assert len(_entries(world, table_id, resource_id=connection_id)) == 1
    assert len(_entries(world, table_id, attachment_id=vpc_attachment_id)) == 1


def test_an_attachment_to_which_a_route_leads_stays_without_force(world) -> None:
    router_id, _, attachment_id = world.attached()
    table_id = world.table(router_id)
    entry_id = _add(world, table_id, SITE, attachment_id)
    world.do(routing.associate, attachment_id, table_id)
    world.settle()
    world.do(routing.dissociate, attachment_id, table_id)
    world.settle()
    with pytest.raises(routing_refusals.AttachmentHasRouteEntry, match=entry_id):
        world.do(attachments.detach_vpn, attachment_id)
    world.do(attachments.detach_vpn, attachment_id, force=True)
    assert [each.status for each in _entries(world, table_id)] == [status.EntryStatus.REMOVING]
    world.settle()
    assert _entries(world, table_id) == []


def test_force_takes_everything_off_a_vpc_at_once(world) -> None:
    router = world.router()
    attachment_id = world.attach_vpc(router.id, *world.vpc())
    table_id = world.table(router.id)
    world.do(routing.associate, attachment_id, table_id)
    world.do(routing.enable_propagation, attachment_id, table_id)
    _add(world, table_id, SITE, attachment_id)
    world.settle()
    before = world.on(intents.compile_router, router.id).generation
    with pytest.raises(refusals.AttachmentHasAssociation):
        world.do(attachments.detach_vpc, attachment_id)
    world.do(attachments.detach_vpc, attachment_id, force=True)
    assert world.on(intents.compile_router, router.id).generation == before + 1
    assert attachment_id in world.settle()
    assert _entries(world, table_id) == []
    for listed in (routing.list_associations, routing.list_propagations):
        assert world.do(listed, filters.BindingFilter(), pages.ALL).total == 0


def test_a_table_with_static_routes_stays(world) -> None:
    router = world.router()
    table_id = world.do(route_tables.create_table, router.id, drafts.Label()).id
    entry_id = _add(world, table_id, SITE)
    world.settle()
    with pytest.raises(routing_refusals.RouteTableHasEntry):
        world.do(route_tables.delete_table, table_id)
    world.do(static_entries.remove_entry, entry_id)
    world.settle()
    world.do(route_tables.delete_table, table_id)
    with pytest.raises(routing_refusals.RouteTableDeleting):
        _add(world, table_id, SITE)


def test_a_router_goes_with_the_routes_of_its_system_table(world) -> None:
    router = world.router()
    _add(world, world.table(router.id), SITE)
    world.settle()
    world.do(routers.delete_router, router.id)
    assert router.id in world.settle()


def test_too_many_static_routes_are_refused(world) -> None:
    table_id = world.table(world.router().id)
    world.on(quotas.set_limit, world.account, quotas.QuotaCode.ENTRIES_PER_TABLE, 1)
    _add(world, table_id, SITE)
    with pytest.raises(refusals.QuotaFull):
        _add(world, table_id, "192.0.2.0/24")


def test_routes_of_other_accounts_do_not_exist(world) -> None:
    entry_id = _add(world, world.table(world.router().id), SITE)
    world.account = "2234567890123456"
    with pytest.raises(routing_refusals.RouteEntryNotFound):
        world.do(static_entries.remove_entry, entry_id)


def _zones(world) -> list[drafts.ZoneMapping]:
    (shown,) = world.do(attachments.list_vpc, filters.AttachmentFilter(), pages.ALL).items
    return list(shown.zone_mappings)


def test_a_vpc_attachment_changes_its_zones_but_keeps_one(world) -> None:
    router = world.router()
    vpc_id, first = world.vpc()
    attachment_id = world.attach_vpc(router.id, vpc_id, first)
    made = [
        world.do(
            vpcs.create_vswitch,
            drafts.VSwitchDraft(vpc_id=vpc_id, zone_id=zone, prefix=IPv4Network(prefix)),
        ).id
        for zone, prefix in (("zone-b", "172.16.1.0/24"), ("zone-a", "172.16.2.0/24"))
    ]
    one = drafts.ZoneMapping(zone_id="zone-a", vswitch_id=first)
    two = drafts.ZoneMapping(zone_id="zone-b", vswitch_id=made[0])
    other = drafts.ZoneMapping(zone_id="zone-a", vswitch_id=made[1])
    change = attachments.update_zones
    with pytest.raises(routing_refusals.AttachmentZonesInvalid, match="no zone left"):
        world.do(change, attachment_id, drafts.ZonePatch(removed=(one,)))
    with pytest.raises(routing_refusals.AttachmentZonesInvalid):
        world.do(change, attachment_id, drafts.ZonePatch(removed=(two,)))
    with pytest.raises(refusals.VSwitchInvalid):
        world.do(change, attachment_id, drafts.ZonePatch(added=(other,)))
    world.do(change, attachment_id, drafts.ZonePatch(added=(two,)))
    assert _zones(world) == [one, two]
    world.do(change, attachment_id, drafts.ZonePatch(added=(other,), removed=(one,)))
    assert _zones(world) == [other, two]
    wrong = drafts.ZoneMapping(zone_id="zone-b", vswitch_id=first)
    with pytest.raises(refusals.VSwitchInvalid):
        world.do(change, attachment_id, drafts.ZonePatch(added=(wrong,), removed=(two,)))
    assert _zones(world) == [other, two]


def test_a_block_shows_what_the_first_vpn_attachment_reserved(world) -> None:
    router = world.router("10.99.0.0/24")
    assert world.do(routers.list_allocations, router.id) == ()
    attachment_id = world.attach_vpn(router.id, world.connection().connection.id)
    world.attach_vpn(router.id, world.connection().connection.id)
    listed = world.do(routers.list_allocations, router.id)
    assert [str(each.prefix) for each in listed] == [
        "10.99.0.0/28",
        "10.99.0.16/28",
        "10.99.0.32/28",
    ]
    assert {each.attachment_id for each in listed} == {attachment_id}
