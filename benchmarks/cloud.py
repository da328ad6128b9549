"""The API as the benchmarks use it: one kept connection, calls with the vendor's own names.

Not the vendor's clients, whose own work per call would be measured too.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx

from futago.domain import faults
from futago.lab import record
from futago.protocols.rpc import params, signature

VPC = "2016-04-28"
CBN = "2017-09-12"
FUTAGO = "2026-12-01"
ESTABLISHED = "ipsec_sa_established"

_BUSY = ("IncorrectStatus", "OperationConflict", "VpnConnection.Configuring", "Operation.Blocking")
_BUSY_SECONDS = 60.0
_PAUSE_SECONDS = 0.02

Check = Callable[[], object]


class Refused(faults.Invalid):
    """The API refused a call."""

    code = "Bench.Refused"


class Late(faults.Unavailable):
    """Something did not happen in time."""

    code = "Bench.Late"


class Cloud:
    """Calls by version and name; may be used by several threads."""

    def __init__(self, lab: record.Lab) -> None:
        self._lab = lab
        self._http = httpx.Client(base_url=f"http://{lab.endpoint}", timeout=20.0, trust_env=False)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def call(self, version: str, action: str, **members: params.Plain) -> dict[str, Any]:
        """Make a call, again while the resource is busy."""
        deadline = time.monotonic() + _BUSY_SECONDS
        while True:
            answer = self._send(version, action, {"RegionId": self._lab.region_id, **members})
            body: dict[str, Any] = answer.json()
            if answer.status_code == httpx.codes.OK:
                return body
            code = str(body.get("Code"))
            if not code.startswith(_BUSY) or time.monotonic() > deadline:
                raise Refused(f"{action} was refused: {code}: {body.get('Message')}")
            time.sleep(_PAUSE_SECONDS)

    def _send(self, version: str, action: str, members: dict[str, params.Plain]) -> httpx.Response:
        pairs = tuple(params.flatten(members))
        message = signature.Message(
            method="POST",
            query=pairs,
            headers=(("host", self._lab.endpoint), ("accept", "application/json")),
        )
        stamp = signature.Stamp(
            action=action, version=version, at=datetime.now(UTC), nonce=secrets.token_hex(16)
        )
        key = signature.AccessKey(self._lab.access_key_id, self._lab.access_key_secret)
        headers = signature.sign_acs3(message, stamp, key)
        return self._http.post("/", params=list(pairs), headers=list(headers))

    def connection(self, connection_id: str) -> dict[str, Any]:
        """Read a connection."""
        return self.call(VPC, "DescribeVpnConnection", VpnConnectionId=connection_id)

    def is_attached(self, connection_id: str) -> bool:
        """Tell whether a connection is attached and nothing is under way."""
        return bool(self.connection(connection_id)["State"] == "attached")

    def is_up(self, connection_id: str, tunnels: int = 2) -> bool:
        """Tell whether a connection's tunnels are established."""
        options = self.connection(connection_id)["TunnelOptionsSpecification"]["TunnelOptions"]
        return [each["Status"] for each in options].count(ESTABLISHED) == tunnels


def until(check: Check, what: str, *, within: float = 60.0, every: float = _PAUSE_SECONDS) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + within
    while not check():
        if time.monotonic() > deadline:
            raise Late(f"Not within {within:g} s: {what}.")
        time.sleep(every)
