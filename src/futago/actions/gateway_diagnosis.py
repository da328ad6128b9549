"""The one-click diagnosis of VPN gateways: known and refused, since there are no VPN gateways.

What it would tell about a connection is told by DiagnoseVpnConnections.
"""

from __future__ import annotations

from typing import Annotated, Literal, NoReturn

import pydantic

from futago.actions import catalogue, faults, operation, requests


class DiagnoseVpnGateway(requests.Request, requests.Idempotent):
    """Parameters of DiagnoseVpnGateway."""

    resource_id: str
    resource_type: Literal["IPsec", "Ipsec"]
    vpn_gateway_id: str
    ipsec_extend_info: Annotated[str | None, pydantic.Field(alias="IPsecExtendInfo")] = None


class GetVpnGatewayDiagnoseResult(requests.Request, requests.Idempotent):
    """Parameters of GetVpnGatewayDiagnoseResult."""

    diagnose_id: str | None = None
    vpn_gateway_id: str | None = None


def diagnose(_context: operation.Context, request: DiagnoseVpnGateway) -> NoReturn:
    """Start the checks of a VPN gateway: refused, there are none."""
    raise faults.VendorFault(
        "InvalidVpnGatewayInstanceId.NotFound",
        404,
        f"Parameter VpnGatewayId with the value '{request.vpn_gateway_id[:64]}' names no VPN"
        " gateway: there are none. Call DiagnoseVpnConnections for"
        f" '{request.resource_id[:64]}'.",
        field="VpnGatewayId",
    )


def result(_context: operation.Context, request: GetVpnGatewayDiagnoseResult) -> NoReturn:
    """Give the outcome of the checks of a VPN gateway: refused, there are none."""
    if request.diagnose_id is None and request.vpn_gateway_id is None:
        raise faults.VendorFault(
            "MissingParameter",
            400,
            "Parameter DiagnoseId is missing: the action requires it or VpnGatewayId."
            " Send a value.",
            field="DiagnoseId",
        )
    named = request.diagnose_id or request.vpn_gateway_id or ""
    raise faults.VendorFault(
        "OperationUnsupported.GetVpnGatewayDiagnoseResult",
        400,
        f"Nothing is known of '{named[:64]}': there are no VPN gateways that could be diagnosed."
        " Call DiagnoseVpnConnections.",
    )


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="DiagnoseVpnGateway",
        product=catalogue.Product.VPC,
        request=DiagnoseVpnGateway,
        handler=diagnose,
        requires_region=True,
        support=catalogue.Support.REFUSED,
    ),
    operation.Operation(
        name="GetVpnGatewayDiagnoseResult",
        product=catalogue.Product.VPC,
        request=GetVpnGatewayDiagnoseResult,
        handler=result,
        requires_region=True,
        support=catalogue.Support.REFUSED,
    ),
)
