"""Futago's API as a process of its own, its database on disk, with many connections stored.

What is stored is written as rows, because making it by calls would take longer than measuring.
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any
from urllib import parse

import api_load
import cloud
import sqlalchemy as sa

from futago.domain import connection, ids, ike, net
from futago.protocols.rpc import params, signature
from futago.runtime import settings_file, storage
from futago.services import access, connections, drafts, gateways, quotas
from futago.store import base, schema, secrets, unit_of_work
from futago.store import connections as store

REGION = "cn-hangzhou"
GATEWAYS = 50
_QUOTA = 1_000_000
_BATCH = 500
_STOP_SECONDS = 20.0


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What is in the database."""

    key: signature.AccessKey
    gateway_ids: tuple[str, ...]
    connection_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running API."""

    port: int
    pid: int
    stored: Stored

    def sign(self, action: str, **members: params.Plain) -> bytes:
        """Make the bytes of a signed call; each is good once, for fifteen minutes."""
        pairs = tuple(params.flatten({"RegionId": REGION, **members}))
        message = signature.Message(
            method="POST",
            query=pairs,
            headers=(("host", f"{api_load.HOST}:{self.port}"), ("accept", "application/json")),
        )
        stamp = signature.Stamp(
            action=action, version=cloud.VPC, at=datetime.now(UTC), nonce=uuid.uuid4().hex
        )
        headers = signature.sign_acs3(message, stamp, self.stored.key)
        return as_bytes(parse.urlencode(pairs), headers)

    def create(self) -> bytes:
        """Make a call that creates a connection."""
        tunnels = [
            {"TunnelIndex": index, "CustomerGatewayId": gateway_id}
            for index, gateway_id in enumerate(self.stored.gateway_ids[:2], 1)
        ]
        return self.sign(
            "CreateVpnAttachment",
            Name="bench",
            LocalSubnet="0.0.0.0/0",
            RemoteSubnet="0.0.0.0/0",
            ClientToken=uuid.uuid4().hex,
            TunnelOptionsSpecification=tunnels,
        )


def as_bytes(query: str, headers: params.Pairs, body: bytes = b"") -> bytes:
    """Write a POST request."""
    path = f"/?{query}" if query else "/"
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    lines.append(f"content-length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


@contextlib.contextmanager
def serving(connections: int) -> Iterator[Server]:
    """Run an API over a new database with so many connections."""
    with tempfile.TemporaryDirectory(prefix="futago-bench-") as name:
        directory = Path(name)
        port = free_port()
        file = directory / "futago.toml"
        file.write_text(_settings(directory, port), encoding="utf-8")
        stored = _fill(file, connections)
        log = (directory / "log").open("wb")
        process = subprocess.Popen(
            [sys.executable, "-m", "futago", "api", "--config", str(file)], stderr=log
        )
        try:
            wait_for(process, port)
            yield Server(port=port, pid=process.pid, stored=stored)
        finally:
            end(process)
            log.close()


def free_port() -> int:
    """Find a port of loopback that nobody uses."""
    with socket.create_server((api_load.HOST, 0)) as found:
        return int(found.getsockname()[1])


def wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait until a server listens."""

    def listens() -> bool:
        assert process.poll() is None, f"The server ended with {process.returncode}"
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection((api_load.HOST, port), timeout=1).close()
            return True
        return False

    cloud.until(listens, f"a server on port {port}")


def end(process: subprocess.Popen[bytes]) -> None:
    """Have a process stop."""
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _settings(directory: Path, port: int) -> str:
    state, runtime = json.dumps(str(directory / "state")), json.dumps(str(directory / "run"))
    return "\n".join(
        (
            f'region = {{ id = "{REGION}" }}',
            f'api = {{ listen = "{api_load.HOST}:{port}" }}',
            f"store = {{ state_directory = {state}, runtime_directory = {runtime} }}",
            'logs = { format = "json" }\n',
        )
    )


def _fill(file: Path, number: int) -> Stored:
    chosen = settings_file.load(file)
    storage.prepare(chosen)
    with contextlib.closing(storage.open_database(chosen, None)) as database:
        with database.begin() as work:
            account_id = access.ensure_bootstrap_account(work)
            made = access.create_access_key(work, account_id, access.ADMINISTRATOR)
            quotas.set_limit(work, account_id, quotas.QuotaCode.CONNECTIONS_PER_REGION, _QUOTA)
            scope = access.Scope(account_id=account_id, region_id=REGION, now=work.now)
            gateway_ids = _gateways(work, scope)
            connection_ids = [_first(work, scope, gateway_ids)]
        while len(connection_ids) < number:
            with database.begin() as work:
                several = min(_BATCH, number - len(connection_ids))
                connection_ids += _copies(work, connection_ids[0], gateway_ids, several)
    return Stored(
        key=signature.AccessKey(made.access_key_id, made.secret),
        gateway_ids=gateway_ids,
        connection_ids=tuple(connection_ids),
    )


def _gateways(work: unit_of_work.UnitOfWork, scope: access.Scope) -> tuple[str, ...]:
    drawn = [
        drafts.CustomerGatewayDraft(address=IPv4Address("198.51.100.1") + each)
        for each in range(GATEWAYS)
    ]
    return tuple(gateways.create_customer_gateway(work, scope, each).id for each in drawn)


def _first(work: unit_of_work.UnitOfWork, scope: access.Scope, gateway_ids: tuple[str, ...]) -> str:
    tunnels = tuple(
        drafts.TunnelDraft(index=index, customer_gateway_id=gateway_id)
        for index, gateway_id in zip(connection.TunnelIndex, gateway_ids, strict=False)
    )
    draft = drafts.ConnectionDraft(
        name="stored", local_ts=(net.ANY,), remote_ts=(net.ANY,), tunnels=tunnels
    )
    return connections.create_connection(work, scope, draft).connection.id


def _copies(
    work: unit_of_work.UnitOfWork, first_id: str, gateway_ids: tuple[str, ...], number: int
) -> list[str]:
    """Repeat the rows of a connection that was made properly."""
    like = _columns(work.session.get_one(schema.ConnectionRow, first_id))
    tunnels = [_columns(row) for row in store.tunnel_rows(work.session, first_id)]
    new, new_tunnels = [], []
    for each in range(number):
        connection_id = work.new_id(ids.IdKind.CONNECTION)
        new.append({**like, "id": connection_id, "created_at": work.now})
        for column in tunnels:
            tunnel_id = work.new_id(ids.IdKind.TUNNEL)
            gateway_id = gateway_ids[(each + column["ordinal"]) % GATEWAYS]
            own = {"id": tunnel_id, "connection_id": connection_id}
            new_tunnels.append({**column, **own, "customer_gateway_id": gateway_id})
            psk = ike.PresharedKey.generate(work.random_below).reveal()
            work.vault.put(secrets.Purpose.PSK, tunnel_id, psk)
    work.session.execute(sa.insert(schema.ConnectionRow), new)
    work.session.execute(sa.insert(schema.TunnelRow), new_tunnels)
    return [row["id"] for row in new]


def _columns(row: base.Row) -> dict[str, Any]:
    return {each.key: getattr(row, each.key) for each in sa.inspect(type(row)).column_attrs}
