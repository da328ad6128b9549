"""A toy catalogue and a stub database, for tests of the framework."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import prometheus_client
import pytest
from starlette import applications

from futago.actions import catalogue, dispatch, requests
from futago.api import app, credentials, nonces
from futago.domain import faults, policy
from futago.protocols.rpc import signature
from futago.store import audit, shared_memory
from futago.testing import simulation

NOW = datetime(2026, 11, 23, 6, 56, 38, tzinfo=UTC)


KEY = signature.AccessKey("LTAIexample", "EXAMPLEsecret")


class Clock:
    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Token:
    parameters_digest: str
    answer_json: str


@dataclass
class StubWork:
    """One transaction: changes are copied back by the database on commit."""

    things: list[str]
    tokens: dict[tuple[str, str, str], Token]
    audits: list[tuple[str, str | None, str]]

    def recall_token(self, account_id: str, action: str, token: str) -> Token | None:
        return self.tokens.get((account_id, action, token))

    def remember_token(
        self, account_id: str, action: str, token: str, digest: str, answer_json: str
    ) -> None:
        self.tokens[account_id, action, token] = Token(digest, answer_json)

    def record_audit(self, caller: Any, entry: audit.Entry) -> None:
        self.audits.append((entry.action, entry.resource_id, entry.result_code))

    def anchor(self, resource_ids: Iterable[str]) -> None:
        del resource_ids


@dataclass
class StubDatabase:
    things: list[str] = field(default_factory=list)
    tokens: dict[tuple[str, str, str], Token] = field(default_factory=dict)
    audits: list[tuple[str, str | None, str]] = field(default_factory=list)
    fails: bool = False

    @contextmanager
    def begin(self) -> Iterator[Any]:
        if self.fails:
            raise OSError("disk")
        work = StubWork(list(self.things), dict(self.tokens), list(self.audits))
        yield work
        self.things, self.tokens, self.audits = work.things, work.tokens, work.audits

    @contextmanager
    def read(self) -> Iterator[Any]:
        yield StubWork(list(self.things), {}, [])


class DescribeRegions(requests.Request):
    accept_language: str | None = None


class CreateThing(requests.Request, requests.Idempotent, requests.DryRunnable):
    name: Annotated[str, requests.Vendor(missing="MissingParam.Name")]
    psk: str | None = None


class Crash(requests.Request):
    pass


def describe_regions(call: catalogue.Call, request: DescribeRegions) -> catalogue.Answer:
    return {
        "Regions": {
            "Region": [
                {
                    "RegionId": "cn-hangzhou",
                    "LocalName": "Hángzhōu",
                    "RegionEndpoint": call.principal.account_id,
                }
            ]
        }
    }


def create_thing(call: catalogue.Call, request: CreateThing) -> catalogue.Answer:
    work: Any = call.work
    if request.name in work.things:
        raise faults.Conflict(f"Thing '{request.name}' exists: choose another name.")
    work.things.append(request.name)
    return {"ThingId": f"thing-{len(work.things)}"}


def crash(call: catalogue.Call, request: Crash) -> catalogue.Answer:
    raise ZeroDivisionError("inner detail")


def toy_catalogue() -> catalogue.Catalogue:
    vpc = catalogue.Product.VPC
    return catalogue.Catalogue(
        (
            catalogue.Action(
                name="DescribeRegions",
                product=vpc,
                permission="vpc:DescribeRegions",
                idempotency=catalogue.Idempotency.READ,
                quota=None,
                request=DescribeRegions,
                handler=describe_regions,
                mutating=False,
            ),
            catalogue.Action(
                name="CreateThing",
                product=vpc,
                permission="vpc:CreateThing",
                idempotency=catalogue.Idempotency.CLIENT_TOKEN,
                quota="things",
                request=CreateThing,
                handler=create_thing,
                mutating=True,
                methods=frozenset({"POST"}),
                resource="ThingId",
            ),
            catalogue.Action(
                name="Crash",
                product=vpc,
                permission="vpc:Crash",
                idempotency=catalogue.Idempotency.NATURAL,
                quota=None,
                request=Crash,
                handler=crash,
                mutating=True,
            ),
        )
    )


@dataclass
class Keys:
    stored: dict[str, credentials.StoredKey]

    def find_access_key(self, access_key_id: str) -> credentials.StoredKey | None:
        return self.stored.get(access_key_id)


@dataclass
class Bench:
    """Everything around one toy service."""

    database: StubDatabase
    clock: Clock
    keys: Keys
    dispatcher: dispatch.Dispatcher
    registry: prometheus_client.CollectorRegistry
    memory: shared_memory.SharedMemory

    def call(self, action: str, *pairs: tuple[str, str], method: str = "POST") -> dispatch.Outcome:
        return self.dispatcher.dispatch(
            dispatch.CallInput(
                version="2016-04-28",
                action=action,
                method=method,
                pairs=pairs,
                principal=catalogue.Principal(
                    "100", "admin", KEY.access_key_id, policy.ADMINISTRATOR
                ),
                request_id="0A",
                source_ip="127.0.0.1",
                host="localhost",
            )
        )

    def app(self, limits: app.Limits | None = None) -> applications.Starlette:
        keeper = credentials.Gatekeeper(self.keys, self.clock, nonces.NonceWindow(self.memory))
        return app.create_app(self.dispatcher, keeper, registry=self.registry, limits=limits)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    database = StubDatabase()
    clock = Clock()
    stored = [
        credentials.StoredKey(
            access_key_id=name,
            secret=KEY.secret,
            account_id="100",
            user_name="admin",
            active=active,
            permissions=policy.ADMINISTRATOR,
        )
        for name, active in ((KEY.access_key_id, True), ("LTAIdisabled", False))
    ]
    memory = simulation.memory(tmp_path)
    yield Bench(
        database=database,
        clock=clock,
        keys=Keys({key.access_key_id: key for key in stored}),
        dispatcher=dispatch.Dispatcher(database, toy_catalogue(), clock, digest_key=b"k"),
        registry=prometheus_client.CollectorRegistry(),
        memory=memory,
    )
    memory.close()
