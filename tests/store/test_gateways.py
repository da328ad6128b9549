from __future__ import annotations

from ipaddress import IPv4Address

import pytest

from futago.services import drafts, filters, gateways, pages, quotas, refusals


def _draft(address: str = "203.0.113.9", **members: object) -> drafts.CustomerGatewayDraft:
    return drafts.CustomerGatewayDraft(address=IPv4Address(address), **members)


def test_a_gateway_is_shown_as_it_was_created(world) -> None:
    group_id = world.group()
    label = drafts.Label(
        name="office",
        description="d",
        tags=(drafts.Tag(key="a", value="b"),),
        resource_group=group_id,
    )
    created = world.do(gateways.create_customer_gateway, _draft(label=label, auth_key="secret"))
    shown = world.do(gateways.describe_customer_gateway, created.id)
    assert shown == created
    assert shown.auth_key is None
    assert (shown.name, shown.description, shown.resource_group) == ("office", "d", group_id)
    assert shown.tags == (drafts.Tag(key="a", value="b"),)
    revealed = world.do(gateways.describe_customer_gateway, created.id, reveal=True)
    assert revealed.auth_key == "secret"
    assert "secret" not in repr(revealed)


def test_an_address_is_used_once_in_an_account(world) -> None:
    world.gateway("203.0.113.9")
    with pytest.raises(refusals.CustomerGatewayAddressTaken, match="cgw-"):
        world.gateway("203.0.113.9")
    world.account = "2234567890123456"
    world.gateway("203.0.113.9")


def test_gateways_of_other_accounts_do_not_exist(world) -> None:
    gateway_id = world.gateway()
    world.account = "2234567890123456"
    for call in (gateways.describe_customer_gateway, gateways.delete_customer_gateway):
        with pytest.raises(refusals.CustomerGatewayNotFound):
            world.do(call, gateway_id)
    with pytest.raises(refusals.CustomerGatewayNotFound):
        world.do(
            gateways.modify_customer_gateway, gateway_id, drafts.CustomerGatewayPatch(name="x")
        )
    wanted = filters.CustomerGatewayFilter()
    assert world.do(gateways.list_customer_gateways, wanted, pages.ALL).total == 0


def test_name_and_description_change_and_the_rest_stays(world) -> None:
    gateway_id = world.gateway()
    patch = drafts.CustomerGatewayPatch(name="new", auth_key="k")
    changed = world.do(gateways.modify_customer_gateway, gateway_id, patch)
    assert (changed.name, changed.description) == ("new", "")
    patch = drafts.CustomerGatewayPatch(description="text")
    changed = world.do(gateways.modify_customer_gateway, gateway_id, patch)
    assert (changed.name, changed.description) == ("new", "text")


def test_a_gateway_in_use_stays(world) -> None:
    gateway_id = world.gateway()
    view = world.connection(gateway_id)
    with pytest.raises(refusals.CustomerGatewayInUse, match=view.connection.id):
        world.do(gateways.delete_customer_gateway, gateway_id)


def test_a_deleted_gateway_is_gone_and_its_address_free(world) -> None:
    gateway_id = world.gateway("203.0.113.9")
    world.do(gateways.delete_customer_gateway, gateway_id)
    with pytest.raises(refusals.CustomerGatewayNotFound):
        world.do(gateways.describe_customer_gateway, gateway_id)
    world.gateway("203.0.113.9")


def test_gateways_are_listed_in_pages_oldest_first(world) -> None:
    made = [world.gateway(f"203.0.113.{number}") for number in range(1, 6)]
    wanted = filters.CustomerGatewayFilter()
    page = world.do(gateways.list_customer_gateways, wanted, pages.PageRequest(offset=1, limit=2))
    assert ([each.id for each in page.items], page.total) == (made[1:3], 5)


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        pytest.param((filters.TagMatch(key="a"),), 1, id="key"),
        pytest.param((filters.TagMatch(key="a", value="b"),), 1, id="key and value"),
        pytest.param((filters.TagMatch(key="a", value="c"),), 0, id="another value"),
        pytest.param((filters.TagMatch(key="a"), filters.TagMatch(key="z")), 0, id="both"),
    ],
)
def test_tags_narrow_the_list(world, tags, found) -> None:
    world.gateway("203.0.113.1")
    label = drafts.Label(tags=(drafts.Tag(key="a", value="b"),))
    world.do(gateways.create_customer_gateway, _draft(label=label))
    wanted = filters.CustomerGatewayFilter(tags=tags)
    assert world.do(gateways.list_customer_gateways, wanted, pages.ALL).total == found


def test_too_many_gateways_are_refused(world) -> None:
    world.on(quotas.set_limit, world.account, quotas.QuotaCode.CUSTOMER_GATEWAYS_PER_REGION, 1)
    world.gateway("203.0.113.1")
    with pytest.raises(refusals.QuotaFull):
        world.gateway("203.0.113.2")


def test_too_many_tags_are_refused(world) -> None:
    label = drafts.Label(tags=tuple(drafts.Tag(key=str(number)) for number in range(21)))
    with pytest.raises(refusals.QuotaFull):
        world.do(gateways.create_customer_gateway, _draft(label=label))
