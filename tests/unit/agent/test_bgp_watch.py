"""What the agent tells of BGP sessions, with a routing daemon in memory."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address

import pytest

from futago.agent import bgp_watch, desired, sessions
from futago.domain import ids
from futago.messages import codec
from futago.plan import intent, observation, places, routing
from futago.ports import clock
from futago.ports import routing as routing_port
from futago.testing import eventually, routing_worlds
from futago.testing.routing_worlds import Peer, route

TABLE = ids.RouteTableId("vtb-" + "m" * 17)
CONNECTION = ids.ConnectionId("vco-" + "c" * 17)
TUNNELS = tuple(ids.TunnelId(f"tun-{letter}" + "t" * 16) for letter in "ab")
SESSIONS = tuple(routing.session_name(each) for each in TUNNELS)
ROUTER_KEY = desired.Key(intent.IntentKind.ROUTER, routing_worlds.ROUTER_ID)
ESTABLISHED, UNKNOWN = observation.BgpState.ESTABLISHED, observation.BgpState.UNKNOWN


def a_router(*, limit: int = 50, key_id: str | None = None) -> intent.RouterIntent:
    speaking = tuple(
        intent.BgpIntent(
            tunnel_id=tunnel_id,
            local_asn=45104,
            peer_asn=65001,
            local_address=IPv4Address(f"169.254.1{number}.1"),
            peer_address=IPv4Address(f"169.254.1{number}.2"),
            key_id=key_id,
            key_version=1 if key_id else 0,
            import_limit=limit,
        )
        for number, tunnel_id in enumerate(TUNNELS)
    )
    plug = intent.VpnPlug(
        attachment_id=ids.AttachmentId("tr-attach-" + "x" * 17),
        connection_id=CONNECTION,
        tunnel_ids=TUNNELS,
        destinations=(),
        association=TABLE,
        propagations=(TABLE,),
        bgp=speaking,
    )
    return intent.RouterIntent(
        router_id=routing_worlds.ROUTER_ID,
        tables=(intent.TableIntent(table_id=TABLE, kernel_table=1000),),
        vpns=(plug,),
    )


@dataclass
class Ear:
    """Keeps what the watch tells."""

    passes: list[desired.Key] = field(default_factory=list)
    seen: list[desired.Key] = field(default_factory=list)
    routes: list[observation.ConnectionRoutes] = field(default_factory=list)

    @property
    def listeners(self) -> bgp_watch.Listeners:
        return bgp_watch.Listeners(
            look_again=self.passes.append, seen=self.seen.append, routes=self.routes.append
        )


class Node:
    """A router in memory and the watch over it."""

    def __init__(self, world: routing_worlds.MemoryWorld) -> None:
        self.world = world
        self.wanted = desired.Desired()
        self.watch = bgp_watch.BgpWatch("mm", world.driver, self.wanted, clock.SystemClock())
        self.ear = Ear()

    async def want(self, router: intent.RouterIntent, keys: dict[str, str] | None = None) -> None:
        entry = codec.IntentEntry(
            kind=intent.IntentKind.ROUTER,
            resource_id=router.router_id,
            generation=1,
            intent_json=codec.encode_intent(router),
        )
        self.wanted.accept(codec.IntentBatch(revision=1, entries=(entry,), psks={}))
        config = routing.routing_config("mm", router)
        await self.world.driver.apply(self.world.place, config, keys or {})

    async def look(self) -> tuple[observation.BgpObservation, ...]:
        await self.watch.look(self.ear.listeners)
        return self.watch.of(routing_worlds.ROUTER_ID)

    async def peers(self, *peers: Peer | None) -> None:
        for name, peer in zip(SESSIONS, peers, strict=True):
            await self.world.set_peer(name, peer)


@pytest.fixture
async def node() -> Node:
    world = await routing_worlds.MemoryWorld.make()
    for tunnel_id in TUNNELS:
        world.add_device(places.device_name("mm", "t", tunnel_id))
    await world.driver.start(world.place)
    return Node(world)


async def test_a_router_without_sessions_is_never_asked(node: Node) -> None:
    router = a_router()
    await node.want(replace(router, vpns=(replace(router.vpns[0], bgp=()),)))
    node.world.kill()
    assert await node.look() == ()
    assert node.ear == Ear()


async def test_sessions_are_told_once_and_again_when_they_change(node: Node) -> None:
    await node.want(a_router())
    peer = Peer(asn=65001, routes=(route("10.9.0.0/16", 65001),))
    await node.peers(peer, peer)
    first = await node.look()
    assert [one.tunnel_id for one in first] == list(TUNNELS)
    assert [(one.state, one.imported) for one in first] == [(ESTABLISHED, 1), (ESTABLISHED, 1)]
    await node.look()
    assert node.ear.seen == [ROUTER_KEY]
    await node.peers(peer, None)
    _, second = await node.look()
    assert second.state is not ESTABLISHED
    assert node.ear.seen == [ROUTER_KEY, ROUTER_KEY]


async def test_a_daemon_that_does_not_answer_makes_sessions_unknown(node: Node) -> None:
    await node.want(a_router())
    node.world.kill()
    assert [one.state for one in await node.look()] == [UNKNOWN, UNKNOWN]


async def test_a_daemon_that_hangs_is_asked_once_and_holds_up_nobody(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    await node.want(a_router())
    asked, may_answer = asyncio.Event(), asyncio.Event()
    count = 0

    async def facts(_place: places.RouterPlace) -> tuple[routing_port.SessionFacts, ...]:
        nonlocal count
        count += 1
        asked.set()
        await may_answer.wait()
        return ()

    monkeypatch.setattr(node.world.driver, "sessions", facts)
    hanging = asyncio.create_task(node.watch.look(node.ear.listeners))
    await asked.wait()
    await node.look()
    may_answer.set()
    await hanging
    assert count == 1


async def test_routes_of_both_tunnels_are_told_as_one_and_only_when_they_change(
    node: Node,
) -> None:
    await node.want(a_router())
    long_way = route("10.8.0.0/16", 65001, 65001, 65001, communities=("65001:7",))
    short_way = route("10.8.0.0/16", 65001)
    both = route("10.9.0.0/16", 65001)
    await node.peers(
        Peer(asn=65001, routes=(long_way, both)), Peer(asn=65001, routes=(short_way, both))
    )
    await node.look()
    await node.look()
    (told,) = node.ear.routes
    assert (told.connection_id, told.router_id) == (CONNECTION, routing_worlds.ROUTER_ID)
    assert [(str(one.prefix), one.tunnel_ids, one.as_path) for one in told.routes] == [
        ("10.8.0.0/16", TUNNELS[1:], (65001,)),
        ("10.9.0.0/16", TUNNELS, (65001,)),
    ]
    await node.peers(None, None)
    await node.look()
    assert node.ear.routes[-1].routes == ()


async def test_refused_routes_carry_their_reason(node: Node) -> None:
    await node.want(a_router(limit=1))
    routes = (
        route("10.1.0.0/16", 65001),
        route("10.2.0.0/16", 65001),
        route("0.0.0.0/0", 65001),
        route("100.64.1.0/24", 65001),
        route("169.254.8.0/24", 65001),
        route("10.3.0.0/16", 65001, 45104),
    )
    await node.peers(Peer(asn=65001, routes=routes), None)
    await node.look()
    (told,) = node.ear.routes
    assert {str(one.prefix): one.refusal for one in told.routes} == {
        "10.1.0.0/16": None,
        "10.2.0.0/16": "PrefixLimit",
        "0.0.0.0/0": "DefaultRoute",
        "100.64.1.0/24": "Reserved",
        "169.254.8.0/24": "Underlay",
        "10.3.0.0/16": "AsLoop",
    }
    assert all(one.is_refused is (one.refusal is not None) for one in told.routes)


async def test_routes_of_a_connection_that_stops_speaking_are_taken_back(node: Node) -> None:
    router = a_router()
    await node.want(router)
    await node.peers(Peer(asn=65001, routes=(route("10.9.0.0/16", 65001),)), None)
    await node.look()
    await node.want(replace(router, vpns=(replace(router.vpns[0], bgp=()),)))
    await node.look()
    assert [len(one.routes) for one in node.ear.routes] == [1, 0]
    assert node.watch.of(routing_worlds.ROUTER_ID) == ()


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("one", "another", sessions.WRONG_KEY),
        ("one", None, sessions.PEER_WITHOUT_KEY),
        (None, "another", sessions.KEY_NOT_WANTED),
    ],
)
async def test_a_key_that_does_not_fit_is_blamed(
    node: Node, ours: str | None, theirs: str | None, expected: str
) -> None:
    await node.want(a_router(key_id="cgw-one" if ours else None), {"cgw-one": ours or ""})
    good = Peer(asn=65001, key=ours)
    await node.peers(Peer(asn=65001, key=theirs), good)
    await node.look()
    first, second = await node.look()
    assert first.last_error == expected
    assert (second.state, second.last_error) == (ESTABLISHED, None)
    await node.peers(good, good)
    first, _ = await node.look()
    assert (first.state, first.last_error) == (ESTABLISHED, None)


async def test_a_missing_neighbor_has_the_router_looked_at_but_not_all_the_time(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    await node.want(a_router())
    lost = routing_port.SessionFacts(
        name=SESSIONS[0],
        state=observation.BgpState.IDLE,
        bfd=observation.BfdState.DOWN,
        since=None,
        last_error="Error: Neighbor lost",
        imported=0,
        refused=0,
        is_limit_hit=False,
        announced=0,
        updates=0,
    )

    async def facts(_place: places.RouterPlace) -> tuple[routing_port.SessionFacts, ...]:
        return (lost,)

    monkeypatch.setattr(node.world.driver, "sessions", facts)
    await node.look()
    await node.look()
    assert node.ear.passes == [ROUTER_KEY]


@pytest.mark.parametrize(("later", "is_told"), [(1, False), (-20, False), (21, True), (-900, True)])
async def test_a_time_that_only_jitters_is_not_told_again(
    node: Node, monkeypatch: pytest.MonkeyPatch, later: int, is_told: bool
) -> None:
    await node.want(a_router())
    at = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
    established = routing_port.SessionFacts(
        name=SESSIONS[0],
        state=ESTABLISHED,
        bfd=observation.BfdState.UP,
        since=at,
        last_error=None,
        imported=0,
        refused=0,
        is_limit_hit=False,
        announced=0,
        updates=0,
    )
    told = [(established,)]

    async def facts(_place: places.RouterPlace) -> tuple[routing_port.SessionFacts, ...]:
        return told[-1]

    monkeypatch.setattr(node.world.driver, "sessions", facts)
    await node.look()
    moved = at + timedelta(milliseconds=later)
    told.append((replace(established, since=moved),))
    first, _ = await node.look()
    assert first.since == (moved if is_told else at)
    assert len(node.ear.seen) == (2 if is_told else 1)


async def test_prefixes_beyond_a_raised_limit_are_asked_for_again(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def ask_again(_place: places.RouterPlace, name: str) -> None:
        asked.append(name)

    many = tuple(route(f"10.{number}.0.0/16", 65001) for number in range(3))
    await node.want(a_router(limit=2))
    await node.peers(Peer(asn=65001, routes=many), None)
    monkeypatch.setattr(node.world.driver, "ask_again", ask_again)
    await node.look()
    assert asked == []
    limited = a_router(limit=2)
    await node.want(limited)
    entry = codec.IntentEntry(
        kind=intent.IntentKind.ROUTER,
        resource_id=limited.router_id,
        generation=2,
        intent_json=codec.encode_intent(a_router(limit=3)),
    )
    node.wanted.accept(codec.IntentBatch(revision=2, entries=(entry,), psks={}))
    await node.look()
    await node.look()
    assert asked == [SESSIONS[0]]


async def test_sessions_beyond_a_lowered_limit_start_over_one_after_the_other(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []

    async def start_over(_place: places.RouterPlace, name: str) -> None:
        started.append(name)

    async def facts(_place: places.RouterPlace) -> tuple[routing_port.SessionFacts, ...]:
        return tuple(
            replace(one, imported=3) for one in await original(node.world.place) if one.name in over
        )

    original, over = node.world.driver.sessions, set(SESSIONS)
    await node.want(a_router(limit=2))
    await node.peers(Peer(asn=65001), Peer(asn=65001))
    monkeypatch.setattr(node.world.driver, "start_over", start_over)
    monkeypatch.setattr(node.world.driver, "sessions", facts)
    await node.look()
    await node.look()
    assert started == [SESSIONS[0]]
    over.discard(SESSIONS[0])
    monkeypatch.setattr(bgp_watch, "ASK_AGAIN_SECONDS", 0.0)
    await node.look()
    assert started == list(SESSIONS)


async def test_a_daemon_that_answers_late_is_mute_until_it_does(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bgp_watch, "PATIENCE_SECONDS", 0.01)
    await node.want(a_router())
    await node.peers(Peer(asn=65001), Peer(asn=65001))
    answer, thawed = node.world.driver.sessions, asyncio.Event()

    async def late(place: places.RouterPlace) -> tuple[routing_port.SessionFacts, ...]:
        await thawed.wait()
        return await answer(place)

    monkeypatch.setattr(node.world.driver, "sessions", late)
    looking = asyncio.create_task(node.look())
    await eventually.eventually(lambda: asyncio.sleep(0, node.ear.seen), bool)
    told = node.watch.of(routing_worlds.ROUTER_ID)
    assert [one.state for one in told] == [UNKNOWN, UNKNOWN]
    thawed.set()
    assert [one.state for one in await looking] == [ESTABLISHED, ESTABLISHED]
