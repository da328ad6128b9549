"""The real agent and controller on the real store, over the real node link, with memory drivers.

Cloud (actions) ── store ── controller
                     │
agent ── node link ──┘      memory: network, routing, IKE ── wire ── peer
"""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from ipaddress import IPv4Network

import httpx
import pytest
from starlette import applications

from futago.agent import agent, apply, client, watchdog
from futago.api import node_link, traffic
from futago.controllers import controller
from futago.domain import ids, ike, tasks
from futago.drivers.doorbell import unix
from futago.drivers.memory import ike as memory_ike
from futago.drivers.memory import ike_wire
from futago.drivers.memory import network as memory_network
from futago.drivers.memory import probes as memory_probes
from futago.drivers.memory import routing as memory_routing
from futago.drivers.memory import tasks as memory_tasks
from futago.messages import codec
from futago.plan import intent, observation, places
from futago.plan import watchdog as plan_watchdog
from futago.ports import clock
from futago.services import samples
from futago.store import secrets
from futago.testing import eventually, simulation

MARK = "fg"
ZONES = {"z-a": "uplink0", "z-b": "uplink0"}
CREDENTIAL = "credential-of-the-node"
PSK = "a-key-for-tests"


@dataclass
class World:
    database: object
    doorbell: unix.Doorbell
    app: applications.Starlette
    board: traffic.TrafficBoard
    wire: ike_wire.MemoryWire = field(default_factory=ike_wire.MemoryWire)
    is_cut_off: bool = False

    def __post_init__(self):
        self.network = memory_network.MemoryNetwork(MARK, ZONES)
        self.routing = memory_routing.MemoryRouting(self.network)
        self.probes = memory_probes.MemoryProbes()
        self.peer = memory_ike.MemoryIkeDaemons(self.wire, "peer")
        self.taps = memory_tasks.MemoryTaps()
        self.pings = memory_tasks.MemoryPings()
        self.journal = memory_tasks.MemoryJournal()
        self.verdicts = memory_probes.MemoryVerdicts()

    def agent(self, credential=CREDENTIAL):
        async def gate(scope, receive, send):
            if self.is_cut_off:
                raise httpx.ConnectError("cut off")
            await self.app(scope, receive, send)

        http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=gate),
            base_url="http://control",
            headers={"authorization": f"Bearer {credential}"},
        )
        node = agent.NodeIdentity(
            node_id="node-1",
            mark=MARK,
            zones=tuple(
                codec.ZoneOffer(zone_id=zone, public_pools=(f"198.51.100.{32 * n}/27",))
                for n, zone in enumerate(ZONES, 1)
            ),
            driver="memory",
        )
        ports = apply.Ports(
            ike=memory_ike.MemoryIkeDaemons(self.wire, "node"),
            network=self.network,
            routing=self.routing,
            probes=self.probes,
            taps=self.taps,
            pings=self.pings,
            journal=self.journal,
            verdicts=self.verdicts,
        )
        return agent.Agent(
            node, client.HttpControlPlane(http, "node-1"), ports, clock.SystemClock()
        )

    @contextlib.asynccontextmanager
    async def running_agent(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.agent().run())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def answer_as_peer(self, tunnel_id: ids.TunnelId) -> None:
        """Run the customer's end of a tunnel, mirrored from what the node has loaded."""

        async def loaded():
            daemon = self.wire.daemons.get(("node", tunnel_id))
            return daemon.side.tunnel if daemon is not None and daemon.side is not None else None

        ours = await eventually.eventually(loaded, lambda seen: seen is not None)
        theirs = replace(
            ours,
            gateway_address=ours.peer_address,
            peer_address=ours.gateway_address,
            local_identity=ours.remote_identity,
            remote_identity=ours.local_identity,
        )
        place = places.TunnelPlace.of("pe", tunnel_id, ids.RouterId("tr-" + "p" * 17))
        await self.peer.start(place)
        await self.peer.load(place, theirs, ike.PresharedKey(PSK))


@pytest.fixture
async def world(database, tmp_path):
    with unix.Doorbell(tmp_path / "bells", "all") as doorbell:
        database.on_commit = doorbell.ring
        waker = node_link.Waker(doorbell)
        memory = simulation.memory(tmp_path)
        board = traffic.TrafficBoard(memory)
        routes = node_link.NodeLink(
            database, CREDENTIAL, waker, board, samples.Sampler(memory)
        ).routes()
        made = World(database, doorbell, applications.Starlette(routes=routes), board)
        with unix.Doorbell(tmp_path / "bells", "controller") as bell:
            tasks = [
                asyncio.create_task(controller.Controller(database, bell).run()),
                asyncio.create_task(waker.run()),
            ]
            yield made
            for task in tasks:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task


@dataclass
class Connected:
    connection_id: str
    attachment_id: str
    router_id: str
    table_id: str
    tunnel_ids: tuple[ids.TunnelId, ids.TunnelId]


async def state_of(cloud, connection_id):
    answer = await asyncio.to_thread(
        cloud.call, "DescribeVpnConnection", VpnConnectionId=connection_id
    )
    tunnels = answer["TunnelOptionsSpecification"]["TunnelOptions"]
    return answer["State"], *(one["Status"] for one in tunnels)


async def becomes(cloud, connection_id, *wanted):
    await eventually.eventually(
        lambda: state_of(cloud, connection_id), lambda seen: seen == wanted, within=10
    )


UP = ("attached", "ipsec_sa_established", "ipsec_sa_established")


async def connect(cloud, site) -> Connected:
    """Create a router and an attached connection through the API."""

    def create():
        cen = cloud.call("CreateCen", Name="frame")["CenId"]
        blocks = '[{"Cidr": "10.250.0.0/24"}]'
        router = cloud.call("CreateTransitRouter", CenId=cen, TransitRouterCidrList=blocks)
        parameters = site.connection
        for one in parameters["TunnelOptionsSpecification"]:
            one["TunnelIkeConfig"] = {"Psk": PSK}
        made = cloud.call("CreateVpnAttachment", EffectImmediately=True, **parameters)
        return router["TransitRouterId"], made["VpnConnectionId"]

    router_id, connection_id = await asyncio.to_thread(create)

    async def tables():
        found = await asyncio.to_thread(
            cloud.call, "ListTransitRouterRouteTables", TransitRouterId=router_id
        )
        return found["TransitRouterRouteTables"]

    table = (await eventually.eventually(tables, bool))[0]["TransitRouterRouteTableId"]

    async def router_status():
        found = await asyncio.to_thread(cloud.call, "ListTransitRouters", TransitRouterId=router_id)
        return found["TransitRouters"][0]["Status"]

    await eventually.eventually(router_status, lambda seen: seen == "Active")
    attached = await asyncio.to_thread(
        cloud.call,
        "CreateTransitRouterVpnAttachment",
        TransitRouterId=router_id,
        VpnId=connection_id,
    )
    described = await asyncio.to_thread(
        cloud.call, "DescribeVpnConnection", VpnConnectionId=connection_id
    )
    tunnels = described["TunnelOptionsSpecification"]["TunnelOptions"]
    return Connected(
        connection_id=connection_id,
        attachment_id=attached["TransitRouterAttachmentId"],
        router_id=router_id,
        table_id=table,
        tunnel_ids=tuple(ids.TunnelId(one["TunnelId"]) for one in tunnels),
    )


async def test_an_attached_connection_comes_up_and_goes_without_a_trace(world, cloud, site):
    async with world.running_agent():
        await registered(world)
        made = await connect(cloud, site)
        for tunnel_id in made.tunnel_ids:
            await world.answer_as_peer(tunnel_id)
        await becomes(cloud, made.connection_id, *UP)
        await asyncio.to_thread(
            cloud.call,
            "DeleteTransitRouterVpnAttachment",
            TransitRouterAttachmentId=made.attachment_id,
        )

        async def left():
            found = await world.network.namespaces()
            return [name for name in found if "-t-" in name], [
                one for host, one in world.wire.daemons if host == "node"
            ]

        await eventually.eventually(left, lambda seen: seen == ([], []))

        async def state():
            return (await state_of(cloud, made.connection_id))[0]

        await eventually.eventually(state, lambda seen: seen == "init")
        await asyncio.to_thread(
            cloud.call, "DeleteVpnAttachment", VpnConnectionId=made.connection_id
        )


async def registered(world):
    async def zones():
        with world.database.read() as work:
            from futago.services import nodes

            return nodes.zones(work)

    await eventually.eventually(zones, bool)


async def test_an_agent_that_starts_anew_adopts_what_it_finds(world, cloud, site):
    async with world.running_agent():
        await registered(world)
        made = await connect(cloud, site)
        for tunnel_id in made.tunnel_ids:
            await world.answer_as_peer(tunnel_id)
        await becomes(cloud, made.connection_id, *UP)
    before = {key: tuple(one.sas) for key, one in world.wire.daemons.items()}
    async with world.running_agent():
        await asyncio.to_thread(
            cloud.call,
            "ModifyVpnAttachmentAttribute",
            VpnConnectionId=made.connection_id,
            Name="renamed",
        )
        await becomes(cloud, made.connection_id, *UP)
    assert {key: tuple(one.sas) for key, one in world.wire.daemons.items()} == before


async def test_a_killed_daemon_comes_back_and_its_partner_is_left_alone(world, cloud, site):
    async with world.running_agent():
        await registered(world)
        made = await connect(cloud, site)
        for tunnel_id in made.tunnel_ids:
            await world.answer_as_peer(tunnel_id)
        await becomes(cloud, made.connection_id, *UP)
        first, second = made.tunnel_ids
        partner = tuple(world.wire.daemons["node", second].sas)
        world.wire.kill("node", first)

        async def has_carrier():
            return world.wire.has_carrier("node", first)

        await eventually.eventually(has_carrier, bool)
        assert tuple(world.wire.daemons["node", second].sas) == partner


async def test_a_daemon_that_hangs_is_replaced_and_its_partner_is_left_alone(
    world, cloud, site, monkeypatch
):
    monkeypatch.setattr(watchdog, "ROUND_SECONDS", 0.1)
    monkeypatch.setattr(plan_watchdog, "SILENT_SECONDS", 0.5)
    async with world.running_agent():
        await registered(world)
        made = await connect(cloud, site)
        for tunnel_id in made.tunnel_ids:
            await world.answer_as_peer(tunnel_id)
        await becomes(cloud, made.connection_id, *UP)
        first, second = made.tunnel_ids
        partner, old = (world.wire.daemons["node", each] for each in (second, first))
        kept = tuple(partner.sas)
        world.wire.stick("node", first, is_stuck=True)

        async def is_replaced():
            found = world.wire.daemons.get(("node", first))
            return found is not None and found is not old and found.has_carrier

        await eventually.eventually(is_replaced, bool)
        assert world.wire.daemons["node", second] is partner
        assert tuple(partner.sas) == kept


async def test_changes_made_while_the_control_plane_is_away_arrive_later(world, cloud, site):
    async with world.running_agent():
        await registered(world)
        made = await connect(cloud, site)
        for tunnel_id in made.tunnel_ids:
            await world.answer_as_peer(tunnel_id)
        await becomes(cloud, made.connection_id, *UP)
        world.is_cut_off = True
        await asyncio.to_thread(
            cloud.call,
            "CreateVcoRouteEntry",
            VpnConnectionId=made.connection_id,
            NextHop=made.connection_id,
            RouteDest="192.168.10.0/24",
            Weight=100,
        )
        assert (await state_of(cloud, made.connection_id))[0] == "updating"
        assert world.wire.has_carrier("node", made.tunnel_ids[0])
        world.is_cut_off = False
        await becomes(cloud, made.connection_id, *UP)


async def test_a_wrong_key_is_named_and_clears_when_it_is_right(world, cloud, site):
    async with world.running_agent():
        await registered(world)
        made = await connect(cloud, site)
        for tunnel_id in made.tunnel_ids:
            await world.answer_as_peer(tunnel_id)
        await becomes(cloud, made.connection_id, *UP)

        async def set_key(text):
            await asyncio.to_thread(
                cloud.call,
                "ModifyTunnelAttribute",
                VpnConnectionId=made.connection_id,
                TunnelId=made.tunnel_ids[1],
                TunnelOptionsSpecification={"TunnelIkeConfig": {"Psk": text}},
            )

        await set_key("another-key")

        async def statuses():
            return (await state_of(cloud, made.connection_id))[1:]

        await eventually.eventually(
            statuses, lambda seen: seen == ("ipsec_sa_established", "ike_sa_not_established")
        )
        await set_key(PSK)
        await becomes(cloud, made.connection_id, *UP)


async def test_what_nobody_wants_is_pruned_when_the_agent_starts(world, cloud, site):
    stray = places.namespace_name(MARK, places.PlaceKind.TUNNEL, "tun-" + "s" * 17)
    router = places.namespace_name(MARK, places.PlaceKind.ROUTER, "tr-" + "s" * 17)
    await world.network.create_namespace(stray, places.PlaceKind.TUNNEL)
    await world.network.create_namespace(router, places.PlaceKind.ROUTER)
    async with world.running_agent():
        await eventually.eventually(
            world.network.namespaces, lambda seen: not seen & {stray, router}
        )


async def test_a_wrong_credential_is_refused(world):
    http = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=world.app),
        base_url="http://control",
        headers={"authorization": "Bearer wrong"},
    )
    link = client.HttpControlPlane(http, "node-1")
    with pytest.raises(client.ControlPlaneRefused, match="credential"):
        await link.watch(0)
    await link.close()


def test_the_key_of_a_tunnel_is_not_in_the_text_of_a_batch():
    batch = codec.IntentBatch(revision=1, entries=(), psks={"tun-x": PSK})
    assert PSK not in repr(batch)


def test_the_prefix_of_a_destination_is_read_back():
    plug = intent.VpnPlug(
        attachment_id=ids.AttachmentId("tr-attach-x"),
        connection_id=ids.ConnectionId("vco-x"),
        tunnel_ids=(),
        destinations=(IPv4Network("192.168.10.0/24"),),
        association=None,
        propagations=(),
    )
    router = intent.RouterIntent(router_id=ids.RouterId("tr-x"), tables=(), vpns=(plug,))
    text = codec.encode_intent(router)
    assert codec.decode_intent(intent.IntentKind.ROUTER, text) == router


async def test_a_tunnel_that_passes_nothing_is_left_out_without_the_control_plane(
    world, cloud, site
):
    async with world.running_agent():
        await registered(world)
        made = await connect(cloud, site)
        for tunnel_id in made.tunnel_ids:
            await world.answer_as_peer(tunnel_id)
        await becomes(cloud, made.connection_id, *UP)
        router = places.RouterPlace.of(MARK, ids.RouterId(made.router_id))
        first, second = (
            places.TunnelPlace.of(MARK, each, router.router_id).device for each in made.tunnel_ids
        )

        for device in (first, second):
            world.network.add_device(router.namespace, device)
        await probe_both(cloud, made)

        async def next_hops():
            config = world.routing._daemons[router.router_id].config
            return [
                {hop.device for hop in route.next_hops}
                for source in config.sources
                for route in source.routes
            ]

        await eventually.eventually(
            lambda: verdicts(cloud, made), lambda seen: seen == ["alive"] * 2
        )
        await eventually.eventually(next_hops, lambda seen: seen == [{first, second}])
        world.is_cut_off = True
        world.probes.silent.add(first)
        world.network.set_counters(
            router.namespace,
            first,
            observation.DeviceCounters(
                received_bytes=0, sent_bytes=9, received_packets=0, sent_packets=9
            ),
        )
        await eventually.eventually(next_hops, lambda seen: seen == [{second}], within=5)
        world.probes.silent.add(second)
        world.network.set_counters(
            router.namespace,
            second,
            observation.DeviceCounters(
                received_bytes=0, sent_bytes=9, received_packets=0, sent_packets=9
            ),
        )
        # With both dead, each of them is better than none.
        await eventually.eventually(next_hops, lambda seen: seen == [{first, second}], within=5)
        world.is_cut_off = False
        await eventually.eventually(
            lambda: verdicts(cloud, made), lambda seen: seen == ["dead"] * 2, within=5
        )
        world.probes.silent.clear()
        await eventually.eventually(
            lambda: verdicts(cloud, made), lambda seen: seen == ["alive"] * 2, within=5
        )


async def probe_both(cloud, made):
    def configure():
        cloud.call(
            "CreateVcoRouteEntry",
            VpnConnectionId=made.connection_id,
            NextHop=made.connection_id,
            RouteDest="192.168.10.0/24",
            Weight=100,
        )

    await asyncio.to_thread(configure)
    await becomes(cloud, made.connection_id, *UP)
    for number, tunnel_id in enumerate(made.tunnel_ids):
        await asyncio.to_thread(
            cloud.call,
            "SetProbeTarget",
            VpnConnectionId=made.connection_id,
            TunnelId=tunnel_id,
            Target=f"169.254.100.{4 * number + 2}",
            Source=f"169.254.100.{4 * number + 1}",
        )
        await becomes(cloud, made.connection_id, *UP)


async def verdicts(cloud, made):
    found = await asyncio.to_thread(
        cloud.call, "DescribeProbes", VpnConnectionId=made.connection_id
    )
    return [each["Verdict"] for each in found["Probes"]]


@pytest.fixture
def present(clock):
    """Has the control plane live in the agent's time: tasks are valid for some minutes."""
    clock.moment = datetime.now(UTC)


async def ask(cloud, action, made, **values):
    return await asyncio.to_thread(cloud.call, action, VpnConnectionId=made.connection_id, **values)


async def outcome(cloud, made, task_id):
    async def look():
        listed = await ask(cloud, "ListTunnelTasks", made)
        return next(each for each in listed["Tasks"] if each["TaskId"] == task_id)

    return await eventually.eventually(look, lambda seen: seen["State"] in {"done", "failed"})


async def connected_and_up(world, cloud, site):
    await registered(world)
    made = await connect(cloud, site)
    for tunnel_id in made.tunnel_ids:
        await world.answer_as_peer(tunnel_id)
    await becomes(cloud, made.connection_id, *UP)
    return made


def sas_of(world, tunnel_id):
    sas = world.wire.daemons["node", tunnel_id].sas
    return tuple((name, sa.child) for name, sa in sas.items())


def ike_of(sas):
    return [name for name, _ in sas]


async def test_a_renewal_and_a_reset_are_done_once(present, world, cloud, site):
    async with world.running_agent():
        made = await connected_and_up(world, cloud, site)
        first, second = made.tunnel_ids
        before, partner = sas_of(world, first), sas_of(world, second)
        asked = await ask(cloud, "RekeyTunnel", made, TunnelId=first)
        done = await outcome(cloud, made, asked["TaskId"])
        assert (done["State"], done["Kind"], done["Code"]) == ("done", "rekey-child", "")
        renewed = sas_of(world, first)
        assert renewed != before
        asked = await ask(cloud, "ResetTunnel", made, TunnelId=first)
        assert asked["Effect"] == "PartnerCarries"
        assert (await outcome(cloud, made, asked["TaskId"]))["State"] == "done"
        await becomes(cloud, made.connection_id, *UP)
        reset = sas_of(world, first)
        assert reset != renewed
    async with world.running_agent():
        await ask(cloud, "ModifyVpnAttachmentAttribute", made, Name="renamed")
        await becomes(cloud, made.connection_id, *UP)
        # Child SAs may have had their early renewal meanwhile.
        assert ike_of(sas_of(world, first)) == ike_of(reset)
        assert ike_of(sas_of(world, second)) == ike_of(partner)

        async def noted():
            return world.journal.known()

        # The control plane has to say first that it wants them no more.
        await eventually.eventually(noted, lambda known: not known)


async def test_a_task_of_an_agent_that_died_is_not_begun_again(present, world, cloud, site):
    async with world.running_agent():
        made = await connected_and_up(world, cloud, site)
        started = await ask(
            cloud, "StartPacketCapture", made, TunnelId=made.tunnel_ids[0], Side="inside"
        )
        (capture,) = started["PacketCaptures"]

        async def running():
            return world.taps.running

        await eventually.eventually(running, bool)
    assert not world.taps.running
    async with world.running_agent():
        seen = await captured(cloud, made, capture["CaptureId"])
        assert (seen["State"], seen["Code"]) == ("failed", "Interrupted")
        assert not world.taps.running


async def captured(cloud, made, capture_id):
    async def look():
        listed = await ask(cloud, "ListPacketCaptures", made)
        found = (each for each in listed["PacketCaptures"] if each["CaptureId"] == capture_id)
        return next(found)

    return await eventually.eventually(look, lambda seen: seen["State"] in {"done", "failed"})


async def test_a_capture_is_delivered_before_it_is_called_done(present, world, cloud, site):
    async with world.running_agent():
        made = await connected_and_up(world, cloud, site)
        started = await ask(cloud, "StartPacketCapture", made, Side="inside", Packets=5)
        assert [each["TunnelId"] for each in started["PacketCaptures"]] == list(made.tunnel_ids)

        async def running():
            return world.taps.running

        await eventually.eventually(running, lambda seen: seen == 2)
        world.taps.pass_packet(b"\x45" + bytes(99))
        one, other = (each["CaptureId"] for each in started["PacketCaptures"])
        await ask(cloud, "StopPacketCapture", made, CaptureId=one)
        seen = await captured(cloud, made, one)
        assert (seen["State"], seen["Packets"], seen["IsStopped"]) == ("done", 1, True)
        part = await ask(cloud, "DownloadPacketCapture", made, CaptureId=one)
        content = base64.b64decode(part["Content"])
        assert len(content) == part["TotalBytes"] == seen["FileBytes"]
        assert part["NextOffset"] is None
        assert bytes(99) in content
        await ask(cloud, "DeletePacketCapture", made, CaptureId=other)
        await eventually.eventually(running, lambda seen: not seen)


async def test_a_renewal_without_a_child_sa_says_so_and_a_late_one_too(clock, world, cloud, site):
    async with world.running_agent():
        await registered(world)
        made = await connect(cloud, site)
        clock.moment = datetime.now(UTC)
        asked = await ask(cloud, "RekeyTunnel", made, TunnelId=made.tunnel_ids[0])
        failed = await outcome(cloud, made, asked["TaskId"])
        assert (failed["State"], failed["Code"]) == ("failed", "TunnelDown")
    asked = await ask(cloud, "ResetTunnel", made, TunnelId=made.tunnel_ids[0])
    clock.advance(tasks.VALID_FOR.total_seconds() + 1)
    async with world.running_agent():
        failed = await outcome(cloud, made, asked["TaskId"])
        assert (failed["State"], failed["Code"]) == ("failed", "Expired")


class Rotation:
    """Both ends of tunnel 2 while its key changes."""

    def __init__(self, world, cloud, made):
        self.world, self.cloud, self.made = world, cloud, made
        self.tunnel_id = made.tunnel_ids[1]
        self.place = places.TunnelPlace.of("pe", self.tunnel_id, ids.RouterId("tr-" + "p" * 17))

    async def change(self, text, **more):
        await asyncio.to_thread(
            self.cloud.call,
            "ModifyTunnelAttribute",
            VpnConnectionId=self.made.connection_id,
            TunnelId=self.tunnel_id,
            TunnelOptionsSpecification={"TunnelIkeConfig": {"Psk": text}},
            **more,
        )

    async def change_peer(self, text):
        peer = self.world.wire.daemons["peer", self.tunnel_id]
        await self.world.peer.load(self.place, peer.side.tunnel, ike.PresharedKey(text))

    async def keys(self):
        answer = await asyncio.to_thread(
            self.cloud.call, "DescribeTunnelKeys", VpnConnectionId=self.made.connection_id
        )
        shown = answer["Tunnels"][1]
        return (
            shown["KeyVersion"],
            shown["LoadedKeyVersion"],
            shown["PreviousKeyVersion"],
            bool(shown["PreviousKeyAcceptedUntil"]),
        )

    async def become(self, *wanted):
        await eventually.eventually(self.keys, lambda seen: seen == wanted, within=10)

    def sas(self):
        return tuple(self.world.wire.daemons["node", self.tunnel_id].sas)

    def previous(self):
        with self.world.database.read() as work:
            return work.vault.get(secrets.Purpose.PREVIOUS_PSK, self.tunnel_id)


@contextlib.asynccontextmanager
async def rotating(world, cloud, site, clock):
    clock.moment = datetime.now(UTC)
    async with world.running_agent():
        await registered(world)
        made = await connect(cloud, site)
        for tunnel_id in made.tunnel_ids:
            await world.answer_as_peer(tunnel_id)
        await becomes(cloud, made.connection_id, *UP)
        rotation = Rotation(world, cloud, made)
        await rotation.become(1, 1, 0, False)
        yield rotation


async def test_with_an_overlap_either_side_may_change_its_key_first(world, cloud, site, clock):
    async with rotating(world, cloud, site, clock) as rotation:
        before = rotation.sas()
        await rotation.change("second-key", PskOverlapSeconds=3600)
        await rotation.become(2, 1, 1, True)
        assert rotation.sas() == before
        assert rotation.previous() == PSK
        await rotation.change_peer("second-key")
        assert rotation.sas() == before
        await world.peer.terminate(rotation.place)
        await rotation.become(2, 2, 0, False)
        await becomes(cloud, rotation.made.connection_id, *UP)
        assert rotation.previous() is None
        await rotation.change_peer("third-key")
        before = rotation.sas()
        await rotation.change("third-key", PskOverlapSeconds=3600)
        await rotation.become(3, 2, 2, True)
        assert rotation.sas() == before


async def test_at_the_end_of_an_overlap_the_peer_is_asked_for_the_new_key(
    world, cloud, site, clock
):
    async with rotating(world, cloud, site, clock) as rotation:
        before = rotation.sas()
        carriers = []
        await rotation.change_peer("second-key")
        await rotation.change("second-key", PskOverlapSeconds=2)
        await rotation.become(2, 1, 1, True)
        assert rotation.sas() == before
        while rotation.sas() == before:
            carriers.append(world.wire.has_carrier("node", rotation.tunnel_id))
            await asyncio.sleep(0.01)
        assert all(carriers)
        await rotation.become(2, 2, 0, False)
        await becomes(cloud, rotation.made.connection_id, *UP)


async def test_a_key_that_the_peer_never_gets_is_named_when_the_overlap_ends(
    world, cloud, site, clock
):
    async with rotating(world, cloud, site, clock) as rotation:
        await rotation.change("wrong-key", PskOverlapSeconds=3600)
        await becomes(cloud, rotation.made.connection_id, *UP)
        await rotation.change("wrong-key", PskOverlapSeconds=0)
        await becomes(
            cloud,
            rotation.made.connection_id,
            "attached",
            "ipsec_sa_established",
            "ike_sa_not_established",
        )
        await rotation.become(2, 2, 0, False)
        await rotation.change(PSK)
        await becomes(cloud, rotation.made.connection_id, *UP)


async def test_a_tunnel_that_is_down_tries_both_keys(world, cloud, site, clock):
    async with rotating(world, cloud, site, clock) as rotation:
        await rotation.change_peer("second-key")
        await world.peer.terminate(rotation.place)
        down = ("attached", "ipsec_sa_established", "ike_sa_not_established")
        await becomes(cloud, rotation.made.connection_id, *down)
        await rotation.change("second-key", PskOverlapSeconds=3600)
        await becomes(cloud, rotation.made.connection_id, *UP)
        await rotation.become(2, 2, 0, False)
