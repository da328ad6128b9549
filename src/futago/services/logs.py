"""What happened to tunnels, as lines with a time.

A node reports what it sees, not what happened. The difference between two reports is what happened:
a negotiation failed (with the daemon's own line as evidence), an SA or a BGP session came or went.
Each tunnel keeps its last thousand lines for half a year.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from futago.domain import status
from futago.messages import codec
from futago.plan import intent, observation
from futago.services import access, connections, pages, refusals
from futago.store import connections as connection_rows
from futago.store import logs, nodes, unit_of_work

LINES_PER_TUNNEL: Final = 1000
KEPT: Final = timedelta(days=180)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The time that is asked for, both ends included."""

    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What happened to a tunnel at a time."""

    tunnel_id: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """A part of the lines of a window."""

    lines: pages.Page[Line]
    is_complete: bool
    """Nothing of the window is forgotten, and its node still reports."""


def note(
    work: unit_of_work.UnitOfWork, before: str | None, said: observation.ResourceObservation
) -> None:
    """Write down what happened between the last report of a resource and this one.

    Args:
        work: Where to write.
        before: The last report as it is stored; None when there was none.
        said: The new one.
    """
    lines = {each: happened for each, happened in _lines(before, said) if happened}
    for tunnel_id in connection_rows.existing_tunnels(work.session, tuple(lines)):
        for at, text in lines[tunnel_id]:
            logs.add(work.session, tunnel_id, at, text)
        since = work.now - KEPT
        logs.trim(work.session, tunnel_id, keep=LINES_PER_TUNNEL, since=since)


def _lines(
    before: str | None, said: observation.ResourceObservation
) -> Iterator[tuple[str, list[tuple[datetime, str]]]]:
    """Give what happened by tunnel id: to SAs of a connection, to BGP sessions of a router."""
    if not said.tunnels and not said.sessions:
        return
    earlier = codec.decode_observation(before) if before else None
    tunnels = {each.tunnel_id: each for each in earlier.tunnels} if earlier else {}
    for tunnel in said.tunnels:
        yield (
            tunnel.tunnel_id,
            list(_happened(tunnels.get(tunnel.tunnel_id), tunnel, said.observed_at)),
        )
    sessions = {each.tunnel_id: each for each in earlier.sessions} if earlier else {}
    for session in said.sessions:
        yield (
            session.tunnel_id,
            list(_spoken(sessions.get(session.tunnel_id), session, said.observed_at)),
        )


def read(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    connection_id: str,
    tunnel_id: str | None,
    window: Window,
    page: pages.PageRequest,
) -> Excerpt:
    """Give the lines of a connection or of one of its tunnels, oldest first.

    Raises:
        ConnectionNotFound: Not in this account and region.
        TunnelNotFound: The connection has no such tunnel.
    """
    connections.find(work, scope, connection_id)
    of_connection = [row.id for row in connection_rows.tunnel_rows(work.session, connection_id)]
    if tunnel_id is not None and tunnel_id not in of_connection:
        raise refusals.TunnelNotFound(
            f"Connection {connection_id} has no tunnel {tunnel_id[:64]!r}; use an id from"
            " DescribeVpnConnection.",
            value=tunnel_id,
        )
    wanted = of_connection if tunnel_id is None else [tunnel_id]
    rows, total = logs.between(work.session, wanted, window.first, window.last, page)
    lines = tuple(Line(tunnel_id=row.tunnel_id, at=row.at, text=row.text) for row in rows)
    is_whole = all(_is_kept(work, each, window.first) for each in wanted)
    return Excerpt(
        lines=pages.Page(items=lines, total=total),
        is_complete=is_whole and _is_heard(work, connection_id),
    )


def _is_kept(work: unit_of_work.UnitOfWork, tunnel_id: str, first: datetime) -> bool:
    if first < work.now - KEPT:
        return False
    at, count = logs.oldest(work.session, tunnel_id)
    return count < LINES_PER_TUNNEL or (at is not None and at <= first)


def _is_heard(work: unit_of_work.UnitOfWork, connection_id: str) -> bool:
    kind = intent.IntentKind.CONNECTION.value
    seen = nodes.seen(work.session, kind, (connection_id,)).get(connection_id)
    return seen is None or status.is_fresh(seen.heard_at, work.now)


def _happened(
    before: observation.TunnelObservation | None,
    now: observation.TunnelObservation,
    at: datetime,
) -> Iterator[tuple[datetime, str]]:
    failure = now.failure
    if failure is not None and (before is None or before.failure != failure):
        yield failure.at, f"negotiation: {failure.code.value}: {failure.evidence}"
    was_ike = before.is_ike_established if before else False
    if now.is_ike_established is not None and now.is_ike_established is not bool(was_ike):
        yield at, f"ike: IKE_SA {'established' if now.is_ike_established else 'is gone'}"
    was_up = bool(before and before.children_installed)
    if now.children_installed is not None and bool(now.children_installed) is not was_up:
        yield at, f"child: CHILD_SA {'installed' if now.children_installed else 'is gone'}"


def _spoken(
    before: observation.BgpObservation | None, now: observation.BgpObservation, at: datetime
) -> Iterator[tuple[datetime, str]]:
    unknown, up = observation.BgpState.UNKNOWN, observation.BgpState.ESTABLISHED
    if now.state is unknown:
        return
    was_up = before is not None and before.state is up
    if (now.state is up) is not was_up:
        yield now.since or at, f"bgp: session {'established' if now.state is up else 'is gone'}"
    words = now.last_error if now.state is not up else None
    if words and (before is None or before.last_error != words):
        yield at, f"bgp: {words}"
