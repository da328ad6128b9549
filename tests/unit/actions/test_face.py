"""The RPC face over ASGI, with a toy catalogue."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from futago.actions import faults
from futago.api import app, nonces
from futago.protocols.rpc import signature

KEY = signature.AccessKey("LTAIexample", "EXAMPLEsecret")
FORM = {"content-type": "application/x-www-form-urlencoded"}
REQUEST_ID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")


class Client:
    def __init__(self, bench: Any, limits: app.Limits | None = None) -> None:
        self.bench = bench
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(bench.app(limits)), base_url="http://futago.test"
        )
        self.calls = 0

    def stamp(self, action: str, nonce: str | None = None) -> signature.Stamp:
        self.calls += 1
        return signature.Stamp(
            action=action,
            version="2016-04-28",
            at=self.bench.clock.now,
            nonce=nonce or f"nonce-{self.calls}",
        )

    async def acs3(
        self,
        action: str,
        *query: tuple[str, str],
        form: tuple[tuple[str, str], ...] = (),
        nonce: str | None = None,
        key: signature.AccessKey = KEY,
        method: str = "POST",
    ) -> httpx.Response:
        body = urlencode(form).encode()
        message = signature.Message(
            method=method,
            query=query,
            headers=(("host", "futago.test"), *(FORM.items() if body else ())),
            body=body,
        )
        headers = signature.sign_acs3(message, self.stamp(action, nonce), key)
        return await self.http.request(
            method, "/", params=query, content=body, headers=dict(headers)
        )

    async def v1(
        self, action: str, *pairs: tuple[str, str], key: signature.AccessKey = KEY
    ) -> httpx.Response:
        signed = signature.sign_v1("POST", pairs, self.stamp(action), key)
        return await self.http.post("/", content=urlencode(signed), headers=FORM)


@pytest.fixture
async def client(bench: Any) -> AsyncIterator[Client]:
    made = Client(bench)
    async with made.http:
        yield made


def code_of(response: httpx.Response) -> str:
    body = response.json()
    assert REQUEST_ID.fullmatch(body["RequestId"])
    assert body["HostId"] == "futago.test"
    return str(body["Code"])


async def test_both_schemes_are_answered(client: Client) -> None:
    for response in (
        await client.acs3("DescribeRegions", ("RegionId", "a b+ü")),
        await client.acs3("DescribeRegions", method="GET"),
        await client.v1("DescribeRegions", ("RegionId", "a b+ü~*")),
    ):
        assert response.status_code == 200, response.text
        assert response.headers["content-type"] == "application/json;charset=utf-8"
        assert REQUEST_ID.fullmatch(response.json()["RequestId"])
        assert response.json()["Regions"]["Region"][0]["LocalName"] == "Hángzhōu"


async def test_query_and_body_are_one_set_of_parameters(client: Client) -> None:
    response = await client.acs3("CreateThing", ("ClientToken", "t"), form=(("Name", "a"),))
    assert response.json()["ThingId"] == "thing-1"


async def test_a_replay_is_refused(client: Client) -> None:
    assert (await client.acs3("DescribeRegions", nonce="n")).status_code == 200
    again = await client.acs3("DescribeRegions", nonce="n")
    assert (again.status_code, code_of(again)) == (400, "SignatureNonceUsed")


@pytest.mark.parametrize("minutes", [-16, 16])
async def test_a_wrong_clock_is_refused(client: Client, bench: Any, minutes: int) -> None:
    message = signature.Message(method="POST", headers=(("host", "futago.test"),))
    headers = signature.sign_acs3(message, client.stamp("DescribeRegions"), KEY)
    bench.clock.now += timedelta(minutes=minutes)
    response = await client.http.post("/", headers=dict(headers))
    assert (response.status_code, code_of(response)) == (400, "InvalidTimeStamp.Expired")


async def test_keys_that_do_not_open_are_told_apart(client: Client) -> None:
    secret = KEY.secret
    unknown = await client.v1("DescribeRegions", key=signature.AccessKey("LTAIno", secret))
    assert (unknown.status_code, code_of(unknown)) == (404, "InvalidAccessKeyId.NotFound")
    disabled = await client.v1("DescribeRegions", key=signature.AccessKey("LTAIdisabled", secret))
    assert (disabled.status_code, code_of(disabled)) == (400, "InvalidAccessKeyId.Inactive")
    token = await client.v1("DescribeRegions", ("SecurityToken", "t"))
    assert code_of(token) == "InvalidSecurityToken.MismatchWithAccessKey"


@pytest.mark.parametrize("scheme", ["acs3", "v1"])
async def test_a_wrong_secret_is_answered_with_the_string_to_sign(
    client: Client, caplog: pytest.LogCaptureFixture, scheme: str
) -> None:
    wrong = signature.AccessKey(KEY.access_key_id, "other")
    with caplog.at_level(logging.DEBUG, logger="futago"):
        response = await getattr(client, scheme)("DescribeRegions", ("Psk", "hidden"), key=wrong)
    assert (response.status_code, code_of(response)) == (400, "SignatureDoesNotMatch")
    before, after = response.json()["Message"].split(":")
    assert before == (
        "Specified signature is not matched with our calculation. server string to sign is"
    )
    assert after.startswith("ACS3-HMAC-SHA256\n" if scheme == "acs3" else "POST&%2F&")
    assert "hidden" not in caplog.text
    assert "hidden" not in str([record.__dict__ for record in caplog.records])


async def test_a_wrong_secret_does_not_use_up_the_nonce(client: Client) -> None:
    wrong = signature.AccessKey(KEY.access_key_id, "other")
    await client.acs3("DescribeRegions", nonce="n", key=wrong)
    assert (await client.acs3("DescribeRegions", nonce="n")).status_code == 200


async def test_what_the_dispatcher_refuses_has_the_vendors_shape(client: Client) -> None:
    unknown = await client.acs3("Nothing")
    assert (unknown.status_code, code_of(unknown)) == (404, "InvalidAction.NotFound")
    missing = await client.acs3("CreateThing")
    assert (missing.status_code, code_of(missing)) == (400, "MissingParam.Name")
    method = await client.acs3("CreateThing", ("Name", "a"), method="PUT")
    assert (method.status_code, code_of(method)) == (400, "UnsupportedHTTPMethod")
    crash = await client.acs3("Crash")
    assert (crash.status_code, code_of(crash)) == (500, "InternalError")


async def test_a_call_without_signature_is_refused(client: Client) -> None:
    for response in (await client.http.get("/"), await client.http.delete("/?Action=X")):
        assert (response.status_code, code_of(response)) == (400, "IncompleteSignature")


@pytest.mark.parametrize(
    ("content", "kind", "code", "status"),
    [
        (b'{"A":1}', "application/json", "InvalidParameter", 400),
        (b"A=\xff", FORM["content-type"], "InvalidParameter", 400),
        (b"A=%ff", FORM["content-type"], "InvalidParameter", 400),
        (b"A" * 300_000, FORM["content-type"], "RequestTooLarge", 413),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused(
    client: Client, content: bytes, kind: str, code: str, status: int
) -> None:
    response = await client.http.post("/", content=content, headers={"content-type": kind})
    assert (response.status_code, code_of(response)) == (status, code)


async def test_a_body_that_never_arrives_is_given_up(bench: Any) -> None:
    face = bench.app(app.Limits(body_seconds=0.01))
    sent: list[Any] = []
    events = iter([{"type": "http.request", "body": b"A", "more_body": True}])

    async def receive() -> Any:
        for event in events:
            return event
        return await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": b"",
        "headers": [],
    }
    async with asyncio.timeout(5):
        await face(scope, receive, send)
    assert sent[0]["status"] == 408
    assert json.loads(sent[1]["body"])["Code"] == "RequestTimeout"


async def test_xml_is_written_for_those_who_ask(client: Client) -> None:
    good = await client.v1("DescribeRegions", ("Format", "xml"))
    # The stamp says JSON too; a repeated parameter makes the claim incomplete.
    assert good.status_code == 400
    assert good.headers["content-type"] == "text/xml;charset=utf-8"
    assert "<Error><RequestId>" in good.text
    good = await client.acs3("DescribeRegions", ("Format", "XML"))
    assert good.status_code == 200
    assert good.headers["content-type"] == "text/xml;charset=utf-8"
    assert "<DescribeRegionsResponse><Regions><Region><RegionId>cn-hangzhou<" in good.text


async def test_each_call_is_one_line_without_parameters(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="futago"):
        await client.acs3("CreateThing", ("Name", "a"), ("Psk", "hidden"))
        await client.acs3("Made-up")
    records = [record.__dict__ for record in caplog.records]
    assert [(r["msg"], r["action"], r["code"]) for r in records] == [
        ("call answered", "CreateThing", "OK"),
        ("call answered", "unknown", "InvalidAction.NotFound"),
    ]
    assert "hidden" not in str(records)


async def test_calls_are_counted_by_action_and_code(client: Client, bench: Any) -> None:
    await client.acs3("DescribeRegions")
    await client.acs3("Made-up")
    value = bench.registry.get_sample_value
    assert value("futago_api_requests_total", {"action": "DescribeRegions", "code": "OK"}) == 1
    assert value("futago_api_request_duration_seconds_count", {"action": "unknown"}) == 1


def test_nonces_are_forgotten_with_their_call_and_bounded(bench: Any) -> None:
    window = nonces.NonceWindow(bench.memory, max_nonces_per_key=2)
    now = bench.clock.now

    def claim(nonce: str) -> signature.Claim:
        stamp = signature.Stamp(action="A", version="V", at=now, nonce=nonce)
        pairs = signature.sign_v1("GET", (), stamp, KEY)
        return signature.read_claim(signature.Message(method="GET", query=pairs))

    window.admit(claim("a"), now)
    window.admit(claim("b"), now)
    with pytest.raises(faults.Throttled) as caught:
        window.admit(claim("c"), now)
    assert caught.value.retry_after_ms == 15 * 60 * 1000
    with pytest.raises(faults.VendorFault, match="used before"):
        window.admit(claim("a"), now + timedelta(minutes=15))
    window.admit(claim("c"), now + timedelta(minutes=15, seconds=1))


async def test_a_bug_outside_the_dispatcher_is_answered_too(client: Client, bench: Any) -> None:
    bench.keys.stored = None
    response = await client.acs3("DescribeRegions")
    assert (response.status_code, code_of(response)) == (500, "InternalError")
