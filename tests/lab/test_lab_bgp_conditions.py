"""What is wrong with BGP is named, seen through the API with real daemons at both ends.

host ─ device dc17 ═══ two tunnels, BGP and BFD inside ═══ transit router ─ VPC ─ host app1
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any

import pytest

from futago.devices import linux_routing
from futago.lab import record, wait
from futago.testing import lab_bgp, labs

pytestmark = [pytest.mark.lab, pytest.mark.slow]

UP = ("success", "success")
LIMIT = 50
SHARED = IPv4Network("100.64.3.0/24")
MANY = list(IPv4Network("10.77.0.0/16").subnets(new_prefix=24))[: LIMIT + 30]


@pytest.fixture
def speaking(rig: labs.Rig, request: pytest.FixtureRequest) -> Iterator[lab_bgp.Speaking]:
    """A data center of its own for each test; a name is never used twice in a lab."""
    bgp = record.SiteBgp(
        asn=lab_bgp.SITE_ASN, daemon=linux_routing.RoutingDaemon.BIRD, key=lab_bgp.KEY
    )
    made = lab_bgp.Speaking(rig, request.param, bgp)
    made.switch_on()
    made.wait_sessions(*UP)
    yield made
    made.end()


def described(speaking: lab_bgp.Speaking) -> Any:
    wanted = {"VpnConnectionId": speaking.peering.connection_id}
    return speaking.rig.cloud.call("DescribeBgpSessions", **wanted)


def codes(speaking: lab_bgp.Speaking) -> set[str]:
    shown = described(speaking)
    groups = [shown, *shown["Sessions"]]
    return {condition["Code"] for group in groups for condition in group["Conditions"]}


def wait_for(speaking: lab_bgp.Speaking, *wanted: str) -> None:
    def look() -> bool:
        seen = codes(speaking)
        if seen != set(wanted):
            raise wait.NotYet(f"{seen}")
        return True

    wait.eventually(look, within=labs.SETTLE_SECONDS)


@pytest.mark.parametrize("speaking", [17], indirect=True)
def test_a_wrong_number_and_a_wrong_key_are_named_and_mended(speaking: lab_bgp.Speaking) -> None:
    def set_asn(asn: int) -> None:
        speaking.rig.cloud.call(
            "ModifyVpnAttachmentAttribute",
            VpnConnectionId=speaking.peering.connection_id,
            TunnelOptionsSpecification=[
                {"TunnelId": each, "TunnelBgpConfig": {"LocalAsn": asn}}
                for each in speaking.peering.tunnel_ids
            ],
        )

    def set_key(key: str) -> None:
        for each in speaking.peering.gateway_ids:
            speaking.rig.cloud.call(
                "ModifyCustomerGatewayAttribute", CustomerGatewayId=each, AuthKey=key
            )

    set_asn(65500)
    wait_for(speaking, "BgpLocalAsnMismatch")
    set_asn(45104)
    speaking.wait_sessions(*UP)
    set_key("another")
    wait_for(speaking, "BgpKeyMismatch")
    set_key(lab_bgp.KEY)
    speaking.wait_sessions(*UP)
    wait_for(speaking)


@pytest.mark.parametrize("speaking", [18], indirect=True)
def test_prefixes_beyond_the_limit_are_named_and_taken_when_it_is_raised(
    speaking: lab_bgp.Speaking,
) -> None:
    speaking.announce([*MANY, SHARED])
    wait_for(speaking, "BgpPrefixLimitExceeded", "BgpReservedRouteRefused")
    assert {each["Learned"] for each in described(speaking)["Sessions"]} == {LIMIT}
    call = speaking.rig.cloud.call
    quota = {"QuotaCode": "bgp-prefixes-per-peer"}
    try:
        call("SetQuota", **quota, Value=1000)
        wait_for(speaking, "BgpReservedRouteRefused")
        counts = call(
            "ListBgpRoutes", VpnConnectionId=speaking.peering.connection_id, MaxResults=1
        )["Counts"]
        # The device announces its own network too.
        assert (counts["Learned"], counts["Refused"]) == (len(MANY) + 1, 1)
        speaking.wait_sessions(*UP)
    finally:
        call("SetQuota", **quota, Value=LIMIT)
