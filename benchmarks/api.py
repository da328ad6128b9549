"""API: latency with 10,000 connections stored, and throughput beside moto's server.

All calls are made and signed beforehand, and sent by one cheap generator over eight connections
that are kept (api_load). Futago is the process `futago api` with its settings as delivered: calls
are authenticated, changes and shown keys are in the audit, everything is in SQLite on disk.

Beside moto: `create` is CreateVpnAttachment against create_vpn_connection, two tunnels each with
generated keys; `describe` is DescribeVpnConnections with a page of 50 against
describe_vpn_connections of the same number, which is all that moto stores by then. Moto checks no
signature and keeps everything in memory. Three rounds take turns; the ratio is of their medians.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator

import api_load
import api_server
import figures
import moto_server

MANY, FEW = 10_000, 100
LISTED = 50
_ROUNDS = 3
_READS, _WRITES, _WARM = 1500, 900, 150
_LISTS = 60
_CREATES, _DESCRIBES = 300, 200

LATENCIES = ("api.read_p99_ms", "api.write_p99_ms")
RATIOS = ("api.create_ratio_to_moto", "api.describe_ratio_to_moto")
LISTING = "api.list_ratio_10000_to_100"
INFORMATION = (
    "api.read_per_s",
    "api.write_per_s",
    "api.create_per_s",
    "api.describe_per_s",
    "api.moto_create_per_s",
    "api.moto_describe_per_s",
    "api.list_ms_at_10000",
    "api.read_cpu_ms",
    "api.write_cpu_ms",
    "api.create_cpu_ms",
    "api.describe_cpu_ms",
    "api.moto_create_cpu_ms",
    "api.moto_describe_cpu_ms",
)
NAMES = (*LATENCIES, LISTING, *RATIOS, *INFORMATION)

Calls = Callable[[int], list[bytes]]


def run(wanted: figures.Wanted) -> Iterator[figures.Figure]:
    """Measure, largest database first."""
    needs_moto = any("moto" in name for name in filter(wanted, NAMES))
    with api_server.serving(FEW) as few:
        if any(wanted(name) for name in (*LATENCIES, LISTING, *INFORMATION)):
            with api_server.serving(MANY) as many:
                yield from _latencies(many)
                yield from _listing(many, few)
        if needs_moto:
            with moto_server.serving() as moto:
                yield from _beside_moto(few, moto)


def _latencies(server: api_server.Server) -> Iterator[figures.Figure]:
    reads = _rounds(server, lambda number: _reads(server, number), _READS)
    yield figures.Figure(name="api.read_p99_ms", value=_median_p99(reads), unit="ms", goal=50)
    yield from _costs("api.read", reads)
    changed = iter(server.stored.connection_ids)
    writes = _rounds(server, lambda number: _writes(server, changed, number), _WRITES)
    yield figures.Figure(name="api.write_p99_ms", value=_median_p99(writes), unit="ms", goal=150)
    yield from _costs("api.write", writes)


def _listing(many: api_server.Server, few: api_server.Server) -> Iterator[figures.Figure]:
    """Measure one client that asks for the first page, at both in turn."""
    times: dict[int, list[float]] = {many.port: [], few.port: []}
    for _ in range(_ROUNDS):
        for server in (many, few):
            load = api_load.drive(server, _lists(server, _LISTS), clients=1)
            times[server.port].append(load.median_ms)
    at_many, at_few = (statistics.median(times[server.port]) for server in (many, few))
    yield figures.Figure(name=LISTING, value=at_many / at_few, unit="", goal=1.5)
    yield figures.Figure(name="api.list_ms_at_10000", value=at_many, unit="ms")


def _beside_moto(futago: api_server.Server, moto: moto_server.Server) -> Iterator[figures.Figure]:
    api_load.drive(moto, [moto.create()] * LISTED)
    yield from _compare(
        "describe",
        (futago, lambda number: _lists(futago, number)),
        (moto, lambda number: [moto.call("DescribeVpnConnections")] * number),
        _DESCRIBES,
    )
    yield from _compare(
        "create",
        (futago, lambda number: [futago.create() for _ in range(number)]),
        (moto, lambda number: [moto.create()] * number),
        _CREATES,
    )


def _compare(
    what: str,
    own: tuple[api_load.Server, Calls],
    other: tuple[api_load.Server, Calls],
    number: int,
) -> Iterator[figures.Figure]:
    found: dict[int, list[api_load.Load]] = {own[0].port: [], other[0].port: []}
    for server, calls in (own, other):
        api_load.drive(server, calls(api_load.CLIENTS * 2))
    for _ in range(_ROUNDS):
        for server, calls in (own, other):
            found[server.port].append(api_load.drive(server, calls(number)))
    ours, theirs = found[own[0].port], found[other[0].port]
    yield figures.Figure(
        name=f"api.{what}_ratio_to_moto",
        value=_median_rate(ours) / _median_rate(theirs),
        unit="",
        goal=1,
        better="higher",
    )
    yield from _costs(f"api.{what}", ours)
    yield from _costs(f"api.moto_{what}", theirs)


def _rounds(server: api_load.Server, calls: Calls, number: int) -> list[api_load.Load]:
    api_load.drive(server, calls(_WARM))
    return [api_load.drive(server, calls(number)) for _ in range(_ROUNDS)]


def _reads(server: api_server.Server, number: int) -> list[bytes]:
    ids = server.stored.connection_ids
    step = len(ids) // number
    made = []
    for each in range(number):
        match each % 3:
            case 0:
                made.append(server.sign("DescribeVpnConnection", VpnConnectionId=ids[each * step]))
            case 1:
                made.append(server.sign("DescribeVpnConnections", PageNumber=each % 100 + 1))
            case _:
                made.append(server.sign("DescribeCustomerGateways"))
    return made


def _writes(server: api_server.Server, changed: Iterator[str], number: int) -> list[bytes]:
    made = []
    for each in range(number):
        match each % 3:
            case 0:
                made.append(server.create())
            case 1:
                made.append(
                    server.sign(
                        "ModifyVpnAttachmentAttribute", VpnConnectionId=next(changed), Name="new"
                    )
                )
            case _:
                made.append(server.sign("DeleteVpnAttachment", VpnConnectionId=next(changed)))
    return made


def _lists(server: api_server.Server, number: int) -> list[bytes]:
    return [server.sign("DescribeVpnConnections", PageSize=LISTED) for _ in range(number)]


def _median_p99(loads: list[api_load.Load]) -> float:
    return statistics.median(load.p99_ms for load in loads)


def _median_rate(loads: list[api_load.Load]) -> float:
    return statistics.median(load.per_second for load in loads)


def _costs(name: str, loads: list[api_load.Load]) -> Iterator[figures.Figure]:
    """Say for information how many calls were answered and what one took of the processor."""
    cpu_ms = statistics.median(load.cpu_ms for load in loads)
    yield figures.Figure(name=f"{name}_per_s", value=_median_rate(loads), unit="1/s")
    yield figures.Figure(name=f"{name}_cpu_ms", value=cpu_ms, unit="ms")
