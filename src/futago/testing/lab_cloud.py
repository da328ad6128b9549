"""A client for tests against a lab: signed calls that are repeated as patient clients repeat them.

Every call carries a ClientToken, so a call whose answer was lost with a killed API can be repeated
without being done twice.
"""

from __future__ import annotations

import time
import uuid
from typing import Any, Final

from futago.actions import catalogue, registry
from futago.lab import client, record
from futago.protocols.rpc import params

ESTABLISHED: Final = "ipsec_sa_established"
BUSY: Final = (
    "Operation.Blocking",
    "IncorrectStatus",
    "OperationConflict",
    "TaskConflict",
    "VpnTask.CONFLICT",
    "VpnConnection.Configuring",
    "OperationFailed.AllocateCidrFailed",
    "ServiceUnavailable",
)
"""Codes that a patient client repeats a call for."""

_CBN_VERSION: Final = "2017-09-12"
_OWN: Final = frozenset(
    each.name for each in registry.OPERATIONS if each.product is catalogue.Product.FUTAGO
)
_FUTAGO_VERSION: Final = "2026-12-01"
_PATIENCE_SECONDS: Final = 40.0
_PAUSE_SECONDS: Final = 0.1


class Cloud:
    """Calls by name: `cloud.call("CreateVpc", CidrBlock="10.0.0.0/8")`."""

    def __init__(self, lab: record.Lab) -> None:
        self._lab = lab

    def call(self, action: str, **values: Any) -> Any:
        """Make a call; busy resources and an API that is away are waited for."""
        members = {"RegionId": self._lab.region_id, "ClientToken": str(uuid.uuid4()), **values}
        pairs = tuple(params.flatten(members))
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return client.call(self._lab, action, _version(action), pairs)
            except client.Unreachable:
                if time.monotonic() > deadline:
                    raise
            except client.Refused as exc:
                code = exc.message.split(": ")[1]
                if not code.startswith(BUSY) or time.monotonic() > deadline:
                    raise
            time.sleep(_PAUSE_SECONDS)

    def connection(self, connection_id: str) -> Any:
        """Read a connection."""
        return self.call("DescribeVpnConnection", VpnConnectionId=connection_id)

    def tunnels(self, connection_id: str) -> list[Any]:
        """Read the tunnels of a connection, by index."""
        options = self.connection(connection_id)["TunnelOptionsSpecification"]["TunnelOptions"]
        return sorted(options, key=lambda each: int(each["TunnelIndex"]))

    def statuses(self, connection_id: str) -> list[str]:
        """Read the status of both tunnels."""
        return [each["Status"] for each in self.tunnels(connection_id)]

    def diagnosis(self, tunnel_id: str) -> str:
        """Read why a tunnel does not come up; empty when nothing is known."""
        found = self.call("DiagnoseVpnConnections", TunnelIds=[tunnel_id])["VpnConnections"]
        return next((str(each.get("FailedReasonCode") or "") for each in found), "")


def _version(action: str) -> str:
    if action in _OWN:
        return _FUTAGO_VERSION
    is_cen = "TransitRouter" in action or "Cen" in action
    return _CBN_VERSION if is_cen else client.VPC_VERSION
