"""Probes of what else runs here: Debian's own daemons, ports, and room in the zones."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from futago.domain import faults
from futago.runtime import exclusive, findings, host, listeners, settings, storage
from futago.store import schema

_SECONDS: Final = 5
_SERVICES: Final = ("strongswan", "strongswan-starter", "bird")
_QUIET: Final = frozenset({"masked", "masked-runtime", "not-found", "disabled", "static", ""})
_IKE_PORTS: Final = (500, 4500)


def rows(chosen: settings.Settings) -> Iterator[findings.Row]:
    """Look at services, ports and the store."""
    yield system_services()
    yield ike_ports(chosen.node.network_namespace)
    yield api_port(chosen)
    yield from gateway_addresses(chosen)


def system_services() -> findings.Row:
    """Debian starts daemons of its own after installation; Futago runs its own."""
    name = "system services"
    active = [unit for unit in _SERVICES if _systemctl("is-active", unit) == "active"]
    if active:
        return findings.fail(
            name,
            f"{', '.join(active)} of the distribution runs and may take keys and routes over",
            f"systemctl mask --now {' '.join(active)}",
        )
    enabled = [unit for unit in _SERVICES if _systemctl("is-enabled", unit) not in _QUIET]
    if enabled:
        return findings.warn(
            name,
            f"{', '.join(enabled)} of the distribution would start at the next boot",
            f"systemctl mask {' '.join(enabled)}",
        )
    return findings.ok(name, "strongswan and bird of the distribution are off")


def ike_ports(namespace: str) -> findings.Row:
    """Tunnels have namespaces of their own, so a taken port is a hint, not an obstacle."""
    name = "IKE ports"
    taken = [port for port in _IKE_PORTS if port in _udp_ports(namespace)]
    if not taken:
        return findings.ok(name, "UDP 500 and 4500 are free where the uplinks are")
    return findings.warn(
        name,
        f"UDP {' and '.join(str(port) for port in taken)} is taken where the uplinks are: another "
        "IKE daemon runs there",
        "Stop it, unless its addresses differ from all gateway addresses.",
    )


def api_port(chosen: settings.Settings) -> findings.Row:
    """The port of the API is free, or ours already."""
    name = "API port"
    if exclusive.is_supervised(chosen.store.state):
        return findings.ok(name, f"{chosen.api.listen}: `futago up` runs")
    try:
        listeners.open_tcp(chosen.api.host, chosen.api.port).close()
    except faults.Fault as fault:
        return findings.fail(name, fault.message, "See the sentence above.")
    return findings.ok(name, f"{chosen.api.listen} is free")


def gateway_addresses(chosen: settings.Settings) -> Iterator[findings.Row]:
    """Room for tunnels, by zone of the settings."""
    taken: tuple[IPv4Address, ...] = ()
    if chosen.store.database_file.exists():
        try:
            taken = _taken(chosen)
        except faults.Fault as fault:
            yield findings.fail("database", fault.message, "See the sentence above.")
            return
    for zone in chosen.node.zones:
        total = sum(pool.num_addresses for pool in zone.public_pools)
        used = sum(1 for address in taken if any(address in pool for pool in zone.public_pools))
        yield _zone_row(zone.id, total - used, total)


def _taken(chosen: settings.Settings) -> tuple[IPv4Address, ...]:
    column = schema.TunnelRow.gateway_address
    with (
        contextlib.closing(storage.open_database(chosen, None)) as database,
        database.read() as work,
    ):
        found = work.session.scalars(sa.select(column).where(column.is_not(None)))
        return tuple(address for address in found if address is not None)


def _zone_row(zone_id: str, free: int, total: int) -> findings.Row:
    text = f"{free} of {total} gateway addresses are free"
    if free:
        return findings.ok(f"zone {zone_id}", text)
    return findings.warn(f"zone {zone_id}", text, "Add a pool to the zone, or delete connections.")


def _systemctl(verb: str, unit: str) -> str:
    program = host.find("systemctl")
    if program is None:
        return ""
    try:
        done = subprocess.run(
            [program, verb, f"{unit}.service"],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.strip()


def _udp_ports(namespace: str) -> set[int]:
    """Local UDP ports of a namespace, from the kernel's own table."""
    tables = ["/proc/net/udp", "/proc/net/udp6"]
    if not namespace:
        text = "".join(Path(table).read_text(encoding="ascii") for table in tables)
    else:
        done = subprocess.run(
            ["ip", "netns", "exec", namespace, "cat", *tables],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        text = done.stdout
    rows = (line.split() for line in text.splitlines())
    return {int(row[1].rpartition(":")[2], 16) for row in rows if len(row) > 1 and ":" in row[1]}
