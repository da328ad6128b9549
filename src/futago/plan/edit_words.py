"""The plan of an edit in words: what happens to each tunnel, and what to do where that is bad.

The texts are English; a console translates by code.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from futago.plan.edits import EditPlan, Effect, Impact, Standing, TunnelEdit

_IMPACTS: Final[dict[Impact, str]] = {
    Impact.NOTHING: "nothing that the tunnel uses changes",
    Impact.NEXT_KEY: "the new key counts from the next negotiation on, and the key before is"
    " accepted too until the overlap ends; what is established stays",
    Impact.REKEY_CHILD: "another child SA replaces the present one under the same IKE SA",
    Impact.RENEW_IKE: "another IKE SA is negotiated beside the present one, which is closed then",
    Impact.REESTABLISH_IKE: "the IKE SA is closed and negotiated anew",
    Impact.RECREATE: "the tunnel's IKE daemon is started anew at another gateway address",
}
_EFFECTS: Final[dict[Effect, str]] = {
    Effect.NONE: "No packet is lost.",
    Effect.DRAINED: "No packet is lost: traffic of both directions moves to {partner} first, and"
    " comes back when the tunnel is proven to work again.",
    Effect.BRIEF: "Packets that are on their way from the data center may be lost, for less than a"
    " second: traffic towards it moves to {partner} first, or goes on in the old SA.",
    Effect.INTERRUPTED: "Traffic is interrupted until the tunnel is negotiated anew, for seconds at"
    " least: {partner} is {standing} and cannot carry it.",
}
_STANDINGS: Final[dict[Standing, str]] = {
    Standing.UP: "up",
    Standing.DOWN: "down",
    Standing.UNKNOWN: "in an unknown state",
    Standing.NEVER_UP: "down and has never been up",
}


def of_plan(plan: EditPlan) -> str:
    """Tell the whole plan."""
    return " ".join(map(of_tunnel, _in_order(plan)))


def of_tunnel(edit: TunnelEdit) -> str:
    """Tell what happens to one tunnel."""
    words = [f"Tunnel {int(edit.index)} ({edit.tunnel_id}): {_IMPACTS[edit.impact]}.", _loss(edit)]
    if edit.impact > Impact.NEXT_KEY and edit.asks_peer:
        words.append("It comes up again when the device has the same settings.")
    if edit.turn > 1:
        words.append(
            f"It is changed when {edit.partner_id} is proven to work again, or has not come back"
            " within 10 seconds."
        )
    return " ".join(words)


def refusal(plan: EditPlan) -> str:
    """Say why an edit is refused, and what to do."""
    named = "; ".join(
        f"{each.tunnel_id} would be interrupted, and its partner {each.partner_id} is"
        f" {_STANDINGS[each.partner]}"
        for each in plan.unsafe
    )
    first = plan.unsafe[0]
    return (
        f"The edit of {plan.connection_id} interrupts traffic: {named}. Bring {first.partner_id} up"
        " first (ListTunnelReasons says why it is down; it can be edited alone at any time), or"
        " send Force=true to accept the interruption."
    )


def _loss(edit: TunnelEdit) -> str:
    if edit.effect is Effect.NONE and edit.impact > Impact.NEXT_KEY:
        return "No packet is lost: the tunnel carries nothing at present."
    return _EFFECTS[edit.effect].format(partner=edit.partner_id, standing=_STANDINGS[edit.partner])


def _in_order(plan: EditPlan) -> Iterable[TunnelEdit]:
    return sorted(plan.tunnels, key=lambda each: (each.turn == 0, each.turn))
