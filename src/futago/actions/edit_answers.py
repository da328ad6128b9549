"""Plans of edits as calls answer with them: in words for a dry run, in members for a console."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from futago.actions import catalogue, faults, operation, permissions
from futago.plan import edit_words, edits
from futago.services import connections, drafts

IMPACTS: Final[dict[edits.Impact, str]] = {
    edits.Impact.NOTHING: "nothing",
    edits.Impact.NEXT_KEY: "next-key",
    edits.Impact.REKEY_CHILD: "rekey-child",
    edits.Impact.RENEW_IKE: "renew-ike",
    edits.Impact.REESTABLISH_IKE: "reestablish-ike",
    edits.Impact.RECREATE: "recreate",
}


@dataclass(frozen=True, slots=True)
class Edit:
    """What a call wants to change."""

    connection_id: str
    change: connections.Change
    terms: drafts.EditTerms


def plan(context: operation.Context, edit: Edit) -> edits.EditPlan:
    """Tell what a call would do to traffic."""
    compares_keys = permissions.shows_keys(context.principal, context.region.id, edit.connection_id)
    return connections.plan_edit(
        context.work,
        context.scope,
        edit.connection_id,
        edit.change,
        edit.terms,
        compares_keys=compares_keys,
    )


def dry_run(planned: edits.EditPlan) -> faults.VendorFault:
    """Say in the vendor's form that an edit would succeed, with its plan in words."""
    return faults.VendorFault(
        "DryRunOperation",
        400,
        "The call would succeed; DryRun is true, so nothing was changed. "
        + edit_words.of_plan(planned),
    )


def write(planned: edits.EditPlan) -> dict[str, catalogue.JSON]:
    """Give a plan in members; `Refusal` is empty where the edit needs no Force."""
    return {
        "VpnConnectionId": planned.connection_id,
        "NeedsForce": bool(planned.unsafe),
        "Refusal": edit_words.refusal(planned) if planned.unsafe else "",
        "Tunnels": [_tunnel(each) for each in planned.tunnels],
    }


def _tunnel(edit: edits.TunnelEdit) -> dict[str, catalogue.JSON]:
    return {
        "TunnelId": edit.tunnel_id,
        "TunnelIndex": int(edit.index),
        "Impact": IMPACTS[edit.impact],
        "Effect": edit.effect.value,
        "Turn": edit.turn,
        "NeedsPeer": edit.asks_peer,
        "State": edit.standing.value,
        "PartnerTunnelId": edit.partner_id,
        "PartnerState": edit.partner.value,
        "Explanation": edit_words.of_tunnel(edit),
    }
