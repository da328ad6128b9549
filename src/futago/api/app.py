"""The RPC face: one path, one operation per call.

An ASGI endpoint reads the bytes, under a size limit and a deadline, and enters a worker thread
once. There the call is decoded, its sender established, the action dispatched and the answer
rendered. Whatever happens, the caller gets an answer in the vendor's shape with a RequestId, and
the log gets one line without parameters.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

import anyio
import anyio.to_thread
import prometheus_client
from starlette import applications, requests, responses, routing, types

from futago.actions import catalogue, dispatch, faults
from futago.api import credentials, metrics, openapi
from futago.domain import faults as domain_faults
from futago.protocols.rpc import params, signature, xml

logger = logging.getLogger(__name__)

FORM = "application/x-www-form-urlencoded"
JSON_TYPE = "application/json;charset=utf-8"
XML_TYPE = "text/xml;charset=utf-8"
UNKNOWN_ACTION = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one process of the face takes on."""

    body_bytes: int = 256 * 1024
    body_seconds: float = 15.0
    threads: int = 2
    """One computes while another waits for the disk; more would only take turns at computing, so
    that each call lasts until those that came later are done too (decision 31)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A request as it came, before decoding."""

    method: str
    query: bytes = field(repr=False)
    headers: tuple[tuple[bytes, bytes], ...] = field(repr=False)
    body: bytes = field(repr=False)
    source_ip: str
    host: str
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer with its rendering."""

    outcome: dispatch.Outcome
    content: bytes = field(repr=False)
    content_type: str = JSON_TYPE
    action: str = UNKNOWN_ACTION


class Calls:
    """The synchronous half of the face: bytes in, answer out."""

    def __init__(self, dispatcher: dispatch.Dispatcher, gatekeeper: credentials.Gatekeeper) -> None:
        self._dispatcher = dispatcher
        self._gatekeeper = gatekeeper

    def answer(self, received: Received) -> Reply:
        """Answer one call; never raises for the call's sake."""
        is_xml = False
        action = UNKNOWN_ACTION
        try:
            message = decode(received)
            is_xml = wants_xml(message)
            claim = signature.read_claim(message)
            known = self._dispatcher.catalogue.known_name(claim.version, claim.action)
            action = known or UNKNOWN_ACTION
            principal = self._gatekeeper.admit(claim)
            outcome = self._dispatcher.dispatch(_call_input(received, message, claim, principal))
            return render(outcome, action, is_xml=is_xml)
        except domain_faults.Fault as fault:
            outcome = dispatch.refuse(fault, received.request_id, received.host)
        except Exception:
            logger.exception("call failed unexpectedly", extra={"request_id": received.request_id})
            outcome = dispatch.failure(received.request_id, received.host)
        return render(outcome, action, is_xml=is_xml)


class RpcFace:
    """The ASGI endpoint of the RPC API."""

    def __init__(self, calls: Calls, measures: metrics.CallMetrics, limits: Limits) -> None:
        self._calls = calls
        self._metrics = measures
        self._limits = limits
        self._limiter = anyio.CapacityLimiter(limits.threads)

    async def __call__(self, scope: types.Scope, receive: types.Receive, send: types.Send) -> None:
        """Answer one HTTP request."""
        request = requests.Request(scope, receive)
        request_id = str(uuid.uuid4()).upper()
        host = request.headers.get("host", "").encode("ascii", "replace").decode()
        try:
            body = await self._read_body(request)
        except requests.ClientDisconnect:
            return
        except domain_faults.Fault as fault:
            started = time.perf_counter()
            reply = render(dispatch.refuse(fault, request_id, host), UNKNOWN_ACTION, is_xml=False)
        else:
            started = time.perf_counter()
            received = Received(
                method=request.method,
                query=scope["query_string"],
                headers=tuple(scope["headers"]),
                body=body,
                source_ip=request.client.host if request.client else "",
                host=host,
                request_id=request_id,
            )
            reply = await anyio.to_thread.run_sync(
                self._calls.answer, received, limiter=self._limiter
            )
        self._record(reply, request_id, time.perf_counter() - started)
        await _response(reply)(scope, receive, send)

    async def _read_body(self, request: requests.Request) -> bytes:
        body = bytearray()
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > self._limits.body_bytes:
                        raise faults.VendorFault(
                            "RequestTooLarge",
                            413,
                            f"The body has more than {self._limits.body_bytes} bytes: send less.",
                        )
        except TimeoutError as exc:
            raise faults.VendorFault(
                "RequestTimeout",
                408,
                f"The body did not arrive within {self._limits.body_seconds:g} seconds: try again.",
            ) from exc
        return bytes(body)

    def _record(self, reply: Reply, request_id: str, seconds: float) -> None:
        code = reply.outcome.code
        self._metrics.observe(reply.action, code, seconds)
        logger.info(
            "call answered",
            extra={
                "action": reply.action,
                "code": code,
                "ms": round(seconds * 1000, 1),
                "request_id": request_id,
            },
        )


def create_app(
    dispatcher: dispatch.Dispatcher,
    gatekeeper: credentials.Gatekeeper,
    *,
    extra_routes: Sequence[routing.BaseRoute] = (),
    registry: prometheus_client.CollectorRegistry = prometheus_client.REGISTRY,
    limits: Limits | None = None,
) -> applications.Starlette:
    """Build the application: the RPC API at `/`, then the routes given."""
    face = RpcFace(Calls(dispatcher, gatekeeper), metrics.CallMetrics(registry), limits or Limits())
    # No list of methods: a wrong one is answered by the catalogue, in the vendor's shape.
    described = openapi.route(dispatcher.catalogue)
    return applications.Starlette(routes=[routing.Route("/", face), described, *extra_routes])


def decode(received: Received) -> signature.Message:
    """Decode a request as far as its signature needs.

    Raises:
        params.MalformedParameter: The text is not percent-encoded UTF-8, or the body is no form.
    """
    headers = tuple(
        (name.decode("latin-1").lower(), value.decode("utf-8", "surrogateescape"))
        for name, value in received.headers
    )
    kinds = [
        value.split(";")[0].strip().lower() for name, value in headers if name == "content-type"
    ]
    if received.body and kinds != [FORM]:
        raise params.MalformedParameter(f"The body must be {FORM}: send parameters as a form.")
    return signature.Message(
        method=received.method,
        query=params.decode_pairs(_ascii(received.query)),
        form=params.decode_pairs(_ascii(received.body)),
        headers=headers,
        body=received.body,
    )


def wants_xml(message: signature.Message) -> bool:
    """Tell whether the caller asks for XML; nobody relies on it being the vendor's default."""
    pairs = message.query + message.form
    return any(name == "Format" and value.upper() == "XML" for name, value in pairs)


def render(outcome: dispatch.Outcome, action: str, *, is_xml: bool) -> Reply:
    """Write an answer as JSON or XML."""
    if not is_xml:
        content = json.dumps(outcome.answer, separators=(",", ":")).encode()
        return Reply(outcome=outcome, content=content, action=action)
    root = f"{action}Response" if outcome.code == dispatch.OK else "Error"
    content = xml.render(root, outcome.answer)
    return Reply(outcome=outcome, content=content, content_type=XML_TYPE, action=action)


def _response(reply: Reply) -> responses.Response:
    headers = {"content-type": reply.content_type}
    if reply.outcome.retry_after_ms is not None:
        headers["x-acs-retry-after"] = str(reply.outcome.retry_after_ms)
    return responses.Response(reply.content, reply.outcome.status, headers)


def _call_input(
    received: Received,
    message: signature.Message,
    claim: signature.Claim,
    principal: catalogue.Principal,
) -> dispatch.CallInput:
    return dispatch.CallInput(
        version=claim.version,
        action=claim.action,
        method=received.method,
        pairs=message.query + message.form,
        principal=principal,
        request_id=received.request_id,
        source_ip=received.source_ip,
        host=received.host,
    )


def _ascii(raw: bytes) -> str:
    try:
        return raw.decode("ascii")
    except UnicodeDecodeError as exc:
        raise params.MalformedParameter(
            "The parameters hold bytes that are not ASCII: percent-encode them."
        ) from exc
