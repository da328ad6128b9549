"""Render BIRD's configuration from typed values.

Every object of the configuration gets a prefix of its own (`t_` table, `k_` kernel protocol, `s_`
static protocol, `p_` pipe), because BIRD keeps tables, protocols and keywords in one name space.

The kernel protocols carry no `persist`. When BIRD is killed, its kernel routes stay anyway, and the
next BIRD takes them over without touching them; but when a table leaves the configuration or BIRD
is told to go down, its routes must leave the kernel, and `persist` would keep them.

Source: BIRD 2.0 user's guide, sections "Kernel", "Static", "Pipe"; tried with BIRD 2.0.12.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address
from typing import Final

from futago.domain import faults, forwarding

DEVICE_SCAN_SECONDS: Final = 5
"""Links are followed by kernel events; the scan repairs what a lost event left behind."""
KERNEL_SCAN_SECONDS: Final = 10
"""How long a kernel route that somebody else removed stays away."""
LOG_FILE: Final = "bird.log"
LOG_BYTES: Final = 1 << 20

_NAME = re.compile(r"[A-Za-z0-9_]{1,60}\Z")
_DEVICE = re.compile(r"[A-Za-z0-9_.:-]{1,15}\Z")
_MAX_KERNEL_TABLE = 0xFFFFFFFF


class BadName(faults.Invalid):
    """A name that cannot be written into the configuration."""

    code = "Routing.BadName"


class BadValue(faults.Invalid):
    """A number out of its range."""

    code = "Routing.BadValue"


def table_symbol(name: str) -> str:
    """Give BIRD's name of a table."""
    return "t_" + _checked_name(name)


def render(config: forwarding.RoutingConfig) -> str:
    """Render the whole configuration file.

    Raises:
        BadName: A table, source, pipe or device has a name that BIRD's grammar cannot hold.
        BadValue: A preference or kernel table is out of range.
    """
    return "\n".join(_lines(config)) + "\n"


def _lines(config: forwarding.RoutingConfig) -> Iterator[str]:
    yield f'log "{LOG_FILE}" {LOG_BYTES} "{LOG_FILE}.old" {{ info, warning, error, fatal, bug }};'
    yield f"router id {_router_id(config.router_address)};"
    yield f"protocol device {{ scan time {DEVICE_SCAN_SECONDS}; }}"
    for table in config.tables:
        yield from _table(table)
    for source in config.sources:
        yield from _source(source)
    for pipe in config.pipes:
        yield (
            f"protocol pipe p_{_checked_name(pipe.name)} {{ table {table_symbol(pipe.target)}; "
            f"peer table {table_symbol(pipe.source)}; import all; export none; }}"
        )


def _table(table: forwarding.ForwardingTable) -> Iterator[str]:
    symbol = table_symbol(table.name)
    yield f"ipv4 table {symbol};"
    if table.kernel_table is None:
        return
    number = _checked_number("kernel table", table.kernel_table, 1, _MAX_KERNEL_TABLE)
    yield (
        f"protocol kernel k_{table.name} {{ kernel table {number}; merge paths yes limit 16; "
        f"scan time {KERNEL_SCAN_SECONDS}; ipv4 {{ table {symbol}; import none; export all; }}; }}"
    )


def _source(source: forwarding.StaticSource) -> Iterator[str]:
    preference = _checked_number("preference", source.preference, 1, 0xFFFF)
    yield f"protocol static s_{_checked_name(source.name)} {{"
    yield "  check link yes;"
    yield f"  ipv4 {{ table {table_symbol(source.table)}; preference {preference}; }};"
    for route in source.routes:
        yield f"  route {route.prefix} {_destination(route.next_hops)};"
    yield "}"


def _destination(next_hops: Iterable[forwarding.DeviceNextHop]) -> str:
    return " ".join(_next_hop(hop) for hop in next_hops) or "blackhole"


def _next_hop(hop: forwarding.DeviceNextHop) -> str:
    if not _DEVICE.match(hop.device):
        raise BadName(
            f"Device {hop.device!r} cannot be written into BIRD's configuration; use a name of at "
            "most 15 letters, digits and the characters '_.:-'.",
            field="device",
            value=hop.device,
        )
    if hop.gateway is None:
        return f'via "{hop.device}"'
    # Quotes do not make a keyword a name; our devices' names are longer than any keyword.
    return f"via {hop.gateway}%'{hop.device}' onlink"


def _router_id(address: IPv4Address) -> str:
    if int(address) == 0:
        raise BadValue(
            "Router address 0.0.0.0 is not an identifier; use any other address.",
            field="router_address",
            value=str(address),
        )
    return str(address)


def _checked_name(name: str) -> str:
    if not _NAME.match(name):
        raise BadName(
            f"Name {name!r} cannot be written into BIRD's configuration; use at most 60 letters, "
            "digits and underscores.",
            field="name",
            value=name,
        )
    return name


def _checked_number(what: str, value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise BadValue(
            f"The {what} is {value}; it must lie between {low} and {high}.",
            field=what,
            value=value,
        )
    return value
