"""Render BIRD's configuration from typed values.

Every object of the configuration gets a prefix of its own (`t_` table, `k_` kernel protocol, `s_`
static protocol, `p_` pipe, `b_` BGP session), because BIRD keeps tables, protocols and keywords in
one name space.

The kernel protocols carry no `persist`. When BIRD is killed, its kernel routes stay anyway, and the
next BIRD takes them over without touching them; but when a table leaves the configuration or BIRD
is told to go down, its routes must leave the kernel, and `persist` would keep them.

Every route carries its origin as an attribute of ours, set where it enters and asked by pipes.

Source: BIRD 2.0 user's guide, sections "Kernel", "Static", "Pipe"; tried with BIRD 2.0.12.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address
from typing import Final

from futago.domain import forwarding
from futago.protocols.bird import sessions, words

DEVICE_SCAN_SECONDS: Final = 5
"""Links are followed by kernel events; the scan repairs what a lost event left behind."""
KERNEL_SCAN_SECONDS: Final = 10
"""How long a kernel route that somebody else removed stays away."""
LOG_FILE: Final = "bird.log"
LOG_BYTES: Final = 1 << 20

_MAX_KERNEL_TABLE = 0xFFFFFFFF


def render(config: forwarding.RoutingConfig) -> str:
    """Render the whole configuration file.

    Keys of sessions are not in it: it includes the file of `sessions.KEYS_FILE`.

    Raises:
        BadName: A table, source, pipe or device has a name that BIRD's grammar cannot hold.
        BadValue: A preference or kernel table is out of range.
    """
    return "\n".join(_lines(config)) + "\n"


def _lines(config: forwarding.RoutingConfig) -> Iterator[str]:
    yield f'log "{LOG_FILE}" {LOG_BYTES} "{LOG_FILE}.old" {{ info, warning, error, fatal, bug }};'
    yield f"router id {_router_id(config.router_address)};"
    yield f"attribute int {words.ORIGIN};"
    yield f"protocol device {{ scan time {DEVICE_SCAN_SECONDS}; }}"
    for table in config.tables:
        yield from _table(table)
    for source in config.sources:
        yield from _source(source)
    for pipe in config.pipes:
        yield (
            f"protocol pipe p_{words.checked_name(pipe.name)} {{ "
            f"table {words.table_symbol(pipe.target)}; "
            f"peer table {words.table_symbol(pipe.source)}; "
            f"import where {words.has_origin(pipe.origins)}; export none; }}"
        )
    yield from sessions.render(config.sessions)


def _table(table: forwarding.ForwardingTable) -> Iterator[str]:
    symbol = words.table_symbol(table.name)
    yield f"ipv4 table {symbol};"
    if table.kernel_table is None:
        return
    number = words.checked_number("kernel table", table.kernel_table, 1, _MAX_KERNEL_TABLE)
    yield (
        f"protocol kernel {words.kernel_symbol(table.name)} {{ kernel table {number}; "
        f"merge paths yes limit {forwarding.MAX_EQUAL_PATHS}; "
        f"scan time {KERNEL_SCAN_SECONDS}; "
        f"ipv4 {{ table {symbol}; import none; export all; }}; }}"
    )


def _source(source: forwarding.StaticSource) -> Iterator[str]:
    preference = words.checked_number("preference", source.preference, 1, 0xFFFF)
    yield f"protocol static s_{words.checked_name(source.name)} {{"
    yield "  check link yes;"
    yield (
        f"  ipv4 {{ table {words.table_symbol(source.table)}; preference {preference}; "
        f"import filter {{ {words.ORIGIN} = {source.origin.value}; accept; }}; }};"
    )
    for route in source.routes:
        yield f"  route {route.prefix} {_destination(route.next_hops)};"
    yield "}"


def _destination(next_hops: Iterable[forwarding.DeviceNextHop]) -> str:
    return " ".join(_next_hop(hop) for hop in next_hops) or "blackhole"


def _next_hop(hop: forwarding.DeviceNextHop) -> str:
    device = words.checked_device(hop.device)
    if hop.gateway is None:
        return f'via "{device}"'
    # Quotes do not make a keyword a name; our devices' names are longer than any keyword.
    return f"via {hop.gateway}%'{device}' onlink"


def _router_id(address: IPv4Address) -> str:
    if int(address) == 0:
        raise words.BadValue(
            "Router address 0.0.0.0 is not an identifier; use any other address.",
            field="router_address",
            value=str(address),
        )
    return str(address)
