"""Nonsense in all forms through the real face: an answer always, a failure of the service never.

Calls are signed, so that they get past the door: hypothesis makes up the form itself, schemathesis
the parameters that the OpenAPI document promises to understand.
"""

from __future__ import annotations

import asyncio
import json
import urllib.parse
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import hypothesis
import pytest
import schemathesis
from hypothesis import strategies

from futago.actions import registry
from futago.api import openapi
from futago.protocols.rpc import params, signature
from futago.testing import loopback, parameters, simulation

pytestmark = pytest.mark.slow
FORM = "application/x-www-form-urlencoded"
CLOCK = simulation.StoppedClock()
CATALOGUE = registry.catalogue(region_id=loopback.REGION)
ACTIONS = sorted(CATALOGUE, key=lambda each: (each.product.value, each.name))
NAMES = sorted({place.wire for action in ACTIONS for place in parameters.places(action.request)})


def bounded(examples: int) -> hypothesis.settings:
    return hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck),
    )


VALUES = strategies.one_of(
    strategies.text(max_size=60),
    strategies.text("0123456789./:-,", max_size=24),
    strategies.sampled_from(
        ["", "0", "-1", "true", "null", "{}", "[]", '[{"Key":1}]', "0.0.0.0/0"]
    ),
    strategies.sampled_from(
        ["9" * 25, "x" * 5000, "\x00", "\ud7ff\ufffd", "' OR 1=1 --", "%00%ff"]
    ),
    strategies.recursive(
        strategies.none() | strategies.booleans() | strategies.integers() | strategies.text(),
        lambda inner: strategies.lists(inner) | strategies.dictionaries(strategies.text(), inner),
        max_leaves=6,
    ).map(json.dumps),
)
SEGMENTS = strategies.sampled_from(
    ["1", "2", "0", "-1", "01", "99999999999", "Key", "Value", "", "é", "TunnelIkeConfig", "Psk"]
)
SPELLINGS = strategies.builds(
    lambda name, more: ".".join([name, *more]),
    strategies.sampled_from(NAMES) | strategies.text(max_size=10),
    strategies.lists(SEGMENTS, max_size=3),
)


@dataclass
class Face:
    runner: asyncio.Runner
    transport: httpx.ASGITransport
    key: signature.AccessKey

    def send(self, action: Any, body: bytes) -> None:
        """Send a signed form; whatever it is, the answer must be a proper one."""
        message = signature.Message(
            method="POST",
            headers=(("host", "testserver"), ("content-type", FORM)),
            body=body,
        )
        stamp = signature.Stamp(
            action=action.name,
            version=action.product.value,
            at=CLOCK.now(),
            nonce=str(uuid.uuid4()),
        )
        headers = dict(signature.sign_acs3(message, stamp, self.key))
        answer = self.runner.run(self._post(body, headers))
        told = answer.text
        assert answer.status_code < 500, (action.name, body, told)
        assert "Traceback" not in told
        parsed = answer.json()
        assert parsed["RequestId"]
        assert answer.status_code == 200 or (parsed["Code"] and parsed["Message"])

    async def _post(self, body: bytes, headers: dict[str, str]) -> httpx.Response:
        async with httpx.AsyncClient(
            transport=self.transport, base_url="http://testserver"
        ) as client:
            return await client.post("/", content=body, headers=headers)


@pytest.fixture(scope="module")
def face(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Face]:
    with (
        loopback.build(tmp_path_factory.mktemp("fuzz"), CLOCK.now) as service,
        asyncio.Runner() as runner,
    ):
        yield Face(runner, httpx.ASGITransport(service.face), service.key)


@bounded(150)
@hypothesis.given(
    action=strategies.sampled_from(ACTIONS),
    body=strategies.one_of(
        strategies.binary(max_size=80),
        strategies.text("&=%+.;1290aAzZ{}[]\"'é \\", max_size=120).map(str.encode),
    ),
)
def test_bytes_that_are_no_form_are_answered(face: Face, action: Any, body: bytes) -> None:
    face.send(action, body)


@bounded(300)
@hypothesis.given(
    action=strategies.sampled_from(ACTIONS),
    pairs=strategies.lists(strategies.tuples(SPELLINGS, VALUES), max_size=8),
    is_complete=strategies.booleans(),
)
def test_forms_of_nonsense_are_answered(
    face: Face, action: Any, pairs: list[tuple[str, str]], is_complete: bool
) -> None:
    good = params.flatten(parameters.sample(action)) if is_complete else []
    region = [("RegionId", loopback.REGION)]
    text = urllib.parse.urlencode([*region, *good, *pairs], errors="replace")
    face.send(action, text.encode())


SCHEMA = schemathesis.openapi.from_dict(openapi.document(CATALOGUE))
CASES = strategies.sampled_from(ACTIONS).flatmap(
    lambda action: strategies.tuples(
        strategies.just(action), SCHEMA[openapi.path_of(action)]["POST"].as_strategy()
    )
)


@bounded(100)
@hypothesis.given(case=CASES)
def test_what_the_document_promises_is_answered(face: Face, case: tuple[Any, Any]) -> None:
    action, made = case
    body = made.body if isinstance(made.body, dict) else {}
    wanted = {name: each for name, each in body.items() if name not in {"Action", "Version"}}
    pairs = [("RegionId", loopback.REGION), *spelled("", wanted)]
    face.send(action, urllib.parse.urlencode(pairs, errors="replace").encode())


def spelled(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """Spell a structure as a form, whatever is in it."""
    match value:
        case dict():
            for name, each in value.items():
                yield from spelled(f"{path}.{name}" if path else name, each)
        case list():
            for index, each in enumerate(value, start=1):
                yield from spelled(f"{path}.{index}", each)
        case str():
            yield path, value
        case _:
            yield path, json.dumps(value)
