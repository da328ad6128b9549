from __future__ import annotations

import pytest

from futago.domain import status
from futago.plan import intent
from futago.services import (
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
)


def _tables(world, router_id: str, **members: object) -> dict[str, status.ResourceStatus]:
    wanted = filters.RouteTableFilter(router_id=router_id, **members)
    page = world.do(route_tables.list_tables, wanted, pages.ALL)
    return {each.id: each.status for each in page.items}


def _make(world, router_id: str, **label: object) -> str:
    return world.do(route_tables.create_table, router_id, drafts.Label(**label)).id


def _kernel_tables(world, router_id: str) -> list[int]:
    compiled = world.on(intents.compile_router, router_id).intent
    assert isinstance(compiled, intent.RouterIntent)
    return [table.kernel_table for table in compiled.tables]


def test_a_custom_table_is_active_when_the_router_has_it_and_goes_when_it_has_let_it_go(
    world,
) -> None:
    router = world.router()
    world.settle()
    table_id = _make(world, router.id, name="blue", tags=(drafts.Tag(key="a", value="b"),))
    assert _tables(world, router.id)[table_id] is status.ResourceStatus.CREATING
    world.settle()
    assert _tables(world, router.id)[table_id] is status.ResourceStatus.ACTIVE
    world.do(route_tables.delete_table, table_id)
    assert _tables(world, router.id)[table_id] is status.ResourceStatus.DELETING
    with pytest.raises(routing_refusals.RouteTableDeleting):
        world.do(route_tables.delete_table, table_id)
    with pytest.raises(routing_refusals.RouteTableDeleting):
        world.do(route_tables.update_table, table_id, drafts.LabelPatch(name="x"))
    world.settle()
    assert table_id not in _tables(world, router.id)
    with pytest.raises(refusals.RouteTableNotFound):
        world.do(route_tables.delete_table, table_id)


def test_the_number_of_a_kernel_table_is_never_given_again(world) -> None:
    router = world.router()
    first = _make(world, router.id)
    world.settle()
    world.do(route_tables.delete_table, first)
    _make(world, router.id)
    assert _kernel_tables(world, router.id) == [1000, 1002]
    world.settle()
    _make(world, router.id)
    assert _kernel_tables(world, router.id) == [1000, 1002, 1003]


def test_tables_are_found_by_name_tag_and_kind(world) -> None:
    router = world.router()
    blue = _make(world, router.id, name="blue", tags=(drafts.Tag(key="a", value="b"),))
    red = _make(world, router.id, name="red")
    assert set(_tables(world, router.id, is_system=False)) == {blue, red}
    assert set(_tables(world, router.id, names=("blue",))) == {blue}
    assert set(_tables(world, router.id, tags=(filters.TagMatch(key="a"),))) == {blue}
    assert set(_tables(world, router.id, tags=(filters.TagMatch(key="a", value="c"),))) == set()
    world.do(route_tables.update_table, red, drafts.LabelPatch(name="pink", description="d"))
    assert set(_tables(world, router.id, names=("pink",))) == {red}


def test_the_system_table_stays(world) -> None:
    router = world.router()
    with pytest.raises(routing_refusals.RouteTableIsSystem):
        world.do(route_tables.delete_table, world.table(router.id))


def test_a_table_in_use_stays(world) -> None:
    router_id, _, attachment_id = world.attached()
    table_id = _make(world, router_id)
    world.settle()
    world.do(routing.associate, attachment_id, table_id)
    with pytest.raises(routing_refusals.RouteTableHasAssociation, match=attachment_id):
        world.do(route_tables.delete_table, table_id)
    world.do(routing.dissociate, attachment_id, table_id)
    with pytest.raises(routing_refusals.RouteTableHasAssociation):
        world.do(route_tables.delete_table, table_id)
    world.settle()
    world.do(routing.enable_propagation, attachment_id, table_id)
    world.settle()
    with pytest.raises(routing_refusals.RouteTableHasPropagation, match=attachment_id):
        world.do(route_tables.delete_table, table_id)


def test_nothing_new_is_bound_to_a_table_that_goes(world) -> None:
    router_id, _, attachment_id = world.attached()
    table_id = _make(world, router_id)
    world.settle()
    world.do(route_tables.delete_table, table_id)
    for call in (routing.associate, routing.enable_propagation):
        with pytest.raises(routing_refusals.RouteTableDeleting):
            world.do(call, attachment_id, table_id)


def test_a_router_with_custom_tables_stays(world) -> None:
    router = world.router()
    table_id = _make(world, router.id)
    world.settle()
    with pytest.raises(routing_refusals.RouterHasTables, match=table_id):
        world.do(routers.delete_router, router.id)
    world.do(route_tables.delete_table, table_id)
    world.settle()
    world.do(routers.delete_router, router.id)
    world.settle()
    assert _tables(world, router.id) == {}


def test_too_many_custom_tables_are_refused(world) -> None:
    router = world.router()
    world.on(quotas.set_limit, world.account, quotas.QuotaCode.CUSTOM_TABLES_PER_ROUTER, 1)
    _make(world, router.id)
    with pytest.raises(refusals.QuotaFull):
        _make(world, router.id)


def test_tables_of_other_accounts_do_not_exist(world) -> None:
    router = world.router()
    table_id = _make(world, router.id)
    world.account = "2234567890123456"
    with pytest.raises(refusals.RouterNotFound):
        _make(world, router.id)
    with pytest.raises(refusals.RouteTableNotFound):
        world.do(route_tables.delete_table, table_id)


def test_an_association_is_replaced_by_one_change(world) -> None:
    router_id, _, attachment_id = world.attached()
    table_id = _make(world, router_id)
    world.do(routing.associate, attachment_id, world.table(router_id))
    world.settle()
    before = world.on(intents.compile_router, router_id).generation
    world.do(routing.replace_association, attachment_id, table_id)
    compiled = world.on(intents.compile_router, router_id)
    assert compiled.generation == before + 1
    assert isinstance(compiled.intent, intent.RouterIntent)
    assert [plug.association for plug in compiled.intent.vpns] == [table_id]
    (shown,) = world.do(routing.list_associations, filters.BindingFilter(), pages.ALL).items
    assert (shown.table_id, shown.status) == (table_id, status.BindingStatus.ADDING)
    world.settle()
    (shown,) = world.do(routing.list_associations, filters.BindingFilter(), pages.ALL).items
    assert shown.status is status.BindingStatus.ACTIVE
    world.do(routing.replace_association, attachment_id, table_id)
    assert world.on(intents.compile_router, router_id).generation == before + 1


def test_an_association_is_replaced_only_by_a_table_that_is_there(world) -> None:
    router_id, _, attachment_id = world.attached()
    table_id = _make(world, router_id)
    with pytest.raises(refusals.AssociationNotFound):
        world.do(routing.replace_association, attachment_id, table_id)
    world.do(routing.associate, attachment_id, world.table(router_id))
    with pytest.raises(routing_refusals.RouteTableBusy):
        world.do(routing.replace_association, attachment_id, table_id)
    world.settle()
    world.do(routing.replace_association, attachment_id, table_id)


def test_a_table_that_was_replaced_stays_until_the_rules_are_switched(world) -> None:
    router_id, _, attachment_id = world.attached()
    old, new = _make(world, router_id), _make(world, router_id)
    world.settle()
    world.do(routing.associate, attachment_id, old)
    world.settle()
    world.do(routing.replace_association, attachment_id, new)
    with pytest.raises(routing_refusals.RouteTableBusy, match=attachment_id):
        world.do(route_tables.delete_table, old)
    world.settle()
    world.do(route_tables.delete_table, old)
