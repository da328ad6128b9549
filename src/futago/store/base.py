"""What all tables share: naming of constraints, and column types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column

from futago.store import columns

_CONNECTION: Final = "connection of its transaction"
_CONVENTION: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Id = Annotated[str, mapped_column(sa.String(64))]
Word = Annotated[str, mapped_column(sa.String(32))]
Text = Annotated[str, mapped_column(sa.Text)]
Counter = Annotated[int, mapped_column(sa.BigInteger)]


class Row(DeclarativeBase):
    """Base of all tables."""

    metadata = sa.MetaData(naming_convention=_CONVENTION)
    type_annotation_map = {  # noqa: RUF012 - read by SQLAlchemy
        datetime: columns.UtcTime,
        IPv4Address: columns.Address,
        IPv4Network: columns.Prefix,
        tuple[IPv4Network, ...]: columns.Prefixes,
        bytes: sa.LargeBinary,
    }


def table(row: type[Row]) -> sa.Table:
    """Give the table behind a class of rows, for statements that bypass the mapper.

    A statement over columns of the table, made once, costs a fifth of one over mapped attributes
    that is built at each call; the statements that every call runs are made so. `execute` runs
    them.
    """
    return cast("sa.Table", row.__table__)


def execute(
    session: Session,
    statement: sa.Executable,
    parameters: Mapping[str, object] | Sequence[Mapping[str, object]],
) -> sa.CursorResult[*tuple[Any, ...]]:
    """Run a statement over tables; it sees what the session holds back, as others do."""
    session.flush()
    # Asking the session each time costs half as much as the statement itself.
    connection: sa.Connection | None = session.info.get(_CONNECTION)
    if connection is None or connection.closed:
        connection = session.info[_CONNECTION] = session.connection()
    return connection.execute(statement, parameters)
