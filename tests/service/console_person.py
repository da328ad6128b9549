"""Somebody at the console without a browser: cookies, the page's token, and calls."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import argon2
import httpx
import pytest
from starlette import applications

from futago.api import console, console_guard, console_login
from futago.services import console_passwords
from futago.testing import simulation

if TYPE_CHECKING:
    from futago.store import shared_memory

PASSWORD = "correct horse battery"
OWN_PAGE = {console_guard.CSRF_HEADER: ""}


@pytest.fixture
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    cheap = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(console_passwords, "_HASHER", cheap)
    console_passwords._nobodys.cache_clear()
    yield
    console_passwords._nobodys.cache_clear()


class Browser:
    def __init__(self, app: applications.Starlette, *, secure: bool = False) -> None:
        self.base = f"http{'s' if secure else ''}://futago.test"
        transport = httpx.ASGITransport(app=app, client=("192.0.2.9", 1234))
        self.client = httpx.AsyncClient(transport=transport, base_url=self.base)
        self.csrf = ""

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        return asyncio.run(self.client.request(method, path, **more))

    def login(self, user: str = "admin", password: str = PASSWORD, **more: Any) -> httpx.Response:
        given = {"Account": "", "User": user, "Password": password, **more}
        answer = self.send("POST", f"{console.API}/login", json=given, headers=OWN_PAGE)
        if answer.status_code == 200:
            self.csrf = answer.json()["CsrfToken"]
        return answer

    def call(self, action: str, version: str = "2016-04-28", **values: Any) -> httpx.Response:
        headers = {console_guard.CSRF_HEADER: self.csrf, **values.pop("headers", {})}
        form = {"Action": action, "Version": version, "RegionId": "cn-hangzhou", **values}
        return self.send("POST", f"{console.API}/call", data=form, headers=headers)

    def session(self) -> httpx.Response:
        return self.send("GET", f"{console.API}/session")


def serve(
    cloud: Any, memory: shared_memory.SharedMemory, clock: simulation.StoppedClock, *, secure: bool
) -> applications.Starlette:
    place = console.Place(
        region_id="cn-hangzhou", region_name="Hangzhou", is_secure=secure, version="1"
    )
    brake = console_login.LoginBrake(memory, clock.now)
    face = console.Console(cloud.database, cloud.dispatcher, place, brake)
    return applications.Starlette(routes=face.routes())


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[shared_memory.SharedMemory]:
    with contextlib.closing(simulation.memory(tmp_path)) as made:
        yield made


@pytest.fixture
def app(
    cloud: Any, memory: shared_memory.SharedMemory, clock: simulation.StoppedClock
) -> applications.Starlette:
    with cloud.database.begin() as unit:
        console_passwords.put(unit, cloud.account_id, "admin", PASSWORD)
    return serve(cloud, memory, clock, secure=False)


@pytest.fixture
def browser(app: applications.Starlette) -> Browser:
    return Browser(app)
