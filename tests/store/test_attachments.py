from __future__ import annotations

import threading
from ipaddress import IPv4Address, IPv4Network

import pytest

from futago.domain import connection, placement, status
from futago.services import (
    attachments,
    drafts,
    filters,
    pages,
    quotas,
    refusals,
    routers,
    routing,
    vpcs,
)

OTHER = "2234567890123456"


def _list(world, kind: str = "vpn", **members: object):
    call = attachments.list_vpn if kind == "vpn" else attachments.list_vpc
    return world.do(call, filters.AttachmentFilter(**members), pages.ALL).items


def test_attaching_gives_addresses_in_two_zones(world) -> None:
    router = world.router()
    view = world.connection()
    world.attach_vpn(router.id, view.connection.id)
    shown = world.show(view.connection.id)
    assert shown.state is status.ConnectionState.ATTACHING
    assert {tunnel.zone_id for tunnel in shown.tunnels} == {"zone-a", "zone-b"}
    assert shown.attachment.router_id == router.id
    assert shown.attachment.cen_id == router.cen_id
    assert {tunnel.state for tunnel in shown.tunnels} == {status.TunnelState.UPDATING}


def test_a_private_connection_gets_private_addresses(world) -> None:
    router = world.router("10.8.0.0/16")
    view = world.connection(network_type=connection.NetworkType.PRIVATE)
    world.attach_vpn(router.id, view.connection.id)
    addresses = [tunnel.gateway_address for tunnel in world.show(view.connection.id).tunnels]
    assert all(address in IPv4Network("10.8.0.0/16") for address in addresses)


def test_a_router_can_be_named_by_its_cen(world) -> None:
    router = world.router()
    draft = drafts.VpnAttachmentDraft(connection_id=world.connection().connection.id)
    world.do(attachments.attach_vpn, drafts.RouterRef(cen_id=router.cen_id), draft)
    assert _list(world)[0].router_id == router.id


@pytest.mark.parametrize(
    "ref",
    [
        pytest.param({"router_id": "tr-none"}, id="unknown router"),
        pytest.param({"router_id": "own", "cen_id": "cen-other"}, id="router of another CEN"),
    ],
)
def test_an_unknown_router_is_refused(world, ref) -> None:
    router = world.router()
    draft = drafts.VpnAttachmentDraft(connection_id=world.connection().connection.id)
    wanted = {key: router.id if value == "own" else value for key, value in ref.items()}
    with pytest.raises(refusals.RouterNotFound):
        world.do(attachments.attach_vpn, drafts.RouterRef(**wanted), draft)


def test_a_cen_without_a_router_is_explained(world) -> None:
    cen = world.do(routers.create_cen, drafts.Label())
    draft = drafts.VpnAttachmentDraft(connection_id=world.connection().connection.id)
    with pytest.raises(refusals.RouterNotFound, match=cen.id):
        world.do(attachments.attach_vpn, drafts.RouterRef(cen_id=cen.id), draft)


def test_an_unknown_connection_is_refused(world) -> None:
    with pytest.raises(refusals.ConnectionNotFound):
        world.attach_vpn(world.router().id, "vco-none")


def test_a_connection_is_attached_once(world) -> None:
    router_id, connection_id, attachment_id = world.attached()
    with pytest.raises(refusals.ConnectionAlreadyAttached, match=attachment_id):
        world.attach_vpn(router_id, connection_id)


def test_a_router_without_an_address_block_takes_no_vpn(world) -> None:
    cen = world.do(routers.create_cen, drafts.Label())
    router = world.do(routers.create_router, drafts.RouterDraft(cen_id=cen.id))
    with pytest.raises(refusals.RouterHasNoCidr):
        world.attach_vpn(router.id, world.connection().connection.id)


def test_too_many_vpn_attachments_are_refused(world) -> None:
    world.on(quotas.set_limit, world.account, quotas.QuotaCode.VPN_ATTACHMENTS_PER_ROUTER, 1)
    router_id, _, _ = world.attached()
    with pytest.raises(refusals.QuotaFull):
        world.attach_vpn(router_id, world.connection().connection.id)


def test_without_free_addresses_nothing_is_attached(empty) -> None:
    empty.register(public=("10.0.1.0/31",), second="")
    router = empty.router()
    empty.attach_vpn(router.id, empty.connection().connection.id)
    view = empty.connection()
    with pytest.raises(placement.NoCapacity):
        empty.attach_vpn(router.id, view.connection.id)
    assert empty.show(view.connection.id).attachment is None
    assert len(_list(empty)) == 1


def test_without_a_node_nothing_can_be_attached(empty) -> None:
    with pytest.raises(placement.NoCapacity):
        empty.attach_vpn(empty.router().id, empty.connection().connection.id)


def test_an_attachment_is_there_when_router_and_connection_are_applied(world) -> None:
    router = world.router()
    view = world.connection()
    world.attach_vpn(router.id, view.connection.id)
    world.control()
    world.obey(only="router")
    assert world.show(view.connection.id).state is status.ConnectionState.ATTACHING
    assert _list(world)[0].status is status.AttachmentStatus.ATTACHING
    world.obey(only="connection")
    assert world.show(view.connection.id).state is status.ConnectionState.ATTACHED
    assert _list(world)[0].status is status.AttachmentStatus.ATTACHED


def test_detaching_waits_for_both_connection_and_router(world) -> None:
    _, connection_id, attachment_id = world.attached()
    address = world.show(connection_id).tunnels[0].gateway_address
    world.clock.advance(1)
    world.do(attachments.detach_vpn, attachment_id)
    assert world.show(connection_id).state is status.ConnectionState.DETACHING
    assert world.show(connection_id).tunnels[0].state is status.TunnelState.DELETING
    assert world.control() == []
    world.obey(only="connection")
    assert world.control() == []
    assert world.show(connection_id).tunnels[0].gateway_address == address
    assert _list(world)[0].status is status.AttachmentStatus.DETACHING
    world.obey(only="router")
    assert world.control() == [attachment_id]
    shown = world.show(connection_id)
    assert (shown.state, shown.tunnels[0].gateway_address) == (status.ConnectionState.INIT, None)
    assert _list(world) == ()


def test_the_order_of_the_reports_does_not_matter(world) -> None:
    _, _, attachment_id = world.attached()
    world.do(attachments.detach_vpn, attachment_id)
    world.control()
    world.obey(only="router")
    assert world.control() == []
    world.obey(only="connection")
    assert world.control() == [attachment_id]


def test_a_detached_connection_can_be_attached_again(world) -> None:
    router_id, connection_id, attachment_id = world.attached()
    world.do(attachments.detach_vpn, attachment_id)
    world.settle()
    world.attach_vpn(router_id, connection_id)
    assert world.show(connection_id).state is status.ConnectionState.ATTACHING
    world.settle()
    assert world.show(connection_id).state is status.ConnectionState.ATTACHED


def test_what_was_never_sent_to_a_node_ends_at_once(world) -> None:
    router = world.router()
    world.settle()
    view = world.connection()
    attachment_id = world.attach_vpn(router.id, view.connection.id)
    world.do(attachments.detach_vpn, attachment_id)
    world.control()
    world.obey(only="router")
    assert world.control() == [attachment_id]
    assert world.show(view.connection.id).state is status.ConnectionState.INIT


def test_an_attachment_that_goes_cannot_go_again_or_change(world) -> None:
    _, _, attachment_id = world.attached()
    world.do(attachments.detach_vpn, attachment_id)
    with pytest.raises(refusals.AttachmentDetaching):
        world.do(attachments.detach_vpn, attachment_id)
    with pytest.raises(refusals.AttachmentDetaching):
        world.do(attachments.update_vpn, attachment_id, drafts.AttachmentPatch(name="x"))


def test_bindings_protect_an_attachment_unless_forced(world) -> None:
    router_id, connection_id, attachment_id = world.attached()
    table_id = world.table(router_id)
    world.do(routing.enable_propagation, attachment_id, table_id)
    with pytest.raises(refusals.AttachmentHasPropagation, match=table_id):
        world.do(attachments.detach_vpn, attachment_id)
    world.do(routing.associate, attachment_id, table_id)
    with pytest.raises(refusals.AttachmentHasAssociation, match=table_id):
        world.do(attachments.detach_vpn, attachment_id)
    world.settle()
    world.route(connection_id, "192.168.0.0/16")
    world.do(attachments.detach_vpn, attachment_id, force=True)
    assert world.settle() == [attachment_id]
    assert world.do(routing.list_destinations, connection_id).total == 0


@pytest.mark.parametrize("call", [attachments.detach_vpn, attachments.detach_vpc])
def test_an_unknown_attachment_is_refused(world, call) -> None:
    with pytest.raises(refusals.AttachmentNotFound):
        world.do(call, "tr-attach-none")


def test_an_attachment_of_the_other_kind_or_account_does_not_exist(world) -> None:
    _, _, attachment_id = world.attached()
    with pytest.raises(refusals.AttachmentNotFound, match="vpc attachment"):
        world.do(attachments.detach_vpc, attachment_id)
    world.account = OTHER
    with pytest.raises(refusals.AttachmentNotFound):
        world.do(attachments.detach_vpn, attachment_id)


def test_attributes_of_a_vpn_attachment_change(world) -> None:
    _, connection_id, attachment_id = world.attached()
    patch = drafts.AttachmentPatch(name="n", description="d", auto_publish=False)
    world.do(attachments.update_vpn, attachment_id, patch)
    (shown,) = _list(world)
    assert (shown.name, shown.description, shown.auto_publish) == ("n", "d", False)
    assert world.show(connection_id).state is status.ConnectionState.ATTACHED


def test_lists_are_narrowed(world) -> None:
    router_id, connection_id, attachment_id = world.attached()
    cen_id = world.show(connection_id).attachment.cen_id
    for members in (
        {},
        {"attachment_id": attachment_id},
        {"router_id": router_id},
        {"cen_id": cen_id},
        {"resource_id": connection_id},
        {"status": status.AttachmentStatus.ATTACHED},
    ):
        assert [each.id for each in _list(world, **members)] == [attachment_id]
    for members in (
        {"router_id": "tr-none"},
        {"status": status.AttachmentStatus.DETACHING},
        {"tags": (filters.TagMatch(key="a"),)},
    ):
        assert _list(world, **members) == ()
    assert _list(world, "vpc") == ()


def test_a_vpc_is_attached_when_the_router_has_it(world) -> None:
    router = world.router()
    vpc_id, vswitch_id = world.vpc()
    attachment_id = world.attach_vpc(router.id, vpc_id, vswitch_id)
    (shown,) = _list(world, "vpc")
    assert (shown.id, shown.status) == (attachment_id, status.AttachmentStatus.ATTACHING)
    assert shown.zone_mappings == (drafts.ZoneMapping(zone_id="zone-a", vswitch_id=vswitch_id),)
    world.settle()
    assert _list(world, "vpc")[0].status is status.AttachmentStatus.ATTACHED
    vpc = world.do(vpcs.describe_vpc, vpc_id)
    assert (vpc.router_id, vpc.cen_id) == (router.id, router.cen_id)
    world.do(attachments.detach_vpc, attachment_id)
    assert world.settle() == [attachment_id]


def test_publishing_of_a_vpc_concerns_the_router(world) -> None:
    router = world.router()
    attachment_id = world.attach_vpc(router.id, *world.vpc())
    world.settle()
    before = world.batch().revision
    world.do(attachments.update_vpc, attachment_id, drafts.AttachmentPatch(auto_publish=False))
    world.control()
    assert world.batch().revision == before
    world.do(attachments.update_vpc, attachment_id, drafts.AttachmentPatch(auto_publish=True))
    world.control()
    assert world.batch().revision == before + 1


def test_a_vpc_is_attached_once(world) -> None:
    router = world.router()
    vpc_id, vswitch_id = world.vpc()
    world.attach_vpc(router.id, vpc_id, vswitch_id)
    with pytest.raises(refusals.VpcAlreadyAttached):
        world.attach_vpc(router.id, vpc_id, vswitch_id)


def test_a_vpc_may_not_share_addresses_with_a_block_of_the_router(world) -> None:
    router = world.router("172.16.9.0/24")
    with pytest.raises(refusals.RouterCidrOverlap):
        world.attach_vpc(router.id, *world.vpc("172.16.0.0/16"))


def test_zone_mappings_must_fit(world) -> None:
    router = world.router()
    vpc_id, vswitch_id = world.vpc()
    _, foreign = world.vpc("192.168.0.0/16")

    def attach(*mappings: tuple[str, str]) -> None:
        draft = drafts.VpcAttachmentDraft(
            vpc_id=vpc_id,
            zone_mappings=tuple(
                drafts.ZoneMapping(zone_id=zone, vswitch_id=vswitch) for zone, vswitch in mappings
            ),
        )
        world.do(attachments.attach_vpc, drafts.RouterRef(router_id=router.id), draft)

    for mappings in (
        (),
        (("zone-a", vswitch_id), ("zone-a", vswitch_id)),
        (("zone-b", vswitch_id),),
        (("zone-a", foreign),),
    ):
        with pytest.raises(refusals.VSwitchInvalid):
            attach(*mappings)
    with pytest.raises(refusals.VSwitchNotFound):
        attach(("zone-a", "vsw-none"))


def test_parallel_attachments_get_different_addresses(world) -> None:
    router = world.router()
    views = [world.connection(world.gateway(f"198.51.100.{n}")) for n in range(1, 7)]
    barrier = threading.Barrier(len(views))
    failed: list[BaseException] = []

    def attach(connection_id: str) -> None:
        barrier.wait()
        try:
            world.attach_vpn(router.id, connection_id)
        except BaseException as exc:  # noqa: BLE001 - told to the test's own thread
            failed.append(exc)

    threads = [threading.Thread(target=attach, args=(each.connection.id,)) for each in views]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert failed == []
    addresses: list[IPv4Address] = [
        tunnel.gateway_address
        for each in views
        for tunnel in world.show(each.connection.id).tunnels
    ]
    assert len(set(addresses)) == 2 * len(views)
