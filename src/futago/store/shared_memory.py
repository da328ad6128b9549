"""What the processes of one host share and may forget: nonces, wrong passwords, counters of nodes.

A SQLite file in the runtime directory, never synced: it outlives a killed process, whose half-made
change is undone, but need not outlive the machine. Each statement is a transaction of its own and
costs some twenty microseconds; those who meet in one wait for each other.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TypeAlias

from futago.domain import faults

_VERSION: Final = 1
"""Of the tables; a file of another version is made anew."""
_BUSY_SECONDS: Final = 5.0
_TABLES: Final = """
CREATE TABLE nonces (
    access_key_id TEXT, nonce BLOB, expires REAL, PRIMARY KEY (access_key_id, nonce)
) WITHOUT ROWID;
CREATE INDEX nonces_by_expiry ON nonces (expires);
CREATE TABLE nonce_counts (access_key_id TEXT PRIMARY KEY, number INTEGER) WITHOUT ROWID;
CREATE TRIGGER nonce_came AFTER INSERT ON nonces BEGIN
    INSERT INTO nonce_counts VALUES (new.access_key_id, 1)
        ON CONFLICT DO UPDATE SET number = number + 1;
END;
CREATE TRIGGER nonce_went AFTER DELETE ON nonces BEGIN
    UPDATE nonce_counts SET number = number - 1 WHERE access_key_id = old.access_key_id;
    DELETE FROM nonce_counts WHERE access_key_id = old.access_key_id AND number <= 0;
END;
CREATE TABLE login_failures (
    kind TEXT, name TEXT, number INTEGER, last REAL, PRIMARY KEY (kind, name)
) WITHOUT ROWID;
CREATE TABLE node_minutes (minute INTEGER, content BLOB);
CREATE TABLE node_traffic (node_id TEXT PRIMARY KEY, content BLOB) WITHOUT ROWID;
CREATE TABLE connection_tunnels (connection_id TEXT PRIMARY KEY, content BLOB) WITHOUT ROWID;
"""

Value: TypeAlias = str | bytes | int | float


class MemoryUnavailable(faults.Unavailable):
    """The file of the shared memory cannot be used."""

    code = "Store.SharedMemory"


class SharedMemory:
    """One process's way to the file; safe to use from many threads, not across a fork."""

    def __init__(self, file: Path) -> None:
        self._file: Final = file
        self._local: Final = threading.local()
        self._all: Final[list[sqlite3.Connection]] = []

    @classmethod
    def prepare(cls, file: Path) -> None:
        """Make the tables, before the processes start; what is good of an earlier start stays.

        Raises:
            MemoryUnavailable: The file cannot be made.
        """
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_usable(file):
            for name in (file.name, f"{file.name}-wal", f"{file.name}-shm"):
                file.with_name(name).unlink(missing_ok=True)
        with _translated(file), contextlib.closing(_connect(file)) as connection:
            if _version(connection) != _VERSION:
                connection.executescript(f"BEGIN IMMEDIATE; {_TABLES} COMMIT;")
                connection.execute(f"PRAGMA user_version={_VERSION}")
            # Nodes tell these again; those of connections that are gone nobody would take away.
            connection.execute("DELETE FROM node_traffic")
            connection.execute("DELETE FROM connection_tunnels")

    def change(self, statement: str, *values: Value) -> int:
        """Run a statement, and give how many rows it changed.

        Raises:
            MemoryUnavailable: Nothing was changed.
        """
        with _translated(self._file):
            return self._connection().execute(statement, values).rowcount

    def ask(self, statement: str, *values: Value) -> list[tuple[Any, ...]]:
        """Give the rows that a statement selects.

        Raises:
            MemoryUnavailable: The file cannot be read.
        """
        with _translated(self._file):
            return self._connection().execute(statement, values).fetchall()

    def close(self) -> None:
        """Close the connections of all threads."""
        while self._all:
            self._all.pop().close()

    def _connection(self) -> sqlite3.Connection:
        # One for each thread: a statement runs without the interpreter's lock, so nobody who waits
        # for that lock keeps others from the file.
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._local.connection = _connect(self._file)
            self._all.append(found)
        return found


def _connect(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        file, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=OFF")
    return connection


def _is_usable(file: Path) -> bool:
    """Tell whether a file is whole and of our version; a loss of power may have torn it."""
    if not file.exists():
        return False
    try:
        with contextlib.closing(_connect(file)) as connection:
            is_whole = connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
            return is_whole and _version(connection) == _VERSION
    except sqlite3.DatabaseError:
        return False


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


@contextlib.contextmanager
def _translated(file: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as exc:
        raise MemoryUnavailable(
            f"The memory that processes share, {file}, cannot be used: {exc}; check the disk of"
            " store.runtime_directory."
        ) from exc
