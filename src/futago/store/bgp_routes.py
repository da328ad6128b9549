"""BGP routes of attachments: what nodes said last, replaced as a whole and written as a difference.

A report of ten thousand routes of which one is new writes one row. Routes stay while BGP is off and
are not shown then: a node that does not notice, because BGP is on again at once, repeats nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Network
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.store import base, listing, schema

_ROW = schema.BgpRouteRow
_TABLE: Final = base.table(_ROW)


class Group(StrEnum):
    """What became of a route."""

    LEARNED = "learned"
    REFUSED = "refused"
    ANNOUNCED = "announced"


_VALUES: Final = ("tunnel_ids", "as_path", "communities", "refusal", "origin", "med")

Key = tuple[str, IPv4Network]
"""Group and prefix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What is kept of a route besides its key."""

    tunnel_ids: tuple[str, ...]
    as_path: tuple[int, ...] = ()
    communities: tuple[str, ...] = ()
    refusal: str = ""
    origin: str = ""
    med: int | None = None


def replace(
    session: Session, attachment_id: str, wanted: Mapping[Key, Route], now: datetime
) -> None:
    """Keep these routes of an attachment instead of those before; what stays keeps its age."""
    columns = {key: _columns(route) for key, route in wanted.items()}
    before = {
        (row.group, row.prefix): tuple(getattr(row, name) for name in _VALUES)
        for row in session.execute(sa.select(_TABLE).where(_TABLE.c.attachment_id == attachment_id))
    }
    gone = [key for key in before if key not in columns]
    new = [key for key in columns if key not in before]
    changed = [
        key
        for key, values in columns.items()
        if key in before and before[key] != tuple(values[name] for name in _VALUES)
    ]
    _delete(session, attachment_id, gone)
    _update(session, attachment_id, {key: columns[key] for key in changed})
    if new:
        session.execute(
            sa.insert(_TABLE),
            [
                {
                    "attachment_id": attachment_id,
                    "group": group,
                    "prefix": prefix,
                    "since": now,
                    **columns[group, prefix],
                }
                for group, prefix in new
            ],
        )


def search(
    session: Session, attachment_id: str, groups: Collection[Group], window: listing.Window
) -> Sequence[schema.BgpRouteRow]:
    """Give a part of the routes of an attachment, by group and prefix."""
    return session.scalars(
        sa.select(_ROW)
        .where(_ROW.attachment_id == attachment_id, _ROW.group.in_(groups))
        .order_by(_ROW.group.desc(), _ROW.prefix)
        .offset(window.offset)
        .limit(window.limit)
    ).all()


def counts(session: Session, attachment_id: str) -> dict[Group, int]:
    """Count the routes of an attachment by group; every group is there."""
    found = session.execute(
        sa.select(_TABLE.c.group, sa.func.count())
        .where(_TABLE.c.attachment_id == attachment_id)
        .group_by(_TABLE.c.group)
    )
    told = {group: count for group, count in found}  # noqa: C416 - rows are no pairs
    return {group: told.get(group.value, 0) for group in Group}


def of_attachments(
    session: Session,
    attachment_ids: Collection[str],
    groups: Collection[Group],
    prefix: IPv4Network | None = None,
) -> Iterable[sa.Row[Any]]:
    """Give the routes of several attachments with BGP on, to all prefixes or one, all columns."""
    attachment, connection = base.table(schema.AttachmentRow), base.table(schema.ConnectionRow)
    statement = (
        sa.select(_TABLE)
        .join(attachment, attachment.c.id == _TABLE.c.attachment_id)
        .join(connection, connection.c.id == attachment.c.resource_id)
        .where(
            _TABLE.c.attachment_id.in_(attachment_ids),
            _TABLE.c.group.in_(groups),
            connection.c.bgp_enabled,
        )
    )
    return session.execute(
        statement if prefix is None else statement.where(_TABLE.c.prefix == prefix)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRoutes:
    """Routes that were refused for one reason: how many, and the first of them."""

    reason: str
    count: int
    some: tuple[IPv4Network, ...]


def refused(session: Session, attachment_id: str, named: int) -> list[RefusedRoutes]:
    """Give what was refused of an attachment by reason, with the first prefixes of each."""
    mine = (_TABLE.c.attachment_id == attachment_id, _TABLE.c.group == Group.REFUSED.value)
    counted = session.execute(
        sa.select(_TABLE.c.refusal, sa.func.count()).where(*mine).group_by(_TABLE.c.refusal)
    ).all()
    return [
        RefusedRoutes(
            reason=reason,
            count=count,
            some=tuple(
                session.scalars(
                    sa.select(_TABLE.c.prefix)
                    .where(*mine, _TABLE.c.refusal == reason)
                    .order_by(_TABLE.c.prefix)
                    .limit(named)
                )
            ),
        )
        for reason, count in counted
    ]


def route_of(row: schema.BgpRouteRow | sa.Row[Any]) -> Route:
    """Read a row."""
    return Route(
        tunnel_ids=tuple(each for each in row.tunnel_ids.split(",") if each),
        as_path=tuple(int(each) for each in row.as_path.split()),
        communities=tuple(row.communities.split()),
        refusal=row.refusal,
        origin=row.origin,
        med=row.med,
    )


def _columns(route: Route) -> dict[str, str | int | None]:
    return {
        "tunnel_ids": ",".join(route.tunnel_ids),
        "as_path": " ".join(map(str, route.as_path)),
        "communities": " ".join(route.communities),
        "refusal": route.refusal,
        "origin": route.origin,
        "med": route.med,
    }


_OF_KEY: Final = (
    _TABLE.c.attachment_id == sa.bindparam("of_attachment"),
    _TABLE.c.group == sa.bindparam("of_group"),
    _TABLE.c.prefix == sa.bindparam("of_prefix"),
)


def _keyed(attachment_id: str, key: Key) -> dict[str, object]:
    return {"of_attachment": attachment_id, "of_group": key[0], "of_prefix": key[1]}


def _delete(session: Session, attachment_id: str, keys: Sequence[Key]) -> None:
    if keys:
        statement = sa.delete(_TABLE).where(*_OF_KEY)
        connection = session.connection()
        connection.execute(statement, [_keyed(attachment_id, key) for key in keys])


def _update(
    session: Session, attachment_id: str, changed: Mapping[Key, dict[str, str | int | None]]
) -> None:
    if changed:
        values = [{**_keyed(attachment_id, key), **columns} for key, columns in changed.items()]
        # The names of the columns among the values say what is set.
        statement = sa.update(_TABLE).where(*_OF_KEY)
        session.connection().execute(statement, values)
