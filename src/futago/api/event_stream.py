"""Events as they happen: a stream of server-sent events that can be taken up where it ended.

Whoever may call ListEvents may listen: with a call of it that is signed for this path, or with a
session of the console. The stream begins behind the event named by `Last-Event-ID`, or with the
present, and ends when the key or the session does.
Source: WHATWG HTML, section "Server-sent events".
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import anyio
import anyio.to_thread
from starlette import requests as http
from starlette import responses, routing

from futago.actions import catalogue, faults, permissions, requests
from futago.actions import events as actions
from futago.api import app, credentials
from futago.domain import faults as domain_faults
from futago.protocols.rpc import params, signature
from futago.services import console_sessions, event_words, events
from futago.store import events as rows
from futago.store import unit_of_work

PATH: Final = "/events"
ACTION: Final = "ListEvents"
LOOK_SECONDS: Final = 0.7
ALIVE_SECONDS: Final = 15.0
"""A line goes out this often, so that proxies and listeners know that the stream lives."""
CHECK_SECONDS: Final = 5.0
"""Between looks whether the listener may still listen."""
MOST_LISTENERS: Final = 64
_THREADS: Final = 2
_AT_ONCE: Final = 200
_ID_MAX: Final = 18

May = Callable[[unit_of_work.UnitOfWork], catalogue.Principal | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Who listens to what."""

    account_id: str
    wanted: actions.ListEvents
    after: int
    may: May
    """Finds the listener again; None when the key or session has ended."""


class EventStream:
    """Streams for any number of listeners up to a limit."""

    def __init__(
        self,
        database: unit_of_work.Database,
        table: catalogue.Catalogue,
        gatekeeper: credentials.Gatekeeper,
        clock: Callable[[], datetime],
        cookie: str,
    ) -> None:
        self._database = database
        self._action = table.find(catalogue.Product.FUTAGO.value, ACTION, "GET")
        self._gatekeeper = gatekeeper
        self._clock = clock
        self._cookie = cookie
        self._limiter = anyio.CapacityLimiter(_THREADS)
        self._listeners = 0

    def route(self) -> routing.Route:
        """Give the route."""
        return routing.Route(PATH, self._listen, methods=["GET"])

    async def _listen(self, request: http.Request) -> responses.Response:
        try:
            listener = await anyio.to_thread.run_sync(self._admit, request, limiter=self._limiter)
        except domain_faults.Fault as fault:
            told = faults.translate(fault)
            body = {"Code": told.code, "Message": told.message}
            return responses.JSONResponse(body, told.status)
        return responses.StreamingResponse(
            self._stream(listener),
            media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )

    def _admit(self, request: http.Request) -> Listener:
        """Find who listens.

        Raises:
            Fault: Nobody who may, or too many listen already.
        """
        if self._listeners >= MOST_LISTENERS:
            raise faults.VendorFault(
                "ServiceUnavailable",
                503,
                f"{MOST_LISTENERS} listen already: try again later, or ask ListEvents.",
            )
        pairs = params.decode_pairs(request.url.query)
        may = self._may(request)
        wanted = requests.parse(actions.ListEvents, pairs)
        with self._database.read() as work:
            principal = may(work)
            if principal is None:
                raise _nobody()
            permissions.require(self._action, principal, wanted, work)
            after = _last(request, dict(pairs))
            return Listener(
                account_id=principal.account_id,
                wanted=wanted,
                after=rows.newest(work.session) if after is None else after,
                may=may,
            )

    def _may(self, request: http.Request) -> May:
        token = request.cookies.get(self._cookie)
        is_signed = b"Signature" in request.scope["query_string"]
        if token and not is_signed and "authorization" not in request.headers:
            return lambda work: _visitor(work, token)
        claim = signature.read_claim(_message(request))
        if (claim.version, claim.action) != (catalogue.Product.FUTAGO.value, ACTION):
            raise faults.VendorFault(
                "InvalidAction.NotFound",
                404,
                f"{PATH} takes {ACTION} of version {catalogue.Product.FUTAGO.value} only: sign a"
                " call of that action.",
            )
        principal = self._gatekeeper.admit(claim)
        keys = credentials.StoredKeys(self._database)

        def still(_work: unit_of_work.UnitOfWork) -> catalogue.Principal | None:
            key = keys.find_access_key(principal.access_key_id)
            if key is None or not key.active:
                return None
            if key.session is not None and self._clock() >= key.session.expires_at:
                return None
            return catalogue.Principal(
                key.account_id, key.user_name, key.access_key_id, key.permissions
            )

        return still

    async def _stream(self, listener: Listener) -> AsyncIterator[str]:
        """Give what happens until the listener leaves or may not listen any more."""
        self._listeners += 1
        try:
            yield "retry: 2000\n: open\n\n"
            async for text in self._news(listener):
                yield text
        finally:
            self._listeners -= 1

    async def _news(self, listener: Listener) -> AsyncIterator[str]:
        after, checked, spoken = listener.after, time.monotonic(), time.monotonic()
        while True:
            now = time.monotonic()
            is_check = now - checked >= CHECK_SECONDS
            checked = now if is_check else checked
            try:
                found = await anyio.to_thread.run_sync(
                    self._look, listener, after, is_check, limiter=self._limiter
                )
            except domain_faults.Fault:
                found = ()  # The store does not answer; the next look says what was missed.
            if found is None:
                yield "event: ended\ndata: {}\n\n"
                return
            for event in found:
                after = event.id
                if _is_wanted(listener.wanted, event):
                    spoken = now
                    yield _message_of(event)
            if now - spoken >= ALIVE_SECONDS:
                spoken = now
                yield ": alive\n\n"
            if len(found) < _AT_ONCE:
                await asyncio.sleep(LOOK_SECONDS)

    def _look(
        self,
        listener: Listener,
        after: int,
        is_check: bool,
    ) -> tuple[events.EventView, ...] | None:
        with self._database.read() as work:
            if is_check:
                principal = listener.may(work)
                if principal is None or not principal.permissions.may_ever(self._action.permission):
                    return None
            return events.after(work, after, listener.account_id, _AT_ONCE)


def _visitor(work: unit_of_work.UnitOfWork, token: str) -> catalogue.Principal | None:
    found = console_sessions.find(work, token)
    if found is None:
        return None
    return catalogue.Principal(
        found.account_id, found.user_name, found.session_name, found.permissions
    )


def _message(request: http.Request) -> signature.Message:
    return app.decode(
        app.Received(
            method=request.method,
            query=request.scope["query_string"],
            headers=tuple(request.scope["headers"]),
            body=b"",
            source_ip=request.client.host if request.client else "",
            host=request.headers.get("host", ""),
            request_id="",
        )
    )


def _last(request: http.Request, given: dict[str, str]) -> int | None:
    text = request.headers.get("last-event-id") or given.get("LastEventId")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _ID_MAX):
        raise faults.VendorFault(
            "InvalidParameter",
            400,
            "Parameter LastEventId is not valid: it must be the id of an event, in digits. Send the"
            " last one that you got, or none.",
            field="LastEventId",
        )
    return int(text)


def _nobody() -> faults.VendorFault:
    return faults.VendorFault(
        "InvalidAccessKeyId.Inactive", 400, "The key or session has ended: use another."
    )


def _is_wanted(wanted: actions.ListEvents, event: events.EventView) -> bool:
    named = {event.resource_id, event.connection_id}
    return (
        (wanted.resource_id is None or wanted.resource_id in named)
        and (not wanted.event_name or event.name in wanted.event_name)
        and (not wanted.severity or event.severity in wanted.severity)
    )


def _message_of(event: events.EventView) -> str:
    content = json.dumps(event_words.write_event(event), separators=(",", ":"))
    return f"id: {event.id}\nevent: {event.name}\ndata: {content}\n\n"
