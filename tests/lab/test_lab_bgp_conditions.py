"""What is wrong with BGP is named, seen through the API with real daemons at both ends.

host ─ device ═══ two tunnels, BGP and BFD inside ═══ transit router ─ VPC ─ host app1
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

import pytest

from futago.devices import linux_routing
from futago.lab import record, wait
from futago.testing import lab_speakers, labs

pytestmark = [pytest.mark.lab, pytest.mark.slow]

KEY = "s3cret#Key;{}'"
LIMIT = 50
SHARED = IPv4Network("100.64.3.0/24")
MANY = list(IPv4Network("10.77.0.0/16").subnets(new_prefix=24))[: LIMIT + 30]


@pytest.fixture
def speaking(rig: labs.Rig) -> Iterator[lab_speakers.Speaking]:
    bgp = record.SiteBgp(asn=lab_speakers.ASN, daemon=linux_routing.RoutingDaemon.BIRD, key=KEY)
    made = lab_speakers.connect(rig, bgp, lab_speakers.Gateways(key=KEY))
    made.wait_up()
    yield made
    made.disconnect()


def wait_for(speaking: lab_speakers.Speaking, *wanted: str) -> None:
    def look() -> bool:
        seen = speaking.conditions()
        if seen != set(wanted):
            raise wait.NotYet(f"{seen}")
        return True

    wait.eventually(look, within=labs.SETTLE_SECONDS)


def test_a_wrong_number_and_a_wrong_key_are_named_and_mended(
    speaking: lab_speakers.Speaking,
) -> None:
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
    speaking.wait_up()
    set_key("another")
    wait_for(speaking, "BgpKeyMismatch")
    set_key(KEY)
    speaking.wait_up()
    wait_for(speaking)


def test_prefixes_beyond_the_limit_are_named_and_taken_when_it_is_raised(
    speaking: lab_speakers.Speaking,
) -> None:
    speaking.announce([*MANY, SHARED])
    wait_for(speaking, "BgpPrefixLimitExceeded", "BgpReservedRouteRefused")
    assert {each["Learned"] for each in speaking.sessions()["Sessions"]} == {LIMIT}
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
        speaking.wait_up()
    finally:
        call("SetQuota", **quota, Value=LIMIT)
