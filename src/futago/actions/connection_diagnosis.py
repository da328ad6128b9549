"""StartConnectionDiagnosis and GetConnectionDiagnosis: the one-click diagnosis of a connection.

The vendor has it for VPN gateways (DiagnoseVpnGateway), which there are none of; names, order and
levels of the seven items are the vendor's, and each has a remedy besides.
"""

from __future__ import annotations

from futago.actions import catalogue, fields, operation, requests
from futago.actions import faults as vendor
from futago.plan import checkups
from futago.protocols.rpc import timestamps
from futago.services import diagnoses


class StartConnectionDiagnosis(requests.Request, requests.Idempotent):
    """Parameters of StartConnectionDiagnosis."""

    vpn_connection_id: str
    private_source_ip: fields.Address | None = None
    private_destination_ip: fields.Address | None = None


class GetConnectionDiagnosis(requests.Request):
    """Parameters of GetConnectionDiagnosis."""

    vpn_connection_id: str
    diagnose_id: str


def start(context: operation.Context, request: StartConnectionDiagnosis) -> catalogue.Answer:
    """Look at routes, limits, configuration and reachability of a connection."""
    source, destination = request.private_source_ip, request.private_destination_ip
    if (source is None) is not (destination is None):
        absent = "PrivateSourceIp" if source is None else "PrivateDestinationIp"
        raise vendor.VendorFault(
            "MissingParameter",
            400,
            f"Parameter {absent} is missing: a ping has two ends. Send both addresses or none.",
            field=absent,
        )
    ends = (source, destination) if source is not None and destination is not None else None
    view = diagnoses.start(
        context.work,
        context.scope,
        request.vpn_connection_id,
        ends,
        context.principal.user_name,
    )
    return {
        "VpnConnectionId": view.connection_id,
        "DiagnoseId": view.diagnosis_id,
        "TotalCount": len(checkups.ITEMS),
        "FinishedCount": len(view.findings),
    }


def get(context: operation.Context, request: GetConnectionDiagnosis) -> catalogue.Answer:
    """Show a diagnosis as far as it is; it has ended when FinishedCount is TotalCount."""
    view = diagnoses.result(
        context.work, context.scope, request.vpn_connection_id, request.diagnose_id
    )
    finished_at = view.finished_at
    return {
        "DiagnoseId": view.diagnosis_id,
        "ResourceInstanceId": view.connection_id,
        "ResourceType": "IPsec",
        "TotalCount": len(checkups.ITEMS),
        "FinishedCount": len(view.findings),
        "BeginTime": timestamps.to_seconds_text(view.begun_at),
        "FinishTime": timestamps.to_seconds_text(finished_at) if finished_at else "",
        "DiagnoseResult": [
            {
                "DiagnoseName": each.name,
                "DiagnoseResultLevel": each.level.name.lower(),
                "DiagnoseResultDescription": each.text,
                "Remedy": each.remedy,
                "Seen": [dict(one) for one in each.seen],
            }
            for each in view.findings
        ],
    }


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="StartConnectionDiagnosis",
        product=catalogue.Product.FUTAGO,
        request=StartConnectionDiagnosis,
        handler=start,
        mutating=True,
        asynchronous=True,
        resource="VpnConnectionId",
    ),
    operation.Operation(
        name="GetConnectionDiagnosis",
        product=catalogue.Product.FUTAGO,
        request=GetConnectionDiagnosis,
        handler=get,
    ),
)
