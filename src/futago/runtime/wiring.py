"""Builds the objects of each role. Nothing here decides anything."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

import prometheus_client
from starlette import applications, types

from futago.actions import dispatch, registry
from futago.agent import agent, apply, client
from futago.api import app, credentials, node_link, traffic
from futago.controllers import controller
from futago.domain import faults
from futago.drivers.bird import daemons as bird_daemons
from futago.drivers.doorbell import unix
from futago.drivers.linux import network as linux_network
from futago.drivers.linux import underlay
from futago.drivers.sealing import master_key
from futago.drivers.strongswan import daemons as strongswan_daemons
from futago.messages import codec
from futago.ports import clock
from futago.runtime import exclusive, metrics, node_credential, settings
from futago.services import access, nodes
from futago.store import unit_of_work

DRIVER = "userspace"


@dataclass(frozen=True, slots=True)
class Api:
    """The applications of the API role, and what runs beside them."""

    public: types.ASGIApp
    private: types.ASGIApp
    waker: node_link.Waker


class StoredKeys:
    """Access keys, read from the store at each call."""

    def __init__(self, database: unit_of_work.Database) -> None:
        self._database = database

    def find_access_key(self, access_key_id: str) -> credentials.StoredKey | None:
        """Return the key, or None when there is none of that id."""
        with self._database.read() as work:
            found = access.find_access_key(work, access_key_id)
        if found is None:
            return None
        return credentials.StoredKey(
            access_key_id=found.access_key_id,
            secret=found.secret,
            account_id=found.account_id,
            user_name=found.user_name,
            active=found.active,
        )


def prepare(chosen: settings.Settings) -> None:
    """Make directories, keys and tables, where they are missing."""
    exclusive.make_private(chosen.store.state)
    exclusive.make_private(chosen.store.runtime)
    with exclusive.first_start(chosen.store.state):
        node_credential.ensure(chosen.credential_path)
        database = open_database(chosen, None)
        try:
            database.migrate()
        finally:
            database.close()


def open_doorbell(chosen: settings.Settings, role: str) -> unix.Doorbell:
    """Make this process's bell."""
    return unix.Doorbell(chosen.store.runtime / "bells", role)


def open_database(
    chosen: settings.Settings, doorbell: unix.Doorbell | None
) -> unit_of_work.Database:
    """Open the store; each commit that concerns others rings."""
    return unit_of_work.Database(
        chosen.store.database_url,
        master_key.MasterKeySealer(_master_key(chosen)),
        on_commit=doorbell.ring if doorbell else None,
    )


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
        database, node_credential.read(chosen.credential_path), waker, board
    ).routes()
    now = clock.SystemClock().now

    def ask() -> metrics.Readiness:
        return _readiness(database)

    actions = registry.catalogue(region_id=chosen.region.id, local_name=chosen.region.name)
    dispatcher = dispatch.Dispatcher(database, actions, now, digest_key=_digest_key(chosen))
    watched = metrics.routes(ask, measures, with_metrics=chosen.api.is_loopback)
    # Over TLS the node's credential protects its routes; in plain text it would be given away.
    extra = [*watched, *link] if chosen.api.has_tls else watched
    private = metrics.routes(ask, measures, with_metrics=True)
    return Api(
        public=app.create_app(
            dispatcher, StoredKeys(database), now, extra_routes=extra, registry=measures
        ),
        private=applications.Starlette(routes=[*private, *link]),
        waker=waker,
    )


def build_controller(
    database: unit_of_work.Database, doorbell: unix.Doorbell
) -> controller.Controller:
    """Build the controller."""
    return controller.Controller(database, doorbell)


def build_agent(chosen: settings.Settings) -> agent.Agent:
    """Build the agent with its drivers."""
    node = chosen.node
    identity = agent.NodeIdentity(
        node_id=node.id,
        mark=node.mark,
        zones=tuple(_offer(zone) for zone in node.zones),
        driver=DRIVER,
    )
    control = client.connect(
        chosen.control_plane,
        node.id,
        node_credential.read(chosen.credential_path),
        node.ca_file or None,
    )
    ports = apply.Ports(
        ike=strongswan_daemons.StrongswanDaemons(chosen.store.runtime),
        network=linux_network.LinuxNetwork(
            node.mark,
            {zone.id: underlay.Uplink(device=zone.uplink) for zone in node.zones},
            node_namespace=node.network_namespace or None,
        ),
        routing=bird_daemons.BirdDaemons(chosen.store.runtime),
    )
    return agent.Agent(identity, control, ports, clock.SystemClock())


def _offer(zone: settings.Zone) -> codec.ZoneOffer:
    return codec.ZoneOffer(
        zone_id=zone.id,
        public_pools=tuple(str(pool) for pool in zone.public_pools),
        private_pools=tuple(str(pool) for pool in zone.private_pools),
    )


def _master_key(chosen: settings.Settings) -> bytes:
    return master_key.load_or_create_master_key(chosen.store.master_key_path)


def _digest_key(chosen: settings.Settings) -> bytes:
    """Derive the key of request digests, which cover pre-shared keys."""
    return hmac.digest(_master_key(chosen), b"client-token digests", hashlib.sha256)


def _readiness(database: unit_of_work.Database) -> metrics.Readiness:
    try:
        with database.read() as work:
            node_id = nodes.only_node(work)
            is_fresh = node_id is not None and nodes.is_fresh(work, node_id, work.now)
    except faults.Fault as fault:
        return metrics.Readiness(database_error=fault.code)
    heard = () if node_id is None else (metrics.NodeHeard(node_id=node_id, is_fresh=is_fresh),)
    return metrics.Readiness(database_error=None, nodes=heard)
