"""BGP in the store: who is marked, who gets keys, what a report costs."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from futago.domain import bgp, connection, ids, net
from futago.plan import observation
from futago.services import bgp_routes, connections, drafts, gateways, quotas, refusals
from futago.store import columns, schema, secrets, unit_of_work
from futago.testing import simulation

KEY = "s3cret-Key!"
NEW = net.Asn(65530)


def speaker(world: Any, number: int, key: str | None = None) -> str:
    """Make a connection with BGP and a customer gateway of its own."""
    draft = drafts.CustomerGatewayDraft(
        address=IPv4Address(f"203.0.113.{number}"), asn=net.Asn(65000 + number), auth_key=key
    )
    gateway_id = world.do(gateways.create_customer_gateway, draft).id
    made = drafts.ConnectionDraft(
        local_ts=(net.ANY,),
        remote_ts=(net.ANY,),
        bgp_enabled=True,
        tunnels=tuple(
            drafts.TunnelDraft(
                index=index,
                customer_gateway_id=gateway_id,
                bgp=bgp.TunnelBgp.of(
                    net.TunnelCidr.parse(f"169.254.{100 + number}.{4 * index}/30"), None
                ),
            )
            for index in connection.TunnelIndex
        ),
    )
    return str(world.do(connections.create_connection, made).connection.id)


def gateway_of(world: Any, connection_id: str) -> str:
    return str(world.show(connection_id).tunnels[0].customer_gateway_id)


def change_key(world: Any, connection_id: str, key: str) -> None:
    patch = drafts.CustomerGatewayPatch(auth_key=key)
    world.do(gateways.modify_customer_gateway, gateway_of(world, connection_id), patch)


def tell(world: Any, router_id: str, connection_id: str, *routes: observation.BgpRoute) -> None:
    snapshot = observation.ConnectionRoutes(
        connection_id=ids.ConnectionId(connection_id),
        router_id=ids.RouterId(router_id),
        observed_at=world.clock.time,
        routes=routes,
    )
    world.on(bgp_routes.store, (snapshot,))


def learned(prefix: IPv4Network, tunnel_id: str = "tun-1") -> observation.BgpRoute:
    return observation.BgpRoute(
        prefix=prefix,
        direction=observation.RouteDirection.LEARNED,
        tunnel_ids=(ids.TunnelId(tunnel_id),),
        as_path=(65001, 65100),
    )


def test_a_new_key_concerns_the_routers_that_use_it_and_no_other(world: Any) -> None:
    first, second = world.router(), world.router()
    keyed, other = speaker(world, 1, KEY), speaker(world, 2, KEY)
    world.attach_vpn(first.id, keyed)
    world.attach_vpn(second.id, other)
    world.settle()
    before = world.batch().revision
    change_key(world, keyed, "another")
    world.settle()
    newer = world.batch(before)
    assert {entry.resource_id for entry in newer.entries} == {first.id}
    assert newer.bgp_keys == {gateway_of(world, keyed): "another"}
    assert "another" not in repr(newer)
    assert newer.psks == {}


def test_a_key_of_connections_without_bgp_concerns_nobody(world: Any) -> None:
    router_id, connection_id, _ = world.attached()
    before = world.batch().revision
    change_key(world, connection_id, KEY)
    world.settle()
    assert world.batch(before).entries == ()
    assert world.batch().bgp_keys == {}
    assert world.show(connection_id).state.value == "attached"
    assert router_id


def test_keys_are_sealed(world: Any) -> None:
    connection_id = speaker(world, 1, KEY)
    with world.database.read() as unit:
        sealed = unit.session.scalars(
            sa.select(schema.SecretRow.sealed).where(
                schema.SecretRow.purpose == secrets.Purpose.BGP_AUTH_KEY.value
            )
        ).one()
        texts = unit.session.scalars(sa.select(schema.IntentRow.intent_json)).all()
    assert KEY.encode() not in sealed
    assert all(KEY not in (text or "") for text in texts)
    assert connection_id


def test_a_limit_concerns_the_connections_of_its_account(world: Any) -> None:
    router = world.router()
    connection_id = speaker(world, 1)
    world.attach_vpn(router.id, connection_id)
    world.settle()
    code = quotas.QuotaCode.BGP_PREFIXES_PER_PEER
    before = world.batch().revision
    world.on(quotas.set_limit, "another-account", code, 70)
    world.settle()
    assert world.batch().revision == before
    world.on(quotas.set_limit, world.account, code, 70)
    world.settle()
    assert [entry.resource_id for entry in world.batch(before).entries] == [router.id]
    text = next(each.intent_json for each in world.batch().entries if each.kind.value == "router")
    assert text.count('"import_limit":70') == 2


def test_a_snapshot_is_written_as_a_difference(world: Any) -> None:
    router = world.router()
    connection_id = speaker(world, 1)
    world.attach_vpn(router.id, connection_id)
    world.settle()
    prefixes = list(IPv4Network("10.0.0.0/16").subnets(new_prefix=26))[:1000]
    tell(world, router.id, connection_id, *map(learned, prefixes))
    written: list[str] = []

    def note(_connection, _cursor, statement, parameters, *_rest) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            number = len(parameters) if isinstance(parameters, list) else 1
            written.extend([statement.split()[0]] * number)

    sa.event.listen(world.database.engine, "before_cursor_execute", note)
    tell(world, router.id, connection_id, *map(learned, prefixes))
    assert written == []
    tell(
        world,
        router.id,
        connection_id,
        learned(prefixes[0], "tun-2"),
        *map(learned, prefixes[2:]),
        learned(IPv4Network("10.200.0.0/16")),
    )
    sa.event.remove(world.database.engine, "before_cursor_execute", note)
    assert sorted(written) == ["DELETE", "INSERT", "UPDATE"]


def test_what_a_report_costs_does_not_grow_with_other_connections(world: Any) -> None:
    world.register(public=("10.0.1.0/24",), second="10.0.2.0/24")
    router = world.router()
    connection_id = speaker(world, 1)
    world.attach_vpn(router.id, connection_id)
    world.settle()
    prefixes = list(IPv4Network("10.0.0.0/16").subnets(new_prefix=26))[:10]

    def cost() -> int:
        counted: list[str] = []

        def note(_connection, _cursor, statement, *_rest) -> None:
            if not statement.startswith(("BEGIN", "PRAGMA")):
                counted.append(statement)

        sa.event.listen(world.database.engine, "before_cursor_execute", note)
        tell(world, router.id, connection_id, *map(learned, prefixes))
        tell(world, router.id, connection_id)
        sa.event.remove(world.database.engine, "before_cursor_execute", note)
        return len(counted)

    alone = cost()
    for number in range(2, 12):
        other = speaker(world, number)
        world.attach_vpn(router.id, other)
        world.settle()
        tell(world, router.id, other, *map(learned, prefixes))
    assert cost() == alone


@pytest.mark.parametrize("text", ["0.0.0.0/0", "10.0.0.0/8", "255.255.255.255/32"])
def test_prefixes_sort_as_numbers_and_come_back(text: str) -> None:
    column, prefix = columns.OrderedPrefix(), IPv4Network(text)
    dialect = sa.create_engine("sqlite://").dialect
    stored = column.process_bind_param(prefix, dialect)
    assert column.process_result_value(stored, dialect) == prefix
    ordered = [
        column.process_bind_param(IPv4Network(each), dialect) or 0
        for each in ("0.0.0.0/0", "9.0.0.0/8", "10.0.0.0/8", "10.0.0.0/9", "10.0.1.0/24")
    ]
    assert ordered == sorted(ordered)


def test_keys_from_before_are_at_their_first_version(tmp_path: Path) -> None:
    database = unit_of_work.Database(f"sqlite:///{tmp_path / 'old.db'}", simulation.ClearSealer())
    with database.engine.connect() as opened:
        command.upgrade(unit_of_work.alembic_config(opened), "20261123_180000")
        for name in ("keyed", "plain"):
            opened.execute(
                sa.text(
                    "INSERT INTO customer_gateway (id, account_id, region_id, name, description,"
                    " address, asn, created_at) VALUES (:id, 'a', 'r', '', '', :address, 1, 0)"
                ),
                {"id": name, "address": len(name) + ord(name[0])},
            )
        opened.execute(
            sa.text(
                "INSERT INTO secret VALUES ('bgp-auth-key', 'keyed', x'00'),"
                " ('psk', 'plain', x'00')"
            )
        )
        opened.commit()
    database.migrate()
    with database.read() as unit:
        found = {
            row.id: row.auth_key_version
            for row in unit.session.scalars(sa.select(schema.CustomerGatewayRow))
        }
    database.close()
    assert found == {"keyed": 1, "plain": 0}


def test_what_a_router_cannot_take_over_may_be_mended(world: Any) -> None:
    router = world.router()
    connection_id = speaker(world, 1)
    world.attach_vpn(router.id, connection_id)
    world.settle()
    generation = next(each.generation for each in world.batch().entries if each.kind == "router")
    world.do(connections.modify_connection, connection_id, drafts.ConnectionPatch(local_asn=NEW))
    world.control()
    off = drafts.ConnectionPatch(bgp_enabled=False)
    with pytest.raises(refusals.ConnectionBusy):
        world.do(connections.modify_connection, connection_id, off)
    world.observe(
        observation.ResourceObservation(
            kind="router",
            resource_id=router.id,
            generation=generation,
            is_present=True,
            observed_at=world.clock.time,
            fault_code="Routing.ConfigurationRefused",
            fault_message="The routing daemon refuses it.",
        )
    )
    view = world.do(connections.modify_connection, connection_id, off)
    assert view.state.value == "updating"
    world.settle()
    assert world.show(connection_id).state.value == "attached"
