"""The table of actions as a contract: whoever adds one must say all of this about it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from futago.actions import catalogue, faults, refused, registry
from futago.api import openapi
from futago.runtime import action_page, error_page, generated

CATALOGUE = registry.catalogue(region_id="any")
ACTIONS = list(CATALOGUE)
EVER = pytest.mark.parametrize("action", ACTIONS, ids=[action.name for action in ACTIONS])
REFUSED = [each for each in ACTIONS if each.request in {refused.Refused, refused.RefusedOnce}]
LIMITED = {
    "CreateVpnAttachment",
    "CreateCustomerGateway",
    "CreateVcoRouteEntry",
    "CreateVSwitch",
    "CreateTransitRouter",
    "CreateTransitRouterCidr",
    "CreateTransitRouterVpnAttachment",
}
DOCUMENT = openapi.document(CATALOGUE)["paths"]
ACTION_PAGE = action_page.actions_page(ACTIONS)
ERROR_PAGE = error_page.errors_page(ACTIONS)
ROOT = Path(__file__).parents[2]


@EVER
def test_an_action_says_what_it_does_and_who_may_do_it(action: Any) -> None:
    assert action.title.endswith(".")
    assert action.title[0].isupper()
    assert action.permission.endswith(f":{action.name}")
    assert isinstance(action.idempotency, catalogue.Idempotency)
    assert isinstance(action.support, catalogue.Support)


@EVER
def test_an_action_that_is_limited_says_by_what(action: Any) -> None:
    if action.name in LIMITED:
        assert action.quota is not None
    if action.quota is not None:
        assert action.mutating


@pytest.mark.parametrize("action", REFUSED, ids=[action.name for action in REFUSED])
def test_what_is_refused_says_why_and_where_to_read_on(cloud: Any, action: Any) -> None:
    assert action.support is catalogue.Support.REFUSED
    refusal = cloud.refused(action.name)
    assert (refusal.status, refusal.code) == (400, f"OperationUnsupported.{action.name}")
    assert "docs/limits.md" in refusal.message


@EVER
def test_every_action_is_in_the_document_and_on_the_page(action: Any) -> None:
    assert isinstance(DOCUMENT, dict)
    assert openapi.path_of(action) in DOCUMENT
    assert f"| {action.name} |" in ACTION_PAGE


def test_lists_of_what_cannot_exist_are_empty(cloud: Any) -> None:
    assert cloud.call("DescribeVpnGateways")["VpnGateways"] == {"VpnGateway": []}
    assert cloud.call("ListPrefixLists")["PrefixLists"] == []
    logs = cloud.call("DescribeFlowlogs")
    assert (logs["FlowLogs"], logs["TotalCount"]) == ({"FlowLog": []}, "0")
    assert cloud.call("ListTransitRouterPeerAttachments")["TransitRouterAttachments"] == []
    refusal = cloud.refused("DescribeVpnGateway", VpnGatewayId="vpn-x")
    assert (refusal.status, refusal.code) == (404, "InvalidVpnGatewayInstanceId.NotFound")


def test_the_diagnosis_of_a_gateway_points_to_that_of_connections(cloud: Any) -> None:
    refusal = cloud.refused(
        "DiagnoseVpnGateway", VpnGatewayId="vpn-x", ResourceId="vco-x", ResourceType="IPsec"
    )
    assert refusal.code == "InvalidVpnGatewayInstanceId.NotFound"
    assert "DiagnoseVpnConnections" in refusal.message
    assert cloud.refused("GetVpnGatewayDiagnoseResult").code == "MissingParameter"
    known = cloud.refused("GetVpnGatewayDiagnoseResult", DiagnoseId="vpndgn-x")
    assert known.code == "OperationUnsupported.GetVpnGatewayDiagnoseResult"


@pytest.mark.parametrize("name", sorted(generated.FILES))
def test_the_files_that_are_generated_are_those_in_the_repository(name: str) -> None:
    assert (ROOT / name).read_text() == generated.FILES[name](), "run: make docs"


def test_the_document_is_served_to_everybody() -> None:
    route = openapi.route(CATALOGUE)
    assert (route.path, route.methods) == ("/openapi.json", {"GET", "HEAD"})
    document = json.loads(openapi.render(CATALOGUE))
    assert document["openapi"].startswith("3.1")
    identifiers = [path["post"]["operationId"] for path in document["paths"].values()]
    assert len(set(identifiers)) == len(ACTIONS)


def test_the_recommended_link_leads_to_a_section_of_the_errors_page() -> None:
    headings = {
        line[3:].lower().replace(".", "") for line in ERROR_PAGE.split("\n") if line[:3] == "## "
    }
    for code in ("InvalidVpnConnectionInstanceId.NotFound", "Throttling.User", "InternalError"):
        link = faults.body(faults.Translated(400, code, ""), "", "")["Recommend"]
        assert link.startswith("docs/reference/errors.md#")
        assert link.partition("#")[2] in headings


@EVER
def test_every_code_of_an_action_is_explained(action: Any) -> None:
    for code in action.errors | openapi.codes_of(action.request):
        assert f"\n## {code}\n" in ERROR_PAGE
