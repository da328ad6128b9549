"""Which routes are served where."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import prometheus_client
import pytest
from starlette import types

from futago.runtime import api_role, measures, node_credential, settings, settings_file, storage
from futago.testing import simulation

REGISTER = "/node/v1/register"


@pytest.fixture
def directory() -> Iterator[Path]:
    # Not tmp_path: sockets have short paths.
    made = Path(tempfile.mkdtemp(prefix="fgt-"))
    yield made
    shutil.rmtree(made)


def parse(directory: Path, **api: str | bool) -> settings.Settings:
    store = {"state_directory": f"{directory}/state", "runtime_directory": f"{directory}/run"}
    return settings_file.parse({"store": store, "api": api}, "test")


@contextlib.contextmanager
def built(chosen: settings.Settings) -> Iterator[api_role.Api]:
    storage.prepare(chosen)
    with (
        storage.open_doorbell(chosen, "api") as doorbell,
        contextlib.closing(storage.open_database(chosen, doorbell)) as database,
        contextlib.closing(simulation.memory(chosen.store.runtime)) as memory,
    ):
        opened = api_role.Opened(
            database=database,
            memory=memory,
            doorbell=doorbell,
            measures=measures.alone(prometheus_client.CollectorRegistry()),
        )
        yield api_role.build_api(chosen, api_role.actions(chosen), opened)


async def status(app: types.ASGIApp, method: str, path: str, credential: str = "") -> int:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://futago"
    ) as client:
        headers = {"authorization": f"Bearer {credential}"}
        return (await client.request(method, path, headers=headers)).status_code


async def test_nodes_are_served_on_the_private_socket_with_their_credential(
    directory: Path,
) -> None:
    chosen = parse(directory)
    with built(chosen) as api:
        credential = node_credential.read(chosen.credential_path)
        assert await status(api.private, "POST", REGISTER, credential) == 400
        assert await status(api.private, "POST", REGISTER, secrets.token_hex()) == 401
        assert await status(api.private, "POST", REGISTER) == 401


async def test_nodes_are_not_served_in_plain_text(directory: Path) -> None:
    chosen = parse(directory)
    with built(chosen) as api:
        credential = node_credential.read(chosen.credential_path)
        assert await status(api.public, "POST", REGISTER, credential) == 404


async def test_nodes_are_served_over_tls(directory: Path) -> None:
    chosen = parse(directory, listen="0.0.0.0:8443", tls_certificate="/c.pem", tls_key="/k.pem")
    with built(chosen) as api:
        assert await status(api.public, "POST", REGISTER) == 401


async def test_metrics_are_for_loopback_and_the_private_socket(directory: Path) -> None:
    with built(parse(directory)) as api:
        assert await status(api.public, "GET", "/metrics") == 200
        assert await status(api.private, "GET", "/metrics") == 200
    with built(parse(directory, listen="0.0.0.0:8080", allow_plain_http=True)) as api:
        assert await status(api.public, "GET", "/metrics") == 404
        assert await status(api.public, "GET", "/readyz") == 200


def test_preparing_twice_changes_nothing(directory: Path) -> None:
    chosen = parse(directory)
    storage.prepare(chosen)
    files = {
        path: path.read_bytes() for path in (chosen.store.master_key_path, chosen.credential_path)
    }
    storage.prepare(chosen)
    assert {path: path.read_bytes() for path in files} == files
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
