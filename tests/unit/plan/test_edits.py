"""What an edit does, told by digests alone."""

from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network

import pytest

from futago.domain import crypto, ids, ike
from futago.plan import edits
from futago.testing import ike_worlds

TUNNEL = ike_worlds.tunnel_intent(0, ids.TunnelId("tun-" + "a" * 17))


@pytest.mark.parametrize(
    ("change", "impact"),
    [
        ({}, edits.Impact.NOTHING),
        ({"initiation": ike.Initiation.IMMEDIATE}, edits.Impact.NOTHING),
        ({"esp_profile": ike.EspProfile(pfs=None)}, edits.Impact.REKEY_CHILD),
        ({"remote_ts": (IPv4Network("10.0.0.0/8"),)}, edits.Impact.REKEY_CHILD),
        ({"dpd": False}, edits.Impact.RENEW_IKE),
        (
            {"ike_profile": ike.IkeProfile(encryption=crypto.Encryption.AES256)},
            edits.Impact.RENEW_IKE,
        ),
        (
            {"ike_profile": ike.IkeProfile(lifetime=timedelta(seconds=3600))},
            edits.Impact.RENEW_IKE,
        ),
        ({"peer_address": IPv4Address("192.0.2.1")}, edits.Impact.RENEW_IKE),
        ({"psk_version": 2}, edits.Impact.REESTABLISH_IKE),
        ({"psk_version": 2, "dpd": False}, edits.Impact.REESTABLISH_IKE),
        ({"gateway_address": IPv4Address("192.0.2.1")}, edits.Impact.RECREATE),
        ({"zone_id": ids.ZoneId("b"), "psk_version": 9}, edits.Impact.RECREATE),
    ],
)
def test_an_edit_costs_what_its_heaviest_part_costs(change, impact):
    assert edits.between(TUNNEL, replace(TUNNEL, **change)) is impact


@pytest.mark.parametrize("loaded", [None, "", "0123456789abcdef", "a.b.c.d.e"])
def test_what_is_not_known_is_negotiated_anew(loaded):
    assert edits.impact(loaded, TUNNEL) is edits.Impact.REESTABLISH_IKE
