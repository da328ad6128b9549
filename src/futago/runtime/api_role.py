"""The API role: builds its objects and serves them."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from starlette import applications, routing, types

import futago
from futago.actions import catalogue, dispatch, registry
from futago.api import (
    app,
    console,
    console_login,
    credentials,
    event_stream,
    node_link,
    nonces,
    store_metrics,
    traffic,
)
from futago.domain import faults
from futago.drivers.doorbell import unix
from futago.ports import clock
from futago.runtime import (
    balance,
    listeners,
    measures,
    metrics,
    node_credential,
    settings,
    storage,
    supervise,
    workers,
)
from futago.services import nodes, samples
from futago.store import shared_memory, unit_of_work

_COLLECTOR_THRESHOLDS = (10_000, 20, 50)
"""Allocations before the youngest objects are looked at, and how often the older ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a process has opened for itself."""

    database: unit_of_work.Database
    memory: shared_memory.SharedMemory
    doorbell: unix.Doorbell
    measures: measures.Measures


@dataclass(frozen=True, slots=True)
class Sockets:
    """What all processes serve."""

    tcp: listeners.OpenSocket
    link: listeners.OpenSocket
    counts: balance.Counts


@dataclass(frozen=True, slots=True)
class Api:
    """The applications of the API role, and what runs beside them."""

    public: types.ASGIApp
    private: types.ASGIApp
    waker: node_link.Waker


def build_api(chosen: settings.Settings, table: catalogue.Catalogue, opened: Opened) -> Api:
    """Build the API: one application for users, one for the agent of this host."""
    board = traffic.TrafficBoard(opened.memory)
    opened.measures.shown.register(board)
    opened.measures.shown.register(store_metrics.StoreMetrics(opened.database))
    waker = node_link.Waker(opened.doorbell)
    credential = node_credential.read(chosen.credential_path)
    sampler = samples.Sampler(opened.memory, chosen.samples.kept)
    link = node_link.NodeLink(opened.database, credential, waker, board, sampler).routes()

    def ask() -> metrics.Readiness:
        return _readiness(opened.database)

    def watched(*, with_metrics: bool) -> Sequence[routing.BaseRoute]:
        return metrics.routes(ask, opened.measures.shown, with_metrics=with_metrics)

    # Over TLS the node's credential protects its routes; in plain text it would be given away.
    extra = [*watched(with_metrics=chosen.api.is_loopback), *(link if chosen.api.has_tls else ())]
    return Api(
        public=_face(chosen, table, opened, extra),
        private=applications.Starlette(routes=[*watched(with_metrics=True), *link]),
        waker=waker,
    )


def _face(
    chosen: settings.Settings,
    table: catalogue.Catalogue,
    opened: Opened,
    extra: Sequence[routing.BaseRoute],
) -> types.ASGIApp:
    """Build the users' application: RPC, console, and the routes given."""
    now = clock.SystemClock().now
    database = opened.database
    dispatcher = dispatch.Dispatcher(database, table, now, digest_key=_digest_key(chosen))
    place = console.Place(
        region_id=chosen.region.id,
        region_name=chosen.region.name or chosen.region.id,
        is_secure=chosen.api.has_tls,
        version=futago.__version__,
    )
    brake = console_login.LoginBrake(opened.memory, now)
    window = nonces.NonceWindow(opened.memory)
    gatekeeper = credentials.Gatekeeper(credentials.StoredKeys(database), now, window)
    stream = event_stream.EventStream(database, table, gatekeeper, now, place.cookie).route()
    return app.create_app(
        dispatcher,
        gatekeeper,
        extra_routes=[
            *extra,
            stream,
            *console.Console(database, dispatcher, place, brake).routes(),
        ],
        registry=opened.measures.counted,
    )


def main(chosen: settings.Settings) -> None:
    """Serve until told to stop, by as many processes as the settings say."""
    with contextlib.ExitStack() as stack:
        tcp = stack.enter_context(listeners.open_tcp(chosen.api.host, chosen.api.port))
        link = stack.enter_context(listeners.open_unix(chosen.node_link_socket))
        # Tried before there are processes, so that what is wrong with it is said once.
        listeners.server(_nothing, chosen.api.tls_certificate, chosen.api.tls_key)
        shared_memory.SharedMemory.prepare(chosen.shared_memory_file)
        measures.prepare(chosen.metrics_directory)
        catalogued = actions(chosen)
        counts = balance.Counts(chosen.api.worker_count)
        _settle_memory()

        def work(number: int | None) -> None:
            asyncio.run(_serve(chosen, catalogued, Sockets(tcp, link, counts), number))

        if chosen.api.worker_count == 1:
            work(None)
        else:
            workers.Workers(chosen.api.worker_count, work).run()


async def _nothing(scope: types.Scope, receive: types.Receive, send: types.Send) -> None:
    """Be an application until there is one."""


async def _serve(
    chosen: settings.Settings,
    table: catalogue.Catalogue,
    sockets: Sockets,
    number: int | None,
) -> None:
    """Serve both sockets until told to stop; the only process has no number."""
    with contextlib.ExitStack() as stack:
        stop = stack.enter_context(supervise.stop_signals())
        opened = _open(chosen, number, stack)
        built = build_api(chosen, table, opened)
        public = listeners.server(built.public, chosen.api.tls_certificate, chosen.api.tls_key)
        if number is not None:
            sockets.tcp.turn = balance.Turn(sockets.counts, number)
        async with asyncio.TaskGroup() as tasks:
            waking = tasks.create_task(built.waker.run())
            await listeners.serve_until(
                stop, ((public, sockets.tcp), (listeners.server(built.private), sockets.link))
            )
            waking.cancel()


def _open(chosen: settings.Settings, number: int | None, stack: contextlib.ExitStack) -> Opened:
    counted = (
        measures.alone() if number is None else measures.of_worker(chosen.metrics_directory, number)
    )
    doorbell = stack.enter_context(storage.open_doorbell(chosen, "api"))
    memory = shared_memory.SharedMemory(chosen.shared_memory_file)
    return Opened(
        database=stack.enter_context(contextlib.closing(storage.open_database(chosen, doorbell))),
        memory=stack.enter_context(contextlib.closing(memory)),
        doorbell=doorbell,
        measures=counted,
    )


def actions(chosen: settings.Settings) -> catalogue.Catalogue:
    """Make the table of actions as the settings want it."""
    return registry.catalogue(
        region_id=chosen.region.id,
        local_name=chosen.region.name,
        has_extended_crypto=chosen.crypto.extended,
        refuses_interruptions=chosen.edits.refuse_interruptions,
        key_overlap_seconds=chosen.edits.key_overlap_seconds,
        webhook_rules=chosen.webhooks.rules,
    )


def _settle_memory() -> None:
    """Keep what the start made out of later garbage collections.

    Modules, tables and models live as long as the process; walking through them takes tens of
    milliseconds, in the middle of a call. Calls leave few cycles behind.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECTOR_THRESHOLDS)


def _digest_key(chosen: settings.Settings) -> bytes:
    """Derive the key of request digests, which cover pre-shared keys."""
    return hmac.digest(storage.read_master_key(chosen), b"client-token digests", hashlib.sha256)


def _readiness(database: unit_of_work.Database) -> metrics.Readiness:
    try:
        with database.read() as work:
            node_id = nodes.only_node(work)
            is_fresh = node_id is not None and nodes.is_fresh(work, node_id, work.now)
    except faults.Fault as fault:
        return metrics.Readiness(database_error=fault.code)
    heard = () if node_id is None else (metrics.NodeHeard(node_id=node_id, is_fresh=is_fresh),)
    return metrics.Readiness(database_error=None, nodes=heard)
