"""Makes commits of a SQLite database durable, several at once.

With the write-ahead log and `synchronous=NORMAL`, SQLite commits without waiting for the disk and
keeps only the order: a loss of power takes back the last commits, never one before them. A writer
that holds the write lock while the disk syncs lets all others wait for it. So the sync comes after
the lock is free: whoever has committed waits here before the caller hears of it, and one sync of
the log serves everyone who committed before it began.

Source: SQLite's documentation of write-ahead logging and of `PRAGMA synchronous`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final


class LogSync:
    """Syncs one database's write-ahead log; safe to use from many threads."""

    def __init__(self, database: Path, sync: Callable[[int], None] = os.fdatasync) -> None:
        self._log: Final = database.with_name(database.name + "-wal")
        self._sync: Final = sync
        self._changed: Final = threading.Condition()
        self._committed = 0
        self._durable = 0
        self._is_syncing = False
        self._known_inode = 0

    @property
    def committed(self) -> int:
        """Count how many commits have come here."""
        with self._changed:
            return self._committed

    def wait(self) -> None:
        """Return when everything that this thread has committed is on disk.

        Raises:
            OSError: The disk refused; what was committed may be lost with the power.
        """
        with self._changed:
            self._committed += 1
            own = self._committed
        while self._claim(own):
            self._sync_once()

    def _claim(self, own: int) -> bool:
        """Wait for a sync under way; tell whether this thread has to make the next one."""
        with self._changed:
            self._changed.wait_for(lambda: self._durable >= own or not self._is_syncing)
            if self._durable >= own:
                return False
            self._is_syncing = True
            return True

    def _sync_once(self) -> None:
        with self._changed:
            upto = self._committed
        done = False
        try:
            self._sync_log()
            done = True
        finally:
            with self._changed:
                self._is_syncing = False
                if done:
                    self._durable = upto
                self._changed.notify_all()

    def _sync_log(self) -> None:
        try:
            descriptor = os.open(self._log, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return  # The last connection closed and carried all of it into the database.
        try:
            self._sync(descriptor)
            inode = os.fstat(descriptor).st_ino
        finally:
            os.close(descriptor)
        if inode != self._known_inode:
            # A file is only found after a loss of power when its directory is on disk too.
            self._sync_directory()
            self._known_inode = inode

    def _sync_directory(self) -> None:
        descriptor = os.open(self._log.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self._sync(descriptor)
        finally:
            os.close(descriptor)
