"""The network port: one suite on memory and on the kernel, then what only a kernel can show."""

from __future__ import annotations

import asyncio
import json
import pathlib
import secrets
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Protocol

import pytest

from futago.domain import forwarding, ids
from futago.drivers.linux import network as linux_network
from futago.drivers.linux import underlay
from futago.drivers.memory import network as memory_network
from futago.plan import places, steps
from futago.ports import network

GATEWAY = IPv4Address("203.0.113.10")
OTHER_GATEWAY = IPv4Address("203.0.113.11")
NEIGHBOR = "203.0.113.1"
ZONES = {"zone-a": "up0", "zone-b": "up1", "zone-broken": "gone0"}


def run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
    return done.stdout


def inside(namespace: str, *words: str) -> str:
    return run("ip", "netns", "exec", namespace, *words)


def succeeds(namespace: str, *words: str) -> bool:
    words = ("ip", "netns", "exec", namespace, *words)
    return subprocess.run(words, capture_output=True, check=False, timeout=20).returncode == 0


async def eventually(check: Callable[[], bool], *, within: float = 5.0) -> None:
    deadline = time.monotonic() + within
    while not await asyncio.to_thread(check):
        assert time.monotonic() < deadline, "the condition did not come true"
        await asyncio.sleep(0.05)


class World(Protocol):
    """A driver, and hands to do what other drivers do."""

    mark: str
    driver: network.Network

    def add_tunnel_device(self, namespace: str, device: str) -> None: ...


@dataclass
class MemoryWorld:
    mark: str
    driver: memory_network.MemoryNetwork

    @classmethod
    def make(cls) -> MemoryWorld:
        driver = memory_network.MemoryNetwork("mm", ZONES)
        driver.remove_uplink("gone0")
        return cls("mm", driver)

    def add_tunnel_device(self, namespace: str, device: str) -> None:
        self.driver.add_device(namespace, device)

    def remove_tunnel_device(self, namespace: str, device: str) -> None:
        self.driver.remove_device(namespace, device)


@dataclass
class LinuxWorld:
    mark: str
    node: str
    neighbor: str
    driver: linux_network.LinuxNetwork
    extra: list[str] = field(default_factory=list)

    @classmethod
    def make(cls) -> LinuxWorld:
        """A node with two uplinks; behind the first one a neighbor."""
        token = secrets.token_hex(2)
        node, neighbor = f"fgt-{token}-node", f"fgt-{token}-peer"
        for name in (node, neighbor):
            run("ip", "netns", "add", name)
        for number, uplink in enumerate(("up0", "up1")):
            run("ip", "-n", node, "link", "add", uplink, "type", "veth", "peer", "name",
                f"far{number}", "netns", neighbor)  # fmt: skip
            run("ip", "-n", node, "link", "set", uplink, "up")
            run("ip", "-n", neighbor, "link", "set", f"far{number}", "up")
        run("ip", "-n", node, "addr", "add", "203.0.113.2/24", "dev", "up0")
        run("ip", "-n", neighbor, "addr", "add", f"{NEIGHBOR}/24", "dev", "far0")
        mark = "t" + token[:3]
        zones = {zone: underlay.Uplink(device=device) for zone, device in ZONES.items()}
        driver = linux_network.LinuxNetwork(mark, zones, node_namespace=node)
        return cls(mark, node, neighbor, driver)

    def add_tunnel_device(self, namespace: str, device: str) -> None:
        run("ip", "-n", namespace, "tuntap", "add", device, "mode", "tun")
        run("ip", "-n", namespace, "link", "set", device, "up")

    def remove_tunnel_device(self, namespace: str, device: str) -> None:
        run("ip", "-n", namespace, "link", "del", device)

    def add_host(self, vpc: places.VpcPlace, bridge: str, address: str, gateway: str) -> str:
        """A host plugged into a bridge of a VPC."""
        name = f"{self.node}-h{len(self.extra)}"
        port = f"port{len(self.extra)}"
        run("ip", "netns", "add", name)
        self.extra.append(name)
        run("ip", "-n", vpc.namespace, "link", "add", port, "type", "veth", "peer", "name",
            "eth0", "netns", name)  # fmt: skip
        run("ip", "-n", vpc.namespace, "link", "set", port, "master", bridge, "up")
        run("ip", "-n", name, "addr", "add", f"{address}/24", "dev", "eth0")
        run("ip", "-n", name, "link", "set", "eth0", "up")
        run("ip", "-n", name, "route", "add", "default", "via", gateway)
        return name

    def remove(self) -> None:
        ours = [path.name for path in pathlib.Path("/run/netns").glob(f"{self.mark}-*")]
        for name in (*ours, *self.extra, self.node, self.neighbor):
            subprocess.run(("ip", "netns", "del", name), capture_output=True, check=False)


@pytest.fixture(params=["memory", pytest.param("linux", marks=pytest.mark.lab)])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "memory":
        yield MemoryWorld.make()
        return
    made = LinuxWorld.make()
    try:
        yield made
    finally:
        await made.driver.close()
        made.remove()


@pytest.fixture
async def linux() -> AsyncIterator[LinuxWorld]:
    made = LinuxWorld.make()
    try:
        yield made
    finally:
        await made.driver.close()
        made.remove()


def tunnel_place(mark: str, letter: str = "a") -> places.TunnelPlace:
    return places.TunnelPlace.of(mark, ids.TunnelId("tun-" + letter * 17), None)


def router_place(mark: str) -> places.RouterPlace:
    return places.RouterPlace.of(mark, ids.RouterId("tr-" + "r" * 17))


def vpc_place(mark: str, letter: str = "v") -> places.VpcPlace:
    return places.VpcPlace.of(mark, ids.VpcId("vpc-" + letter * 17))


async def make_tunnel(world: World, letter: str = "a") -> places.TunnelPlace:
    place = tunnel_place(world.mark, letter)
    await world.driver.create_namespace(place.namespace, places.PlaceKind.TUNNEL)
    return place


async def make_router(world: World) -> places.RouterPlace:
    place = router_place(world.mark)
    await world.driver.create_namespace(place.namespace, places.PlaceKind.ROUTER)
    return place


async def make_vpc(world: World, letter: str = "v") -> places.VpcPlace:
    place = vpc_place(world.mark, letter)
    await world.driver.create_namespace(place.namespace, places.PlaceKind.VPC)
    return place


def link_step(
    router: places.RouterPlace, vpc: places.VpcPlace, *, all_traffic: bool
) -> steps.ConnectVpc:
    return steps.ConnectVpc(router=router, vpc=vpc, all_traffic=all_traffic)


# Both drivers.


async def test_a_made_namespace_is_listed_until_it_is_deleted(world: World) -> None:
    assert await world.driver.namespaces() == frozenset()
    place = await make_router(world)
    await make_router(world)
    assert await world.driver.namespaces() == {place.namespace}
    await world.driver.delete_namespace(place.namespace)
    await world.driver.delete_namespace(place.namespace)
    assert await world.driver.namespaces() == frozenset()


async def test_a_namespace_without_the_mark_is_refused(world: World) -> None:
    with pytest.raises(network.ForeignNamespace):
        await world.driver.create_namespace("somebody-else", places.PlaceKind.VPC)
    with pytest.raises(network.ForeignNamespace):
        await world.driver.delete_namespace("somebody-else")


async def test_a_missing_router_has_no_facts_and_takes_no_change(world: World) -> None:
    place = router_place(world.mark)
    facts = await world.driver.router_facts(place)
    assert not facts.has_namespace
    with pytest.raises(network.NamespaceMissing):
        await world.driver.set_rules(place, frozenset())
    with pytest.raises(network.NamespaceMissing):
        await world.driver.set_firewall(place, refusing(), "abc")
    with pytest.raises(network.NamespaceMissing):
        await world.driver.set_detours(place, frozenset())
    with pytest.raises(network.NamespaceMissing):
        await world.driver.counters(place)


async def test_a_new_router_is_empty(world: World) -> None:
    facts = await world.driver.router_facts(await make_router(world))
    assert facts.has_namespace
    assert facts.devices == frozenset()
    assert facts.rules == frozenset()
    assert facts.firewall is None
    assert facts.published_vpcs == {}


async def test_a_gateway_address_is_connected_replaced_and_taken_away(world: World) -> None:
    place = await make_tunnel(world)
    assert await world.driver.outside_address(place) is None
    await world.driver.connect_underlay(place, GATEWAY, "zone-a")
    assert await world.driver.outside_address(place) == GATEWAY
    await world.driver.connect_underlay(place, GATEWAY, "zone-a")
    assert await world.driver.outside_address(place) == GATEWAY
    await world.driver.connect_underlay(place, OTHER_GATEWAY, "zone-b")
    assert await world.driver.outside_address(place) == OTHER_GATEWAY
    await world.driver.disconnect_underlay(place)
    await world.driver.disconnect_underlay(place)
    assert await world.driver.outside_address(place) is None


async def test_an_unknown_zone_a_missing_uplink_and_a_missing_namespace_are_explained(
    world: World,
) -> None:
    place = await make_tunnel(world)
    with pytest.raises(network.ZoneUnknown, match="zone-x"):
        await world.driver.connect_underlay(place, GATEWAY, "zone-x")
    with pytest.raises(network.UplinkMissing, match=r"gone0.*zone-broken"):
        await world.driver.connect_underlay(place, GATEWAY, "zone-broken")
    with pytest.raises(network.NamespaceMissing):
        await world.driver.connect_underlay(tunnel_place(world.mark, "b"), GATEWAY, "zone-a")


async def test_rules_are_exactly_what_was_set_last(world: World) -> None:
    place = await make_router(world)
    await world.driver.set_rules(place, frozenset({("t1", 1000), ("t2", 1001)}))
    facts = await world.driver.router_facts(place)
    assert facts.rules == {("t1", 1000), ("t2", 1001)}
    await world.driver.set_rules(place, frozenset({("t2", 1000)}))
    facts = await world.driver.router_facts(place)
    assert facts.rules == {("t2", 1000)}


async def test_a_session_address_is_set_replaced_and_taken_away(world: World) -> None:
    place = await make_router(world)
    device = places.device_name(world.mark, "t", "tun-" + "x" * 17)
    world.add_tunnel_device(place.namespace, device)

    async def present() -> set[str]:
        facts = await world.driver.router_facts(place)
        return {str(address) for address in facts.session_addresses[device]}

    assert await present() == set()
    for text in ("169.254.10.1/30", "169.254.10.1/30", "169.254.20.2/30", None):
        address = None if text is None else IPv4Interface(text)
        await world.driver.set_session_address(
            steps.SetSessionAddress(router=place, device=device, address=address)
        )
        assert await present() == ({text} if text else set())
    gone = steps.SetSessionAddress(router=place, device="nothing", address=None)
    with pytest.raises(network.DeviceMissing, match="nothing"):
        await world.driver.set_session_address(gone)


async def test_the_digest_of_the_last_firewall_is_in_force(world: World) -> None:
    place = await make_router(world)
    await world.driver.set_firewall(place, refusing("t1", "t2"), "0123abcd")
    assert (await world.driver.router_facts(place)).firewall == "0123abcd"
    await world.driver.set_firewall(place, refusing(), "4567ef")
    assert (await world.driver.router_facts(place)).firewall == "4567ef"


async def test_detours_are_replaced_and_go_with_their_devices(world: World) -> None:
    place = await make_router(world)
    assert (await world.driver.router_facts(place)).detours == frozenset()
    for device in ("t1", "t2", "t3"):
        world.add_tunnel_device(place.namespace, device)
    for pairs in ({("t1", "t2"), ("t2", "t1")}, {("t1", "t3")}, set()):
        wanted = frozenset(forwarding.Detour(device=one, partner=other) for one, other in pairs)
        for _ in range(2):
            await world.driver.set_detours(place, wanted)
            assert (await world.driver.router_facts(place)).detours == wanted
    both = frozenset(
        {
            forwarding.Detour(device="t1", partner="t2"),
            forwarding.Detour(device="t3", partner="t2"),
            forwarding.Detour(device="t1", partner="gone"),
        }
    )
    await world.driver.set_detours(place, both)
    world.remove_tunnel_device(place.namespace, "t3")
    left = frozenset({forwarding.Detour(device="t1", partner="t2")})
    assert (await world.driver.router_facts(place)).detours == left
    world.remove_tunnel_device(place.namespace, "t2")
    assert (await world.driver.router_facts(place)).detours == frozenset()


async def test_a_vpc_is_linked_switched_and_unlinked(world: World) -> None:
    router, vpc = await make_router(world), await make_vpc(world)
    for all_traffic in (False, False, True, False):
        await world.driver.connect_vpc(link_step(router, vpc, all_traffic=all_traffic))
        facts = await world.driver.router_facts(router)
        assert facts.devices == {vpc.device}
        assert facts.published_vpcs == {vpc.device: all_traffic}
    await world.driver.disconnect_vpc(router, vpc.device)
    await world.driver.disconnect_vpc(router, vpc.device)
    facts = await world.driver.router_facts(router)
    assert facts.devices == frozenset()
    assert facts.published_vpcs == {}


async def test_a_vpc_needs_both_namespaces_to_be_linked(world: World) -> None:
    router = await make_router(world)
    with pytest.raises(network.NamespaceMissing):
        await world.driver.connect_vpc(link_step(router, vpc_place(world.mark), all_traffic=True))


async def test_a_deleted_vpc_takes_its_link_along(world: World) -> None:
    router, vpc = await make_router(world), await make_vpc(world)
    await world.driver.connect_vpc(link_step(router, vpc, all_traffic=True))
    await world.driver.delete_namespace(vpc.namespace)
    assert (await world.driver.router_facts(router)).devices == frozenset()


async def test_a_deleted_router_takes_its_links_along_and_can_be_made_again(world: World) -> None:
    router, vpc = await make_router(world), await make_vpc(world)
    await world.driver.connect_vpc(link_step(router, vpc, all_traffic=True))
    await world.driver.delete_namespace(router.namespace)
    assert not (await world.driver.router_facts(router)).has_namespace
    await make_router(world)
    await world.driver.connect_vpc(link_step(router, vpc, all_traffic=False))
    assert (await world.driver.router_facts(router)).published_vpcs == {vpc.device: False}


async def test_bridges_show_their_address(world: World) -> None:
    vpc = await make_vpc(world)
    await world.driver.create_bridge(vpc, "brone", IPv4Address("10.0.1.1"), 24)
    await world.driver.create_bridge(vpc, "brtwo", IPv4Address("10.0.2.1"), 24)
    await world.driver.create_bridge(vpc, "brtwo", IPv4Address("10.0.3.1"), 24)
    facts = await world.driver.vpc_facts(vpc)
    assert facts.bridges == {
        "brone": IPv4Address("10.0.1.1"),
        "brtwo": IPv4Address("10.0.3.1"),
    }
    await world.driver.delete_bridge(vpc, "brone")
    await world.driver.delete_bridge(vpc, "brone")
    assert set((await world.driver.vpc_facts(vpc)).bridges) == {"brtwo"}


async def test_counters_and_facts_show_the_devices_of_others(world: World) -> None:
    router = await make_router(world)
    assert await world.driver.counters(router) == {}
    world.add_tunnel_device(router.namespace, "t1")
    assert (await world.driver.router_facts(router)).devices == {"t1"}
    counters = await world.driver.counters(router)
    assert set(counters) == {"t1"}
    assert counters["t1"].received_bytes == 0


# The kernel only.


@pytest.mark.lab
async def test_a_neighbor_of_the_uplink_reaches_the_gateway_address(linux: LinuxWorld) -> None:
    place = await make_tunnel(linux)
    await linux.driver.connect_underlay(place, GATEWAY, "zone-a")
    assert succeeds(linux.neighbor, "ping", "-c1", "-W2", str(GATEWAY))
    assert succeeds(place.namespace, "ping", "-c1", "-W2", NEIGHBOR)


@pytest.mark.lab
async def test_a_private_address_is_answered_for_on_the_private_uplink(linux: LinuxWorld) -> None:
    private = IPv4Address("10.99.0.60")
    zone = underlay.Uplink(
        device="up0", private_device="up1", private_pools=(IPv4Network("10.99.0.0/25"),)
    )
    driver = linux_network.LinuxNetwork(linux.mark, {"zone-a": zone}, node_namespace=linux.node)
    run("ip", "-n", linux.node, "addr", "add", "10.99.0.1/24", "dev", "up1")
    run("ip", "-n", linux.neighbor, "addr", "add", "10.99.0.9/24", "dev", "far1")
    place = await make_tunnel(linux)
    try:
        for address, device in ((GATEWAY, "up0"), (private, "up1")):
            await driver.connect_underlay(place, address, "zone-a")
            assert await driver.outside_address(place) == address
            proxied = inside(linux.node, "ip", "neigh", "show", "proxy").split()
            assert proxied[:3] == [str(address), "dev", device]
        assert succeeds(linux.neighbor, "ping", "-c1", "-W2", str(private))
    finally:
        await driver.close()


@pytest.mark.lab
async def test_only_the_gateway_address_is_answered_for(linux: LinuxWorld) -> None:
    inside(linux.node, "ip", "addr", "add", "198.51.100.1/24", "dev", "up1")
    place = await make_tunnel(linux)
    await linux.driver.connect_underlay(place, GATEWAY, "zone-a")
    inside(linux.neighbor, "ip", "route", "add", "198.51.100.0/24", "dev", "far0")
    assert not succeeds(linux.neighbor, "ping", "-c1", "-W1", "198.51.100.7")
    # An unanswered request, and none that the node took on: the entry has no address.
    assert "lladdr" not in inside(linux.neighbor, "ip", "neigh", "show", "198.51.100.7")


@pytest.mark.lab
async def test_nothing_answers_for_a_gateway_address_that_was_taken_away(
    linux: LinuxWorld,
) -> None:
    place = await make_tunnel(linux)
    await linux.driver.connect_underlay(place, GATEWAY, "zone-a")
    await linux.driver.delete_namespace(place.namespace)
    assert inside(linux.node, "ip", "neigh", "show", "proxy") == ""
    assert place.uplink_device not in inside(linux.node, "ip", "link", "show")


@pytest.mark.lab
async def test_what_others_removed_is_pruned_and_the_living_stay(linux: LinuxWorld) -> None:
    gone, stays = await make_tunnel(linux), await make_tunnel(linux, "b")
    other = GATEWAY + 1
    await linux.driver.connect_underlay(gone, GATEWAY, "zone-a")
    await linux.driver.connect_underlay(stays, other, "zone-a")
    run("ip", "netns", "del", gone.namespace)
    run("ip", "-n", linux.node, "link", "del", gone.uplink_device)
    await linux.driver.prune_underlay()
    proxied = inside(linux.node, "ip", "neigh", "show", "proxy").split()
    assert (proxied[0], proxied.count("proxy")) == (str(other), 1)
    assert succeeds(linux.neighbor, "ping", "-c1", "-W2", str(other))


@pytest.mark.lab
async def test_a_broken_way_to_the_uplink_is_seen_and_repaired(linux: LinuxWorld) -> None:
    place = await make_tunnel(linux)
    await linux.driver.connect_underlay(place, GATEWAY, "zone-a")
    for damage in (
        ("link", "set", place.uplink_device, "down"),
        ("link", "del", place.uplink_device),
        ("neigh", "del", "proxy", str(GATEWAY), "dev", "up0"),
        ("route", "del", f"{GATEWAY}/32"),
    ):
        run("ip", "-n", linux.node, *damage)
        assert await linux.driver.outside_address(place) is None, damage
        await linux.driver.connect_underlay(place, GATEWAY, "zone-a")
        assert succeeds(linux.neighbor, "ping", "-c1", "-W2", str(GATEWAY)), damage
    run("ip", "-n", place.namespace, "route", "flush", "table", "main")
    assert await linux.driver.outside_address(place) is None
    await linux.driver.connect_underlay(place, GATEWAY, "zone-a")
    assert succeeds(linux.neighbor, "ping", "-c1", "-W2", str(GATEWAY))


@pytest.mark.lab
async def test_a_router_forwards_nothing_by_its_main_table(linux: LinuxWorld) -> None:
    router = await make_router(linux)
    await linux.driver.set_rules(router, frozenset({("t1", 1000)}))
    rules = inside(router.namespace, "ip", "rule").splitlines()
    assert [line.split("\t") for line in rules] == [
        ["0:", "from all lookup local"],
        ["100:", "from all iif lo lookup main"],
        ["110:", "from all iif lo lookup 1000"],
        ["1000:", "from all iif t1 [detached] lookup 1000"],
        ["32000:", "from all unreachable"],
    ]
    assert inside(router.namespace, "sysctl", "-n", "net.ipv4.ip_forward") == "1\n"
    assert inside(router.namespace, "sysctl", "-n", "net.ipv4.fib_multipath_hash_policy") == "1\n"


@pytest.mark.lab
async def test_a_second_driver_sees_what_the_first_one_made(linux: LinuxWorld) -> None:
    place, router, vpc = await make_tunnel(linux), await make_router(linux), await make_vpc(linux)
    await linux.driver.connect_underlay(place, GATEWAY, "zone-a")
    await linux.driver.connect_vpc(link_step(router, vpc, all_traffic=True))
    await linux.driver.set_firewall(router, refusing("t1"), "abcd")
    zones = {zone: underlay.Uplink(device=device) for zone, device in ZONES.items()}
    second = linux_network.LinuxNetwork(linux.mark, zones, node_namespace=linux.node)
    try:
        assert await second.outside_address(place) == GATEWAY
        assert await second.router_facts(router) == await linux.driver.router_facts(router)
        assert await second.namespaces() == await linux.driver.namespaces()
    finally:
        await second.close()


@pytest.mark.lab
async def test_a_namespace_that_somebody_replaced_is_read_anew(linux: LinuxWorld) -> None:
    router = await make_router(linux)
    linux.add_tunnel_device(router.namespace, "t1")
    assert set(await linux.driver.counters(router)) == {"t1"}
    run("ip", "netns", "del", router.namespace)
    run("ip", "netns", "add", router.namespace)
    assert await linux.driver.counters(router) == {}


@pytest.mark.lab
async def test_one_driver_serves_many_tasks_at_once(linux: LinuxWorld) -> None:
    tunnels = [tunnel_place(linux.mark, letter) for letter in "abcdefgh"]

    async def connect(number: int, place: places.TunnelPlace) -> None:
        await linux.driver.create_namespace(place.namespace, places.PlaceKind.TUNNEL)
        address = IPv4Address("203.0.113.100") + number
        await linux.driver.connect_underlay(place, address, "zone-a")
        assert await linux.driver.outside_address(place) == address

    async with asyncio.TaskGroup() as group:
        for number, place in enumerate(tunnels):
            group.create_task(connect(number, place))
    assert len(await linux.driver.namespaces()) == len(tunnels)


@pytest.mark.lab
async def test_hosts_of_two_vpcs_reach_each_other_as_the_tables_say(linux: LinuxWorld) -> None:
    router = await make_router(linux)
    hosts = []
    for number, letter in enumerate("vw", 1):
        vpc = await make_vpc(linux, letter)
        gateway = IPv4Address(f"10.{number}.0.1")
        await linux.driver.create_bridge(vpc, "brone", gateway, 24)
        await linux.driver.connect_vpc(link_step(router, vpc, all_traffic=number == 1))
        hosts.append(linux.add_host(vpc, "brone", f"10.{number}.0.5", str(gateway)))
        run("ip", "-n", router.namespace, "route", "add", f"10.{number}.0.0/24", "table", "1000",
            "via", "169.254.0.2", "dev", vpc.device, "onlink")  # fmt: skip
    await eventually(lambda: succeeds(hosts[0], "ping", "-c1", "-W1", "10.1.0.1"))
    assert not succeeds(hosts[0], "ping", "-c1", "-W1", "10.2.0.5")
    both = frozenset((vpc_place(linux.mark, letter).device, 1000) for letter in "vw")
    await linux.driver.set_rules(router, both)
    await eventually(lambda: succeeds(hosts[0], "ping", "-c1", "-W1", "10.2.0.5"))
    received = (await linux.driver.counters(router))[vpc_place(linux.mark, "v").device]
    assert received.received_packets > 0


def refusing(*vpn_devices: str) -> forwarding.PacketFilter:
    return forwarding.PacketFilter(vpn_devices=vpn_devices)


async def router_between_two_ends(linux: LinuxWorld) -> tuple[places.RouterPlace, list[str]]:
    """Two namespaces, 10.1.0.5 behind t1 and 10.2.0.5 behind t2, that reach each other."""
    router = await make_router(linux)
    ends = []
    for number in (1, 2):
        end = f"{linux.node}-e{number}"
        run("ip", "netns", "add", end)
        linux.extra.append(end)
        ends.append(end)
        run("ip", "-n", router.namespace, "link", "add", f"t{number}", "mtu", "1399", "type",
            "veth", "peer", "name", "eth0", "netns", end)  # fmt: skip
        run("ip", "-n", router.namespace, "link", "set", f"t{number}", "up")
        run("ip", "-n", end, "addr", "add", f"10.{number}.0.5/24", "dev", "eth0")
        run("ip", "-n", end, "link", "set", "eth0", "up")
        run("ip", "-n", end, "route", "add", "default", "via", "169.254.0.1", "dev", "eth0",
            "onlink")  # fmt: skip
        run("ip", "-n", router.namespace, "route", "add", f"10.{number}.0.0/24", "table", "1000",
            "dev", f"t{number}")  # fmt: skip
    await linux.driver.set_rules(router, frozenset({("t1", 1000), ("t2", 1000)}))
    await eventually(lambda: succeeds(ends[0], "ping", "-c1", "-W1", "10.2.0.5"))
    return router, ends


async def ping_once(namespace: str, *words: str) -> str:
    command = ("ip", "netns", "exec", namespace, "ping", "-c1", "-W1", *words)
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)
    return str(done.stdout)


@pytest.mark.lab
async def test_a_session_is_reached_over_its_own_device_only(linux: LinuxWorld) -> None:
    router, ends = await router_between_two_ends(linux)
    address = IPv4Interface("169.254.10.1/30")
    await linux.driver.set_session_address(
        steps.SetSessionAddress(router=router, device="t1", address=address)
    )
    run("ip", "-n", ends[0], "addr", "add", "169.254.10.2/30", "dev", "eth0")
    refused, silent = "ConnectionRefusedError", "TimeoutError"
    assert await connecting(ends[1], str(address.ip)) == refused
    await linux.driver.set_firewall(router, forwarding.PacketFilter(), "a1")
    assert await connecting(ends[1], str(address.ip)) == silent
    assert await connecting(ends[0], str(address.ip)) == refused
    # Errors come back to the router's own address by any device.
    assert "1 received" in await ping_once(ends[1], "169.254.0.1")


async def connecting(namespace: str, address: str) -> str:
    """Try a connection to the port of BGP, where nobody listens; name the error."""
    code = (
        "import socket\n"
        f"try: socket.create_connection(({address!r}, 179), timeout=1)\n"
        "except OSError as exc: print(type(exc).__name__)\n"
    )
    command = ("ip", "netns", "exec", namespace, "python3", "-c", code)
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)
    return str(done.stdout).strip()


@pytest.mark.lab
async def test_what_no_protected_data_flow_covers_is_refused_by_icmp(linux: LinuxWorld) -> None:
    router, ends = await router_between_two_ends(linux)
    for address in ("10.2.0.9/24", "10.2.0.21/24"):
        run("ip", "-n", ends[1], "addr", "add", address, "dev", "eth0")
    run("ip", "-n", ends[0], "addr", "add", "10.1.0.77/24", "dev", "eth0")
    flow = forwarding.ProtectedFlow(
        devices=("t2",),
        local=(IPv4Network("10.1.0.0/29"), IPv4Network("10.3.0.0/16")),
        remote=(IPv4Network("10.2.0.4/31"), IPv4Network("10.2.0.16/28")),
    )
    refusals = forwarding.PacketFilter(vpn_devices=("t2",), flows=(flow,))
    await linux.driver.set_firewall(router, refusals, "b1")
    assert (await linux.driver.router_facts(router)).firewall == "b1"
    for covered in ("10.2.0.5", "10.2.0.21"):
        assert "1 received" in await ping_once(ends[0], covered)
    for refused in (("10.2.0.9",), ("-I", "10.1.0.77", "10.2.0.5")):
        answer = await ping_once(ends[0], *refused)
        assert "From 169.254.0.1" in answer
        assert "Packet filtered" in answer
    # Only what enters the tunnel is looked at; the other way the SA has its selectors.
    sent = counted(router.namespace, "t2")
    await ping_once(ends[0], "10.2.0.9")
    assert counted(router.namespace, "t2") == sent


def counted(namespace: str, device: str) -> int:
    shown = json.loads(inside(namespace, "ip", "-s", "-j", "link", "show", "dev", device))
    return int(shown[0]["stats64"]["tx"]["packets"])


@pytest.mark.lab
async def test_traffic_between_vpn_devices_is_rejected_and_segments_are_clamped(
    linux: LinuxWorld,
) -> None:
    router, ends = await router_between_two_ends(linux)
    await linux.driver.set_firewall(router, refusing("t1"), "a1")
    assert succeeds(ends[0], "ping", "-c1", "-W1", "10.2.0.5")
    await linux.driver.set_firewall(router, refusing("t1", "t2"), "a2")
    refused = await ping_once(ends[0], "10.2.0.5")
    assert "From 169.254.0.1" in refused
    assert "Packet filtered" in refused
    rules = inside(router.namespace, "nft", "list", "table", "inet", "futago")
    assert "maxseg size set rt mtu" in rules
    assert "maxseg size set 1359" in rules
    small = forwarding.SmallTunnel(device="t1", mtu=1240)
    await linux.driver.set_firewall(router, replace(refusing("t1"), small_tunnels=(small,)), "a3")
    rules = inside(router.namespace, "nft", "list", "table", "inet", "futago")
    (clamped,) = [line for line in rules.splitlines() if "maxseg size set 1200" in line]
    assert '"t1"' in clamped


@pytest.mark.lab
async def test_the_mtu_of_tunnel_devices_is_seen(linux: LinuxWorld) -> None:
    place = await make_router(linux)
    ours, other = places.device_name(linux.mark, "t", "tun-abc"), "eth7"
    for device in (ours, other):
        linux.add_tunnel_device(place.namespace, device)
    run("ip", "-n", place.namespace, "link", "set", ours, "mtu", "1240")
    assert (await linux.driver.router_facts(place)).mtus == {ours: 1240}
