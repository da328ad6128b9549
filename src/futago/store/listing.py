"""Lists in pages, cut by the database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import InstrumentedAttribute

from futago.store import base, filters, schema

T = TypeVar("T")


class Owner(Protocol):
    """Whose resources are meant."""

    @property
    def account_id(self) -> str:
        """The account."""

    @property
    def region_id(self) -> str:
        """The region."""


class Window(Protocol):
    """The wanted part of a list."""

    @property
    def offset(self) -> int:
        """How many to leave out."""

    @property
    def limit(self) -> int:
        """How many to give at most."""


def cut(session: Session, statement: sa.Select[T], window: Window) -> tuple[Sequence[T], int]:
    """Give a part of a list, and the length of the whole."""
    counted = statement.order_by(None).subquery()
    total = session.scalar(sa.select(sa.func.count()).select_from(counted)) or 0
    rows = session.scalars(statement.offset(window.offset).limit(window.limit)).all()
    return rows, total


def cut_columns(
    session: Session,
    table: sa.Table,
    conditions: Sequence[sa.ColumnElement[bool]],
    window: Window,
) -> tuple[Sequence[sa.Row[*tuple[Any, ...]]], int]:
    """Give a part of a table, oldest first, as columns to read, and the length of the whole."""
    counted = sa.select(sa.func.count()).select_from(table).where(*conditions)
    total: int = base.execute(session, counted, {}).scalar_one()
    page = sa.select(*table.c).where(*conditions).order_by(table.c.created_at, table.c.id)
    limited = page.offset(window.offset).limit(window.limit)
    return base.execute(session, limited, {}).all(), total


def equal(
    *pairs: tuple[InstrumentedAttribute[Any], str | bool | None],
) -> list[sa.ColumnElement[bool]]:
    """Make conditions of those pairs that have a value."""
    return [column == value for column, value in pairs if value is not None]


def among(
    *pairs: tuple[InstrumentedAttribute[Any], Collection[str]],
) -> list[sa.ColumnElement[bool]]:
    """Make conditions of those pairs that have values."""
    return [column.in_(values) for column, values in pairs if values]


def holding(
    keyword: str | None, *columns: InstrumentedAttribute[Any]
) -> list[sa.ColumnElement[bool]]:
    """Make the condition that a text is a part of one of the columns, in any case."""
    if keyword is None:
        return []
    texts = (sa.cast(column, sa.String) for column in columns)
    return [sa.or_(*(text.icontains(keyword, autoescape=True) for text in texts))]


def tagged(
    id_column: InstrumentedAttribute[str], matches: Iterable[filters.TagMatch]
) -> list[sa.ColumnElement[bool]]:
    """Make conditions that all tags are there."""
    tag = schema.TagRow
    return [
        sa.exists().where(
            tag.resource_id == id_column,
            tag.key == match.key,
            *([] if match.value is None else [tag.value == match.value]),
        )
        for match in matches
    ]
