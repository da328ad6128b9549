"""What an edit does, told by digests alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network

import pytest

from futago.domain import connection, crypto, ids, ike
from futago.plan import edit_words, edits, intent
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


def overlap(*, is_over):
    until = datetime(2026, 11, 23, tzinfo=UTC)
    return intent.KeyOverlap(previous_version=1, until=until, is_over=is_over)


@pytest.mark.parametrize(
    ("is_over", "impact"), [(False, edits.Impact.NEXT_KEY), (True, edits.Impact.RENEW_IKE)]
)
def test_a_key_with_an_overlap_touches_nothing_before_its_end(is_over, impact):
    after = replace(TUNNEL, psk_version=2, key_overlap=overlap(is_over=is_over))
    assert edits.between(TUNNEL, after) is impact
    heavier = replace(after, dpd=False)
    assert edits.between(TUNNEL, heavier) is edits.Impact.RENEW_IKE


FIRST, SECOND = (ids.TunnelId(f"tun-{letter * 17}") for letter in "ab")


def planned(change, own, partner, *, has_bgp=False):
    index = connection.TunnelIndex
    one, two = (
        edits.Sight(
            tunnel_id=tunnel_id,
            index=number,
            before=TUNNEL,
            after=replace(TUNNEL, **changed),
            standing=standing,
            has_bgp=has_bgp,
        )
        for tunnel_id, number, changed, standing in (
            (FIRST, index.ONE, change, own),
            (SECOND, index.TWO, {}, partner),
        )
    )
    return edits.plan(ids.ConnectionId("vco-" + "c" * 17), (one, two)).tunnels[0]


OWN = {"dpd": False}
AGREED = {"esp_profile": ike.EspProfile(pfs=None)}


@pytest.mark.parametrize("partner", edits.Standing)
@pytest.mark.parametrize("own", edits.Standing)
@pytest.mark.parametrize("change", [{}, OWN, AGREED, {"psk_version": 2}])
def test_only_what_carries_traffic_and_cannot_be_replaced_is_unsafe(change, own, partner):
    edit = planned(change, own, partner)
    carries = own is edits.Standing.UP
    needs = change not in ({}, OWN)
    is_alone = partner is not edits.Standing.UP
    assert (edit.effect is edits.Effect.INTERRUPTED) is (carries and needs and is_alone)
    assert edit.is_unsafe is (
        edit.effect is edits.Effect.INTERRUPTED and partner is not edits.Standing.NEVER_UP
    )
    assert (edit.effect is edits.Effect.NONE) is (not change or not carries)
    words = edit_words.of_tunnel(edit)
    assert words.startswith("Tunnel 1 (")
    assert ("No packet is lost" in words) is (edit.effect is edits.Effect.NONE)


def test_with_bgp_the_partner_carries_both_directions():
    both_up = (edits.Standing.UP, edits.Standing.UP)
    assert planned(AGREED, *both_up, has_bgp=True).effect is edits.Effect.DRAINED
    assert planned(AGREED, *both_up).effect is edits.Effect.BRIEF
