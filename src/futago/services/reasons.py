"""Why tunnels failed, now and in the last thirty days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from futago.domain import ids
from futago.messages import codec
from futago.plan import failures, observation
from futago.services import access, connections, pages, refusals
from futago.store import connections as connection_rows
from futago.store import reasons, schema_reasons, unit_of_work

KEPT: Final = timedelta(days=30)
REASONS_PER_TUNNEL: Final = 1000
_REASON: Final = '"failure":{'
"""In a stored report with a reason; looking for it is cheaper than decoding every report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonView:
    """A reason of a tunnel and when it held."""

    tunnel_id: str
    failure: failures.Failure
    cleared_at: datetime | None
    """None while it holds."""


def note(
    work: unit_of_work.UnitOfWork, before: str | None, said: observation.ResourceObservation
) -> None:
    """Keep what a report changes about the reasons of tunnels.

    Args:
        work: Where to write.
        before: The last report as it is stored; None when there was none.
        said: The new one.
    """
    had_reason = before is not None and _REASON in before
    if not had_reason and not any(tunnel.failure for tunnel in said.tunnels):
        return
    earlier = codec.decode_observation(before).tunnels if before else ()
    last = {each.tunnel_id: each.failure for each in earlier}
    changed = {
        tunnel.tunnel_id: tunnel.failure
        for tunnel in said.tunnels
        if last.get(tunnel.tunnel_id) != tunnel.failure
    }
    for tunnel_id in connection_rows.existing_tunnels(work.session, tuple(changed)):
        _keep(work, tunnel_id, changed[ids.TunnelId(tunnel_id)], said.observed_at)


def _keep(
    work: unit_of_work.UnitOfWork, tunnel_id: str, now: failures.Failure | None, at: datetime
) -> None:
    held = reasons.holding(work.session, tunnel_id)
    if held is not None and now is not None and _is_same(held, now):
        held.last_seen, held.count, held.evidence = now.at, now.count, now.evidence
        return
    if held is not None:
        held.cleared_at = at if now is None else now.since
    if now is not None:
        reasons.add(work.session, _row(tunnel_id, now))
        since = work.now - KEPT
        reasons.trim(work.session, tunnel_id, keep=REASONS_PER_TUNNEL, since=since)


def history(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    connection_id: str,
    tunnel_id: str | None,
    page: pages.PageRequest,
) -> pages.Page[ReasonView]:
    """Give the reasons of a connection or of one of its tunnels, newest first.

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
    rows, total = reasons.list_rows(work.session, wanted, work.now - KEPT, page)
    return pages.Page(items=tuple(_view(row) for row in rows), total=total)


def _is_same(row: schema_reasons.TunnelReasonRow, failure: failures.Failure) -> bool:
    return (row.code, row.phase, row.setting, row.ours, row.theirs) == (
        failure.code.value,
        failure.phase.value,
        failure.setting.value if failure.setting else None,
        failure.ours,
        failure.theirs,
    )


def _row(tunnel_id: str, failure: failures.Failure) -> schema_reasons.TunnelReasonRow:
    return schema_reasons.TunnelReasonRow(
        tunnel_id=tunnel_id,
        code=failure.code.value,
        phase=failure.phase.value,
        setting=failure.setting.value if failure.setting else None,
        severity=failure.severity.value,
        ours=failure.ours,
        theirs=failure.theirs,
        evidence=failure.evidence,
        first_seen=failure.since,
        last_seen=failure.at,
        count=failure.count,
        cleared_at=None,
    )


def _view(row: schema_reasons.TunnelReasonRow) -> ReasonView:
    return ReasonView(
        tunnel_id=row.tunnel_id,
        failure=failures.Failure(
            code=failures.FailureCode(row.code),
            at=row.last_seen,
            evidence=row.evidence,
            phase=failures.Phase(row.phase),
            setting=failures.Setting(row.setting) if row.setting else None,
            ours=row.ours,
            theirs=row.theirs,
            severity=failures.Severity(row.severity),
            first_seen=row.first_seen,
            count=row.count,
        ),
        cleared_at=row.cleared_at,
    )
