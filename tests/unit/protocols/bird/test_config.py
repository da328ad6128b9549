"""The configuration file, as values and as text."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest

from futago.domain import forwarding
from futago.protocols.bird import config, words

ADDRESS = IPv4Address("10.255.0.1")
SITE = IPv4Network("10.9.0.0/16")


def body(*, tables=(), sources=(), pipes=()) -> list[str]:
    rendered = config.render(
        forwarding.RoutingConfig(
            router_address=ADDRESS, tables=tables, sources=sources, pipes=pipes
        )
    )
    return rendered.splitlines()[4:]


def source(*hops: forwarding.DeviceNextHop, preference: int = 200) -> forwarding.StaticSource:
    route = forwarding.StaticRoute(prefix=SITE, next_hops=hops)
    return forwarding.StaticSource(
        name="s",
        table="t",
        routes=(route,),
        origin=forwarding.RouteOrigin.VPN,
        preference=preference,
    )


def hop(device: str, gateway: str | None = None) -> forwarding.DeviceNextHop:
    address = None if gateway is None else IPv4Address(gateway)
    return forwarding.DeviceNextHop(device=device, gateway=address)


def test_an_empty_configuration_follows_devices_and_nothing_else() -> None:
    rendered = config.render(forwarding.RoutingConfig(router_address=ADDRESS))
    assert rendered == (
        'log "bird.log" 1048576 "bird.log.old" { info, warning, error, fatal, bug };\n'
        "router id 10.255.0.1;\n"
        "attribute int futago_origin;\n"
        "protocol device { scan time 5; }\n"
    )


def test_a_table_with_a_kernel_table_merges_paths_and_does_not_persist() -> None:
    table = forwarding.ForwardingTable(name="main", kernel_table=1000)
    assert body(tables=(table,)) == [
        "ipv4 table t_main;",
        (
            "protocol kernel k_main { kernel table 1000; merge paths yes limit 32; scan time 10; "
            "ipv4 { table t_main; import none; export all; }; }"
        ),
    ]


def test_a_table_without_a_kernel_table_stays_inside() -> None:
    assert body(tables=(forwarding.ForwardingTable(name="x"),)) == ["ipv4 table t_x;"]


def test_a_pipe_goes_one_way() -> None:
    pipe = forwarding.Pipe(name="up", source="a", target="b", origins=(forwarding.RouteOrigin.VPC,))
    assert body(pipes=(pipe,)) == [
        (
            "protocol pipe p_up { table t_b; peer table t_a; "
            "import where futago_origin ~ [2]; export none; }"
        )
    ]


@pytest.mark.parametrize(
    ("hops", "expected"),
    [
        pytest.param((), "blackhole", id="no next hop"),
        pytest.param((hop("t1"),), 'via "t1"', id="device"),
        pytest.param((hop("t1"), hop("t2")), 'via "t1" via "t2"', id="two devices"),
        pytest.param(
            (hop("v1", "169.254.0.2"),), "via 169.254.0.2%'v1' onlink", id="gateway on the link"
        ),
    ],
)
def test_next_hops_of_a_static_route(hops, expected: str) -> None:
    assert body(sources=(source(*hops, preference=150),)) == [
        "protocol static s_s {",
        "  check link yes;",
        ("  ipv4 { table t_t; preference 150; import filter { futago_origin = 1; accept; }; };"),
        f"  route 10.9.0.0/16 {expected};",
        "}",
    ]


@pytest.mark.parametrize("name", ["", "a b", 'a"', "a;", "a\n", "ü", "x" * 61, "a-b"])
def test_a_name_that_the_grammar_cannot_hold_is_refused(name: str) -> None:
    with pytest.raises(words.BadName, match="letters, digits and underscores"):
        body(tables=(forwarding.ForwardingTable(name=name),))
    with pytest.raises(words.BadName):
        body(
            pipes=(
                forwarding.Pipe(
                    name=name, source="a", target="b", origins=(forwarding.RouteOrigin.VPC,)
                ),
            )
        )
    with pytest.raises(words.BadName):
        words.table_symbol(name)


@pytest.mark.parametrize("device", ["", 't"', "t1;", "t'1", "x" * 16, "t 1"])
def test_a_device_that_the_grammar_cannot_hold_is_refused(device: str) -> None:
    with pytest.raises(words.BadName, match="Device"):
        body(sources=(source(hop(device)),))


@pytest.mark.parametrize("number", [0, -1, 1 << 32])
def test_a_kernel_table_out_of_range_is_refused(number: int) -> None:
    with pytest.raises(words.BadValue, match="kernel table"):
        body(tables=(forwarding.ForwardingTable(name="x", kernel_table=number),))


@pytest.mark.parametrize("preference", [0, 65536])
def test_a_preference_out_of_range_is_refused(preference: int) -> None:
    with pytest.raises(words.BadValue, match="preference"):
        body(sources=(source(preference=preference),))


def test_a_router_without_an_address_is_refused() -> None:
    with pytest.raises(words.BadValue, match=r"0\.0\.0\.0"):
        config.render(forwarding.RoutingConfig(router_address=IPv4Address(0)))
