"""The table of actions as a whole: every entry is complete and says the truth about itself."""

from __future__ import annotations

from typing import Any

import pytest

from futago.actions import catalogue, codes, operation, registry, requests
from futago.services import (
    bgp_refusals,
    grant_refusals,
    quotas,
    refusals,
    routing_refusals,
    task_refusals,
    webhook_refusals,
)

ACTIONS = list(registry.catalogue(region_id="cn-hangzhou"))
READS = (
    "Describe",
    "List",
    "Check",
    "Diagnose",
    "Download",
    "Get",
    "Lookup",
    "Plan",
    "Reveal",
    "Test",
)
PREFIX = {
    catalogue.Product.VPC: "vpc",
    catalogue.Product.CBN: "cen",
    catalogue.Product.RAM: "ram",
    catalogue.Product.RESOURCE_MANAGER: "resourcemanager",
    catalogue.Product.STS: "sts",
    catalogue.Product.FUTAGO: "futago",
}


@pytest.mark.parametrize("action", ACTIONS, ids=[action.name for action in ACTIONS])
def test_every_action_is_described_completely(action: Any) -> None:
    is_read = action.name.startswith(READS) and action.name != "TestWebhook"
    assert action.permission == f"{PREFIX[action.product]}:{action.name}"
    assert action.mutating is not is_read
    assert (action.idempotency is catalogue.Idempotency.READ) is is_read
    takes_token = issubclass(action.request, requests.Idempotent)
    if not is_read:
        wanted = catalogue.Idempotency.CLIENT_TOKEN if takes_token else None
        assert action.idempotency is (wanted or catalogue.Idempotency.NATURAL)
        assert action.resource is not None
    assert issubclass(action.request, requests.Request)
    assert "RegionId" in requests.wire_names(action.request)
    assert action.quota is None or action.quota in set(quotas.QuotaCode)
    assert action.methods <= {"GET", "POST"}
    assert "POST" in action.methods


def test_names_are_unique_in_their_product() -> None:
    keys = [(each.product, each.name) for each in registry.OPERATIONS]
    assert len(set(keys)) == len(keys)


def test_every_refusal_of_the_services_has_a_vendor_code() -> None:
    spoken = {*codes.VPC, *codes.CBN, *codes.RESOURCE_MANAGER, *codes.FUTAGO}
    own_business = {
        # Answered to nodes, or to the operator's own commands.
        "Node.OnlyOne",
        "Node.NotFound",
        "AccessKey.NotFound",
    }
    found = {
        member.code
        for module in (
            refusals,
            routing_refusals,
            grant_refusals,
            bgp_refusals,
            task_refusals,
            webhook_refusals,
        )
        for member in vars(module).values()
        if isinstance(member, type) and member.__module__ == module.__name__
    }
    assert found - spoken - own_business == set()


def test_a_wrong_region_is_said_in_the_words_of_the_product(cloud: Any) -> None:
    vpc = cloud.refused("DescribeZones", RegionId="eu-nowhere")
    assert (vpc.status, vpc.code) == (404, "InvalidRegionId.NotFound")
    cbn = cloud.refused("ListTransitRouters", RegionId="eu-nowhere")
    assert (cbn.status, cbn.code) == (400, "IllegalParam.RegionId")


def test_the_region_is_told_to_whoever_asks(cloud: Any) -> None:
    answer = cloud.call("DescribeRegions", RegionId="eu-nowhere")
    region = answer["Regions"]["Region"][0]
    assert (region["RegionId"], region["LocalName"]) == ("cn-hangzhou", "cn-hangzhou")


def test_a_dry_run_of_a_read_is_answered_by_the_vendors_error(cloud: Any) -> None:
    assert cloud.refused("DescribeVpcs", DryRun=True).code == "DryRunOperation"


def test_operations_know_no_region_before_they_are_bound() -> None:
    assert all(isinstance(each, operation.Operation) for each in registry.OPERATIONS)


def test_diagnosis_takes_post_only(cloud: Any) -> None:
    answer = cloud.send("DiagnoseVpnConnections", method="GET", TunnelIds=["tun-x"])
    assert answer.answer["Code"] == "UnsupportedHTTPMethod"


@pytest.mark.parametrize("token", ["x", "AAAA", "%%%", "YWZ0ZXI6LTE"])
def test_a_page_token_of_somebody_else_is_refused(cloud: Any, token: str) -> None:
    refusal = cloud.refused("ListTransitRouterVpnAttachments", NextToken=token)
    assert refusal.code == "IllegalParam.NextToken"
    assert "NextToken" in refusal.message
