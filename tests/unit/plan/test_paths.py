"""The walk between two addresses: what BGP, other connections and dead ends look like."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from futago.plan import path_model as model
from futago.plan import paths

NEAR, FAR = IPv4Address("10.20.0.10"), IPv4Address("192.168.10.10")
VPC_ROUTE = model.Route(
    entry_id="rte-vpc",
    prefix=IPv4Network("10.20.0.0/24"),
    attachment_id="tr-attach-vpc",
    resource_id="vpc-1",
    kind="propagated",
)
VPN_ROUTE = model.Route(
    entry_id="rte-vpn",
    prefix=IPv4Network("192.168.10.0/24"),
    attachment_id="tr-attach-vpn",
    resource_id="vco-1",
    kind="propagated",
)
DEFAULT = replace(VPN_ROUTE, entry_id="rte-0", prefix=IPv4Network("0.0.0.0/0"), resource_id="vco-2")
TUNNELS = tuple(
    model.Tunnel(tunnel_id=f"tun-{number}", is_up=True, session="established") for number in (1, 2)
)


def table(*routes: model.Route) -> model.Table:
    return model.Table(table_id="vtb-1", routes=routes)


GOOD = model.World(
    near=NEAR,
    far=FAR,
    vpc=model.Vpc(
        vpc_id="vpc-1",
        vswitches={"vsw-1": IPv4Network("10.20.0.0/24")},
        attachment_id="tr-attach-vpc",
        table=table(VPC_ROUTE, VPN_ROUTE),
    ),
    vpn=model.Vpn(
        connection_id="vco-1",
        attachment_id="tr-attach-vpn",
        router_id="tr-1",
        table=table(VPC_ROUTE, VPN_ROUTE),
        propagates_to=frozenset({"vtb-1"}),
        tunnels=TUNNELS,
        learned=(IPv4Network("192.168.10.0/24"),),
        announced=(IPv4Network("10.20.0.0/24"),),
        has_bgp=True,
    ),
)


def with_vpn(world: model.World = GOOD, **more: object) -> model.World:
    return replace(world, vpn=replace(world.vpn, **more))  # type: ignore[arg-type]


def with_table(*routes: model.Route, **more: object) -> model.World:
    vpc = None if GOOD.vpc is None else replace(GOOD.vpc, table=table(*routes))
    return with_vpn(replace(GOOD, vpc=vpc), **more)


def without_sessions(*, is_up: bool) -> tuple[model.Tunnel, ...]:
    return tuple(replace(each, is_up=is_up, session="active") for each in TUNNELS)


BROKEN = {
    "no session stands": (
        with_table(VPC_ROUTE, learned=(), tunnels=without_sessions(is_up=True), announced=()),
        paths.Hop.BGP,
        paths.PathCode.BGP_DOWN,
    ),
    "no tunnel is up, and so nothing is learned": (
        with_table(VPC_ROUTE, learned=(), tunnels=without_sessions(is_up=False), announced=()),
        paths.Hop.TUNNEL,
        paths.PathCode.TUNNELS_DOWN,
    ),
    "the peer's route is refused": (
        with_table(VPC_ROUTE, learned=(), refused={IPv4Network("192.168.10.0/24"): "Reserved"}),
        paths.Hop.BGP,
        paths.PathCode.REFUSED,
    ),
    "nothing is announced": (
        with_vpn(announced=(), announces=False),
        paths.Hop.BGP,
        paths.PathCode.NOT_ANNOUNCED,
    ),
    "the source is behind another connection": (
        replace(GOOD, vpc=None, near_behind="vco-2"),
        paths.Hop.VPN_ATTACHMENT,
        paths.PathCode.VPN_TO_VPN,
    ),
    "a static entry leads into tunnels that are down": (
        with_table(
            VPC_ROUTE,
            replace(VPN_ROUTE, kind="static", is_usable=False),
            learned=(),
            tunnels=without_sessions(is_up=False),
        ),
        paths.Hop.TUNNEL,
        paths.PathCode.TUNNELS_DOWN,
    ),
    "the tunnels are down and a default route leads elsewhere": (
        with_table(
            VPC_ROUTE,
            replace(DEFAULT, attachment_id="tr-attach-2"),
            tunnels=without_sessions(is_up=False),
        ),
        paths.Hop.TUNNEL,
        paths.PathCode.TUNNELS_DOWN,
    ),
    "a longer prefix leads elsewhere": (
        with_table(
            VPN_ROUTE,
            replace(VPN_ROUTE, prefix=IPv4Network("192.168.10.8/29"), attachment_id="tr-attach-2"),
        ),
        paths.Hop.ROUTE,
        paths.PathCode.OTHER_NEXT_HOP,
    ),
}


def test_nothing_is_broken_in_a_good_world() -> None:
    walked = paths.walk(GOOD)
    assert paths.first_broken(walked.to_far, walked.to_near) is None


@pytest.mark.parametrize("name", BROKEN)
def test_the_first_broken_hop_is_named_in_both_orders(name: str) -> None:
    world, hop, code = BROKEN[name]
    walked = paths.walk(world)
    broken = paths.first_broken(walked.to_far, walked.to_near)
    assert broken is not None
    assert (broken.hop, broken.code) == (hop, code), broken
    for direction in (walked.to_far, walked.to_near):
        states = [step.state for step in direction]
        assert paths.HopState.BROKEN not in states[:-1]


def test_a_usable_shorter_prefix_forwards_in_place_of_a_dead_longer_one() -> None:
    dead = replace(VPN_ROUTE, is_usable=False)
    other = replace(VPN_ROUTE, entry_id="rte-16", prefix=IPv4Network("192.168.0.0/16"))
    assert table(dead, other).look_up(FAR) == (other,)
    assert table(dead).look_up(FAR) == (dead,)
    assert table(other).look_up(NEAR) == ()
