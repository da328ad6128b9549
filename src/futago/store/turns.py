"""Whose turn it is to write a SQLite database, over all threads and processes.

SQLite has one writer at a time; those who find it busy sleep longer and longer and look again, so
that who came last may well be next. Here they wait in the kernel for the lock of a file beside the
database, and are woken when it is free. The kernel frees it when its holder dies.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final


class NoTurnError(Exception):
    """Those who came before do not come to an end."""


class Turns:
    """Lets one thread of one process write at a time; safe to use from many threads."""

    def __init__(self, database: Path | None, patience_seconds: float) -> None:
        """Take what is written.

        Args:
            database: Its file; None for a database of this process alone.
            patience_seconds: How long a thread waits for the others of its process.
        """
        self._file = database.with_name(database.name + "-turn") if database else None
        self._patience = patience_seconds
        self._threads: Final = threading.Lock()
        self._descriptor = -1

    @contextlib.contextmanager
    def take(self) -> Iterator[None]:
        """Wait for the turn and keep it for a block.

        Raises:
            NoTurnError: The other threads of this process do not come to an end.
            OSError: The lock's file cannot be made.
        """
        if not self._threads.acquire(timeout=self._patience):
            raise NoTurnError
        try:
            with self._among_processes():
                yield
        finally:
            self._threads.release()

    @contextlib.contextmanager
    def _among_processes(self) -> Iterator[None]:
        if self._file is None:
            yield
            return
        if self._descriptor < 0:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            self._descriptor = os.open(self._file, flags, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give the file back."""
        with self._threads:
            if self._descriptor >= 0:
                os.close(self._descriptor)
                self._descriptor = -1
