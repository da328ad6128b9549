"""The stream of events: who may listen, what comes, and how it is taken up again."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette import requests as http

from futago.api import credentials, event_stream, nonces
from futago.domain import events, faults
from futago.protocols.rpc import signature
from futago.services import access, console_sessions

ROOT = Path(__file__).parents[2]
VERSION = "2026-12-01"


@pytest.fixture
def stream(
    cloud: Any, database: Any, clock: Any, memory: Any, monkeypatch: Any
) -> event_stream.EventStream:
    monkeypatch.setattr(event_stream, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(event_stream, "CHECK_SECONDS", 0.0)
    keys = credentials.StoredKeys(database)
    gatekeeper = credentials.Gatekeeper(keys, clock.now, nonces.NonceWindow(memory))
    table = cloud.dispatcher.catalogue
    return event_stream.EventStream(database, table, gatekeeper, clock.now, "session")


@pytest.fixture
def key(cloud: Any) -> signature.AccessKey:
    cloud.call("CreateUser", UserName="listener")
    document = cloud.document(("Allow", "futago:ListEvents", "*"))
    wanted = {"UserName": "listener", "PolicyName": "only", "PolicyDocument": document}
    cloud.call("PutUserPolicy", **wanted)
    made = cloud.call("CreateAccessKey", UserName="listener")["AccessKey"]
    return signature.AccessKey(made["AccessKeyId"], made["AccessKeySecret"])


def request(query: str = "", **headers: str) -> http.Request:
    raw = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    return http.Request(
        {
            "type": "http",
            "method": "GET",
            "path": event_stream.PATH,
            "query_string": query.encode(),
            "headers": raw,
        }
    )


_NONCES = itertools.count()


def signed(key: signature.AccessKey, clock: Any, **more: str) -> str:
    stamp = signature.Stamp(
        action=more.pop("Action", "ListEvents"),
        version=VERSION,
        at=clock.now(),
        nonce=f"nonce-of-a-test-{next(_NONCES)}",
    )
    pairs = tuple(more.items())
    return urlencode(signature.sign_v1("GET", pairs, stamp, key))


async def take(messages: AsyncIterator[str], count: int) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    while len(found) < count:
        fields = dict(line.split(": ", 1) for line in (await anext(messages)).splitlines() if line)
        if "data" in fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


def happen(cloud: Any, name: str) -> None:
    from futago.store import events as rows

    with cloud.database.begin() as unit:
        new = rows.NewEvent(
            at=unit.now,
            account_id=cloud.account_id,
            watcher_id=None,
            name=name,
            severity="warn",
            resource_id="tun-1",
            connection_id="vco-1",
            before="",
            after="",
            reason="",
            text="",
        )
        rows.add(unit.session, new)


async def test_a_key_hears_what_happens_and_takes_up_where_it_ended(
    stream: event_stream.EventStream, cloud: Any, clock: Any, key: signature.AccessKey
) -> None:
    happen(cloud, "tunnel_up")
    listener = stream._admit(request(signed(key, clock)))
    messages = stream._stream(listener)
    await anext(messages)
    happen(cloud, "tunnel_down")
    ((name, event),) = await take(messages, 1)
    assert (name, event["Name"], event["EventId"]) == ("tunnel_down", "tunnel_down", "2")
    clock.advance(1)
    again = stream._stream(stream._admit(request(signed(key, clock), last_event_id="0")))
    assert [name for name, _ in await take(again, 2)] == ["tunnel_up", "tunnel_down"]
    clock.advance(1)
    query = signed(key, clock, LastEventId="0", EventName="tunnel_down", ResourceId="vco-1")
    chosen = stream._stream(stream._admit(request(query)))
    assert [name for name, _ in await take(chosen, 1)] == ["tunnel_down"]


async def test_a_stream_ends_with_its_key(
    stream: event_stream.EventStream, cloud: Any, clock: Any, key: signature.AccessKey
) -> None:
    messages = stream._stream(stream._admit(request(signed(key, clock))))
    await anext(messages)
    wanted = {"UserAccessKeyId": key.access_key_id, "Status": "Inactive"}
    cloud.call("UpdateAccessKey", UserName="listener", **wanted)
    assert [name for name, _ in await take(messages, 1)] == ["ended"]
    assert stream._listeners == 0 or [each async for each in messages] == []


async def test_a_session_of_the_console_hears_too(
    stream: event_stream.EventStream, cloud: Any, database: Any
) -> None:
    with database.begin() as unit:
        token = console_sessions.open_session(
            unit, cloud.account_id, access.ADMINISTRATOR, "192.0.2.1", instead_of=None
        )
    messages = stream._stream(stream._admit(request("LastEventId=0", cookie=f"session={token}")))
    happen(cloud, "tunnel_up")
    assert [name for name, _ in await take(messages, 1)] == ["tunnel_up"]


def test_nobody_else_hears(
    stream: event_stream.EventStream,
    cloud: Any,
    clock: Any,
    key: signature.AccessKey,
    monkeypatch: Any,
) -> None:
    strange = signature.AccessKey(key.access_key_id, "x" * 32)
    for bad in (
        request(),
        request("", cookie="session=stolen"),
        request(signed(strange, clock)),
        request(signed(key, clock, Action="ListWebhooks")),
        request(signed(key, clock), last_event_id="abc"),
    ):
        clock.advance(1)
        with pytest.raises(faults.Fault):
            stream._admit(bad)
    clock.advance(1)
    replayed = signed(key, clock)
    stream._admit(request(replayed))
    with pytest.raises(faults.Fault, match="nonce"):
        stream._admit(request(replayed))
    monkeypatch.setattr(event_stream, "MOST_LISTENERS", 0)
    clock.advance(1)
    with pytest.raises(faults.Fault, match="listen already"):
        stream._admit(request(signed(key, clock)))


def test_every_event_is_explained() -> None:
    page = (ROOT / "docs/reference/events.md").read_text()
    told = re.findall(r"^\| `(\w+)` \| (?:CRITICAL|WARN|INFO)", page, re.MULTILINE)
    assert set(told) == {name.value for name in events.EventName}
