"""The official client against a real server on a loopback port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import prometheus_client
import pytest
import uvicorn
from alibabacloud_tea_openapi import exceptions, utils_models
from alibabacloud_vpc20160428 import client as vpc
from alibabacloud_vpc20160428 import models

from futago.actions import catalogue, dispatch, requests
from futago.api import app, credentials, nonces
from futago.domain import policy
from futago.testing import simulation

KEY_ID = "LTAIexample"
SECRET = "EXAMPLEsecret"
PORT_DEADLINE = 10


class DescribeRegions(requests.Request):
    accept_language: requests.Text | None = None


def describe_regions(call: catalogue.Call, request: DescribeRegions) -> catalogue.Answer:
    region = {"RegionId": "cn-hangzhou", "LocalName": request.accept_language}
    return {"Regions": {"Region": [region]}}


class NoDatabase:
    @contextmanager
    def read(self) -> Any:
        yield None

    begin = read


class OneKey:
    def find_access_key(self, access_key_id: str) -> credentials.StoredKey | None:
        if access_key_id != KEY_ID:
            return None
        return credentials.StoredKey(
            access_key_id=KEY_ID,
            secret=SECRET,
            account_id="100",
            user_name="admin",
            permissions=policy.ADMINISTRATOR,
        )


@pytest.fixture
async def endpoint(tmp_path: Path) -> AsyncIterator[str]:
    def clock() -> datetime:
        return datetime.now(UTC)

    actions = catalogue.Catalogue(
        (
            catalogue.Action(
                name="DescribeRegions",
                product=catalogue.Product.VPC,
                permission="vpc:DescribeRegions",
                idempotency=catalogue.Idempotency.READ,
                quota=None,
                request=DescribeRegions,
                handler=describe_regions,
                mutating=False,
            ),
        )
    )
    face = app.create_app(
        dispatch.Dispatcher(NoDatabase(), actions, clock),
        credentials.Gatekeeper(OneKey(), clock, nonces.NonceWindow(simulation.memory(tmp_path))),
        registry=prometheus_client.CollectorRegistry(),
    )
    ready = asyncio.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            ready.set()

    server = Server(uvicorn.Config(face, host="127.0.0.1", port=0, log_config=None, lifespan="off"))
    async with asyncio.timeout(PORT_DEADLINE), asyncio.TaskGroup() as group:
        group.create_task(server.serve())
        await ready.wait()
        yield f"127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        server.should_exit = True


def client(endpoint: str, secret: str = SECRET, **more: str) -> vpc.Client:
    return vpc.Client(
        utils_models.Config(
            access_key_id=KEY_ID,
            access_key_secret=secret,
            region_id="cn-hangzhou",
            endpoint=endpoint,
            protocol="http",
            **more,
        )
    )


@pytest.mark.parametrize("more", [{}, {"signature_algorithm": "v2"}], ids=["acs3", "v1"])
@pytest.mark.slow
async def test_the_official_client_is_understood(endpoint: str, more: dict[str, str]) -> None:
    request = models.DescribeRegionsRequest(accept_language="zh CN+ü*'()~")
    answer = await asyncio.to_thread(client(endpoint, **more).describe_regions, request)
    assert answer.status_code == 200
    assert answer.body.request_id.isupper()
    assert answer.body.regions.region[0].region_id == "cn-hangzhou"
    assert answer.body.regions.region[0].local_name == "zh CN+ü*'()~"


@pytest.mark.slow
async def test_the_official_client_understands_a_refusal(endpoint: str) -> None:
    request = models.DescribeRegionsRequest()
    with pytest.raises(exceptions.ClientException) as caught:
        await asyncio.to_thread(client(endpoint, secret="other").describe_regions, request)
    assert caught.value.code == "SignatureDoesNotMatch"
    assert caught.value.status_code == 400
