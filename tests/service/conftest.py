"""The whole service without a network: the real dispatcher, the real store, and a node made up.

`cloud.call` sends parameters as a client would and gives the answer; `cloud.refused` expects a
refusal. `node` stands for a gateway host: it takes intents and reports what a test wants it to see.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.service.console_person import (  # noqa: F401 - fixtures
    app,
    browser,
    cheap_hashes,
    memory,
)

from futago.actions import catalogue, dispatch, registry
from futago.domain import policy
from futago.protocols.rpc import params
from futago.services import access
from futago.store import unit_of_work
from futago.testing import simulation, speakers

REGION = "cn-hangzhou"


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
    principal: catalogue.Principal | None = None
    """Who calls; an administrator without it."""

    def send(self, action: str, method: str = "POST", **values: Any) -> dispatch.Outcome:
        version = values.pop("version", None)
        found = [
            each
            for each in self.dispatcher.catalogue
            if each.name == action and version in {None, each.product.value}
        ]
        nested: dict[str, Any] = {"RegionId": REGION, **values}
        nested = {name: value for name, value in nested.items() if value is not None}
        return self.dispatcher.dispatch(
            dispatch.CallInput(
                version=found[0].product.value,
                action=action,
                method=method,
                pairs=tuple(params.flatten(nested)),
                principal=self.principal
                or catalogue.Principal(self.account_id, "tester", "LTAItest", policy.ADMINISTRATOR),
                request_id=str(uuid.uuid4()).upper(),
                source_ip="192.0.2.1",
            )
        )

    def call(self, action: str, **values: Any) -> Any:
        outcome = self.send(action, **values)
        assert outcome.status == 200, (action, outcome.answer)
        # Through JSON, as clients see it.
        return json.loads(json.dumps(outcome.answer))

    @staticmethod
    def document(*statements: tuple[str, Any, Any]) -> str:
        """Write a policy of statements (effect, actions, resources)."""
        spelled = [
            {"Effect": effect, "Action": action, "Resource": resource}
            for effect, action, resource in statements
        ]
        return json.dumps({"Version": "1", "Statement": spelled})

    def as_user(self, name: str, *statements: tuple[str, Any, Any]) -> Cloud:
        """Make a user with one policy, and give the service as it sees it."""
        self.call("CreateUser", UserName=name)
        if statements:
            wanted = {"UserName": name, "PolicyName": "only"}
            self.call("PutUserPolicy", **wanted, PolicyDocument=self.document(*statements))
        key = self.call("CreateAccessKey", UserName=name)["AccessKey"]
        return self.sign_as(key["AccessKeyId"])

    def sign_as(self, key_id: str) -> Cloud:
        """Give the service as the holder of a key sees it."""
        with self.database.read() as unit:
            key = access.find_access_key(unit, key_id)
        assert key is not None
        principal = catalogue.Principal(
            key.account_id,
            key.user_name,
            key.access_key_id,
            key.permissions,
            key.session.role_name if key.session else None,
            key.session.name if key.session else None,
        )
        return dataclasses.replace(self, account_id=key.account_id, principal=principal)

    def refused(self, action: str, **values: Any) -> Refusal:
        outcome = self.send(action, **values)
        assert outcome.status >= 400, (action, outcome.answer)
        answer = outcome.answer
        return Refusal(outcome.status, str(answer["Code"]), str(answer["Message"]))


@pytest.fixture
def clock() -> simulation.StoppedClock:
    return simulation.StoppedClock()


@pytest.fixture(scope="session")
def empty_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with tables and nothing in them, made once."""
    path = tmp_path_factory.mktemp("store") / "empty.db"
    made = unit_of_work.Database(f"sqlite:///{path}", simulation.ClearSealer())
    made.migrate()
    made.close()
    return path


@pytest.fixture
def database(
    tmp_path: Path, clock: simulation.StoppedClock, empty_tables: Path
) -> Iterator[unit_of_work.Database]:
    path = tmp_path / "futago.db"
    shutil.copyfile(empty_tables, path)
    opened = unit_of_work.Database(f"sqlite:///{path}", simulation.ClearSealer(), clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def cloud(database: unit_of_work.Database, clock: simulation.StoppedClock) -> Cloud:
    with database.begin() as unit:
        account_id = access.ensure_bootstrap_account(unit)
    actions = registry.catalogue(region_id=REGION)
    return Cloud(database, dispatch.Dispatcher(database, actions, clock.now), account_id)


@pytest.fixture
def node(database: unit_of_work.Database) -> simulation.ObedientNode:
    made = simulation.ObedientNode(database)
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


@pytest.fixture
def group_id(cloud: Cloud) -> str:
    """A resource group besides the default one."""
    made = cloud.call(
        "CreateResourceGroup",
        Name="north",
        DisplayName="Everything up north",
        Tag=[{"Key": "team", "Value": "net"}],
    )
    return str(made["ResourceGroup"]["Id"])


@dataclass
class Frame:
    """A router with an address block, and its table."""

    cen_id: str
    router_id: str
    table_id: str


@pytest.fixture
def frame(cloud: Cloud, node: simulation.ObedientNode) -> Frame:
    cen_id = cloud.call("CreateCen", Name="frame")["CenId"]
    blocks: list[Mapping[str, Any]] = [{"Cidr": "10.250.0.0/24", "PublishCidrRoute": True}]
    router_id = cloud.call(
        "CreateTransitRouter", CenId=cen_id, TransitRouterCidrList=json.dumps(blocks)
    )["TransitRouterId"]
    node.settle()
    tables = cloud.call("ListTransitRouterRouteTables", TransitRouterId=router_id)
    table_id = tables["TransitRouterRouteTables"][0]["TransitRouterRouteTableId"]
    return Frame(cen_id, router_id, table_id)


@pytest.fixture
def peers(cloud: Cloud) -> speakers.Peers:
    made = [
        cloud.call("CreateCustomerGateway", IpAddress=address, Asn=asn, AuthKey=key)
        for address, asn, key in (
            ("203.0.113.7", 65001, speakers.KEY),
            ("203.0.113.8", "0.65002", None),
        )
    ]
    one, two = (each["CustomerGatewayId"] for each in made)
    return speakers.Peers(cloud, (one, two))


@pytest.fixture
def attached(
    cloud: Cloud, node: simulation.ObedientNode, frame: Frame, peers: speakers.Peers
) -> speakers.Attached:
    connection_id = peers.create()
    attachment_id = speakers.attach(cloud, node, frame, connection_id)
    return speakers.Attached(cloud, node, connection_id, attachment_id, frame.router_id, peers)
