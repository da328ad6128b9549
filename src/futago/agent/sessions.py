"""Turns what routing daemons say of BGP sessions into what the control plane is told. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from ipaddress import IPv4Network
from typing import Final

from futago.domain import bgp, ids
from futago.plan import intent, observation, routing
from futago.ports import routing as routing_port

WRONG_KEY: Final = "TCP-MD5: the peer signs with another key"
PEER_WITHOUT_KEY: Final = "TCP-MD5: the peer does not sign, and a key is set here"
KEY_NOT_WANTED: Final = "TCP-MD5: the peer signs, and no key is set here"

_CONNECTING: Final = frozenset({observation.BgpState.CONNECT, observation.BgpState.ACTIVE})


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTrouble:
    """Which kinds of wrongly signed segments came lately to a router."""

    is_wrong: bool = False
    is_missing: bool = False
    is_unexpected: bool = False


NO_TROUBLE: Final = KeyTrouble()
JITTER: Final = timedelta(milliseconds=20)
"""BIRD reckons the time of day anew for each answer, so that it varies by some milliseconds."""


def observations(
    router: intent.RouterIntent,
    facts: Iterable[routing_port.SessionFacts] | None,
    trouble: KeyTrouble,
) -> tuple[observation.BgpObservation, ...]:
    """Say how each session is that shall be, ordered by tunnel id.

    Args:
        router: What shall be.
        facts: What the daemon says; None when it does not answer.
        trouble: Wrongly signed segments that came lately.
    """
    by_name = None if facts is None else {one.name: one for one in facts}
    told = [_observation(wanted, by_name, trouble) for plug in router.vpns for wanted in plug.bgp]
    return tuple(sorted(told, key=lambda one: one.tunnel_id))


def _observation(
    wanted: intent.BgpIntent,
    by_name: Mapping[str, routing_port.SessionFacts] | None,
    trouble: KeyTrouble,
) -> observation.BgpObservation:
    if by_name is None:
        return observation.BgpObservation(
            tunnel_id=wanted.tunnel_id, state=observation.BgpState.UNKNOWN
        )
    facts = by_name.get(routing.session_name(wanted.tunnel_id))
    if facts is None:
        # Not applied yet, or left out while its tunnel is out of service.
        return observation.BgpObservation(
            tunnel_id=wanted.tunnel_id, state=observation.BgpState.IDLE
        )
    return observation.BgpObservation(
        tunnel_id=wanted.tunnel_id,
        state=facts.state,
        bfd=facts.bfd,
        since=facts.since,
        last_error=_key_error(wanted, facts, trouble) or facts.last_error,
        imported=facts.imported,
        refused=facts.refused,
        announced=facts.announced,
    )


def steady(
    seen: tuple[observation.BgpObservation, ...], before: tuple[observation.BgpObservation, ...]
) -> tuple[observation.BgpObservation, ...]:
    """Keep the former time of a state that is still the same, whatever the daemon rounds it to."""
    known = {each.tunnel_id: each for each in before}
    return tuple(_steady(each, known.get(each.tunnel_id)) for each in seen)


def _steady(
    seen: observation.BgpObservation, before: observation.BgpObservation | None
) -> observation.BgpObservation:
    if before is None or before.since is None or seen.since is None or before.state != seen.state:
        return seen
    is_same = abs(seen.since - before.since) <= JITTER
    return replace(seen, since=before.since) if is_same else seen


def _key_error(
    wanted: intent.BgpIntent, facts: routing_port.SessionFacts, trouble: KeyTrouble
) -> str | None:
    """Blame the key of a session that gets no connection while such segments come.

    The kernel counts per router, so that of several such sessions each is blamed.
    """
    if facts.state not in _CONNECTING:
        return None
    if wanted.key_id is None:
        return KEY_NOT_WANTED if trouble.is_unexpected else None
    if trouble.is_wrong:
        return WRONG_KEY
    return PEER_WITHOUT_KEY if trouble.is_missing else None


def routes(
    plug: intent.VpnPlug, by_tunnel: Mapping[ids.TunnelId, routing_port.SessionRoutes]
) -> tuple[observation.BgpRoute, ...]:
    """Bring together what the sessions of a connection carry, one route for each prefix."""
    asns = {wanted.tunnel_id: wanted.local_asn for wanted in plug.bgp}
    learned = _merged({each: by_tunnel[each].learned for each in by_tunnel})
    refused = _merged({each: by_tunnel[each].refused for each in by_tunnel})
    announced = _merged({each: by_tunnel[each].announced for each in by_tunnel})
    local_asn = next(iter(asns.values()), 0)
    direction = observation.RouteDirection
    return (
        *(_route(prefix, found, direction.LEARNED) for prefix, found in learned.items()),
        *(_refused(prefix, found, local_asn) for prefix, found in refused.items()),
        *(_route(prefix, found, direction.ANNOUNCED) for prefix, found in announced.items()),
    )


def lacked_room(seen: routing_port.SessionRoutes | None, local_asn: int) -> bool:
    """Tell whether a prefix was refused for nothing but want of room."""
    refused = seen.refused if seen else ()
    return any(bgp.refusal(each.prefix, each.as_path, local_asn) is None for each in refused)


_Carried = tuple[routing_port.SessionRoute, list[ids.TunnelId]]


def _merged(
    several: Mapping[ids.TunnelId, Sequence[routing_port.SessionRoute]],
) -> dict[IPv4Network, _Carried]:
    """Keep the shortest path of each prefix with the tunnels that have it, ordered by prefix."""
    found: dict[IPv4Network, _Carried] = {}
    for tunnel_id in sorted(several):
        for route in several[tunnel_id]:
            before = found.get(route.prefix)
            if before is None or len(route.as_path) < len(before[0].as_path):
                found[route.prefix] = (route, [tunnel_id])
            elif len(route.as_path) == len(before[0].as_path):
                before[1].append(tunnel_id)
    return {prefix: found[prefix] for prefix in sorted(found)}


def _route(
    prefix: IPv4Network, carried: _Carried, direction: observation.RouteDirection
) -> observation.BgpRoute:
    route, tunnel_ids = carried
    return observation.BgpRoute(
        prefix=prefix,
        direction=direction,
        tunnel_ids=tuple(tunnel_ids),
        as_path=route.as_path,
        communities=route.communities,
        origin=route.origin,
        med=route.med,
    )


def _refused(prefix: IPv4Network, carried: _Carried, local_asn: int) -> observation.BgpRoute:
    route, tunnel_ids = carried
    reason = bgp.refusal(prefix, route.as_path, local_asn) or bgp.Refusal.PREFIX_LIMIT
    return observation.BgpRoute(
        prefix=prefix,
        direction=observation.RouteDirection.LEARNED,
        tunnel_ids=tuple(tunnel_ids),
        as_path=route.as_path,
        communities=route.communities,
        origin=route.origin,
        med=route.med,
        is_refused=True,
        refusal=reason.value,
    )
