"""The agents' side door: register, watch intents, report. Own credential, never a user's key.

A watch is a long poll by revision. It is woken by the doorbell and answers with whatever is newer;
a lost ring costs one short poll.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, TypeVar

import anyio.to_thread
from pydantic import TypeAdapter, ValidationError
from starlette import requests, responses, routing

from futago.api import traffic
from futago.domain import faults, tasks
from futago.drivers.doorbell import unix
from futago.messages import codec
from futago.services import bgp_routes, captures, events, node_link, nodes, samples
from futago.services import tasks as task_services
from futago.store import unit_of_work

log = logging.getLogger(__name__)

T = TypeVar("T")

_LONGEST_WATCH_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 5.0
_BAD_REQUEST: Final = 400
_UNAUTHORIZED: Final = 401

_STATUS: Final = {
    faults.Kind.INVALID: 400,
    faults.Kind.NOT_FOUND: 404,
    faults.Kind.CONFLICT: 409,
    faults.Kind.FORBIDDEN: 403,
    faults.Kind.QUOTA: 409,
    faults.Kind.UNSUPPORTED: 400,
    faults.Kind.UNAVAILABLE: 503,
    faults.Kind.INTERNAL: 500,
}


class Waker:
    """Passes one doorbell on to any number of waiting watches."""

    def __init__(self, doorbell: unix.Doorbell) -> None:
        self._doorbell = doorbell
        self._rung = asyncio.Event()

    async def run(self) -> None:
        """Listen until cancelled."""
        while True:
            if await self._doorbell.wait(_POLL_SECONDS):
                self._wake()

    def _wake(self) -> None:
        rung, self._rung = self._rung, asyncio.Event()
        rung.set()

    async def wait(self, seconds: float) -> None:
        """Wait for the next ring, at most so many seconds."""
        rung = self._rung
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await rung.wait()


class NodeLink:
    """Handlers of the side door."""

    def __init__(
        self,
        database: unit_of_work.Database,
        credential: str,
        waker: Waker,
        board: traffic.TrafficBoard,
        sampler: samples.Sampler,
    ) -> None:
        self._database = database
        self._credential = credential.encode()
        self._waker = waker
        self._board = board
        self._sampler = sampler

    def routes(self) -> list[routing.Route]:
        """Give the routes, to be served where only nodes come or the credential protects them."""
        return [
            routing.Route("/node/v1/register", self._guard(self._register), methods=["POST"]),
            routing.Route("/node/v1/report", self._guard(self._report), methods=["POST"]),
            routing.Route("/node/v1/intents", self._guard(self._intents), methods=["GET"]),
            routing.Route(
                "/node/v1/captures/{capture_id}", self._guard(self._capture), methods=["PUT"]
            ),
        ]

    def _guard(
        self, handler: Callable[[requests.Request], Awaitable[responses.Response]]
    ) -> Callable[[requests.Request], Awaitable[responses.Response]]:
        async def guarded(request: requests.Request) -> responses.Response:
            given = request.headers.get("authorization", "").removeprefix("Bearer ").encode()
            if not hmac.compare_digest(given, self._credential):
                return responses.PlainTextResponse(
                    "The node's credential is wrong; copy the control plane's credential file "
                    "and name it in node.credential_file.",
                    _UNAUTHORIZED,
                )
            try:
                return await handler(request)
            except requests.ClientDisconnect:
                # The node ended in the middle of its words; nobody reads the answer.
                return responses.Response(status_code=_BAD_REQUEST)
            except faults.Fault as fault:
                log.warning("node refused", extra={"code": fault.code, "fault": fault.message})
                return responses.PlainTextResponse(fault.message, _STATUS[fault.kind])

        return guarded

    async def _register(self, request: requests.Request) -> responses.Response:
        registration = _read(codec.REGISTRATION, await request.body())

        def store() -> None:
            with self._database.begin() as work:
                nodes.register_node(work, registration, work.now)

        await anyio.to_thread.run_sync(store)
        log.info("node registered", extra={"node_id": registration.node_id})
        return responses.JSONResponse({})

    async def _report(self, request: requests.Request) -> responses.Response:
        report = _read(codec.REPORT, await request.body())

        def store() -> None:
            told: tuple[events.EventView, ...] = ()
            with self._database.begin() as work:
                nodes.heartbeat(work, report.node_id, work.now)
                bgp_routes.store(work, report.routes)
                task_services.note(work, report.tasks)
                over = self._sampler.accept(report.traffic, work.now) if report.traffic else None
                if over is not None:
                    self._sampler.store(work, over)
                node_link.store_pulses(work, report.pulses)
                if report.observations:
                    told = node_link.store_observations(work, report.node_id, report.observations)
            events.tell_log(told)
            self._board.accept(report)

        await anyio.to_thread.run_sync(store)
        return responses.JSONResponse({})

    async def _capture(self, request: requests.Request) -> responses.Response:
        content = await _bounded(request)

        def store() -> None:
            with self._database.begin() as work:
                captures.store(work, request.path_params["capture_id"], content)

        await anyio.to_thread.run_sync(store)
        return responses.JSONResponse({})

    async def _intents(self, request: requests.Request) -> responses.Response:
        node_id = request.query_params.get("node", "")
        after = int(_number(request, "after"))
        deadline = asyncio.get_running_loop().time() + min(
            _LONGEST_WATCH_SECONDS, _number(request, "wait")
        )
        while True:
            batch = await anyio.to_thread.run_sync(self._newer, node_id, after)
            left = deadline - asyncio.get_running_loop().time()
            if batch.entries or batch.revision != after or left <= 0:
                return responses.Response(
                    codec.BATCH.dump_json(batch), media_type="application/json"
                )
            await self._waker.wait(min(left, _POLL_SECONDS))

    def _newer(self, node_id: str, after: int) -> codec.IntentBatch:
        with self._database.read() as work:
            batch = node_link.intents_since(work, node_id, after)
            if batch.revision >= after:
                return batch
            # The node knows a later revision than the store: another store. Start over.
            return node_link.intents_since(work, node_id, 0)


async def _bounded(request: requests.Request) -> bytes:
    """Read a body that is not longer than a capture may be."""
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > tasks.CAPTURE_BYTES_MAX:
            raise codec.MalformedMessage(
                f"The capture has more than {tasks.CAPTURE_BYTES_MAX} bytes."
            )
    return bytes(content)


def _number(request: requests.Request, name: str) -> float:
    text = request.query_params.get(name, "0")
    try:
        return max(0.0, float(text))
    except ValueError as exc:
        raise codec.MalformedMessage(f"{name}={text!r} is not a number.") from exc


def _read(adapter: TypeAdapter[T], content: bytes) -> T:
    try:
        return adapter.validate_json(content)
    except ValidationError as exc:
        raise codec.MalformedMessage(
            f"The message has {exc.error_count()} errors; "
            "do agent and control plane have the same version?"
        ) from exc
