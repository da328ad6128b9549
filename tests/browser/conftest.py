"""One browser per worker, and a console over a gateway host made up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright import sync_api

from futago.actions import catalogue, dispatch
from futago.domain import policy
from futago.plan import failures
from futago.protocols.rpc import params
from futago.services import console_passwords
from futago.testing import browsing, loopback

PASSWORD = "correct horse battery"


@dataclass
class Place:
    """A console with a router, a VPC and a connection that has one tunnel up."""

    served: loopback.Served
    router_id: str = ""
    connection_id: str = ""

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.served.port}/console/"

    def call(self, action: str, **values: Any) -> Any:
        return self.call_as(self.served.service.account_id, action, **values)

    def call_as(self, account_id: str, action: str, **values: Any) -> Any:
        service = self.served.service
        found = next(each for each in service.dispatcher.catalogue if each.name == action)
        given = {"RegionId": loopback.REGION, **values}
        outcome = service.dispatcher.dispatch(
            dispatch.CallInput(
                version=found.product.value,
                action=action,
                method="POST",
                pairs=tuple(params.flatten(given)),
                principal=catalogue.Principal(account_id, "tester", "key", policy.ADMINISTRATOR),
                request_id="R",
                source_ip="192.0.2.1",
            )
        )
        assert outcome.status == 200, (action, outcome.answer)
        return json.loads(json.dumps(outcome.answer))

    def set_password(self, user: str) -> None:
        service = self.served.service
        with service.database.begin() as unit:
            console_passwords.put(unit, service.account_id, user, PASSWORD)


# Not of the session: while the driver runs, its event loop keeps other tests from running theirs.
@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    with browsing.chromium() as running:
        yield running


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with loopback.serve(tmp_path_factory.mktemp("console")) as served:
        made = Place(served)
        made.set_password("admin")
        _furnish(made)
        yield made


def _furnish(place: Place) -> None:
    node = place.served.service.node
    gateways = [
        place.call("CreateCustomerGateway", IpAddress=f"203.0.113.{7 + each}", Name=f"tokyo-{each}")
        for each in (1, 2)
    ]
    cen_id = place.call("CreateCen", Name="backbone")["CenId"]
    blocks = json.dumps([{"Cidr": "10.250.0.0/24", "PublishCidrRoute": True}])
    place.router_id = place.call(
        "CreateTransitRouter", CenId=cen_id, TransitRouterName="hub", TransitRouterCidrList=blocks
    )["TransitRouterId"]
    node.settle()
    place.connection_id = place.call(
        "CreateVpnAttachment",
        Name="tokyo <b>bold</b>",
        LocalSubnet="0.0.0.0/0",
        RemoteSubnet="0.0.0.0/0",
        TunnelOptionsSpecification=[
            {"TunnelIndex": each, "CustomerGatewayId": gateways[each - 1]["CustomerGatewayId"]}
            for each in (1, 2)
        ],
    )["VpnConnectionId"]
    place.call(
        "CreateTransitRouterVpnAttachment",
        TransitRouterId=place.router_id,
        VpnId=place.connection_id,
    )
    vpc_id = place.call("CreateVpc", CidrBlock="10.0.0.0/16", VpcName="prod")["VpcId"]
    node.settle()
    place.call("CreateVSwitch", VpcId=vpc_id, CidrBlock="10.0.1.0/24", ZoneId="zone-a")
    shown = place.call("DescribeVpnConnection", VpnConnectionId=place.connection_id)
    first, second = shown["TunnelOptionsSpecification"]["TunnelOptions"]
    # Both were up once: an edit of the first is then a risk, not the work of commissioning.
    for each in (first, second):
        node.see(each["TunnelId"], ike=True, children=1)
    node.settle()
    failure = failures.Failure(
        code=failures.FailureCode.ENCRYPTION_ALGORITHM_MISMATCH,
        at=datetime.now(UTC),
        evidence="received proposals unacceptable",
        ours="aes",
        theirs="aes256",
    )
    node.see(second["TunnelId"], failure=failure)
    node.settle()
    place.call(
        "CreateVcoRouteEntry",
        VpnConnectionId=place.connection_id,
        RouteDest="10.9.0.0/16",
        NextHop=place.connection_id,
        Weight=100,
    )
    node.settle()
    node.settle()
