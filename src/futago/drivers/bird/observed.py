"""What BIRD says of its BGP sessions, in the terms of the port."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from futago.drivers.bird import control
from futago.plan import observation, places
from futago.ports import routing
from futago.protocols.bird import bgp_replies, replies, session, words

_STATES: Final = {
    "Idle": observation.BgpState.IDLE,
    "Close": observation.BgpState.IDLE,
    "Down": observation.BgpState.IDLE,
    "Connect": observation.BgpState.CONNECT,
    "Active": observation.BgpState.ACTIVE,
    "OpenSent": observation.BgpState.OPEN_SENT,
    "OpenConfirm": observation.BgpState.OPEN_CONFIRM,
    "Established": observation.BgpState.ESTABLISHED,
}


async def sessions(connection: control.Control) -> tuple[routing.SessionFacts, ...]:
    """Ask for all sessions, by two commands whatever their number."""
    shown = await connection.ask(f'show protocols all "{words.SESSION_PREFIX}*"')
    infos = bgp_replies.sessions(shown)
    if not infos:
        return ()
    bfd = await connection.ask("show bfd sessions")
    by_neighbor = {info.neighbor: info for info in bgp_replies.bfd_sessions(bfd)}
    prefix = len(words.SESSION_PREFIX)
    facts = []
    for info in infos:
        beside = None if info.neighbor is None else by_neighbor.get(info.neighbor)
        facts.append(_facts(info.name[prefix:], info, beside))
    return tuple(sorted(facts, key=lambda one: one.name))


async def routes(
    connection: control.Control, place: places.RouterPlace, name: str
) -> routing.SessionRoutes:
    """Ask for the routes of a session, by three commands."""
    symbol = words.session_symbol(name)
    learned, refused, announced = [
        await connection.ask(f"show route {what} all")
        for what in (f"protocol {symbol}", f"filtered protocol {symbol}", f"export {symbol}")
    ]
    if learned.is_error and learned.code != replies.NETWORK_NOT_FOUND:
        raise routing.SessionMissing(
            f"The routing daemon of {place.router_id} has no session {name!r} "
            f"(BIRD: {learned.text}).",
            session=name,
        )
    # A peer may have sent thousands; reading them must not hold up the agent's other work.
    return await asyncio.to_thread(_all_routes, learned, refused, announced)


def _all_routes(
    learned: session.Reply, refused: session.Reply, announced: session.Reply
) -> routing.SessionRoutes:
    return routing.SessionRoutes(
        learned=_routes(learned),
        refused=_routes(refused),
        # A session that is not established has no table to announce from.
        announced=() if announced.is_error else _routes(announced),
    )


def key_counts(pid: int) -> routing.KeyCounts:
    """Read the kernel's counters of the namespace that a BIRD runs in.

    Source: linux/snmp.h (LINUX_MIB_TCPMD5*), the two lines per group of /proc/net/netstat.
    """
    try:
        lines = Path(f"/proc/{pid}/net/netstat").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return routing.KeyCounts()
    found: dict[str, int] = {}
    for names, values in zip(lines[::2], lines[1::2], strict=False):
        if names.startswith("TcpExt:"):
            found = dict(zip(names.split()[1:], map(int, values.split()[1:]), strict=False))
    return routing.KeyCounts(
        wrong=found.get("TCPMD5Failure", 0),
        missing=found.get("TCPMD5NotFound", 0),
        unexpected=found.get("TCPMD5Unexpected", 0),
    )


def _facts(
    name: str, info: bgp_replies.SessionInfo, bfd: bgp_replies.BfdInfo | None
) -> routing.SessionFacts:
    is_established = info.state == "Established"
    return routing.SessionFacts(
        name=name,
        state=_STATES[info.state],
        bfd=_bfd_state(bfd, is_established=is_established),
        since=datetime.fromtimestamp(info.since, UTC),
        last_error=None if is_established else info.last_error,
        imported=info.imported,
        refused=info.filtered,
        is_limit_hit=info.is_limit_hit,
        announced=info.exported,
        updates=info.updates,
    )


def _bfd_state(bfd: bgp_replies.BfdInfo | None, *, is_established: bool) -> observation.BfdState:
    if bfd is not None and bfd.is_up:
        return observation.BfdState.UP
    # Had it been up before, BGP would be down with it: the peer does not speak BFD.
    if bfd is None or is_established:
        return observation.BfdState.ABSENT
    return observation.BfdState.DOWN


def _routes(reply: session.Reply) -> tuple[routing.SessionRoute, ...]:
    found = [
        routing.SessionRoute(
            prefix=info.prefix,
            as_path=info.as_path,
            communities=info.communities,
            origin=info.origin,
            med=info.med,
        )
        for info in bgp_replies.bgp_routes(reply)
    ]
    return tuple(sorted(found, key=lambda route: route.prefix))
