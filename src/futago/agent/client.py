"""The node's link to the control plane, over HTTP on a Unix socket or TLS."""

from __future__ import annotations

import ssl
from typing import Final

import httpx
from pydantic import TypeAdapter, ValidationError

from futago.domain import faults
from futago.messages import codec

_WATCH_SECONDS: Final = 20.0
_DEADLINE: Final = httpx.Timeout(10.0)
_WATCH_DEADLINE: Final = httpx.Timeout(10.0, read=_WATCH_SECONDS + 10.0)


class ControlPlaneUnreachable(faults.Unavailable):
    """The control plane does not answer; the node goes on with what it has."""

    code = "ControlPlane.Unreachable"


class ControlPlaneRefused(faults.Unavailable):
    """The control plane answered, and refused."""

    code = "ControlPlane.Refused"


class HttpControlPlane:
    """Registers, watches intents and reports for one node."""

    def __init__(self, client: httpx.AsyncClient, node_id: str) -> None:
        self._client = client
        self._node_id = node_id

    async def register(self, registration: codec.NodeRegistration) -> None:
        """Tell zones and pools; repeated at every start."""
        await self._post("/node/v1/register", codec.REGISTRATION.dump_json(registration))

    async def report(self, report: codec.NodeReport) -> None:
        """Tell observations and traffic."""
        await self._post("/node/v1/report", codec.REPORT.dump_json(report))

    async def upload(self, task_id: str, content: bytes) -> None:
        """Hand over what a capture holds; done again, it changes nothing."""
        headers = {"content-type": "application/octet-stream"}
        await self._send(
            self._client.build_request(
                "PUT",
                f"/node/v1/captures/{task_id}",
                params={"node": self._node_id},
                content=content,
                headers=headers,
                timeout=_DEADLINE,
            )
        )

    async def watch(self, revision: int) -> codec.IntentBatch:
        """Wait for intents newer than a revision; an empty batch after a quiet while.

        Revision 0 lists everything at once.
        """
        response = await self._send(
            self._client.build_request(
                "GET",
                "/node/v1/intents",
                params={
                    "node": self._node_id,
                    "after": revision,
                    "wait": _WATCH_SECONDS if revision else 0,
                },
                timeout=_WATCH_DEADLINE,
            )
        )
        return _read(codec.BATCH, response.content)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _post(self, path: str, content: bytes) -> None:
        headers = {"content-type": "application/json"}
        await self._send(
            self._client.build_request(
                "POST", path, content=content, headers=headers, timeout=_DEADLINE
            )
        )

    async def _send(self, request: httpx.Request) -> httpx.Response:
        try:
            response = await self._client.send(request)
        except httpx.TransportError as exc:
            raise ControlPlaneUnreachable(
                f"The control plane does not answer ({type(exc).__name__}); "
                "traffic goes on, changes wait. Check that `futago api` runs and that "
                "node.control_plane names it."
            ) from exc
        if response.status_code != httpx.codes.OK:
            raise ControlPlaneRefused(
                f"The control plane answered {response.status_code}: {response.text[:300]}"
            )
        return response


def connect(
    url: str, node_id: str, credential: str, ca_file: str | None = None
) -> HttpControlPlane:
    """Make the link to `unix:/path/to/socket` or `https://host:port`."""
    headers = {"authorization": f"Bearer {credential}"}
    if url.startswith("unix:"):
        transport = httpx.AsyncHTTPTransport(uds=url.removeprefix("unix:"))
        client = httpx.AsyncClient(
            transport=transport, base_url="http://control-plane", headers=headers
        )
    else:
        context = ssl.create_default_context(cafile=ca_file or None)
        client = httpx.AsyncClient(base_url=url, headers=headers, verify=context)
    return HttpControlPlane(client, node_id)


def _read(adapter: TypeAdapter[codec.IntentBatch], content: bytes) -> codec.IntentBatch:
    try:
        return adapter.validate_json(content)
    except ValidationError as exc:
        # Not chained: the validation error would show the content, keys included.
        raise codec.MalformedMessage(
            f"The control plane's answer has {exc.error_count()} errors; "
            "do agent and control plane have the same version?"
        ) from None
