"""Sends events to webhooks: each at least once, in order, again after failures.

What is to be sent is in the store, and so is the time of the next attempt. Nothing here is lost
with the process, and nothing happens while there is nothing to send.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import socket
import time
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import anyio.to_thread
import httpx

import futago
from futago.domain import faults, webhooks
from futago.reconcile import loop
from futago.services import event_words
from futago.services import webhooks as service
from futago.store import unit_of_work

log = logging.getLogger(__name__)

TIMEOUT_SECONDS: Final = 10.0
"""For everything about one request, from resolving the name to the end of the answer's head."""
_WORKERS: Final = 8
_SENT_AT_ONCE: Final = 50
_PORTS: Final = {"http": 80, "https": 443}


class Deliveries:
    """Sends what is due, one event after the other to each webhook."""

    def __init__(self, database: unit_of_work.Database, rules: webhooks.Rules) -> None:
        self._database = database
        self._rules = rules
        self._loop: loop.KeyedLoop[str] = loop.KeyedLoop(
            "webhooks", self._deliver, workers=_WORKERS
        )
        # Addresses are looked up here, so a proxy that would do so itself is of no use.
        self._client = httpx.AsyncClient(
            timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False
        )

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            await self._loop.run()
        finally:
            await self._client.aclose()

    async def look(self) -> None:
        """Begin with the webhooks that have something to get."""
        for webhook_id in await anyio.to_thread.run_sync(self._due):
            self._loop.request(webhook_id)

    def _due(self) -> tuple[str, ...]:
        with self._database.read() as unit:
            return tuple(service.due(unit))

    async def _deliver(self, webhook_id: str) -> loop.Outcome:
        for _ in range(_SENT_AT_ONCE):
            found = await anyio.to_thread.run_sync(self._next, webhook_id)
            if found is None:
                return loop.Done()
            result = await self._send(found)
            wait = await anyio.to_thread.run_sync(self._note, found, result)
            if wait is not None:
                return loop.again(wait)
        return loop.again(0)

    def _next(self, webhook_id: str) -> service.Delivery | None:
        with self._database.begin() as unit:
            if webhook_id not in service.due(unit):
                return None
            return service.next_delivery(unit, webhook_id)

    def _note(self, delivery: service.Delivery, result: service.Result) -> float | None:
        with self._database.begin() as unit:
            wait = service.note(unit, delivery, result, self._rules.gives_up_after)
        extra = {
            "webhook_id": delivery.webhook_id,
            "event_id": delivery.event.id,
            "status": result.status,
        }
        if wait is None:
            log.debug("event delivered", extra=extra)
            return None
        pause = wait.total_seconds()
        extra |= {"fault": result.error, "pause_seconds": pause}
        log.warning("event not delivered", extra=extra)
        return pause

    async def _send(self, delivery: service.Delivery) -> service.Result:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                return await self._post(delivery)
        except TimeoutError:
            return service.Result(
                status=None, error=f"no answer within {TIMEOUT_SECONDS:g} seconds"
            )
        except faults.Fault as fault:
            return service.Result(status=None, error=fault.message)
        except (OSError, httpx.HTTPError) as exc:
            return service.Result(status=None, error=f"{type(exc).__name__}: {exc}")

    async def _post(self, delivery: service.Delivery) -> service.Result:
        url = webhooks.check_url(delivery.url, self._rules)
        parts = urlsplit(url)
        host = parts.hostname or ""
        address = await self._resolve(host, parts.port or _PORTS[parts.scheme])
        body = json.dumps(_content(delivery), separators=(",", ":")).encode()
        # The address that was checked is the one that is called; the name goes along for the
        # certificate and for the receiver.
        target = httpx.URL(url).copy_with(host=str(address))
        headers = {"host": parts.netloc, **_headers(delivery, body)}
        async with self._client.stream(
            "POST",
            target,
            content=body,
            headers=headers,
            extensions={"sni_hostname": host},
        ) as answer:
            is_good = answer.is_success
            error = "" if is_good else f"the receiver answered {answer.status_code}"
            return service.Result(status=answer.status_code, error=error)

    async def _resolve(self, host: str, port: int) -> webhooks.Address:
        """Find an address that events may be sent to.

        Raises:
            UrlInvalid: All addresses of the name are refused.
            OSError: The name has none.
        """
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(each[4][0]) for each in found]
        refusal: webhooks.UrlInvalid | None = None
        for address in addresses:
            try:
                webhooks.check_address(address, self._rules)
            except webhooks.UrlInvalid as fault:
                refusal = fault
            else:
                return address
        raise refusal or OSError(f"{host} has no address")


def _content(delivery: service.Delivery) -> dict[str, object]:
    event = event_words.write_event(delivery.event)
    return {"type": delivery.event.name, "accountId": delivery.account_id, "data": event}


def _headers(delivery: service.Delivery, body: bytes) -> Mapping[str, str]:
    signed = webhooks.headers(delivery.secret, delivery.message_id, int(time.time()), body)
    return {
        **signed,
        "content-type": "application/json",
        "user-agent": f"futago/{futago.__version__}",
    }
