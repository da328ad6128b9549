"""The API as it is delivered: several processes on one socket, with their files in a directory.

A gateway host is made up beside it, as in `loopback`. Which process answered a call is read from
the log, so that a test can talk to each of them.
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
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx

from futago.lab import wait
from futago.protocols.rpc import params, signature
from futago.runtime import settings, settings_file, storage
from futago.services import access
from futago.store import unit_of_work
from futago.testing import loopback, simulation

HOST: Final = "127.0.0.1"
DEADLINE: Final = 60.0
_STOP_SECONDS: Final = 20.0


@dataclass(frozen=True, kw_only=True)
class Several:
    """A running API of several processes."""

    directory: Path
    chosen: settings.Settings
    database: unit_of_work.Database
    node: simulation.ObedientNode
    account_id: str
    process: subprocess.Popen[bytes]
    client: httpx.Client
    """Keeps some connections, to whichever processes accepted them."""
    keys: dict[str, signature.AccessKey] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self.chosen.api.port}"

    def workers(self) -> list[int]:
        """List the processes that serve."""
        pid = self.process.pid
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
        return [int(each) for each in text.split()]

    def key_of(self, account_id: str) -> signature.AccessKey:
        """Give a key of an account's administrator, made at the first time."""
        if account_id not in self.keys:
            with self.database.begin() as unit:
                made = access.create_access_key(unit, account_id, access.ADMINISTRATOR)
            self.keys[account_id] = signature.AccessKey(made.access_key_id, made.secret)
        return self.keys[account_id]

    def signed(
        self, version: str, action: str, *, account_id: str = "", **values: Any
    ) -> httpx.Request:
        """Make a call, good for one process and one time."""
        pairs = tuple(params.flatten({"RegionId": loopback.REGION, **values}))
        host = f"{HOST}:{self.chosen.api.port}"
        message = signature.Message(
            method="POST", query=pairs, headers=(("host", host), ("accept", "application/json"))
        )
        stamp = signature.Stamp(
            action=action, version=version, at=datetime.now(UTC), nonce=uuid.uuid4().hex
        )
        key = self.key_of(account_id or self.account_id)
        headers = dict(signature.sign_acs3(message, stamp, key))
        return httpx.Request("POST", self.base + "/", params=list(pairs), headers=headers)

    def worker_of(self, answer: httpx.Response) -> int:
        """Give the number of the process that answered a call of the API."""
        wanted = answer.json()["RequestId"]

        def look() -> tuple[int, ...]:
            for line in (self.directory / "log").read_text(encoding="utf-8").splitlines():
                with contextlib.suppress(ValueError):
                    said = json.loads(line)
                    if said.get("request_id") == wanted:
                        return (int(said["worker"]),)
            return ()

        (number,) = wait.eventually(look, within=DEADLINE)
        return number

    @contextlib.contextmanager
    def one_client_each(self) -> Iterator[dict[int, httpx.Client]]:
        """Connect until each process has accepted a connection; gives those by its number."""
        found: dict[int, httpx.Client] = {}
        with contextlib.ExitStack() as stack:

            def connect() -> bool:
                client = stack.enter_context(httpx.Client(timeout=DEADLINE, trust_env=False))
                answer = client.send(self.signed("2016-04-28", "DescribeRegions"))
                found.setdefault(self.worker_of(answer), client)
                return len(found) == self.chosen.api.worker_count

            wait.eventually(connect, within=DEADLINE)
            yield found


@contextlib.contextmanager
def serving(count: int) -> Iterator[Several]:
    """Run the API with so many processes, over a store with an administrator and a node."""
    # Not under pytest's directory: sockets have short paths.
    with tempfile.TemporaryDirectory(prefix="fgs-") as name, contextlib.ExitStack() as stack:
        directory = Path(name)
        file = directory / "futago.toml"
        file.write_text(_settings(directory, _free_port(), count), encoding="utf-8")
        chosen = settings_file.load(file)
        storage.prepare(chosen)
        database = stack.enter_context(contextlib.closing(storage.open_database(chosen, None)))
        with database.begin() as unit:
            account_id = access.ensure_bootstrap_account(unit)
        node = simulation.ObedientNode(database)
        node.register()
        made = Several(
            directory=directory,
            chosen=chosen,
            database=database,
            node=node,
            account_id=account_id,
            client=stack.enter_context(httpx.Client(timeout=DEADLINE, trust_env=False)),
            process=stack.enter_context(_running(directory, file)),
        )
        wait.eventually(lambda: _is_ready(made), within=DEADLINE)
        yield made


@contextlib.contextmanager
def _running(directory: Path, file: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "futago", "api", "--config", str(file)]
    with (directory / "log").open("wb") as log, subprocess.Popen(command, stderr=log) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _is_ready(made: Several) -> bool:
    if made.process.poll() is not None:
        raise RuntimeError((made.directory / "log").read_text(encoding="utf-8"))
    try:
        answer = httpx.get(made.base + "/readyz", timeout=DEADLINE, trust_env=False)
    except httpx.TransportError:
        return False
    return answer.status_code == httpx.codes.OK


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as found:
        return int(found.getsockname()[1])


def _settings(directory: Path, port: int, count: int) -> str:
    state, runtime = json.dumps(str(directory / "state")), json.dumps(str(directory / "run"))
    return "\n".join(
        (
            f'region = {{ id = "{loopback.REGION}" }}',
            f'api = {{ listen = "{HOST}:{port}", processes = {count} }}',
            f"store = {{ state_directory = {state}, runtime_directory = {runtime} }}",
            'logs = { format = "json" }\n',
        )
    )
