"""Transactions: everything that a call changes, or nothing.

On SQLite a writing transaction takes the write lock at its start (BEGIN IMMEDIATE), so that two
calls never both believe to have found the same address free. Who must act on a change is told
after the commit, in the same process, by `on_commit`; the work items themselves are rows.
"""

from __future__ import annotations

import secrets as random_source
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib import resources
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from futago.domain import faults, ids, randomness
from futago.ports import clock as clock_port
from futago.ports import sealing
from futago.store import audit, durability, schema, secrets, tokens, turns, work

TokenRecord = tokens.TokenRecord

_BUSY_TIMEOUT_MS: Final = 5000
_WRITES: Final = {"futago_writes": True}


class Contended(faults.Unavailable):
    """Two changes met in the store and this one lost; nothing of it was done."""

    code = "Store.Contended"


class StoreUnavailable(faults.Unavailable):
    """The database does not answer, is locked for too long, or has no tables yet."""

    code = "Store.Unavailable"


class UnitOfWork:
    """One transaction, and what services need besides rows."""

    def __init__(
        self,
        session: Session,
        vault: secrets.Vault,
        random_below: randomness.RandomBelow,
        clock: clock_port.Clock,
    ) -> None:
        self.session: Final = session
        self.vault: Final = vault
        self.random_below: Final = random_below
        self._clock = clock
        self.is_news = False
        """Somebody waits for what was changed."""

    @property
    def now(self) -> datetime:
        """Give the present time."""
        return self._clock.now()

    def new_id(self, kind: ids.IdKind) -> str:
        """Make an id that nothing has yet."""
        return ids.generate(kind, self.random_below)

    def mark_dirty(self, kind: str, key: str) -> None:
        """Have the controller look at a resource after the commit."""
        work.mark(self.session, kind, key, self.now)
        self.is_news = True

    def recall_token(self, account_id: str, action: str, token: str) -> TokenRecord | None:
        """Find what the first call with a ClientToken answered."""
        key = tokens.TokenKey(account_id=account_id, action=action, token=token)
        return tokens.recall(self.session, self.vault, key, self.now)

    def remember_token(
        self, account_id: str, action: str, token: str, parameters_digest: str, answer_json: str
    ) -> None:
        """Keep what a call with a ClientToken answered."""
        key = tokens.TokenKey(account_id=account_id, action=action, token=token)
        record = TokenRecord(parameters_digest=parameters_digest, answer_json=answer_json)
        tokens.remember(self.session, self.vault, key, record, self.now)

    def record_audit(self, caller: audit.Caller, entry: audit.Entry) -> None:
        """Write down who tried what; at times, forget what is too old."""
        number = audit.record(self.session, caller, entry, self.now)
        if number % audit.ROWS_PER_PRUNING == 0:
            audit.prune(self.session, self.now)
            tokens.prune(self.session, self.now)

    def anchor(self, resource_ids: Iterable[str]) -> audit.Anchor | None:
        """Find what counts the changes of the first of some resources that has a count."""
        found = (audit.anchor(self.session, each) for each in resource_ids)
        return next((each for each in found if each is not None), None)

    def owner_of_tunnel(self, tunnel_id: str) -> str | None:
        """Find the connection of a tunnel."""
        row = self.session.get(schema.TunnelRow, tunnel_id)
        return row.connection_id if row else None


class Database:
    """Opens transactions on one database."""

    def __init__(
        self,
        url: str,
        sealer: sealing.Sealer,
        *,
        clock: clock_port.Clock | None = None,
        random_below: randomness.RandomBelow = random_source.randbelow,
        on_commit: Callable[[], None] | None = None,
    ) -> None:
        """Prepare connections; nothing is opened yet.

        Args:
            url: SQLAlchemy's form, for example `sqlite:////var/lib/futago/futago.db`.
            sealer: Keeps secrets at rest unreadable.
            clock: The present; the machine's clock without it.
            random_below: Source of ids and keys.
            on_commit: Called after each commit that somebody waits for; must not block.
        """
        self.engine: Final = _engine(url)
        self._sealer = sealer
        self._clock = clock or clock_port.SystemClock()
        self._random_below = random_below
        self.on_commit = on_commit
        self._writer: Final = self.engine.execution_options(**_WRITES)
        file = _file(self.engine)
        self._turns: Final = turns.Turns(file, _BUSY_TIMEOUT_MS / 1000)
        self.log_sync: Final = durability.LogSync(file) if file else None

    def migrate(self) -> None:
        """Bring the tables to the newest revision."""
        with _translated(), self.engine.connect().execution_options(**_WRITES) as connection:
            command.upgrade(alembic_config(connection), "head")
            connection.commit()
        self._settle()

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()
        self._turns.close()

    @contextmanager
    def begin(self) -> Iterator[UnitOfWork]:
        """Open a unit of work that commits unless an exception leaves it.

        Raises:
            Contended: A constraint found a change that met this one.
            StoreUnavailable: The database does not answer.
        """
        with self._turn(), _translated(), self._session(is_writing=True) as session:
            unit = self._unit(session)
            yield unit
            session.commit()
        self._settle()
        if unit.is_news and self.on_commit is not None:
            self.on_commit()

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        """Open a unit of work that only reads; whatever it changed is dropped."""
        with _translated(), self._session(is_writing=False) as session:
            yield self._unit(session)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        try:
            with self._turns.take():
                yield
        except turns.NoTurnError as exc:
            raise StoreUnavailable(
                "The database cannot be used: another change takes too long; try again."
            ) from exc

    def _settle(self) -> None:
        """Wait for the disk, after the turn of the next writer has begun."""
        if self.log_sync is None:
            return
        try:
            self.log_sync.wait()
        except OSError as exc:
            raise StoreUnavailable(
                f"The change was made but the disk did not confirm it: {exc.strerror or exc}; "
                "check the disk, then look whether the change is there."
            ) from exc

    def _session(self, *, is_writing: bool) -> Session:
        return Session(self._writer if is_writing else self.engine, expire_on_commit=False)

    def _unit(self, session: Session) -> UnitOfWork:
        vault = secrets.Vault(session, self._sealer)
        return UnitOfWork(session, vault, self._random_below, self._clock)


def alembic_config(connection: sa.Connection) -> Config:
    """Configure migrations for a connection that is already open."""
    config = Config()
    scripts = resources.files("futago.store").joinpath("migrations")
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _engine(url: str) -> sa.Engine:
    engine = sa.create_engine(url, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: SqliteConnection, _record: object) -> None:
    # The driver would begin transactions by itself, and too late.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "foreign_keys=ON",
        # With the log, it keeps the order of commits; `begin` waits for the disk.
        "synchronous=NORMAL",
        f"busy_timeout={_BUSY_TIMEOUT_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _file(engine: sa.Engine) -> Path | None:
    """Give the file of a SQLite database; other databases order and sync writes by themselves."""
    file = engine.url.database
    if engine.dialect.name != "sqlite" or file in (None, "", ":memory:"):
        return None
    return Path(str(file))


def _begin_sqlite(connection: sa.Connection) -> None:
    is_writing = connection.get_execution_options().get("futago_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except IntegrityError as exc:
        # The statement's parameters stay out: they may hold what users wrote.
        raise Contended(
            f"Another change got in first ({type(exc.orig).__name__}: {exc.orig}); try again."
        ) from exc
    except OperationalError as exc:
        raise StoreUnavailable(
            f"The database cannot be used: {exc.orig}; check that it runs and is migrated."
        ) from exc
