"""A database in a temporary directory, and shorthand for building what tests need."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import TypeVar

import pytest

from futago.domain import connection, ike, net
from futago.drivers.sealing import master_key
from futago.messages import codec
from futago.plan import intent, observation
from futago.services import (
    access,
    attachments,
    connections,
    drafts,
    filters,
    gateways,
    intents,
    node_link,
    nodes,
    pages,
    resource_groups,
    route_tables,
    routers,
    routing,
    views,
    vpcs,
)
from futago.store import unit_of_work, work

T = TypeVar("T")
START = datetime(2026, 11, 23, 12, tzinfo=UTC)
ACCOUNT = "1234567890123456"
REGION = "cn-hangzhou"
NODE = "node-1"
KEY = bytes(range(32))


@dataclass
class FakeClock:
    time: datetime = START

    def now(self) -> datetime:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass
class World:
    """The control plane without its faces."""

    database: unit_of_work.Database
    clock: FakeClock
    path: Path
    rings: list[datetime] = field(default_factory=list)
    account: str = ACCOUNT

    @property
    def scope(self) -> access.Scope:
        return access.Scope(account_id=self.account, region_id=REGION, now=self.clock.now())

    def do(self, call: Callable[..., T], *args: object, **named: object) -> T:
        """Run a service in a transaction of its own, a second later."""
        self.clock.advance(1)
        with self.database.begin() as unit:
            return call(unit, self.scope, *args, **named)

    def on(self, call: Callable[..., T], *args: object, **named: object) -> T:
        """Run a service that takes no scope."""
        with self.database.begin() as unit:
            return call(unit, *args, **named)

    # ------------------------------------------------------------ what the other parts would do

    def register(
        self, public: Sequence[str] = ("10.0.1.0/28",), second: str = "10.0.2.0/28"
    ) -> None:
        zones = [
            codec.ZoneOffer(
                zone_id="zone-a", public_pools=tuple(public), private_pools=("10.8.1.0/28",)
            )
        ]
        if second:
            zones.append(
                codec.ZoneOffer(
                    zone_id="zone-b", public_pools=(second,), private_pools=("10.8.2.0/28",)
                )
            )
        registration = codec.NodeRegistration(node_id=NODE, zones=tuple(zones), driver="memory")
        self.on(nodes.register_node, registration, self.clock.now())

    def control(self) -> list[str]:
        """Do the controller's work until nothing is due; give what went."""
        removed: list[str] = []
        for _ in range(20):
            with self.database.begin() as unit:
                due = work.claim_due(unit.session, unit.now, 100)
                for item in due:
                    kind = intent.IntentKind(item.kind)
                    intents.refresh(unit, kind, item.key)
                    removed += intents.finalize(unit, kind, item.key)
                    work.finish(unit.session, item.kind, item.key, item.generation)
            if not due:
                return removed
        raise AssertionError("the controller does not come to rest")

    def batch(self, revision: int = 0) -> codec.IntentBatch:
        with self.database.read() as unit:
            return node_link.intents_since(unit, NODE, revision)

    def observe(self, *said: observation.ResourceObservation) -> None:
        self.on(node_link.store_observations, NODE, said)

    def obey(self, *, children: int = 1, only: str | None = None) -> None:
        """Have the node do everything that it shall, and report."""
        for entry in self.batch().entries:
            if only in {None, entry.kind.value}:
                self.observe(applied(entry, self.clock.now(), children))

    def settle(self, *, children: int = 1) -> list[str]:
        """Controller, node, controller: until the world is as wanted."""
        self.clock.advance(1)
        removed = self.control()
        self.obey(children=children)
        removed += self.control()
        self.obey(children=children)
        return removed + self.control()

    # ------------------------------------------------------------ shorthand for resources

    def gateway(self, address: str = "203.0.113.1", **label: str) -> str:
        draft = drafts.CustomerGatewayDraft(
            address=IPv4Address(address), asn=net.Asn(65001), label=drafts.Label(**label)
        )
        return self.do(gateways.create_customer_gateway, draft).id

    def group(self) -> str:
        return self.do(resource_groups.create, "north", "North").id

    def connection(
        self,
        gateway_id: str | None = None,
        *,
        psk: str | None = "secret-of-the-tunnel",
        network_type: connection.NetworkType = connection.NetworkType.PUBLIC,
    ) -> views.ConnectionView:
        gateway_id = gateway_id or self.gateway(f"203.0.113.{self.clock.time.second + 1}")
        draft = drafts.ConnectionDraft(
            name="to-office",
            local_ts=(net.ANY,),
            remote_ts=(net.ANY,),
            network_type=network_type,
            tunnels=tuple(
                drafts.TunnelDraft(
                    index=index,
                    customer_gateway_id=gateway_id,
                    psk=ike.PresharedKey(psk) if psk else None,
                )
                for index in connection.TunnelIndex
            ),
        )
        return self.do(connections.create_connection, draft)

    def router(self, *cidrs: str) -> views.RouterView:
        cen = self.do(routers.create_cen, drafts.Label(name="core"))
        blocks = tuple(
            drafts.RouterCidrDraft(prefix=IPv4Network(each)) for each in cidrs or ("10.99.0.0/24",)
        )
        return self.do(routers.create_router, drafts.RouterDraft(cen_id=cen.id, cidrs=blocks))

    def table(self, router_id: str) -> str:
        wanted = filters.RouteTableFilter(router_id=router_id)
        return self.do(route_tables.list_tables, wanted, pages.ALL).items[0].id

    def attach_vpn(self, router_id: str, connection_id: str) -> str:
        ref = drafts.RouterRef(router_id=router_id)
        draft = drafts.VpnAttachmentDraft(connection_id=connection_id)
        return self.do(attachments.attach_vpn, ref, draft)

    def vpc(self, prefix: str = "172.16.0.0/16") -> tuple[str, str]:
        vpc = self.do(vpcs.create_vpc, drafts.VpcDraft(prefix=IPv4Network(prefix)))
        first = next(IPv4Network(prefix).subnets(new_prefix=24))
        draft = drafts.VSwitchDraft(vpc_id=vpc.id, zone_id="zone-a", prefix=first)
        return vpc.id, self.do(vpcs.create_vswitch, draft).id

    def attach_vpc(self, router_id: str, vpc_id: str, vswitch_id: str) -> str:
        mapping = drafts.ZoneMapping(zone_id="zone-a", vswitch_id=vswitch_id)
        draft = drafts.VpcAttachmentDraft(vpc_id=vpc_id, zone_mappings=(mapping,))
        return self.do(attachments.attach_vpc, drafts.RouterRef(router_id=router_id), draft)

    def attached(self) -> tuple[str, str, str]:
        """Router, connection and attachment, all applied by the node."""
        router = self.router()
        view = self.connection()
        attachment_id = self.attach_vpn(router.id, view.connection.id)
        self.settle()
        return router.id, view.connection.id, attachment_id

    def show(self, connection_id: str, *, reveal: bool = False) -> views.ConnectionView:
        return self.do(connections.describe_connection, connection_id, reveal=reveal)

    def route(self, connection_id: str, prefix: str) -> views.DestinationView:
        draft = drafts.DestinationDraft(prefix=IPv4Network(prefix), weight=100)
        return self.do(routing.add_destination, connection_id, draft)


def applied(
    entry: codec.IntentEntry, now: datetime, children: int
) -> observation.ResourceObservation:
    """Say that an intent is in force."""
    tunnels: tuple[observation.TunnelObservation, ...] = ()
    if entry.intent_json is not None and entry.kind is intent.IntentKind.CONNECTION:
        value = codec.decode_intent(entry.kind, entry.intent_json)
        assert isinstance(value, intent.ConnectionIntent)
        tunnels = tuple(
            observation.TunnelObservation(
                tunnel_id=tunnel.tunnel_id,
                is_daemon_running=True,
                is_ike_established=children > 0,
                children_installed=children,
            )
            for tunnel in value.tunnels
        )
    return observation.ResourceObservation(
        kind=entry.kind.value,
        resource_id=entry.resource_id,
        generation=entry.generation,
        is_present=entry.intent_json is not None,
        observed_at=now,
        tunnels=tunnels,
    )


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file after all migrations, to be copied."""
    path = tmp_path_factory.mktemp("template") / "futago.db"
    database = unit_of_work.Database(f"sqlite:///{path}", master_key.MasterKeySealer(KEY))
    database.migrate()
    database.close()
    return path


@pytest.fixture
def empty(tmp_path: Path, migrated: Path) -> Iterator[World]:
    """A migrated database without a node."""
    clock = FakeClock()
    rings: list[datetime] = []
    path = tmp_path / "futago.db"
    shutil.copy(migrated, path)
    database = unit_of_work.Database(
        f"sqlite:///{path}",
        master_key.MasterKeySealer(KEY),
        clock=clock,
        on_commit=lambda: rings.append(clock.now()),
    )
    yield World(database=database, clock=clock, path=path, rings=rings)
    database.close()


@pytest.fixture
def world(empty: World) -> World:
    """A migrated database and a node with two zones."""
    empty.register()
    return empty
