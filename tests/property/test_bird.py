"""Replies survive any cut, routes survive the way through text, and BIRD takes what we render."""

from __future__ import annotations

import itertools
import subprocess
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from futago.domain import forwarding
from futago.protocols.bird import config, replies, session

texts = st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=30)
lines = st.builds(
    lambda code, text: session.Line(code=code, text=text), st.integers(0, 9999), texts
)
conversations = st.lists(st.lists(lines, min_size=1, max_size=6), max_size=5)

devices = st.from_regex(r"[a-z][a-z0-9]{0,14}", fullmatch=True)
names = st.from_regex(r"[a-zA-Z0-9_]{1,20}", fullmatch=True)
prefixes = st.builds(
    lambda address, length: IPv4Network((address, length), strict=False),
    st.integers(0, 0xFFFFFFFF),
    st.integers(0, 32),
)
addresses = st.integers(1, 0xFFFFFFFF).map(IPv4Address)
next_hops = st.builds(
    lambda device, gateway: replies.NextHop(device=device, gateway=gateway),
    devices,
    st.none() | addresses,
)
routes = st.builds(
    lambda prefix, hops: replies.TableRoute(prefix=prefix, protocol="s_x", next_hops=tuple(hops)),
    prefixes,
    st.lists(next_hops, max_size=4),
)


def encoded(reply: list[session.Line]) -> bytes:
    marks = ["-"] * (len(reply) - 1) + [" "]
    coded = zip(reply, marks, strict=True)
    return "".join(f"{line.code:04}{mark}{line.text}\n" for line, mark in coded).encode()


def shown(route: replies.TableRoute) -> str:
    kind = "unicast" if route.next_hops else "blackhole"
    rows = [f"{route.prefix}  {kind} [{route.protocol} 12:00:00.000] * (200)"]
    for hop in route.next_hops:
        way = f"dev {hop.device}" if hop.gateway is None else f"via {hop.gateway} on {hop.device}"
        rows.append(f"\t{way} onlink weight 1")
    return "".join(f" {row}\n" for row in rows)


@given(conversations, st.lists(st.integers(0, 400), max_size=10))
def test_replies_do_not_depend_on_where_bytes_are_cut(
    conversation: list[list[session.Line]], cuts: list[int]
) -> None:
    data = b"".join(encoded(reply) for reply in conversation)
    places = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    receiver = session.ControlSession()
    found = []
    for start, end in itertools.pairwise(places):
        found.extend(receiver.receive(data[start:end]))
    assert [list(reply.lines) for reply in found] == conversation


@given(st.lists(routes, max_size=8, unique_by=lambda route: route.prefix))
def test_routes_that_are_shown_are_read_back(known: list[replies.TableRoute]) -> None:
    text = "1007-Table t_x:\n" + "".join(map(shown, known)) + "0000 \n"
    (reply,) = session.ControlSession().receive(text.encode())
    assert replies.routes(reply) == tuple(sorted(known, key=lambda route: route.prefix))


# BIRD reads the device of a gateway as a symbol, so it must not be one of its keywords.
our_devices = st.from_regex(r"fg[tv][a-z0-9]{10}", fullmatch=True)
hops = st.builds(
    lambda device, gateway: forwarding.DeviceNextHop(device=device, gateway=gateway),
    our_devices,
    st.none() | st.just(IPv4Address("169.254.0.2")),
)
static_routes = st.builds(
    lambda prefix, ways: forwarding.StaticRoute(prefix=prefix, next_hops=tuple(ways)),
    prefixes,
    st.lists(hops, max_size=3, unique_by=lambda hop: hop.device),
)

origin_sets = st.lists(st.sampled_from(forwarding.RouteOrigin), min_size=1, unique=True).map(
    lambda found: tuple(sorted(found))
)
asns = st.integers(1, 2**32 - 1)


@st.composite
def sessions_of(draw: st.DrawFn, tables: list[str]) -> forwarding.BgpSession:
    number = draw(st.integers(0, 9))
    return forwarding.BgpSession(
        name=draw(names),
        table=draw(st.sampled_from(tables)),
        device=draw(our_devices),
        local_address=IPv4Address(f"169.254.1{number}.1"),
        peer_address=IPv4Address(f"169.254.1{number}.2"),
        local_asn=draw(asns),
        peer_asn=draw(asns),
        bfd=draw(st.booleans()),
        import_limit=draw(st.integers(1, 10_000)),
    )


@st.composite
def configurations(draw: st.DrawFn) -> forwarding.RoutingConfig:
    known = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    tables = tuple(
        forwarding.ForwardingTable(name=name, kernel_table=draw(st.none() | st.just(1000 + number)))
        for number, name in enumerate(known)
    )
    sources = tuple(
        forwarding.StaticSource(
            name=name,
            table=draw(st.sampled_from(known)),
            origin=draw(st.sampled_from(forwarding.RouteOrigin)),
            routes=tuple(draw(st.lists(static_routes, max_size=4))),
            preference=draw(st.integers(1, 0xFFFF)),
        )
        for name in draw(st.lists(names, max_size=3, unique=True))
    )
    pipes = tuple(
        forwarding.Pipe(
            name=f"pipe{number}", source=known[0], target=name, origins=draw(origin_sets)
        )
        for number, name in enumerate(known[1:])
    )
    sessions = tuple(
        draw(st.lists(sessions_of(known), max_size=3, unique_by=lambda one: one.name.lower()))
    )
    return forwarding.RoutingConfig(
        router_address=draw(addresses),
        tables=tables,
        sources=sources,
        pipes=pipes,
        sessions=sessions,
    )


@pytest.mark.lab
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(known=configurations())
def test_bird_accepts_every_configuration_that_is_rendered(known, tmp_path) -> None:
    file = tmp_path / "bird.conf"
    file.write_text(config.render(known))
    words = ("bird", "-p", "-c", str(file))
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, f"{done.stderr}\n{file.read_text()}"
