"""Limits: refused with the vendor's code when reached, raised by the operator."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from futago.actions import catalogue
from futago.domain import policy
from futago.services import access, quotas, refusals


def set_quota(cloud: Any, code: str, value: int, **more: Any) -> None:
    cloud.call("SetQuota", QuotaCode=code, Value=value, **more)


def test_limits_are_those_of_the_vendor(cloud: Any) -> None:
    answer = cloud.call("ListQuotas")
    limits = {each["QuotaCode"]: each["Value"] for each in answer["Quotas"]}
    assert limits["vpn-attachments-per-router"] == 50
    assert limits["customer-gateways-per-region"] == 100
    assert limits["cidrs-per-router"] == 5
    assert limits["prefixes-per-side"] == 5
    assert limits["tags"] == 20


@pytest.mark.parametrize(
    ("quota", "action", "code"),
    [
        ("customer-gateways-per-region", "CreateCustomerGateway", "Resource.QuotaFull"),
        ("connections-per-region", "CreateVpnAttachment", "Resource.QuotaFull"),
        ("cidrs-per-router", "CreateTransitRouterCidr", "QuotaExceeded.TransitRouterCidr"),
        (
            "vpn-attachments-per-router",
            "CreateTransitRouterVpnAttachment",
            "QuotaExceeded.CenQuotaVpnAttachPerTransitRouter",
        ),
    ],
)
def test_a_limit_that_is_reached_is_said_in_the_vendors_words(
    cloud: Any, frame: Any, site: Any, quota: str, action: str, code: str
) -> None:
    connection_id = cloud.call("CreateVpnAttachment", **site.connection)["VpnConnectionId"]
    wanted: dict[str, dict[str, Any]] = {
        "CreateCustomerGateway": {"IpAddress": "203.0.113.99"},
        "CreateVpnAttachment": site.connection,
        "CreateTransitRouterCidr": {"TransitRouterId": frame.router_id, "Cidr": "10.251.0.0/24"},
        "CreateTransitRouterVpnAttachment": {
            "TransitRouterId": frame.router_id,
            "VpnId": connection_id,
        },
    }
    set_quota(cloud, quota, 0)
    refusal = cloud.refused(action, **wanted[action])
    assert (refusal.status, refusal.code) == (400, code)
    assert quota in refusal.message
    set_quota(cloud, quota, 10)
    cloud.call(action, **wanted[action])


def test_a_side_of_a_connection_has_at_most_five_prefixes(cloud: Any) -> None:
    sides = (range(5), range(6))
    with cloud.database.begin() as unit:
        quotas.check_prefixes(unit, cloud.account_id, sides[:1])
        with pytest.raises(refusals.TooManyPrefixes, match="prefixes-per-side"):
            quotas.check_prefixes(unit, cloud.account_id, sides)
    set_quota(cloud, "prefixes-per-side", 6)
    with cloud.database.begin() as unit:
        quotas.check_prefixes(unit, cloud.account_id, sides)


def test_the_operator_sets_limits_of_other_accounts_and_nobody_else_does(
    cloud: Any, clock: Any
) -> None:
    clock.advance(1)
    with cloud.database.begin() as unit:
        other = access.create_account(unit, "other")
    set_quota(cloud, "customer-gateways-per-region", 1, AccountId=other)
    guest = replace(
        cloud,
        account_id=other,
        principal=catalogue.Principal(other, "guest", "LTAIguest", policy.ADMINISTRATOR),
    )
    guest.call("CreateCustomerGateway", IpAddress="203.0.113.1")
    refusal = guest.refused("CreateCustomerGateway", IpAddress="203.0.113.2")
    assert refusal.code == "Resource.QuotaFull"
    assert guest.refused("SetQuota", QuotaCode="tags", Value=99).status == 403
    assert guest.refused("ListQuotas", AccountId=cloud.account_id).status == 403
    (own,) = guest.call("ListQuotas", QuotaCode="customer-gateways-per-region")["Quotas"]
    assert (own["Value"], own["DefaultValue"]) == (1, 100)
    cloud.call("CreateCustomerGateway", IpAddress="203.0.113.3")
    assert cloud.refused("SetQuota", QuotaCode="tags", Value=1, AccountId="1").status == 404
