"""What an edit will do is said before it is made, and one that cuts traffic off can be refused."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from futago.actions import dispatch, registry
from futago.domain import ids
from futago.plan import observation
from futago.testing import simulation, speakers

KEY = "another-key"
WRONG = {"TunnelIkeConfig": {"Psk": KEY}}
LIFETIME = {"TunnelIpsecConfig": {"IpsecLifetime": 3600}}
DPD = {"EnableDpd": False}
NAME = "another name"


def carry(attached: speakers.Attached, number: int, *, is_up: bool = True) -> None:
    tunnel_id = attached.tunnel_ids[number - 1]
    attached.node.see(tunnel_id, ike=is_up, children=int(is_up))
    state = observation.BgpState.ESTABLISHED if is_up else observation.BgpState.ACTIVE
    attached.node.hear(observation.BgpObservation(tunnel_id=ids.TunnelId(tunnel_id), state=state))
    attached.node.settle()


@pytest.fixture
def up(attached: speakers.Attached) -> speakers.Attached:
    """Both tunnels carry traffic."""
    carry(attached, 1)
    carry(attached, 2)
    return attached


def edit(attached: speakers.Attached, number: int, change: Any, **more: Any) -> dict[str, Any]:
    return {
        "VpnConnectionId": attached.connection_id,
        "TunnelId": attached.tunnel_ids[number - 1],
        "TunnelOptionsSpecification": change,
        **more,
    }


def edit_both(attached: speakers.Attached, change: Any, **more: Any) -> dict[str, Any]:
    return {
        "VpnConnectionId": attached.connection_id,
        "TunnelOptionsSpecification": [
            {"TunnelId": each, **change} for each in attached.tunnel_ids
        ],
        **more,
    }


def members(plan: Any, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(each[name] for name in names) for each in plan["Tunnels"]]


@pytest.mark.parametrize(
    ("change", "impact", "needs_peer"),
    [
        ({}, "nothing", False),
        (LIFETIME, "rekey-child", False),
        ({"TunnelIpsecConfig": {"IpsecEncAlg": "aes256"}}, "rekey-child", True),
        (DPD, "renew-ike", False),
        ({"TunnelIkeConfig": {"RemoteId": "peer.example"}}, "renew-ike", True),
        (WRONG, "reestablish-ike", True),
    ],
)
def test_a_plan_says_what_happens_to_the_edited_tunnel_only(
    up: speakers.Attached, change: Any, impact: str, needs_peer: bool
) -> None:
    plan = up.cloud.call("PlanTunnelEdit", **edit(up, 1, change))
    effect = "none" if impact == "nothing" else "drained"
    turn = 0 if impact == "nothing" else 1
    assert members(plan, "Impact", "Effect", "NeedsPeer", "Turn") == [
        (impact, effect, needs_peer, turn),
        ("nothing", "none", False, 0),
    ]
    assert plan["NeedsForce"] is False
    assert plan["Refusal"] == ""


def test_a_plan_changes_nothing(up: speakers.Attached) -> None:
    before = up.options
    up.cloud.call("PlanConnectionEdit", **edit_both(up, WRONG, Name=NAME))
    refusal = up.cloud.refused("ModifyTunnelAttribute", **edit(up, 1, WRONG, DryRun=True))
    assert refusal.code == "DryRunOperation"
    assert up.options == before
    assert up.described["State"] == "attached"


def test_a_dry_run_tells_the_plan_in_words(up: speakers.Attached) -> None:
    one, two = up.tunnel_ids
    for action, given in (
        ("ModifyTunnelAttribute", edit(up, 1, LIFETIME, DryRun=True)),
        ("ModifyVpnAttachmentAttribute", edit_both(up, LIFETIME, DryRun=True)),
    ):
        refusal = up.cloud.refused(action, **given)
        assert (refusal.status, refusal.code) == (400, "DryRunOperation")
        assert f"Tunnel 1 ({one}): another child SA replaces the present one" in refusal.message
        assert f"traffic of both directions moves to {two} first" in refusal.message
    assert f"It is changed when {one} is proven to work again" in refusal.message


def test_a_dry_run_of_a_bad_edit_is_refused_as_the_edit(up: speakers.Attached) -> None:
    bad = {"TunnelIkeConfig": {"IkeEncAlg": "rot13"}}
    assert up.cloud.refused("ModifyTunnelAttribute", **edit(up, 1, bad, DryRun=True)).code != (
        "DryRunOperation"
    )


def test_an_edit_of_both_tunnels_takes_turns_and_the_one_that_is_down_comes_first(
    up: speakers.Attached,
) -> None:
    plan = up.cloud.call("PlanConnectionEdit", **edit_both(up, DPD))
    assert members(plan, "Turn", "Effect") == [(1, "drained"), (2, "drained")]
    carry(up, 2, is_up=False)
    plan = up.cloud.call("PlanConnectionEdit", **edit_both(up, WRONG))
    assert members(plan, "Turn", "Effect", "State", "PartnerState") == [
        (2, "interrupted", "up", "down"),
        (1, "none", "down", "up"),
    ]


def test_an_interrupting_edit_is_refused_with_an_explanation_unless_forced(
    up: speakers.Attached,
) -> None:
    one, two = up.tunnel_ids
    carry(up, 2, is_up=False)
    for more in ({}, {"DryRun": True}):
        refusal = up.cloud.refused(
            "ModifyTunnelAttribute", **edit(up, 1, WRONG, Force=False, **more)
        )
        assert (refusal.status, refusal.code) == (400, "OperationDenied.PartnerTunnelDown")
        for words in (one, f"its partner {two} is down", "Force=true"):
            assert words in refusal.message
    plan = up.cloud.call("PlanTunnelEdit", **edit(up, 1, WRONG))
    assert plan["NeedsForce"] is True
    assert two in plan["Refusal"]
    up.cloud.call("ModifyTunnelAttribute", **edit(up, 1, WRONG, Force=True))


@pytest.mark.parametrize("change", [LIFETIME, DPD])
def test_what_comes_up_beside_the_old_needs_no_force(up: speakers.Attached, change: Any) -> None:
    carry(up, 2, is_up=False)
    plan = up.cloud.call("PlanTunnelEdit", **edit(up, 1, change))
    assert members(plan, "Effect")[0] == ("brief",)
    up.cloud.call("ModifyTunnelAttribute", **edit(up, 1, change, Force=False))


def test_repairing_is_never_refused(up: speakers.Attached) -> None:
    carry(up, 1, is_up=False)
    carry(up, 2, is_up=False)
    for number in (1, 2):
        up.cloud.call("ModifyTunnelAttribute", **edit(up, number, WRONG, Force=False))
        up.node.settle()


def test_a_partner_that_never_was_up_is_no_reason_to_refuse(attached: speakers.Attached) -> None:
    carry(attached, 1)
    plan = attached.cloud.call("PlanTunnelEdit", **edit(attached, 1, WRONG))
    assert members(plan, "Effect", "PartnerState")[0] == ("interrupted", "never-up")
    assert plan["NeedsForce"] is False
    attached.cloud.call("ModifyTunnelAttribute", **edit(attached, 1, WRONG, Force=False))


def test_unmodified_clients_are_served_as_by_the_vendor_unless_the_installation_says_otherwise(
    up: speakers.Attached, clock: simulation.StoppedClock
) -> None:
    carry(up, 2, is_up=False)
    table = registry.catalogue(region_id="cn-hangzhou", refuses_interruptions=True)
    strict = dispatch.Dispatcher(up.cloud.database, table, clock.now)
    cloud = dataclasses.replace(up.cloud, dispatcher=strict)
    refusal = cloud.refused("ModifyTunnelAttribute", **edit(up, 1, WRONG))
    assert refusal.code == "OperationDenied.PartnerTunnelDown"
    up.cloud.call("ModifyTunnelAttribute", **edit(up, 1, WRONG))


def test_a_dead_partner_counts_as_down(up: speakers.Attached) -> None:
    tunnel_id = ids.TunnelId(up.tunnel_ids[1])
    up.node.hear(observation.BgpObservation(tunnel_id=tunnel_id, state=observation.BgpState.IDLE))
    up.node.settle()
    plan = up.cloud.call("PlanTunnelEdit", **edit(up, 1, WRONG))
    assert members(plan, "PartnerState")[0] == ("down",)


def test_a_key_is_not_found_by_guessing(up: speakers.Attached) -> None:
    present = up.options[0]["TunnelIkeConfig"]["Psk"]
    guess = {"TunnelIkeConfig": {"Psk": present}}
    blind = up.cloud.as_user(
        "blind",
        ("Allow", "*", "*"),
        ("Deny", "vpc:DownloadVpnConnectionConfig", "*"),
    )
    for change in (guess, WRONG):
        plan = blind.call("PlanTunnelEdit", **edit(up, 1, change))
        assert members(plan, "Impact")[0] == ("reestablish-ike",)
    assert members(up.cloud.call("PlanTunnelEdit", **edit(up, 1, guess)), "Impact")[0] == (
        "nothing",
    )
