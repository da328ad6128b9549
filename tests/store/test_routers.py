from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from futago.domain import status
from futago.services import drafts, filters, pages, quotas, refusals, route_tables, routers

OTHER = "2234567890123456"


def _block(prefix: str, **members: object) -> drafts.RouterCidrDraft:
    return drafts.RouterCidrDraft(prefix=IPv4Network(prefix), **members)


def test_cens_are_made_listed_changed_and_deleted(world) -> None:
    label = drafts.Label(name="core", tags=(drafts.Tag(key="a"),))
    first = world.do(routers.create_cen, label)
    second = world.do(routers.create_cen, drafts.Label(name="edge"))

    def listed(**members: object) -> list[str]:
        page = world.do(routers.list_cens, filters.CenFilter(**members), pages.ALL)
        return [each.id for each in page.items]

    assert listed() == [first.id, second.id]
    assert listed(names=("edge",)) == [second.id]
    assert listed(cen_ids=(first.id, "cen-none")) == [first.id]
    assert listed(tags=(filters.TagMatch(key="a"),)) == [first.id]
    world.do(routers.modify_cen, first.id, drafts.LabelPatch(name="new", description="d"))
    assert listed(names=("new",)) == [first.id]
    world.do(routers.delete_cen, first.id)
    assert listed() == [second.id]
    with pytest.raises(refusals.CenNotFound):
        world.do(routers.delete_cen, first.id)


def test_cens_of_other_accounts_do_not_exist(world) -> None:
    cen = world.do(routers.create_cen, drafts.Label())
    world.account = OTHER
    with pytest.raises(refusals.CenNotFound):
        world.do(routers.modify_cen, cen.id, drafts.LabelPatch(name="x"))
    with pytest.raises(refusals.CenNotFound):
        world.do(routers.create_router, drafts.RouterDraft(cen_id=cen.id))


def test_a_cen_with_a_router_stays(world) -> None:
    router = world.router()
    with pytest.raises(refusals.CenInUse, match=router.id):
        world.do(routers.delete_cen, router.cen_id)


def test_a_router_is_active_when_the_node_has_it(world) -> None:
    router = world.router()
    assert router.status is status.ResourceStatus.CREATING
    world.settle()
    shown = world.do(routers.describe_router, router.id)
    assert shown.status is status.ResourceStatus.ACTIVE
    assert (shown.region_id, shown.owner_id) == ("cn-hangzhou", world.account)


def test_a_router_has_a_system_table_whose_kernel_table_starts_at_1000(world) -> None:
    router = world.router()
    wanted = filters.RouteTableFilter(router_id=router.id, is_system=True)
    (table,) = world.do(route_tables.list_tables, wanted, pages.ALL).items
    assert (table.is_system, table.status) == (True, status.ResourceStatus.CREATING)
    custom = filters.RouteTableFilter(is_system=False)
    assert world.do(route_tables.list_tables, custom, pages.ALL).total == 0
    by_id = filters.RouteTableFilter(table_ids=(table.id,))
    assert world.do(route_tables.list_tables, by_id, pages.ALL).total == 1


def test_a_cen_has_one_router_in_a_region(world) -> None:
    router = world.router()
    with pytest.raises(refusals.RouterExists, match=router.id):
        world.do(routers.create_router, drafts.RouterDraft(cen_id=router.cen_id))


def test_routers_of_other_accounts_do_not_exist(world) -> None:
    router = world.router()
    world.account = OTHER
    for call in (routers.describe_router, routers.delete_router, routers.list_cidrs):
        with pytest.raises(refusals.RouterNotFound):
            world.do(call, router.id)
    assert world.do(routers.list_routers, filters.RouterFilter(), pages.ALL).total == 0


def test_routers_are_listed_and_renamed(world) -> None:
    router = world.router()
    world.do(routers.update_router, router.id, drafts.LabelPatch(name="hub", description="d"))
    for members in ({"router_id": router.id}, {"cen_id": router.cen_id}, {"name": "hub"}):
        wanted = filters.RouterFilter(**members)
        (shown,) = world.do(routers.list_routers, wanted, pages.ALL).items
        assert (shown.id, shown.name, shown.description) == (router.id, "hub", "d")
    assert world.do(routers.list_routers, filters.RouterFilter(name="x"), pages.ALL).total == 0


def test_a_router_goes_when_the_node_has_let_it_go(world) -> None:
    router = world.router()
    world.settle()
    world.do(routers.delete_router, router.id)
    shown = world.do(routers.describe_router, router.id)
    assert shown.status is status.ResourceStatus.DELETING
    with pytest.raises(refusals.RouterDeleting):
        world.do(routers.delete_router, router.id)
    with pytest.raises(refusals.RouterDeleting):
        world.do(routers.add_cidr, router.id, _block("10.98.0.0/24"))
    with pytest.raises(refusals.RouterDeleting):
        world.attach_vpn(router.id, world.connection().connection.id)
    assert world.control() == []
    world.obey()
    assert world.control() == [router.id]
    with pytest.raises(refusals.RouterNotFound):
        world.do(routers.describe_router, router.id)
    assert world.batch().entries == ()
    world.do(routers.delete_cen, router.cen_id)


def test_a_router_that_no_node_heard_of_goes_at_once(empty) -> None:
    router = empty.router()
    empty.do(routers.delete_router, router.id)
    assert empty.control() == [router.id]


def test_a_router_with_attachments_stays(world) -> None:
    router_id, _, attachment_id = world.attached()
    with pytest.raises(refusals.RouterInUse, match=attachment_id):
        world.do(routers.delete_router, router_id)


@pytest.mark.parametrize(
    "prefix",
    [
        pytest.param("10.0.0.0/15", id="too large"),
        pytest.param("10.0.0.0/25", id="too small"),
        pytest.param("100.64.0.0/24", id="shared addresses"),
        pytest.param("169.254.1.0/24", id="link local"),
        pytest.param("127.0.0.0/16", id="loopback"),
        pytest.param("224.0.0.0/16", id="multicast"),
    ],
)
def test_a_block_outside_the_rules_is_refused(world, prefix) -> None:
    router = world.router()
    with pytest.raises(refusals.RouterCidrInvalid):
        world.do(routers.add_cidr, router.id, _block(prefix))


def test_blocks_of_a_cen_are_disjoint(world) -> None:
    router = world.router("10.99.0.0/24")
    with pytest.raises(refusals.RouterCidrOverlap, match=r"10\.99\.0\.0/24"):
        world.do(routers.add_cidr, router.id, _block("10.99.0.0/16"))
    world.router("10.99.0.0/24")


def test_a_block_may_not_meet_an_attached_vpc(world) -> None:
    router = world.router()
    world.attach_vpc(router.id, *world.vpc("172.16.0.0/16"))
    with pytest.raises(refusals.RouterCidrOverlap, match="vpc-"):
        world.do(routers.add_cidr, router.id, _block("172.16.5.0/24"))


def test_too_many_blocks_are_refused(world) -> None:
    world.on(quotas.set_limit, world.account, quotas.QuotaCode.CIDRS_PER_ROUTER, 1)
    router = world.router()
    with pytest.raises(refusals.QuotaFull):
        world.do(routers.add_cidr, router.id, _block("10.98.0.0/24"))


def test_a_free_block_changes_and_goes(world) -> None:
    router = world.router()
    made = world.do(routers.add_cidr, router.id, _block("10.98.0.0/24", name="n", publish=False))
    patch = drafts.RouterCidrPatch(prefix=IPv4Network("10.98.0.0/23"), description="d")
    after = world.do(routers.modify_cidr, router.id, made.id, patch)
    assert (str(after.prefix), after.name, after.description, after.publish) == (
        "10.98.0.0/23",
        "n",
        "d",
        False,
    )
    assert after in world.do(routers.list_cidrs, router.id)
    world.do(routers.delete_cidr, router.id, made.id)
    assert len(world.do(routers.list_cidrs, router.id)) == 1
    with pytest.raises(refusals.RouterCidrNotFound):
        world.do(routers.delete_cidr, router.id, made.id)


def test_a_block_with_reserved_addresses_stays_as_it_is(world) -> None:
    router_id, _, attachment_id = world.attached()
    (block,) = world.do(routers.list_cidrs, router_id)
    with pytest.raises(refusals.RouterCidrAllocated, match=attachment_id):
        world.do(routers.delete_cidr, router_id, block.id)
    patch = drafts.RouterCidrPatch(prefix=IPv4Network("10.97.0.0/24"))
    with pytest.raises(refusals.RouterCidrAllocated):
        world.do(routers.modify_cidr, router_id, block.id, patch)
    world.do(routers.modify_cidr, router_id, block.id, drafts.RouterCidrPatch(name="x"))
    later = world.do(routers.add_cidr, router_id, _block("10.98.0.0/24"))
    world.do(routers.delete_cidr, router_id, later.id)
