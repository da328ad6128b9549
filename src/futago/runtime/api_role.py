"""The API role: builds its objects and serves them."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import hashlib
import hmac
from dataclasses import dataclass

import prometheus_client
from starlette import applications, types

import futago
from futago.actions import dispatch, registry
from futago.api import app, console, credentials, node_link, traffic
from futago.domain import faults
from futago.drivers.doorbell import unix
from futago.ports import clock
from futago.runtime import listeners, metrics, node_credential, settings, storage, supervise
from futago.services import nodes, samples
from futago.store import unit_of_work

_COLLECTOR_THRESHOLDS = (10_000, 20, 50)
"""Allocations before the youngest objects are looked at, and how often the older ones."""


@dataclass(frozen=True, slots=True)
class Api:
    """The applications of the API role, and what runs beside them."""

    public: types.ASGIApp
    private: types.ASGIApp
    waker: node_link.Waker


def build_api(
    chosen: settings.Settings,
    database: unit_of_work.Database,
    doorbell: unix.Doorbell,
    measures: prometheus_client.CollectorRegistry = prometheus_client.REGISTRY,
) -> Api:
    """Build the API: one application for users, one for the agent of this host."""
    board = traffic.TrafficBoard()
    measures.register(board)
    waker = node_link.Waker(doorbell)
    link = node_link.NodeLink(
        database,
        node_credential.read(chosen.credential_path),
        waker,
        board,
        samples.Sampler(chosen.samples.kept),
    ).routes()
    now = clock.SystemClock().now

    def ask() -> metrics.Readiness:
        return _readiness(database)

    actions = registry.catalogue(
        region_id=chosen.region.id,
        local_name=chosen.region.name,
        has_extended_crypto=chosen.crypto.extended,
        refuses_interruptions=chosen.edits.refuse_interruptions,
        key_overlap_seconds=chosen.edits.key_overlap_seconds,
        webhook_rules=chosen.webhooks.rules,
    )
    dispatcher = dispatch.Dispatcher(database, actions, now, digest_key=_digest_key(chosen))
    watched = metrics.routes(ask, measures, with_metrics=chosen.api.is_loopback)
    # Over TLS the node's credential protects its routes; in plain text it would be given away.
    extra = [*watched, *link] if chosen.api.has_tls else watched
    place = console.Place(
        region_id=chosen.region.id,
        region_name=chosen.region.name or chosen.region.id,
        is_secure=chosen.api.has_tls,
        version=futago.__version__,
    )
    pages = console.Console(database, dispatcher, place, now).routes()
    private = metrics.routes(ask, measures, with_metrics=True)
    return Api(
        public=app.create_app(
            dispatcher,
            credentials.StoredKeys(database),
            now,
            extra_routes=[*extra, *pages],
            registry=measures,
        ),
        private=applications.Starlette(routes=[*private, *link]),
        waker=waker,
    )


async def run(chosen: settings.Settings) -> None:
    """Serve until told to stop."""
    with contextlib.ExitStack() as stack:
        doorbell = stack.enter_context(storage.open_doorbell(chosen, "api"))
        database = stack.enter_context(contextlib.closing(storage.open_database(chosen, doorbell)))
        tcp = stack.enter_context(listeners.open_tcp(chosen.api.host, chosen.api.port))
        link = stack.enter_context(listeners.open_unix(chosen.node_link_socket))
        stop = stack.enter_context(supervise.stop_signals())
        built = build_api(chosen, database, doorbell)
        public = listeners.server(built.public, chosen.api.tls_certificate, chosen.api.tls_key)
        _settle_memory()
        async with asyncio.TaskGroup() as tasks:
            waking = tasks.create_task(built.waker.run())
            await listeners.serve_until(
                stop, ((public, tcp), (listeners.server(built.private), link))
            )
            waking.cancel()


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
