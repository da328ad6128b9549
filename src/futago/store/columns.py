"""Column types for domain values: times, addresses, prefixes.

Integers and plain text underneath, so that SQLite and PostgreSQL store and compare the same.
"""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LENGTH_BITS: Final = 6
_MICROSECOND: Final = timedelta(microseconds=1)


class UtcTime(sa.TypeDecorator[datetime]):
    """An aware time, stored as microseconds since 1970 in UTC."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = sa.BigInteger
    cache_ok: bool | None = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Count microseconds."""
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Read microseconds."""
        return None if value is None else _EPOCH + value * _MICROSECOND


class Address(sa.TypeDecorator[IPv4Address]):
    """An IPv4 address, stored as its number."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = sa.BigInteger
    cache_ok: bool | None = True

    def process_bind_param(self, value: IPv4Address | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Give the number."""
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> IPv4Address | None:  # noqa: ARG002
        """Read the number."""
        return None if value is None else IPv4Address(value)


class Prefix(sa.TypeDecorator[IPv4Network]):
    """An IPv4 prefix, stored as text."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = sa.String(18)
    cache_ok: bool | None = True

    def process_bind_param(self, value: IPv4Network | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write the prefix."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> IPv4Network | None:  # noqa: ARG002
        """Read the prefix."""
        return None if value is None else IPv4Network(value)


class OrderedPrefix(sa.TypeDecorator[IPv4Network]):
    """An IPv4 prefix, stored as one number that sorts as prefixes do."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = sa.BigInteger
    cache_ok: bool | None = True

    def process_bind_param(self, value: IPv4Network | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Put the length behind the address."""
        if value is None:
            return None
        return int(value.network_address) << _LENGTH_BITS | value.prefixlen

    def process_result_value(self, value: int | None, dialect: Dialect) -> IPv4Network | None:  # noqa: ARG002
        """Take the number apart."""
        return None if value is None else _prefix(value)


@functools.lru_cache(maxsize=20_000)
def _prefix(value: int) -> IPv4Network:
    # Lists of a long table are read page by page, each time from the start.
    return IPv4Network((value >> _LENGTH_BITS, value & (1 << _LENGTH_BITS) - 1))


class Prefixes(sa.TypeDecorator[tuple[IPv4Network, ...]]):
    """Prefixes in order, stored as text with commas."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = sa.Text
    cache_ok: bool | None = True

    def process_bind_param(
        self,
        value: tuple[IPv4Network, ...] | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> str | None:
        """Write the prefixes."""
        return None if value is None else ",".join(map(str, value))

    def process_result_value(
        self,
        value: str | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> tuple[IPv4Network, ...] | None:
        """Read the prefixes."""
        return None if value is None else _read_prefixes(value)


@functools.lru_cache(maxsize=4096)
def _read_prefixes(text: str) -> tuple[IPv4Network, ...]:
    # Most connections have the same ones, and lists read many.
    return tuple(IPv4Network(part) for part in text.split(",") if part)
