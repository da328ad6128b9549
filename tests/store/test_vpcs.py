from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from futago.domain import status
from futago.services import drafts, filters, pages, quotas, refusals, vpcs

OTHER = "2234567890123456"


def _vswitch(world, vpc_id: str, prefix: str, zone_id: str = "zone-a"):
    draft = drafts.VSwitchDraft(vpc_id=vpc_id, zone_id=zone_id, prefix=IPv4Network(prefix))
    return world.do(vpcs.create_vswitch, draft)


def _vpc(world, prefix: str = "172.16.0.0/16", **label: object):
    draft = drafts.VpcDraft(prefix=IPv4Network(prefix), label=drafts.Label(**label))
    return world.do(vpcs.create_vpc, draft)


def test_a_vpc_is_active_when_the_node_has_it(world) -> None:
    made = _vpc(world, name="prod")
    assert made.status is status.ResourceStatus.CREATING
    world.settle()
    shown = world.do(vpcs.describe_vpc, made.id)
    assert (shown.status, shown.name) == (status.ResourceStatus.ACTIVE, "prod")
    vswitch = _vswitch(world, made.id, "172.16.1.0/24")
    assert vswitch.status is status.ResourceStatus.CREATING
    world.settle()
    (listed,) = world.do(vpcs.list_vswitches, filters.VSwitchFilter(), pages.ALL).items
    assert listed.status is status.ResourceStatus.ACTIVE
    assert world.do(vpcs.describe_vpc, made.id).vswitch_ids == (vswitch.id,)


def test_an_empty_vpc_goes_when_the_node_has_let_it_go(world) -> None:
    made = _vpc(world)
    world.settle()
    world.do(vpcs.delete_vpc, made.id)
    assert world.do(vpcs.describe_vpc, made.id).status is status.ResourceStatus.DELETING
    with pytest.raises(refusals.VpcDeleting):
        world.do(vpcs.delete_vpc, made.id)
    with pytest.raises(refusals.VpcDeleting):
        _vswitch(world, made.id, "172.16.1.0/24")
    assert world.settle() == [made.id]
    with pytest.raises(refusals.VpcNotFound):
        world.do(vpcs.describe_vpc, made.id)


def test_a_vpc_with_something_inside_or_attached_stays(world) -> None:
    router = world.router()
    vpc_id, vswitch_id = world.vpc()
    with pytest.raises(refusals.VpcInUse, match=vswitch_id):
        world.do(vpcs.delete_vpc, vpc_id)
    attachment_id = world.attach_vpc(router.id, vpc_id, vswitch_id)
    with pytest.raises(refusals.VpcInUse, match=attachment_id):
        world.do(vpcs.delete_vpc, vpc_id)
    with pytest.raises(refusals.VSwitchInUse, match=attachment_id):
        world.do(vpcs.delete_vswitch, vswitch_id)


def test_a_vswitch_goes_at_once(world) -> None:
    vpc_id, vswitch_id = world.vpc()
    world.do(vpcs.delete_vswitch, vswitch_id)
    assert world.do(vpcs.list_vswitches, filters.VSwitchFilter(), pages.ALL).total == 0
    world.do(vpcs.delete_vpc, vpc_id)
    with pytest.raises(refusals.VSwitchNotFound):
        world.do(vpcs.delete_vswitch, vswitch_id)


def test_a_vswitch_in_an_attached_vpc_concerns_the_router(world) -> None:
    router = world.router()
    vpc_id, vswitch_id = world.vpc()
    world.attach_vpc(router.id, vpc_id, vswitch_id)
    world.settle()
    before = world.batch().revision
    other = _vswitch(world, vpc_id, "172.16.9.0/24")
    world.control()
    assert {entry.kind.value for entry in world.batch(before).entries} == {"vpc", "router"}
    world.do(vpcs.delete_vswitch, other.id)
    world.control()
    assert world.batch().revision == before + 4


@pytest.mark.parametrize(
    ("prefix", "fault"),
    [
        pytest.param("172.17.0.0/24", refusals.VSwitchInvalid, id="outside the VPC"),
        pytest.param("172.16.0.0/30", refusals.VSwitchInvalid, id="too small"),
        pytest.param("172.16.0.0/25", refusals.VSwitchOverlap, id="taken"),
    ],
)
def test_a_prefix_that_does_not_fit_is_refused(world, prefix, fault) -> None:
    vpc_id, _ = world.vpc("172.16.0.0/16")
    with pytest.raises(fault):
        _vswitch(world, vpc_id, prefix)


def test_a_zone_that_no_node_offers_is_refused(world) -> None:
    made = _vpc(world)
    with pytest.raises(refusals.ZoneNotFound, match="zone-a, zone-b"):
        _vswitch(world, made.id, "172.16.1.0/24", "zone-z")


def test_too_many_vswitches_are_refused(world) -> None:
    world.on(quotas.set_limit, world.account, quotas.QuotaCode.VSWITCHES_PER_VPC, 1)
    vpc_id, _ = world.vpc()
    with pytest.raises(refusals.QuotaFull):
        _vswitch(world, vpc_id, "172.16.9.0/24")


def test_vpcs_of_other_accounts_do_not_exist(world) -> None:
    vpc_id, vswitch_id = world.vpc()
    world.account = OTHER
    for call in (vpcs.describe_vpc, vpcs.delete_vpc):
        with pytest.raises(refusals.VpcNotFound):
            world.do(call, vpc_id)
    with pytest.raises(refusals.VSwitchNotFound):
        world.do(vpcs.delete_vswitch, vswitch_id)
    assert world.do(vpcs.list_vpcs, filters.VpcFilter(), pages.ALL).total == 0


def test_lists_are_narrowed(world) -> None:
    group_id = world.group()
    first = _vpc(world, name="one", tags=(drafts.Tag(key="a"),), resource_group=group_id)
    second = _vpc(world, name="two")

    def listed(**members: object) -> list[str]:
        page = world.do(vpcs.list_vpcs, filters.VpcFilter(**members), pages.ALL)
        return [each.id for each in page.items]

    assert listed() == [first.id, second.id]
    assert listed(name="two") == [second.id]
    assert listed(vpc_ids=(first.id,)) == [first.id]
    assert listed(resource_group=group_id) == [first.id]
    assert listed(tags=(filters.TagMatch(key="a"),)) == [first.id]
    vswitch = _vswitch(world, first.id, "172.16.1.0/24")
    for members in (
        {"vswitch_id": vswitch.id},
        {"vpc_id": first.id},
        {"zone_id": "zone-a"},
    ):
        wanted = filters.VSwitchFilter(**members)
        assert world.do(vpcs.list_vswitches, wanted, pages.ALL).items == (vswitch,)
    wanted = filters.VSwitchFilter(zone_id="zone-b")
    assert world.do(vpcs.list_vswitches, wanted, pages.ALL).total == 0
