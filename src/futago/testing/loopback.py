"""The real API on a loopback port, with a gateway host made up beside it.

Clients of others need a server to talk to: signatures, dispatcher and store are the real ones.
"""

from __future__ import annotations

import asyncio
import json
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import prometheus_client
import uvicorn
from starlette import applications

from futago.actions import catalogue, dispatch, registry
from futago.api import app, console, console_login, credentials, nonces
from futago.domain import policy
from futago.ports import clock
from futago.protocols.rpc import params, signature
from futago.services import access
from futago.store import unit_of_work
from futago.testing import simulation

REGION: Final = "cn-hangzhou"
DEADLINE: Final = 20.0
USER: Final = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The API's parts, not yet listening."""

    face: applications.Starlette
    dispatcher: dispatch.Dispatcher
    database: unit_of_work.Database
    node: simulation.ObedientNode
    account_id: str
    key: signature.AccessKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The API, listening."""

    service: Service
    port: int


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.port: futures.Future[int] = futures.Future()

    async def startup(self, sockets: object = None) -> None:
        """Tell the port once there is one."""
        del sockets
        await super().startup()
        self.port.set_result(int(self.servers[0].sockets[0].getsockname()[1]))


@contextmanager
def build(path: Path, now: Callable[[], datetime] | None = None) -> Iterator[Service]:
    """Make a store under a path with an administrator and a node, and the API over it."""
    database = unit_of_work.Database(f"sqlite:///{path / 'futago.db'}", simulation.ClearSealer())
    database.migrate()
    with database.begin() as unit:
        account_id = access.ensure_bootstrap_account(unit)
        made = access.create_access_key(unit, account_id, USER)
    node = simulation.ObedientNode(database)
    node.register()
    present = now or clock.SystemClock().now
    actions = dispatch.Dispatcher(database, registry.catalogue(region_id=REGION), present)
    place = console.Place(region_id=REGION, region_name="Hangzhou", is_secure=False, version="test")
    memory = simulation.memory(path)
    keys = credentials.StoredKeys(database)
    brake = console_login.LoginBrake(memory, present)
    face = app.create_app(
        actions,
        credentials.Gatekeeper(keys, present, nonces.NonceWindow(memory)),
        extra_routes=console.Console(database, actions, place, brake).routes(),
        registry=prometheus_client.CollectorRegistry(),
    )
    try:
        yield Service(
            face=face,
            dispatcher=actions,
            database=database,
            node=node,
            account_id=account_id,
            key=signature.AccessKey(made.access_key_id, made.secret),
        )
    finally:
        memory.close()
        database.close()


def caller(service: Service) -> Callable[..., Any]:
    """Give a function that calls actions by name as an administrator."""
    by_name = {action.name: action for action in service.dispatcher.catalogue}
    principal = catalogue.Principal(service.account_id, USER, "key", policy.ADMINISTRATOR)

    def call(name: str, **values: Any) -> Any:
        outcome = service.dispatcher.dispatch(
            dispatch.CallInput(
                version=by_name[name].product.value,
                action=name,
                method="POST",
                pairs=tuple(params.flatten({"RegionId": REGION, **values})),
                principal=principal,
                request_id=str(uuid.uuid4()).upper(),
                source_ip="192.0.2.1",
            )
        )
        if outcome.code != dispatch.OK:
            raise AssertionError((name, outcome.answer))
        # Through JSON, as clients see it.
        return json.loads(json.dumps(outcome.answer))

    return call


@contextmanager
def serve(path: Path) -> Iterator[Served]:
    """Listen on a free port of loopback until the block ends."""
    with build(path) as service:
        config = uvicorn.Config(
            service.face, host="127.0.0.1", port=0, log_config=None, lifespan="off"
        )
        server = _Server(config)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
        thread.start()
        try:
            yield Served(service=service, port=server.port.result(DEADLINE))
        finally:
            server.should_exit = True
            thread.join(DEADLINE)
