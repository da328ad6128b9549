"""What each cause of a bad health means and what to do about it, in one table.

The texts are English; a console translates by code.
"""

from __future__ import annotations

from typing import Final

from futago.domain.health import CauseCode as Code
from futago.plan.remedies import Remedy

CAUSES: Final[dict[Code, Remedy]] = {
    Code.NOT_ATTACHED: Remedy(
        "The connection is not attached to a transit router, so it has no tunnels yet.",
        "Attach it with CreateTransitRouterVpnAttachment.",
    ),
    Code.NODE_SILENT: Remedy(
        "The gateway host has not been heard of for 30 s; what it said last may have changed.",
        "See whether the host and its agent run; traffic may go on all the same.",
    ),
    Code.NOT_REPORTED: Remedy(
        "The gateway host has not reported on the tunnel yet.",
        "Wait a moment after attaching; then see whether the host's agent runs.",
    ),
    Code.DAEMON_SILENT: Remedy(
        "The tunnel's IKE daemon runs and does not answer.",
        "See the daemon's log on the gateway host; ending the process has the agent start a new"
        " one.",
    ),
    Code.NO_IKE_SA: Remedy(
        "There is no IKE SA: phase 1 has not succeeded, or the peer was found dead.",
        "See the reason of the failure (ListTunnelReasons); with EffectImmediately off, send"
        " traffic or have the device begin.",
    ),
    Code.NO_CHILD_SA: Remedy(
        "There is an IKE SA and no child SA: phase 2 has not succeeded.",
        "See the reason of the failure (ListTunnelReasons) and compare phase 2 and the selectors.",
    ),
    Code.NO_PROOF: Remedy(
        "The SA is there, and nothing has shown for 30 s that the peer still lives.",
        "Enable DPD or BGP, or set a probe target (SetProbeTarget): an idle tunnel cannot be told"
        " from a dead one otherwise.",
    ),
    Code.UNANSWERED: Remedy(
        "Packets leave by the tunnel and none come back.",
        "See whether the device and the path to it live. DPD decides within 30 s; a probe target"
        " decides within a second.",
    ),
    Code.PROBES_LOST: Remedy(
        "Probes through the tunnel were answered before and are lost now.",
        "See whether the path, the device, and the probe's target live; when both tunnels lose"
        " probes to one target, look at the target first.",
    ),
    Code.BGP_DOWN: Remedy(
        "The BGP session in the tunnel is not established, so it carries no routes of the peer.",
        "See DescribeBgpSessions, which names what is wrong with it.",
    ),
    Code.BGP_UNKNOWN: Remedy(
        "The routing daemon of the transit router does not answer.",
        "See whether the gateway host is overloaded; ending the daemon has the agent start a new"
        " one, and routes stay meanwhile.",
    ),
}


def of(code: Code) -> Remedy:
    """Give the words of a cause."""
    return CAUSES[code]
