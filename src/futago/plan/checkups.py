"""The seven items of a diagnosis: what was seen, how bad it is, and what to do. Pure.

Names, order and thresholds are those of the vendor's one-click diagnosis of VPN gateways.
Source: vendor operation GetVpnGatewayDiagnoseResult, and the guide to one-click diagnosis.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from ipaddress import IPv4Network
from typing import Final

from futago.domain import tasks
from futago.plan import failures, liveness, remedies

ROUTES: Final = "RouteEntryConflict"
ROUTE_QUOTA: Final = "VpnRouteQuota"
CONNECTION_QUOTA: Final = "VpnIPsecQuota"
FLOW_QUOTA: Final = "VpnPbrRouteQuota"
CONSISTENCY: Final = "VcoConfigConsistency"
OUTSIDE: Final = "VcoUserInternetIpConnectivity"
INSIDE: Final = "VcoPrivateConnectivity"
ITEMS: Final = (ROUTES, ROUTE_QUOTA, CONNECTION_QUOTA, FLOW_QUOTA, CONSISTENCY, OUTSIDE, INSIDE)
WARNING_PERCENT: Final = 80


class Level(IntEnum):
    """How bad something is; the worst wins."""

    NORMAL = 0
    WARNING = 1
    ERROR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The outcome of one item."""

    name: str
    level: Level
    text: str
    remedy: str = ""
    seen: tuple[Mapping[str, str], ...] = ()
    """What it rests on, as names and values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignRoute:
    """A route of a table that leads elsewhere than into the connection."""

    table_id: str
    prefix: IPv4Network
    target: str
    """Resource, or "blackhole"."""
    is_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """A limit and how much of it is used."""

    quota: str
    used: int
    limit: int

    @property
    def percent(self) -> int:
        """Share in percent; a limit of nothing is reached."""
        return 100 if self.limit <= 0 else 100 * self.used // self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsidePing:
    """Echo requests from a gateway address to the customer gateway."""

    tunnel_id: str
    source: str
    target: str
    result: tasks.PingResult | None
    """None: the node could not send them."""
    is_ike_up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InsideProbe:
    """What the probes of a tunnel show."""

    tunnel_id: str
    target: str
    verdict: liveness.Verdict
    rtt_ms: float | None
    loss: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """How the node has a connection."""

    is_current: bool
    """It has applied the last change."""
    fault: str = ""
    """Why it could not."""
    reasons: Mapping[str, failures.Failure] = field(default_factory=dict)
    """Tunnel id to what keeps it down, or will."""


def routes(own: Iterable[IPv4Network], others: Iterable[ForeignRoute]) -> Finding:
    """Compare the connection's routes with those that lead elsewhere.

    An equal prefix takes all or a share of the traffic, a longer one a part of it; a shorter one
    takes nothing.
    """
    foreign = tuple(others)
    seen: list[Mapping[str, str]] = []
    level = Level.NORMAL
    for prefix in sorted(set(own)):
        for other in foreign:
            if other.prefix.subnet_of(prefix):
                is_equal = other.prefix == prefix
                found = Level.ERROR if is_equal and other.is_active else Level.WARNING
                level = max(level, found)
                seen.append(
                    {
                        "Prefix": str(prefix),
                        "Other": str(other.prefix),
                        "Target": other.target,
                        "Table": other.table_id,
                    }
                )
    if not seen:
        return Finding(name=ROUTES, level=level, text="No route leads this traffic elsewhere.")
    return Finding(
        name=ROUTES,
        level=level,
        text=f"{len(seen)} routes to the same addresses or a part of them lead elsewhere.",
        remedy="Remove one of each pair, or use prefixes that do not overlap.",
        seen=tuple(seen),
    )


def quota(name: str, usages: Sequence[Usage]) -> Finding:
    """Look at limits: over 80 percent is a warning, full an error."""
    worst = max(usages, key=lambda each: each.percent)
    level = Level.NORMAL
    if worst.percent > WARNING_PERCENT:
        level = Level.ERROR if worst.used >= worst.limit else Level.WARNING
    return Finding(
        name=name,
        level=level,
        text=f"{worst.used} of {worst.limit} are used ({worst.quota}).",
        remedy="Delete what is not needed, or have the operator raise the limit with SetQuota."
        if level
        else "",
        seen=tuple(
            {"Quota": each.quota, "Used": str(each.used), "Limit": str(each.limit)}
            for each in usages
        ),
    )


def consistency(applied: Applied) -> Finding:
    """Compare what shall be with what the node has, and with what the peer has shown of itself."""
    seen = tuple(
        {
            "TunnelId": tunnel_id,
            "Code": reason.code.value,
            "Setting": reason.setting.value if reason.setting else "",
            "Local": reason.ours,
            "Remote": reason.theirs,
        }
        for tunnel_id, reason in applied.reasons.items()
    )
    if applied.fault:
        return Finding(
            name=CONSISTENCY,
            level=Level.ERROR,
            text=f"The node could not apply the configuration: {applied.fault}",
            remedy="Look at the agent's log.",
            seen=seen,
        )
    if applied.reasons:
        reasons = tuple(applied.reasons.values())
        is_down = any(each.severity is failures.Severity.CRITICAL for each in reasons)
        words = remedies.of(reasons[0].code)
        level = Level.ERROR if is_down else Level.WARNING
        return Finding(
            name=CONSISTENCY, level=level, text=words.meaning, remedy=words.remedy, seen=seen
        )
    if not applied.is_current:
        return Finding(
            name=CONSISTENCY,
            level=Level.WARNING,
            text="The node has not applied the last change yet.",
            remedy="Wait some seconds; if it stays so, look whether the agent runs.",
        )
    return Finding(
        name=CONSISTENCY,
        level=Level.NORMAL,
        text="The node has what was asked for, and the peer has refused nothing.",
    )


def outside(pings: Sequence[OutsidePing]) -> Finding:
    """Judge the way to the customer gateways; silence is no fault where IKE gets answers."""
    level, texts = Level.NORMAL, []
    for each in pings:
        loss = 100 if each.result is None else each.result.loss_percent
        words = f"{each.target} lost {loss} % from {each.source}"
        found = Level.ERROR if loss == 100 else Level.WARNING if loss else Level.NORMAL
        if loss == 100 and each.is_ike_up:
            words, found = f"{each.target} answers IKE and no pings", Level.NORMAL
        level = max(level, found)
        texts.append(words)
    return Finding(
        name=OUTSIDE,
        level=level,
        text=f"{'; '.join(texts)}.",
        remedy="Check the device's address and route to the gateway address, and let UDP 500 and"
        " 4500 pass."
        if level
        else "",
        seen=tuple(
            {
                "TunnelId": each.tunnel_id,
                "targetIp": each.target,
                "srcIp": each.source,
                **_measured(each.result),
            }
            for each in pings
        ),
    )


def inside_by_ping(source: str, target: str, result: tasks.PingResult | None, why: str) -> Finding:
    """Judge pings between two private addresses; `why` names the first broken hop, if any."""
    loss = 100 if result is None else result.loss_percent
    level = Level.ERROR if loss == 100 else Level.WARNING if loss else Level.NORMAL
    return Finding(
        name=INSIDE,
        level=level,
        text=f"{target} lost {loss} % from the vSwitch of {source}. {why}".strip(),
        remedy="TestPath names each hop; behind the gateway look at the device and the host."
        if level
        else "",
        seen=({"targetIp": target, "srcIp": source, **_measured(result)},),
    )


def inside_by_probes(probes: Sequence[InsideProbe]) -> Finding:
    """Judge the probes inside the tunnels, where no addresses were named."""
    dead = [each for each in probes if each.verdict is liveness.Verdict.DEAD]
    known = [each for each in probes if each.verdict is not liveness.Verdict.UNKNOWN]
    seen = tuple(
        {
            "TunnelId": each.tunnel_id,
            "targetIp": each.target,
            "rtt": _number(each.rtt_ms),
            "lossRate": _number(None if each.loss is None else 100 * each.loss),
        }
        for each in probes
    )
    if not known:
        return Finding(
            name=INSIDE,
            level=Level.NORMAL,
            text="Not checked: no addresses were named, and nothing answers inside the tunnels.",
            remedy="Send PrivateSourceIp and PrivateDestinationIp, or set a probe target.",
            seen=seen,
        )
    level = Level.NORMAL
    if dead:
        level = Level.ERROR if len(dead) == len(known) else Level.WARNING
    silent = " and ".join(each.tunnel_id for each in dead)
    return Finding(
        name=INSIDE,
        level=level,
        text=f"{silent} passes no packets." if dead else "The probes inside are answered.",
        remedy="Look at the path outside, and at the device's filters." if dead else "",
        seen=seen,
    )


def _measured(result: tasks.PingResult | None) -> dict[str, str]:
    return {
        "rtt": _number(result.rtt_ms if result else None),
        "lossRate": str(100 if result is None else result.loss_percent),
    }


def _number(value: float | None) -> str:
    """Write a measured value; -1 is none, as with the vendor."""
    return "-1" if value is None else f"{value:g}"
