"""BGP of the routing port: one suite on memory and on BIRD, then what only BIRD can show."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network

import pytest

from futago.domain import bgp, forwarding
from futago.plan import observation, places
from futago.ports import routing
from futago.testing import routing_worlds
from futago.testing.eventually import eventually
from futago.testing.routing_worlds import Peer, route, session

ESTABLISHED = observation.BgpState.ESTABLISHED
VPC_PREFIX = IPv4Network("10.1.0.0/24")
KEY = forwarding.SessionKey(key_id="cgw-one", version=1)
ROUNDING = timedelta(seconds=0.1)
"""BIRD counts from its own start, and shows the time of day: the last digit may differ."""
SECRET = "s3cret#;{}'\\x"


def a_config(
    *sessions: forwarding.BgpSession,
    announces: bool = True,
    entries: tuple[forwarding.StaticRoute, ...] = (),
) -> forwarding.RoutingConfig:
    """A VPC and connections, propagated into one route table and announced from it."""
    origin = forwarding.RouteOrigin
    connections = tuple(dict.fromkeys(one.table for one in sessions))
    gathered = (origin.VPC, origin.ENTRY, origin.PRIVATE_ENTRY)
    vpc_hop = forwarding.DeviceNextHop(device="v1", gateway=IPv4Address("169.254.0.2"))
    pipes = [
        forwarding.Pipe(name="vpc_up", source="vpc", target="main", origins=(origin.VPC,)),
        forwarding.Pipe(name="gather", source="main", target="announced", origins=gathered),
    ]
    for name in connections:
        pipes.append(
            forwarding.Pipe(name=f"{name}_up", source=name, target="main", origins=(origin.VPN,))
        )
        if announces:
            pipes.append(
                forwarding.Pipe(
                    name=f"{name}_down", source="announced", target=name, origins=gathered
                )
            )
    return forwarding.RoutingConfig(
        router_address=IPv4Address("10.255.0.1"),
        tables=(
            forwarding.ForwardingTable(name="main", kernel_table=routing_worlds.KERNEL_TABLE),
            forwarding.ForwardingTable(name="announced"),
            forwarding.ForwardingTable(name="vpc"),
            *(forwarding.ForwardingTable(name=name) for name in connections),
        ),
        sources=(
            forwarding.StaticSource(
                name="vpc",
                table="vpc",
                routes=(forwarding.StaticRoute(prefix=VPC_PREFIX, next_hops=(vpc_hop,)),),
                origin=origin.VPC,
                preference=forwarding.VPC_PREFERENCE,
            ),
            forwarding.StaticSource(
                name="entries",
                table="main",
                routes=entries,
                origin=origin.PRIVATE_ENTRY,
                preference=forwarding.ENTRY_PREFERENCE,
            ),
        ),
        pipes=tuple(pipes),
        sessions=sessions,
    )


BOTH = (session("t1", "site"), session("t2", "site"))


@pytest.fixture(params=["memory", pytest.param("bird", marks=pytest.mark.lab)])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[routing_worlds.World]:
    kinds = {"memory": routing_worlds.MemoryWorld, "bird": routing_worlds.BirdWorld}
    made = await kinds[request.param].make()
    try:
        await made.driver.start(made.place)
        yield made
    finally:
        await made.remove()


@pytest.fixture
async def bird() -> AsyncIterator[routing_worlds.BirdWorld]:
    made = await routing_worlds.BirdWorld.make()
    try:
        await made.driver.start(made.place)
        yield made
    finally:
        await made.remove()


async def states(
    world: routing_worlds.World, **expected: observation.BgpState
) -> dict[str, routing.SessionFacts]:
    async def read() -> dict[str, routing.SessionFacts]:
        return {facts.name: facts for facts in await world.driver.sessions(world.place)}

    return await eventually(
        read, lambda seen: {name: facts.state for name, facts in seen.items()} == expected
    )


async def forwards(world: routing_worlds.World, table: str, **expected: set[str]) -> None:
    """Wait until a table has these routes; keys are written like n10_9_0_0__16."""
    wanted = {
        IPv4Network(name[1:].replace("__", "/").replace("_", ".")): devices
        for name, devices in expected.items()
    }

    async def read() -> dict[IPv4Network, set[str]]:
        found = await world.driver.routes(world.place, table)
        return {one.prefix: set(one.devices) for one in found}

    await eventually(read, lambda seen: seen == wanted)


async def carries(
    world: routing_worlds.World,
    name: str,
    *,
    learned: set[str],
    refused: set[str] = frozenset(),
    announced: set[str],
) -> routing.SessionRoutes:
    def prefixes(routes: tuple[routing.SessionRoute, ...]) -> set[str]:
        return {str(one.prefix) for one in routes}

    async def read() -> routing.SessionRoutes:
        return await world.driver.session_routes(world.place, name)

    return await eventually(
        read,
        lambda seen: (
            (
                prefixes(seen.learned),
                prefixes(seen.refused),
                prefixes(seen.announced),
            )
            == (learned, refused, announced)
        ),
    )


# Both drivers.


async def test_without_sessions_there_is_nothing_to_see(world: routing_worlds.World) -> None:
    await world.driver.apply(world.place, a_config(), {})
    assert await world.driver.sessions(world.place) == ()
    with pytest.raises(routing.SessionMissing, match="t9"):
        await world.driver.session_routes(world.place, "t9")


async def test_both_tunnels_learn_and_announce_and_share_the_load(
    world: routing_worlds.World,
) -> None:
    told = route("10.9.0.0/16", 65001, communities=("65001:7",), origin="EGP", med=30)
    peer = Peer(asn=65001, routes=(told,))
    await world.set_peer("t1", peer)
    await world.set_peer("t2", peer)
    await world.driver.apply(world.place, a_config(*BOTH), {})
    seen = await states(world, t1=ESTABLISHED, t2=ESTABLISHED)
    assert seen["t1"].last_error is None
    await forwards(world, "main", n10_1_0_0__24={"v1"}, n10_9_0_0__16={"t1", "t2"})
    for name in ("t1", "t2"):
        found = await carries(world, name, learned={"10.9.0.0/16"}, announced={"10.1.0.0/24"})
        assert found.learned == peer.routes
    seen = await states(world, t1=ESTABLISHED, t2=ESTABLISHED)
    counts = [(one.imported, one.refused, one.announced) for one in seen.values()]
    assert counts == [(1, 0, 1), (1, 0, 1)]


async def test_a_session_follows_carrier_and_its_partner_stays(world: routing_worlds.World) -> None:
    peer = Peer(asn=65001, routes=(route("10.9.0.0/16", 65001),))
    await world.set_peer("t1", peer)
    await world.set_peer("t2", peer)
    await world.driver.apply(world.place, a_config(*BOTH), {})
    before = await states(world, t1=ESTABLISHED, t2=ESTABLISHED)
    world.set_carrier("t1", carrier=False)
    await forwards(world, "main", n10_1_0_0__24={"v1"}, n10_9_0_0__16={"t2"})

    async def read() -> dict[str, tuple[bool, str | None]]:
        found = await world.driver.sessions(world.place)
        return {one.name: (one.state is ESTABLISHED, one.last_error) for one in found}

    wanted = {"t1": (False, "Error: Link down"), "t2": (True, None)}
    await eventually(read, lambda seen: seen == wanted)
    world.set_carrier("t1", carrier=True)
    after = await states(world, t1=ESTABLISHED, t2=ESTABLISHED)
    await forwards(world, "main", n10_1_0_0__24={"v1"}, n10_9_0_0__16={"t1", "t2"})
    if isinstance(world, routing_worlds.BirdWorld):
        assert after["t2"].since == before["t2"].since


async def test_sites_are_not_announced_to_each_other(world: routing_worlds.World) -> None:
    await world.set_peer("t1", Peer(asn=65001, routes=(route("10.9.0.0/16", 65001),)))
    await world.set_peer("t3", Peer(asn=65003, routes=(route("10.8.0.0/16", 65003),)))
    config = a_config(session("t1", "site"), session("t3", "other", peer_asn=65003))
    await world.driver.apply(world.place, config, {})
    await carries(world, "t1", learned={"10.9.0.0/16"}, announced={"10.1.0.0/24"})
    await carries(world, "t3", learned={"10.8.0.0/16"}, announced={"10.1.0.0/24"})
    await forwards(world, "main", n10_1_0_0__24={"v1"}, n10_9_0_0__16={"t1"}, n10_8_0_0__16={"t3"})


async def test_announcing_is_switched_without_touching_the_session(
    world: routing_worlds.World,
) -> None:
    await world.set_peer("t1", Peer(asn=65001, routes=(route("10.9.0.0/16", 65001),)))
    one = session("t1", "site")
    await world.driver.apply(world.place, a_config(one), {})
    await carries(world, "t1", learned={"10.9.0.0/16"}, announced={"10.1.0.0/24"})
    before = await states(world, t1=ESTABLISHED)
    await world.driver.apply(world.place, a_config(one, announces=False), {})
    await carries(world, "t1", learned={"10.9.0.0/16"}, announced=set())
    await world.driver.apply(world.place, a_config(one), {})
    await carries(world, "t1", learned={"10.9.0.0/16"}, announced={"10.1.0.0/24"})
    after = await states(world, t1=ESTABLISHED)
    if isinstance(world, routing_worlds.BirdWorld):
        assert after["t1"].since == before["t1"].since


async def test_what_a_private_entry_overrides_is_not_announced(
    world: routing_worlds.World,
) -> None:
    await world.set_peer("t1", Peer(asn=65001))
    blackhole = forwarding.StaticRoute(prefix=VPC_PREFIX, next_hops=())
    one = session("t1", "site")
    await world.driver.apply(world.place, a_config(one, entries=(blackhole,)), {})
    await states(world, t1=ESTABLISHED)
    await carries(world, "t1", learned=set(), announced=set())
    await forwards(world, "main", n10_1_0_0__24=set())
    await world.driver.apply(world.place, a_config(one), {})
    await carries(world, "t1", learned=set(), announced={"10.1.0.0/24"})


def a_choice(*, with_entry: bool, with_vpc: bool, with_destination: bool):
    """Three sessions of two connections, and other sources of the prefix that they announce."""
    config = a_config(
        session("t1", "site"), session("t2", "site"), session("t3", "other", peer_asn=65003)
    )
    origin = forwarding.RouteOrigin
    hops = tuple(forwarding.DeviceNextHop(device=device) for device in ("t1", "t2"))
    vpc_hop = forwarding.DeviceNextHop(device="v1", gateway=IPv4Address("169.254.0.2"))
    offers = [
        (with_entry, "main", (), origin.PRIVATE_ENTRY, forwarding.ENTRY_PREFERENCE),
        (with_vpc, "vpc", (vpc_hop,), origin.VPC, forwarding.VPC_PREFERENCE),
        (with_destination, "site", hops, origin.VPN, forwarding.DESTINATION_PREFERENCE),
    ]
    more = tuple(
        forwarding.StaticSource(
            name=f"offer_{table}",
            table=table,
            routes=(forwarding.StaticRoute(prefix=CHOSEN, next_hops=next_hops),),
            origin=where,
            preference=preference,
        )
        for is_there, table, next_hops, where, preference in offers
        if is_there
    )
    return replace(config, sources=(*config.sources, *more))


CHOSEN = IPv4Network("10.9.0.0/16")


@pytest.mark.parametrize(
    ("lengths", "others", "expected"),
    [
        pytest.param((1, 1, 1), "", {"t1", "t2", "t3"}, id="equal paths share"),
        pytest.param((2, 1, 1), "", {"t2", "t3"}, id="the shorter path"),
        pytest.param((2, 2, 1), "", {"t3"}, id="one shortest path"),
        pytest.param((2, 2, 1), "destination", {"t1", "t2"}, id="a destination route before BGP"),
        pytest.param((1, 1, 1), "destination vpc", {"v1"}, id="a VPC before destination routes"),
        pytest.param((1, 1, 1), "destination vpc entry", set(), id="an entry before everything"),
    ],
)
async def test_the_route_that_forwards(
    world: routing_worlds.World, lengths: tuple[int, ...], others: str, expected: set[str]
) -> None:
    for number, (name, length) in enumerate(zip(routing_worlds.SESSIONS, lengths, strict=True)):
        asn = 65003 if name == "t3" else 65001
        path = (asn,) * length
        origin = "Incomplete" if number else "IGP"
        told = route(str(CHOSEN), *path, origin=origin, med=number or None)
        await world.set_peer(name, Peer(asn=asn, routes=(told,)))
    offers = {f"with_{each}": each in others.split() for each in ("entry", "vpc", "destination")}
    await world.driver.apply(world.place, a_choice(**offers), {})
    await states(world, t1=ESTABLISHED, t2=ESTABLISHED, t3=ESTABLISHED)
    await forwards(world, "main", n10_1_0_0__24={"v1"}, n10_9_0_0__16=expected)


async def test_harmful_prefixes_are_refused_and_shown(world: routing_worlds.World) -> None:
    harmful = (
        route("0.0.0.0/0", 65001),
        route("64.0.0.0/2", 65001),
        route("10.7.0.0/16", 65001, 45104, 65002),
        route("100.64.0.0/10", 65001),
        route("100.100.1.0/24", 65001),
        route("169.254.77.0/24", 65001),
    )
    fine = (route("0.0.0.0/2", 65001), route("10.9.0.0/16", 65001, 65002))
    await world.set_peer("t1", Peer(asn=65001, routes=(*harmful, *fine)))
    await world.driver.apply(world.place, a_config(session("t1", "site")), {})
    seen = await carries(
        world,
        "t1",
        learned={str(one.prefix) for one in fine},
        refused={str(one.prefix) for one in harmful},
        announced={"10.1.0.0/24"},
    )
    for one in (*seen.learned, *seen.refused):
        reason = bgp.refusal(one.prefix, one.as_path, routing_worlds.LOCAL_ASN)
        assert (reason is None) is (one in seen.learned)


async def test_beyond_the_limit_prefixes_are_refused_and_the_session_stays(
    world: routing_worlds.World,
) -> None:
    many = tuple(route(f"10.{number}.0.0/16", 65001) for number in range(20, 28))
    await world.set_peer("t1", Peer(asn=65001, routes=many))
    limited = session("t1", "site", import_limit=5)
    await world.driver.apply(world.place, a_config(limited), {})

    async def read() -> tuple[int, int, bool]:
        (facts,) = await world.driver.sessions(world.place)
        return facts.imported, facts.refused, facts.is_limit_hit

    await eventually(read, lambda seen: seen == (5, 3, True))
    before = await states(world, t1=ESTABLISHED)
    await world.driver.apply(world.place, a_config(session("t1", "site", import_limit=50)), {})
    await world.driver.ask_again(world.place, "t1")
    await eventually(read, lambda seen: seen == (8, 0, False))
    after = await states(world, t1=ESTABLISHED)
    if isinstance(world, routing_worlds.BirdWorld):
        assert after["t1"].since == before["t1"].since
    await world.driver.apply(world.place, a_config(session("t1", "site", import_limit=3)), {})
    await world.driver.start_over(world.place, "t1")
    await eventually(read, lambda seen: seen == (3, 5, True))


async def test_a_wrong_number_is_told(world: routing_worlds.World) -> None:
    await world.set_peer("t1", Peer(asn=65009))
    await world.driver.apply(world.place, a_config(session("t1", "site")), {})

    async def read() -> str | None:
        (facts,) = await world.driver.sessions(world.place)
        return facts.last_error

    await eventually(read, lambda error: error is not None and "Bad peer AS" in error)


async def test_a_key_protects_and_its_change_takes_effect(world: routing_worlds.World) -> None:
    await world.set_peer("t1", Peer(asn=65001, key=SECRET))
    await world.set_peer("t2", Peer(asn=65001))
    keyed = session("t1", "site", key=KEY)
    open_one = session("t2", "other")
    await world.driver.apply(world.place, a_config(keyed, open_one), {KEY.key_id: SECRET})
    before = await states(world, t1=ESTABLISHED, t2=ESTABLISHED)
    await world.set_peer("t1", Peer(asn=65001, key="another"))
    newer = forwarding.SessionKey(key_id=KEY.key_id, version=2)
    keyed = session("t1", "site", key=newer)
    await world.driver.apply(world.place, a_config(keyed, open_one), {KEY.key_id: "another"})
    after = await states(world, t1=ESTABLISHED, t2=ESTABLISHED)
    if isinstance(world, routing_worlds.BirdWorld):
        assert after["t1"].since != before["t1"].since
        assert after["t2"].since == before["t2"].since


async def test_a_missing_or_unusable_key_is_explained_and_changes_nothing(
    world: routing_worlds.World,
) -> None:
    await world.driver.apply(world.place, a_config(*BOTH), {})
    facts = await world.driver.observe(world.place)
    keyed = session("t1", "site", key=KEY)
    with pytest.raises(routing.KeyMissing, match="cgw-one"):
        await world.driver.apply(world.place, a_config(keyed), {})
    with pytest.raises(bgp.BadSessionKey) as caught:
        await world.driver.apply(world.place, a_config(keyed), {KEY.key_id: 'with"quote'})
    assert "with" not in caught.value.message.partition("characters")[0]
    assert await world.driver.observe(world.place) == facts


@pytest.mark.parametrize(
    ("ours", "theirs", "kind"),
    [(SECRET, "another", "wrong"), (SECRET, None, "missing"), (None, SECRET, "unexpected")],
)
async def test_segments_with_a_wrong_signature_are_counted(
    world: routing_worlds.World, ours: str | None, theirs: str | None, kind: str
) -> None:
    await world.set_peer("t1", Peer(asn=65001, key=theirs))
    one = session("t1", "site", key=KEY if ours else None)
    await world.driver.apply(world.place, a_config(one), {KEY.key_id: ours} if ours else {})

    async def read() -> routing.KeyCounts:
        return await world.driver.key_counts(world.place)

    seen = await eventually(read, lambda counts: getattr(counts, kind) > 0)
    assert seen == routing.KeyCounts(**{kind: getattr(seen, kind)})
    (facts,) = await world.driver.sessions(world.place)
    assert facts.state is not ESTABLISHED


# BIRD only.


@pytest.mark.lab
async def test_no_key_is_on_disk_and_a_killed_daemon_gets_its_keys_again(
    bird: routing_worlds.BirdWorld,
) -> None:
    await bird.set_peer("t1", Peer(asn=65001, key=SECRET, routes=(route("10.9.0.0/16", 65001),)))
    config = a_config(session("t1", "site", key=KEY))
    await bird.driver.apply(bird.place, config, {KEY.key_id: SECRET})
    await states(bird, t1=ESTABLISHED)
    for file in bird.files.iterdir():
        if file.is_file():
            assert "s3cret" not in file.read_text()
    vpc_route = "10.1.0.0/24 via 169.254.0.2 dev v1 proto bird metric 32 onlink"
    bird.kill()
    await bird.driver.wait_gone(bird.place)
    await bird.driver.start(bird.place)
    assert vpc_route in bird.kernel_routes()
    await bird.driver.apply(bird.place, config, {KEY.key_id: SECRET})
    assert vpc_route in bird.kernel_routes()
    await states(bird, t1=ESTABLISHED)
    await forwards(bird, "main", n10_1_0_0__24={"v1"}, n10_9_0_0__16={"t1"})


@pytest.mark.lab
async def test_segments_of_a_session_fit_into_the_tunnel(bird: routing_worlds.BirdWorld) -> None:
    await bird.set_peer("t1", Peer(asn=65001))
    await bird.driver.apply(bird.place, a_config(session("t1", "site")), {})
    await states(bird, t1=ESTABLISHED)
    sockets = routing_worlds.run("ip", "netns", "exec", bird.place.namespace, "ss", "-tin")
    (size,) = re.findall(r" mss:(\d+)", sockets)
    assert int(size) + 40 <= places.TUNNEL_MTU


@pytest.mark.lab
async def test_a_new_connection_leaves_the_sessions_of_others_up(
    bird: routing_worlds.BirdWorld,
) -> None:
    for name in routing_worlds.SESSIONS:
        await bird.set_peer(name, Peer(asn=65001, routes=(route("10.9.0.0/16", 65001),)))
    await bird.driver.apply(bird.place, a_config(*BOTH), {})
    before = await states(bird, t1=ESTABLISHED, t2=ESTABLISHED)
    await bird.driver.apply(bird.place, a_config(*BOTH, session("t3", "third")), {})
    after = await states(bird, t1=ESTABLISHED, t2=ESTABLISHED, t3=ESTABLISHED)
    for name in ("t1", "t2"):
        assert abs(after[name].since - before[name].since) < ROUNDING
    await bird.driver.apply(bird.place, a_config(*BOTH), {})
    last = await states(bird, t1=ESTABLISHED, t2=ESTABLISHED)
    for name in ("t1", "t2"):
        assert abs(last[name].since - before[name].since) < ROUNDING


@pytest.mark.lab
@pytest.mark.parametrize("speaks_bfd", [True, False])
async def test_bfd_is_used_where_the_peer_speaks_it_and_harmless_where_not(
    bird: routing_worlds.BirdWorld, *, speaks_bfd: bool
) -> None:
    bird.peer_bfd = speaks_bfd
    await bird.set_peer("t1", Peer(asn=65001, routes=(route("10.9.0.0/16", 65001),)))
    await bird.driver.apply(bird.place, a_config(session("t1", "site")), {})
    await states(bird, t1=ESTABLISHED)
    wanted = observation.BfdState.UP if speaks_bfd else observation.BfdState.ABSENT

    async def read() -> observation.BfdState:
        (facts,) = await bird.driver.sessions(bird.place)
        return facts.bfd

    await eventually(read, lambda state: state is wanted)
    ready = time.monotonic() + 2
    while time.monotonic() < ready:
        (facts,) = await bird.driver.sessions(bird.place)
        assert facts.state is ESTABLISHED


@pytest.mark.lab
async def test_the_kernel_has_a_learned_route_soon_after_it_is_announced(
    bird: routing_worlds.BirdWorld,
) -> None:
    await bird.set_peer("t1", Peer(asn=65001))
    await bird.driver.apply(bird.place, a_config(session("t1", "site")), {})
    await states(bird, t1=ESTABLISHED)
    await bird.set_peer("t1", Peer(asn=65001, routes=(route("10.9.0.0/16", 65001),)))
    started = time.monotonic()

    async def read() -> list[str]:
        return bird.kernel_routes()

    wanted = "10.9.0.0/16 via 169.254.11.2 dev t1 proto bird metric 32"
    await eventually(read, lambda routes: wanted in routes)
    assert time.monotonic() - started < 1
