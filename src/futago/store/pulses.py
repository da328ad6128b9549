"""The last measured values of tunnels, as their nodes wrote them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.store import base, schema_pulses

_TABLE: Final = base.table(schema_pulses.TunnelPulseRow)
_KEEP: Final = sa.text(
    # Of a tunnel that has gone meanwhile nothing is kept.
    "INSERT INTO tunnel_pulse (tunnel_id, connection_id, body)"
    " SELECT id, connection_id, :body FROM tunnel WHERE id = :tunnel_id"
    " ON CONFLICT (tunnel_id) DO UPDATE SET body = excluded.body"
)
_OF_CONNECTIONS: Final = sa.select(_TABLE.c.tunnel_id, _TABLE.c.body).where(
    _TABLE.c.connection_id.in_(sa.bindparam("connection_ids", expanding=True))
)


def keep(session: Session, bodies: Sequence[tuple[str, str]]) -> None:
    """Replace the values of several tunnels; each is a tunnel's id and what to keep."""
    if bodies:
        told = [{"tunnel_id": tunnel_id, "body": body} for tunnel_id, body in bodies]
        base.execute(session, _KEEP, told)


def of_connections(session: Session, connection_ids: Collection[str]) -> dict[str, str]:
    """Give the values of the tunnels of connections by tunnel id."""
    if not connection_ids:
        return {}
    asked = {"connection_ids": list(connection_ids)}
    rows = base.execute(session, _OF_CONNECTIONS, asked)
    return {row.tunnel_id: row.body for row in rows}
