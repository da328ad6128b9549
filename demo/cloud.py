"""The vendor's own clients, pointed at the lab by their endpoint setting and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from alibabacloud_cbn20170912 import models as cbn
from alibabacloud_cbn20170912.client import Client as CbnClient
from alibabacloud_tea_openapi import exceptions as sdk_exceptions
from alibabacloud_tea_openapi import utils_models
from alibabacloud_vpc20160428 import models as vpc
from alibabacloud_vpc20160428.client import Client as VpcClient

ESTABLISHED = "ipsec_sa_established"

# What clients of the vendor repeat a call for.
_BUSY = (
    "Operation.Blocking",
    "IncorrectStatus",
    "OperationConflict",
    "TaskConflict",
    "VpnTask.CONFLICT",
    "VpnConnection.Configuring",
    "VpnGateway.Configuring",
    "OperationFailed.AllocateCidrFailed",
)
_BUSY_SECONDS = 30.0
_PAUSE_SECONDS = 0.2


class RefusalError(Exception):
    """The API refused a call."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Cloud:
    """Calls by name, for example `cloud.vpc("CreateVpc", cidr_block="10.0.0.0/8")`."""

    def __init__(self, lab: dict[str, Any]) -> None:
        config = utils_models.Config(
            access_key_id=lab["access_key_id"],
            access_key_secret=lab["access_key_secret"],
            region_id=lab["region_id"],
            endpoint=lab["endpoint"],
            protocol="http",
        )
        self.region_id: str = lab["region_id"]
        self._vpc = VpcClient(config)
        self._cbn = CbnClient(config)

    def vpc(self, action: str, **members: object) -> Any:
        """Call an operation of the VPC product."""
        return self._call(self._vpc, vpc, action, members)

    def cbn(self, action: str, **members: object) -> Any:
        """Call an operation of the CEN product."""
        return self._call(self._cbn, cbn, action, members)

    def _call(self, client: Any, models: Any, action: str, members: dict[str, object]) -> Any:
        kind = getattr(models, f"{action}Request")
        request = kind(**members)
        if hasattr(request, "region_id") and request.region_id is None:
            request.region_id = self.region_id
        method = getattr(client, _snake(action))
        deadline = time.monotonic() + _BUSY_SECONDS
        while True:
            try:
                return method(request).body
            except sdk_exceptions.AlibabaCloudException as exc:
                code = str(exc.code)
                if not code.startswith(_BUSY) or time.monotonic() > deadline:
                    raise RefusalError(code, str(exc.message)) from exc
            time.sleep(_PAUSE_SECONDS)

    def connection(self, connection_id: str) -> Any:
        """Read a connection."""
        return self.vpc("DescribeVpnConnection", vpn_connection_id=connection_id)

    def tunnels(self, connection_id: str) -> list[Any]:
        """Read the tunnels of a connection, by index."""
        options = self.connection(connection_id).tunnel_options_specification.tunnel_options
        return sorted(options, key=lambda each: int(each.tunnel_index))

    def tunnel_status(self, connection_id: str) -> list[str]:
        """Read the status of both tunnels."""
        return [each.status for each in self.tunnels(connection_id)]


def refusal_of(call: Callable[[], object]) -> str:
    """Make a call that must be refused and return the code."""
    try:
        call()
    except RefusalError as exc:
        return exc.code
    raise AssertionError("the call was accepted although it must be refused")


def _snake(action: str) -> str:
    words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in action)
    return words.removeprefix("_").replace("v_switch", "vswitch")
