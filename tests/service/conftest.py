"""The whole service without a network: the real dispatcher, the real store, and a node made up.

`cloud.call` sends parameters as a client would and gives the answer; `cloud.refused` expects a
refusal. `node` stands for a gateway host: it takes intents and reports what a test wants it to see.
"""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from futago.actions import catalogue, dispatch, registry
from futago.messages import codec
from futago.plan import intent, observation
from futago.protocols.rpc import params
from futago.services import access, intents, node_link, nodes
from futago.store import unit_of_work, work

REGION = "cn-hangzhou"
NODE = "node-1"
ZONES = ("zone-a", "zone-b")
VERSIONS = {product.name.lower(): product.value for product in catalogue.Product}


class ClearSealer:
    """Seals nothing; tests look at no file."""

    def seal(self, plain: bytes, context: bytes) -> bytes:
        return plain

    def unseal(self, sealed: bytes, context: bytes) -> bytes:
        return sealed


@dataclass
class Clock:
    moment: datetime = datetime(2026, 11, 23, 6, 56, 38, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass
class Refusal:
    status: int
    code: str
    message: str


@dataclass
class Cloud:
    database: unit_of_work.Database
    dispatcher: dispatch.Dispatcher
    account_id: str

    def send(self, action: str, method: str = "POST", **values: Any) -> dispatch.Outcome:
        found = [each for each in self.dispatcher.catalogue if each.name == action]
        nested: dict[str, Any] = {"RegionId": REGION, **values}
        nested = {name: value for name, value in nested.items() if value is not None}
        return self.dispatcher.dispatch(
            dispatch.CallInput(
                version=found[0].product.value,
                action=action,
                method=method,
                pairs=tuple(params.flatten(nested)),
                principal=catalogue.Principal(self.account_id, "tester", "LTAItest"),
                request_id=str(uuid.uuid4()).upper(),
                source_ip="192.0.2.1",
            )
        )

    def call(self, action: str, **values: Any) -> Any:
        outcome = self.send(action, **values)
        assert outcome.status == 200, (action, outcome.answer)
        # Through JSON, as clients see it.
        return json.loads(json.dumps(outcome.answer))

    def refused(self, action: str, **values: Any) -> Refusal:
        outcome = self.send(action, **values)
        assert outcome.status >= 400, (action, outcome.answer)
        answer = outcome.answer
        return Refusal(outcome.status, str(answer["Code"]), str(answer["Message"]))


@dataclass
class Node:
    """A gateway host that does at once what it is told, and sees what a test says."""

    database: unit_of_work.Database
    clock: Clock
    tunnels: dict[str, observation.TunnelObservation] = field(default_factory=dict)

    def register(self) -> None:
        offers = (
            codec.ZoneOffer(zone_id=ZONES[0], public_pools=("198.51.100.0/25",)),
            codec.ZoneOffer(zone_id=ZONES[1], public_pools=("198.51.100.128/25",)),
        )
        registration = codec.NodeRegistration(node_id=NODE, zones=offers, driver="memory")
        with self.database.begin() as unit:
            nodes.register_node(unit, registration, self.clock.now())

    def see(self, tunnel_id: str, **facts: Any) -> None:
        self.tunnels[tunnel_id] = observation.TunnelObservation(
            tunnel_id=tunnel_id,  # type: ignore[arg-type]
            is_daemon_running=True,
            is_ike_established=facts.get("ike", False),
            children_installed=facts.get("children", 0),
            failure=facts.get("failure"),
        )

    def settle(self) -> None:
        """Let controller and node take turns until nothing is left to do."""
        for _ in range(10):
            worked = self._control()
            self._apply()
            if not worked:
                return
        raise AssertionError("the control plane does not come to rest")

    def _control(self) -> bool:
        with self.database.read() as unit:
            items = work.claim_due(unit.session, unit.now, 100)
        for item in items:
            with self.database.begin() as unit:
                intents.refresh(unit, intent.IntentKind(item.kind), item.key)
                intents.finalize(unit, intent.IntentKind(item.kind), item.key)
                work.finish(unit.session, item.kind, item.key, item.generation)
        return bool(items)

    def _apply(self) -> None:
        with self.database.begin() as unit:
            batch = node_link.intents_since(unit, NODE, 0)
            nodes.heartbeat(unit, NODE, self.clock.now())
            node_link.store_observations(
                unit, NODE, [self._observe(entry) for entry in batch.entries]
            )

    def _observe(self, entry: codec.IntentEntry) -> observation.ResourceObservation:
        seen: tuple[observation.TunnelObservation, ...] = ()
        if entry.intent_json is not None:
            wanted = codec.decode_intent(entry.kind, entry.intent_json)
            if isinstance(wanted, intent.ConnectionIntent):
                seen = tuple(self._tunnel(tunnel.tunnel_id) for tunnel in wanted.tunnels)
        return observation.ResourceObservation(
            kind=entry.kind.value,
            resource_id=entry.resource_id,
            generation=entry.generation,
            is_present=entry.intent_json is not None,
            observed_at=self.clock.now(),
            tunnels=seen,
        )

    def _tunnel(self, tunnel_id: str) -> observation.TunnelObservation:
        if tunnel_id not in self.tunnels:
            self.see(tunnel_id)
        return self.tunnels[tunnel_id]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def empty_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with tables and nothing in them, made once."""
    path = tmp_path_factory.mktemp("store") / "empty.db"
    made = unit_of_work.Database(f"sqlite:///{path}", ClearSealer())
    made.migrate()
    made.close()
    return path


@pytest.fixture
def database(tmp_path: Path, clock: Clock, empty_tables: Path) -> Iterator[unit_of_work.Database]:
    path = tmp_path / "futago.db"
    shutil.copyfile(empty_tables, path)
    opened = unit_of_work.Database(f"sqlite:///{path}", ClearSealer(), clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def cloud(database: unit_of_work.Database, clock: Clock) -> Cloud:
    with database.begin() as unit:
        account_id = access.ensure_bootstrap_account(unit)
    actions = registry.catalogue(region_id=REGION)
    return Cloud(database, dispatch.Dispatcher(database, actions, clock.now), account_id)


@pytest.fixture
def node(database: unit_of_work.Database, clock: Clock) -> Node:
    made = Node(database, clock)
    made.register()
    return made


def tunnel(gateway_id: str, index: int, **more: Any) -> dict[str, Any]:
    return {"TunnelIndex": index, "CustomerGatewayId": gateway_id, **more}


@dataclass
class Site:
    """Two customer gateways, and the parameters of a good connection between them."""

    gateway_ids: tuple[str, str]

    @property
    def connection(self) -> dict[str, Any]:
        return {
            "LocalSubnet": "0.0.0.0/0",
            "RemoteSubnet": "0.0.0.0/0",
            "TunnelOptionsSpecification": [
                tunnel(self.gateway_ids[0], 1),
                tunnel(self.gateway_ids[1], 2),
            ],
        }


@pytest.fixture
def site(cloud: Cloud) -> Site:
    first = cloud.call("CreateCustomerGateway", IpAddress="203.0.113.7", Name="one")
    second = cloud.call("CreateCustomerGateway", IpAddress="203.0.113.8", Name="two")
    return Site((first["CustomerGatewayId"], second["CustomerGatewayId"]))


@dataclass
class Frame:
    """A router with an address block, and its table."""

    cen_id: str
    router_id: str
    table_id: str


@pytest.fixture
def frame(cloud: Cloud, node: Node) -> Frame:
    cen_id = cloud.call("CreateCen", Name="frame")["CenId"]
    blocks: list[Mapping[str, Any]] = [{"Cidr": "10.250.0.0/24", "PublishCidrRoute": True}]
    router_id = cloud.call(
        "CreateTransitRouter", CenId=cen_id, TransitRouterCidrList=json.dumps(blocks)
    )["TransitRouterId"]
    node.settle()
    tables = cloud.call("ListTransitRouterRouteTables", TransitRouterId=router_id)
    table_id = tables["TransitRouterRouteTables"][0]["TransitRouterRouteTableId"]
    return Frame(cen_id, router_id, table_id)
