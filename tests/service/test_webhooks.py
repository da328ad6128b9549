"""Webhooks against a real HTTP server on loopback: order, at least once, signatures, faults."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import ipaddress
import json
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from futago.actions import dispatch, registry
from futago.controllers import deliveries
from futago.domain import webhooks
from futago.store import events as event_rows

LOOPBACK = webhooks.Rules(allows_http=True, networks=(ipaddress.ip_network("127.0.0.0/8"),))


@dataclass
class Receiver:
    """Takes requests and answers as told."""

    port: int = 0
    status: int = 204
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?token=1"

    @property
    def event_ids(self) -> list[int]:
        return [int(json.loads(body)["data"]["EventId"]) for _, body in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(made.status)
            self.send_header("location", "http://127.0.0.1:1/")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def open_cloud(cloud: Any, clock: Any, database: Any) -> Any:
    actions = registry.catalogue(region_id="cn-hangzhou", webhook_rules=LOOPBACK)
    cloud.dispatcher = dispatch.Dispatcher(database, actions, clock.now)
    return cloud


def happen(cloud: Any, count: int = 1, name: str = "tunnel_down", severity: str = "warn") -> None:
    for number in range(count):
        with cloud.database.begin() as unit:
            new = event_rows.NewEvent(
                at=unit.now,
                account_id=cloud.account_id,
                watcher_id=None,
                name=name,
                severity=severity,
                resource_id=f"tun-{number}",
                connection_id="vco-1",
                before="up",
                after="down",
                reason="",
                text="it went",
            )
            event_rows.add(unit.session, new)


@contextlib.asynccontextmanager
async def sending(
    cloud: Any, rules: webhooks.Rules = LOOPBACK
) -> AsyncIterator[deliveries.Deliveries]:
    made = deliveries.Deliveries(cloud.database, rules)
    task = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def shown(cloud: Any) -> Any:
    (webhook,) = cloud.call("ListWebhooks")["Webhooks"]
    return webhook


async def until(made: deliveries.Deliveries, check: Any) -> None:
    async with asyncio.timeout(20):
        while not check():
            await made.look()
            await asyncio.sleep(0.02)


async def test_events_come_in_order_and_signed(open_cloud: Any, receiver: Receiver) -> None:
    happen(open_cloud)
    made = open_cloud.call("CreateWebhook", Url=receiver.url, Name="mine")
    happen(open_cloud, 20)
    async with sending(open_cloud) as sender:
        await until(sender, lambda: shown(open_cloud)["DeliveredEvents"] == 20)
    assert receiver.event_ids == list(range(2, 22))
    headers, body = receiver.got[0]
    key = base64.b64decode(made["SigningSecret"].removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{digest}"
    assert headers["host"] == f"127.0.0.1:{receiver.port}"
    assert json.loads(body)["type"] == "tunnel_down"
    seen = shown(open_cloud)
    assert (seen["Status"], seen["DeliveredEvents"], seen["PendingEvents"]) == ("Active", 20, 0)
    assert made["SigningSecret"] not in json.dumps(open_cloud.call("ListWebhooks"))


async def test_failures_are_tried_again_with_pauses_and_nothing_is_passed_over(
    open_cloud: Any, receiver: Receiver, clock: Any
) -> None:
    open_cloud.call("CreateWebhook", Url=receiver.url)
    receiver.status = 302
    happen(open_cloud, 3)
    async with sending(open_cloud) as sender:
        await until(sender, lambda: shown(open_cloud)["FailuresInARow"] == 1)
        seen = shown(open_cloud)
        assert (seen["Status"], seen["LastHttpStatus"]) == ("Failing", 302)
        assert (seen["PendingEvents"], seen["LastError"]) == (3, "the receiver answered 302")
        await sender.look()
        assert len(receiver.got) == 1
        clock.advance(1)
        await until(sender, lambda: shown(open_cloud)["FailuresInARow"] == 2)
        receiver.status = 200
        clock.advance(2)
        await until(sender, lambda: shown(open_cloud)["DeliveredEvents"] == 3)
    assert receiver.event_ids == [1, 1, 1, 2, 3]
    seen = shown(open_cloud)
    assert (seen["Status"], seen["FailedAttempts"], seen["LastError"]) == ("Active", 2, "")


async def test_what_was_sent_and_not_noted_is_sent_again(
    open_cloud: Any, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_cloud.call("CreateWebhook", Url=receiver.url)
    happen(open_cloud, 2)
    async with sending(open_cloud) as killed:
        monkeypatch.setattr(killed, "_note", _die)
        await until(killed, lambda: len(receiver.got) == 1)
    async with sending(open_cloud) as sender:
        await until(sender, lambda: shown(open_cloud)["DeliveredEvents"] == 2)
    assert sorted(set(receiver.event_ids)) == [1, 2]
    assert receiver.event_ids == sorted(receiver.event_ids)
    ids = {headers["webhook-id"] for headers, _ in receiver.got}
    assert len(ids) == 2


def _die(*_: Any) -> None:
    raise RuntimeError("killed")


async def test_a_webhook_dies_and_is_woken_with_what_it_missed(
    open_cloud: Any, receiver: Receiver, clock: Any
) -> None:
    webhook_id = open_cloud.call("CreateWebhook", Url=receiver.url)["WebhookId"]
    receiver.status = 500
    happen(open_cloud)
    async with sending(open_cloud) as sender:
        await until(sender, lambda: shown(open_cloud)["FailuresInARow"] == 1)
        clock.advance(LOOPBACK.gives_up_after.total_seconds() + 1)
        await until(sender, lambda: shown(open_cloud)["Status"] == "Dead")
        clock.advance(10_000)
        happen(open_cloud)
        await sender.look()
        assert (
            open_cloud.refused("TestWebhook", WebhookId=webhook_id).code
            == "IncorrectStatus.Webhook"
        )
        receiver.status = 200
        open_cloud.call("ModifyWebhook", WebhookId=webhook_id, Enabled=True)
        await until(sender, lambda: shown(open_cloud)["DeliveredEvents"] == 2)
    assert receiver.event_ids == [1, 1, 1, 2]


async def test_a_receiver_that_is_gone_is_left_alone(open_cloud: Any, receiver: Receiver) -> None:
    open_cloud.call("CreateWebhook", Url=receiver.url)
    receiver.status = 410
    happen(open_cloud)
    async with sending(open_cloud) as sender:
        await until(sender, lambda: shown(open_cloud)["Status"] == "Dead")


async def test_filters_and_tests(open_cloud: Any, receiver: Receiver) -> None:
    chosen = open_cloud.call(
        "CreateWebhook", Url=receiver.url, EventName="tunnel_up,tunnel_down", Severity="WARN"
    )["WebhookId"]
    happen(open_cloud, name="tunnel_up", severity="info")
    happen(open_cloud, name="bgp_session_down")
    happen(open_cloud, name="tunnel_down")
    number = int(open_cloud.call("TestWebhook", WebhookId=chosen)["EventId"])
    async with sending(open_cloud) as sender:
        await until(sender, lambda: shown(open_cloud)["DeliveredEvents"] == 2)
    assert receiver.event_ids == [3, number]
    assert json.loads(receiver.got[1][1])["type"] == "webhook_test"


async def test_addresses_are_checked_when_names_are_known(
    open_cloud: Any, receiver: Receiver
) -> None:
    url = receiver.url.replace("127.0.0.1", "localhost")
    open_cloud.call("CreateWebhook", Url=url)
    happen(open_cloud)
    strict = webhooks.Rules(allows_http=True)
    async with sending(open_cloud, strict) as sender:
        await until(sender, lambda: shown(open_cloud)["FailuresInARow"] == 1)
    assert "not public" in shown(open_cloud)["LastError"]
    assert receiver.got == []


def test_webhooks_belong_to_accounts_and_are_checked(cloud: Any) -> None:
    assert cloud.refused("CreateWebhook", Url="http://example.com").code == "InvalidParameter"
    told = cloud.refused("CreateWebhook", Url="https://127.0.0.1/?secret=abc")
    assert "abc" not in told.message
    made = cloud.call("CreateWebhook", Url="https://example.com/")
    with cloud.database.begin() as unit:
        from futago.services import access

        other = access.create_account(unit, "other")
    stranger = type(cloud)(cloud.database, cloud.dispatcher, other)
    assert stranger.call("ListWebhooks")["Webhooks"] == []
    wanted = {"WebhookId": made["WebhookId"]}
    for action in ("ModifyWebhook", "DeleteWebhook", "TestWebhook"):
        assert stranger.refused(action, **wanted).status == 404
    renewed = cloud.call("ModifyWebhook", **wanted, RenewSecret=True, Name="new")
    assert renewed["SigningSecret"] not in {"", made["SigningSecret"]}
    cloud.call("DeleteWebhook", **wanted)
    assert cloud.call("ListWebhooks")["Webhooks"] == []
    for _ in range(10):
        cloud.call("CreateWebhook", Url="https://example.com/")
    assert cloud.refused("CreateWebhook", Url="https://example.com/").code == "Resource.QuotaFull"
