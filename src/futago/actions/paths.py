"""TestPath: the first broken hop between two addresses, one in a VPC, one in a data center.

A read: nothing is sent. StartConnectionDiagnosis sends real packets between the same addresses.
"""

from __future__ import annotations

from collections.abc import Iterable

from futago.actions import catalogue, fields, operation, requests
from futago.plan import path_model
from futago.plan import paths as plan
from futago.services import paths


class TestPath(requests.Request):
    """Parameters of TestPath."""

    __test__ = False  # no case of pytest

    vpn_connection_id: str
    source: fields.Address
    destination: fields.Address


def test(context: operation.Context, request: TestPath) -> catalogue.Answer:
    """Walk from one address to another and back, and name what is broken first."""
    ends = (request.source, request.destination)
    report = paths.test(context.work, context.scope, request.vpn_connection_id, ends)
    broken = report.broken
    return {
        "VpnConnectionId": request.vpn_connection_id,
        "Source": str(request.source),
        "Destination": str(request.destination),
        "StartsInVpc": report.starts_in_vpc,
        "Verdict": "broken" if broken else _verdict((*report.there, *report.back)),
        "FirstBroken": {} if broken is None else _step(broken),
        "There": [_step(each) for each in report.there],
        "Back": [_step(each) for each in report.back],
    }


def _verdict(steps: Iterable[plan.Step]) -> str:
    """Say whether nothing is broken as far as can be seen, or whether the node is silent."""
    is_silent = any(each.code is plan.PathCode.NODE_SILENT for each in steps)
    return "unknown" if is_silent else "passes"


def _step(step: plan.Step) -> dict[str, catalogue.JSON]:
    return {
        "Hop": step.hop.value,
        "State": step.state.value,
        "ResourceId": step.resource_id,
        "Code": step.code.value if step.code else "",
        "Text": step.text,
        "Remedy": step.remedy,
        "Choices": [_choice(each) for each in step.choices],
    }


def _choice(tunnel: path_model.Tunnel) -> dict[str, catalogue.JSON]:
    return {
        "TunnelId": tunnel.tunnel_id,
        "Carries": tunnel.carries,
        "IsUp": tunnel.is_up,
        "IsLeftOut": tunnel.is_left_out,
        "FailedReasonCode": tunnel.reason,
        "BgpState": tunnel.session,
    }


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="TestPath",
        product=catalogue.Product.FUTAGO,
        request=TestPath,
        handler=test,
    ),
)
