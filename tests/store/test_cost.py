"""What a change or a list costs does not grow with what else there is."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Network

import pytest
import sqlalchemy as sa

from futago.plan import intent
from futago.services import (
    connections,
    drafts,
    filters,
    intents,
    node_link,
    pages,
    quotas,
    routing,
    static_entries,
)


def _queries(world, call: Callable[[], object]) -> int:
    counted: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            counted.append(statement)

    sa.event.listen(world.database.engine, "before_cursor_execute", note)
    try:
        call()
    finally:
        sa.event.remove(world.database.engine, "before_cursor_execute", note)
    return len(counted)


def _grow(world, router_id: str, number: int) -> None:
    for each in range(number):
        view = world.connection(world.gateway(f"198.51.100.{each + 1}"))
        attachment_id = world.attach_vpn(router_id, view.connection.id)
        world.do(routing.enable_propagation, attachment_id, world.table(router_id))
        _add_entry(world, router_id, attachment_id, f"172.31.{each}.0/24")


def _add_entry(world, router_id: str, attachment_id: str, prefix: str) -> None:
    draft = drafts.RouteEntryDraft(prefix=IPv4Network(prefix), attachment_id=attachment_id)
    world.do(static_entries.add_entry, world.table(router_id), draft)


@pytest.mark.slow
def test_queries_stay_the_same_when_there_is_more(world) -> None:
    world.register(public=("10.0.1.0/24",), second="10.0.2.0/24")
    world.on(quotas.set_limit, world.account, quotas.QuotaCode.CUSTOMER_GATEWAYS_PER_REGION, 1000)
    router_id, connection_id, _ = world.attached()
    table_id = world.table(router_id)
    kind = intent.IntentKind.ROUTER
    calls: dict[str, Callable[[], object]] = {
        "compile a router": lambda: world.on(intents.compile_router, router_id),
        "refresh a connection": lambda: world.on(
            intents.refresh, intent.IntentKind.CONNECTION, connection_id
        ),
        "finalize a router": lambda: world.on(intents.finalize, kind, router_id),
        "list connections": lambda: world.do(
            connections.list_connections, filters.ConnectionFilter(), pages.ALL, reveal=True
        ),
        "list the routes of a table": lambda: world.do(
            routing.list_entries, table_id, filters.RouteEntryFilter(), pages.ALL
        ),
        "give a node everything": lambda: world.on(node_link.intents_since, "node-1", 0),
    }
    _grow(world, router_id, 2)
    world.settle()
    few = {name: _queries(world, call) for name, call in calls.items()}
    assert all(few.values())
    for gateway in range(3, 13):
        view = world.connection(world.gateway(f"198.51.100.{gateway}"))
        attachment_id = world.attach_vpn(router_id, view.connection.id)
        world.do(routing.enable_propagation, attachment_id, table_id)
        _add_entry(world, router_id, attachment_id, f"172.31.{gateway}.0/24")
    world.settle()
    assert {name: _queries(world, call) for name, call in calls.items()} == few


def test_a_change_of_one_connection_writes_one_intent(world) -> None:
    router_id, _, _ = world.attached()
    world.attach_vpn(router_id, world.connection().connection.id)
    world.settle()
    before = world.batch().revision
    view = world.connection()
    world.attach_vpn(router_id, view.connection.id)
    world.control()
    newer = world.batch(before)
    assert {entry.resource_id for entry in newer.entries} == {router_id, view.connection.id}
    assert len(newer.psks) == 2


@pytest.mark.parametrize("table", ["vpn_connection", "customer_gateway"])
def test_a_page_far_down_is_read_without_sorting_what_is_before(world, table: str) -> None:
    statement = (
        f"EXPLAIN QUERY PLAN SELECT * FROM {table} WHERE account_id = 'a' AND region_id = 'b'"  # noqa: S608
        " ORDER BY created_at, id LIMIT 10 OFFSET 9990"
    )
    with world.database.read() as unit:
        plan = [row[3] for row in unit.session.connection().exec_driver_sql(statement)]
    index = f"ix_{table}_account_id_region_id_created_at_id"
    assert plan == [f"SEARCH {table} USING INDEX {index} (account_id=? AND region_id=?)"]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM intent WHERE node_id = 'n' AND revision > 5 ORDER BY revision",
        "SELECT * FROM tunnel WHERE connection_id IN ('a', 'b')",
        "SELECT * FROM tunnel WHERE customer_gateway_id = 'a'",
        "SELECT * FROM attachment WHERE resource_id = 'a'",
        "SELECT * FROM attachment WHERE router_id = 'a'",
        "SELECT * FROM observation WHERE kind = 'router' AND resource_id IN ('a', 'b')",
        "SELECT * FROM destination WHERE connection_id = 'a'",
        "SELECT * FROM propagation WHERE table_id = 'a'",
        "SELECT * FROM route_entry WHERE table_id IN ('a', 'b')",
        "SELECT * FROM route_entry WHERE attachment_id = 'a'",
        "SELECT * FROM association WHERE table_id = 'a'",
        "SELECT * FROM work_item WHERE not_before <= 5 ORDER BY not_before",
        "SELECT * FROM vswitch WHERE vpc_id = 'a'",
        "SELECT * FROM vpn_connection WHERE account_id = 'a' AND region_id = 'b'",
    ],
)
def test_frequent_queries_use_an_index(world, statement) -> None:
    with world.database.read() as unit:
        plan = unit.session.execute(sa.text(f"EXPLAIN QUERY PLAN {statement}")).all()
    text = " / ".join(row.detail for row in plan)
    assert "SEARCH" in text
    assert "SCAN" not in text
