"""Transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from futago.domain import ids
from futago.ports import clock as clock_port
from futago.ports import sealing


class Caller(Protocol):
    """Who acts, for the audit."""

    @property
    def account_id(self) -> str: ...
    @property
    def user_name(self) -> str: ...
    @property
    def access_key_id(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRecord:
    """What a call with a ClientToken answered."""

    parameters_digest: str
    answer_json: str


class UnitOfWork:
    """One transaction."""

    session: Session
    now: datetime

    def new_id(self, kind: ids.IdKind) -> str:
        raise NotImplementedError

    def mark_dirty(self, kind: str, key: str) -> None:
        raise NotImplementedError

    def recall_token(self, account_id: str, action: str, token: str) -> TokenRecord | None:
        raise NotImplementedError

    def remember_token(
        self, account_id: str, action: str, token: str, parameters_digest: str, answer_json: str
    ) -> None:
        raise NotImplementedError

    def record_audit(
        self,
        principal: Caller,
        source_ip: str,
        action: str,
        resource_id: str | None,
        result_code: str,
    ) -> None:
        raise NotImplementedError


class Database:
    """The store."""

    def __init__(
        self,
        url: str,
        sealer: sealing.Sealer,
        *,
        clock: clock_port.Clock | None = None,
        random_below: ids.RandomBelow | None = None,
        on_commit: Callable[[], None] | None = None,
    ) -> None:
        raise NotImplementedError

    @contextmanager
    def begin(self) -> Iterator[UnitOfWork]:
        raise NotImplementedError
        yield

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        raise NotImplementedError
        yield

    def migrate(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError
