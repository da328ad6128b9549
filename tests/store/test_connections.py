from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network

import pytest

from futago.domain import connection, crypto, ike, net, status
from futago.plan import failures, intent, observation
from futago.services import connections, drafts, filters, pages, quotas, refusals
from futago.store import schema

OTHER = "2234567890123456"


def _patch_one(view, **members: object) -> drafts.ConnectionPatch:
    tunnel_id = view.connection.tunnels[0].id
    return drafts.ConnectionPatch(tunnels={tunnel_id: drafts.TunnelPatch(**members)})


def test_a_new_connection_is_unbound_and_has_no_addresses(world) -> None:
    view = world.connection()
    assert view.state is status.ConnectionState.INIT
    assert view.attachment is None
    assert view.generation == 1
    for index, tunnel in enumerate(view.tunnels, start=1):
        assert tunnel.tunnel.index == index
        assert tunnel.state is status.TunnelState.ACTIVE
        assert (tunnel.gateway_address, tunnel.zone_id, tunnel.local_identity) == (None,) * 3
        assert tunnel.remote_identity == ike.Identity.of_address(tunnel.peer_address)
        assert tunnel.facts.child_installed is None
    assert world.show(view.connection.id) == view


def test_keys_are_shown_only_when_asked_for(world) -> None:
    view = world.connection(psk="a-known-key")
    assert [tunnel.psk for tunnel in view.tunnels] == [None, None]
    shown = world.show(view.connection.id, reveal=True)
    assert [tunnel.psk.reveal() for tunnel in shown.tunnels] == ["a-known-key"] * 2
    assert "a-known-key" not in repr(shown)


def test_keys_that_are_not_given_are_made_up_one_for_each_tunnel(world) -> None:
    view = world.connection(psk=None)
    first, second = world.show(view.connection.id, reveal=True).tunnels
    assert len(first.psk.reveal()) == ike.PSK_GENERATED_LENGTH
    assert first.psk != second.psk


def test_a_draft_with_an_unknown_customer_gateway_is_refused(world) -> None:
    with pytest.raises(refusals.CustomerGatewayNotFound):
        world.connection("cgw-aaaaaaaaaaaaaaaaa")


def test_a_customer_gateway_of_another_account_is_unknown(world) -> None:
    gateway_id = world.gateway()
    world.account = OTHER
    with pytest.raises(refusals.CustomerGatewayNotFound):
        world.connection(gateway_id)


def test_a_draft_with_one_tunnel_is_refused(world) -> None:
    draft = drafts.ConnectionDraft(
        local_ts=(net.ANY,),
        remote_ts=(net.ANY,),
        tunnels=(
            drafts.TunnelDraft(
                index=connection.TunnelIndex.ONE, customer_gateway_id=world.gateway()
            ),
        ),
    )
    with pytest.raises(connection.NotTwoTunnels):
        world.do(connections.create_connection, draft)


def test_tunnels_may_be_drafted_in_any_order(world) -> None:
    gateway_id = world.gateway()
    draft = drafts.ConnectionDraft(
        local_ts=(net.ANY,),
        remote_ts=(net.ANY,),
        tags=(drafts.Tag(key="a"),),
        tunnels=tuple(
            drafts.TunnelDraft(
                index=index, customer_gateway_id=gateway_id, psk=ike.PresharedKey(f"key{index}")
            )
            for index in reversed(connection.TunnelIndex)
        ),
    )
    view = world.do(connections.create_connection, draft)
    shown = world.show(view.connection.id, reveal=True)
    assert [tunnel.psk.reveal() for tunnel in shown.tunnels] == ["key1", "key2"]
    assert shown.tags == (drafts.Tag(key="a"),)


def test_too_many_connections_are_refused(world) -> None:
    world.on(quotas.set_limit, world.account, quotas.QuotaCode.CONNECTIONS_PER_REGION, 1)
    world.connection()
    with pytest.raises(refusals.QuotaFull):
        world.connection()


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(connections.describe_connection, id="describe"),
        pytest.param(connections.delete_connection, id="delete"),
    ],
)
def test_connections_of_other_accounts_do_not_exist(world, call) -> None:
    view = world.connection()
    world.account = OTHER
    with pytest.raises(refusals.ConnectionNotFound):
        world.do(call, view.connection.id)
    assert world.do(connections.list_connections, filters.ConnectionFilter(), pages.ALL).total == 0


@pytest.mark.parametrize(
    ("patch", "read", "value"),
    [
        pytest.param(
            drafts.TunnelPatch(ike_patch=drafts.IkePatch(dh_group=crypto.DhGroup.GROUP14)),
            lambda tunnel: tunnel.ike_profile.dh_group,
            crypto.DhGroup.GROUP14,
            id="DH group",
        ),
        pytest.param(
            drafts.TunnelPatch(ike_patch=drafts.IkePatch(lifetime=timedelta(hours=1))),
            lambda tunnel: tunnel.ike_profile.lifetime,
            timedelta(hours=1),
            id="lifetime",
        ),
        pytest.param(
            drafts.TunnelPatch(esp_patch=drafts.EspPatch(disable_pfs=True)),
            lambda tunnel: tunnel.esp_profile.pfs,
            None,
            id="no PFS",
        ),
        pytest.param(
            drafts.TunnelPatch(esp_patch=drafts.EspPatch(encryption=crypto.Encryption.AES256)),
            lambda tunnel: tunnel.esp_profile.encryption,
            crypto.Encryption.AES256,
            id="ESP encryption",
        ),
        pytest.param(drafts.TunnelPatch(dpd=False), lambda tunnel: tunnel.dpd, False, id="DPD off"),
        pytest.param(
            drafts.TunnelPatch(remote_identity=ike.Identity.parse("peer.example")),
            lambda tunnel: tunnel.remote_identity,
            ike.Identity.parse("peer.example"),
            id="identity",
        ),
        pytest.param(
            drafts.TunnelPatch(psk=ike.PresharedKey("another")),
            lambda tunnel: tunnel.psk_version,
            2,
            id="key",
        ),
    ],
)
def test_a_change_of_one_tunnel_leaves_the_other_alone(world, patch, read, value) -> None:
    view = world.connection()
    first, second = view.connection.tunnels
    after = world.do(connections.modify_tunnel, view.connection.id, first.id, patch)
    assert read(after.connection.tunnels[0]) == value
    assert after.connection.tunnels[1] == second
    assert after.generation == 2
    assert after.tunnels[0].psk is not None
    assert world.show(view.connection.id).connection == after.connection


def test_a_change_of_everything_is_kept(world) -> None:
    view = world.connection()
    patch = drafts.ConnectionPatch(
        name="new",
        local_ts=(IPv4Network("10.0.0.0/8"),),
        remote_ts=(IPv4Network("192.168.0.0/16"),),
        initiation=ike.Initiation.IMMEDIATE,
        auto_config_route=False,
    )
    after = world.do(connections.modify_connection, view.connection.id, patch).connection
    assert (after.name, after.initiation, after.auto_config_route) == (
        "new",
        ike.Initiation.IMMEDIATE,
        False,
    )
    assert not after.is_destination_mode


def test_an_edit_that_changes_nothing_raises_no_generation(world) -> None:
    view = world.connection(psk="same-key")
    tunnel = view.connection.tunnels[0]
    patch = drafts.ConnectionPatch(
        name=view.connection.name,
        tunnels={tunnel.id: drafts.TunnelPatch(psk=ike.PresharedKey("same-key"), dpd=True)},
    )
    after = world.do(connections.modify_connection, view.connection.id, patch)
    assert (after.generation, after.connection) == (view.generation, view.connection)


def test_a_new_name_does_not_concern_the_node(world) -> None:
    _, connection_id, _ = world.attached()
    before = world.show(connection_id)
    patch = drafts.ConnectionPatch(name="new")
    after = world.do(connections.modify_connection, connection_id, patch)
    assert (after.generation, after.state) == (before.generation, status.ConnectionState.ATTACHED)


def test_a_patch_that_breaks_a_rule_changes_nothing(world) -> None:
    view = world.connection()
    patch = drafts.ConnectionPatch(local_ts=(IPv4Network("10.0.0.0/8"),))
    with pytest.raises(connection.MixedRoutingMode):
        world.do(connections.modify_connection, view.connection.id, patch)
    assert world.show(view.connection.id) == view


def test_a_tunnel_of_something_else_is_refused(world) -> None:
    view, other = world.connection(), world.connection()
    with pytest.raises(refusals.TunnelNotFound, match=view.connection.tunnels[0].id):
        world.do(
            connections.modify_tunnel,
            view.connection.id,
            other.connection.tunnels[0].id,
            drafts.TunnelPatch(dpd=False),
        )


def test_a_tunnel_can_get_another_customer_gateway(world) -> None:
    _, connection_id, _ = world.attached()
    view = world.show(connection_id)
    patch = _patch_one(view, customer_gateway_id=world.gateway("198.51.100.7"))
    after = world.do(connections.modify_connection, connection_id, patch)
    assert after.tunnels[0].peer_address == IPv4Address("198.51.100.7")
    assert after.state is status.ConnectionState.UPDATING


def test_a_tunnel_cannot_get_a_customer_gateway_that_does_not_exist(world) -> None:
    view = world.connection()
    patch = _patch_one(view, customer_gateway_id="cgw-none")
    with pytest.raises(refusals.CustomerGatewayNotFound):
        world.do(connections.modify_connection, view.connection.id, patch)


def test_a_change_of_an_attached_connection_is_under_way_until_the_node_has_it(world) -> None:
    _, connection_id, _ = world.attached()
    view = world.show(connection_id)
    patch = _patch_one(view, dpd=False)
    assert (
        world.do(connections.modify_connection, connection_id, patch).state
        is status.ConnectionState.UPDATING
    )
    assert {each.state for each in world.show(connection_id).tunnels} == {
        status.TunnelState.UPDATING
    }
    with pytest.raises(refusals.ConnectionBusy):
        world.do(connections.modify_connection, connection_id, patch)
    world.settle()
    assert world.show(connection_id).state is status.ConnectionState.ATTACHED


def test_a_change_that_the_node_reports_as_failed_can_be_mended(world) -> None:
    _, connection_id, _ = world.attached()
    view = world.show(connection_id)
    world.do(connections.modify_connection, connection_id, _patch_one(view, dpd=False))
    world.observe(
        observation.ResourceObservation(
            kind="connection",
            resource_id=connection_id,
            generation=0,
            is_present=True,
            observed_at=world.clock.now(),
            fault_code="Ike.LoadRefused",
            fault_message="the daemon refused it",
        )
    )
    shown = world.show(connection_id)
    assert shown.fault is not None
    assert (shown.fault.code, shown.state) == ("Ike.LoadRefused", status.ConnectionState.UPDATING)
    world.do(connections.modify_connection, connection_id, _patch_one(view, dpd=True))


def test_facts_come_from_the_node_and_age(world) -> None:
    _, connection_id, _ = world.attached()
    facts = world.show(connection_id).tunnels[0].facts
    assert (facts.ike_established, facts.child_installed) == (True, True)
    world.clock.advance(31)
    facts = world.show(connection_id).tunnels[0].facts
    assert (facts.ike_established, facts.child_installed) == (None, None)
    assert facts.observed_at is not None


def test_a_failure_is_shown_as_the_node_told_it(world) -> None:
    _, connection_id, _ = world.attached()
    tunnel_id = world.show(connection_id).tunnels[0].tunnel.id
    failure = failures.Failure(
        code=failures.FailureCode.PSK_MISMATCH, at=world.clock.now(), evidence="AUTH_FAILED"
    )
    world.observe(
        observation.ResourceObservation(
            kind=intent.IntentKind.CONNECTION.value,
            resource_id=connection_id,
            generation=2,
            is_present=True,
            observed_at=world.clock.now(),
            tunnels=(
                observation.TunnelObservation(
                    tunnel_id=tunnel_id,
                    is_daemon_running=True,
                    is_ike_established=False,
                    children_installed=0,
                    failure=failure,
                ),
            ),
        )
    )
    first, second = world.show(connection_id).tunnels
    assert (first.facts.failure, first.facts.child_installed) == (failure, False)
    assert second.facts.child_installed is None


def test_an_unbound_connection_is_deleted_at_once_with_its_secrets(world) -> None:
    view = world.connection()
    world.do(connections.delete_connection, view.connection.id)
    with pytest.raises(refusals.ConnectionNotFound):
        world.show(view.connection.id)
    with world.database.read() as unit:
        for row in (schema.SecretRow, schema.TunnelRow, schema.ConnectionRow):
            assert unit.session.query(row).count() == 0


def test_an_attached_connection_stays(world) -> None:
    _, connection_id, attachment_id = world.attached()
    with pytest.raises(refusals.ConnectionAttached, match=attachment_id):
        world.do(connections.delete_connection, connection_id)


def test_lists_are_narrowed(world) -> None:
    _, attached_id, _ = world.attached()
    free = world.connection()

    def listed(**members: object) -> list[str]:
        wanted = filters.ConnectionFilter(**members)
        page = world.do(connections.list_connections, wanted, pages.ALL)
        assert page.total == len(page.items)
        return [each.connection.id for each in page.items]

    free_id = free.connection.id
    assert listed() == [attached_id, free_id]
    assert listed(connection_id=free_id) == [free_id]
    assert listed(customer_gateway_id=free.tunnels[0].customer_gateway_id) == [free_id]
    assert listed(is_attached=True) == [attached_id]
    assert listed(resource_group="rg-none") == []
    assert listed(is_attached=False) == [free_id]
