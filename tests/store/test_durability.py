"""What was answered is on disk, and writers share the wait for it."""

from __future__ import annotations

import os
import threading
from concurrent import futures
from pathlib import Path

import pytest

from futago.drivers.sealing import master_key
from futago.store import durability, unit_of_work

PATIENCE = 10.0


class Disk:
    """Counts syncs, and holds them back while its gate is closed."""

    def __init__(self) -> None:
        self.synced: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.has_begun = threading.Event()
        self.error: OSError | None = None

    def sync(self, descriptor: int) -> None:
        """Stand in for fdatasync."""
        self.synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        self.has_begun.set()
        assert self.gate.wait(PATIENCE)
        if self.error is not None:
            raise self.error


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def log_sync(tmp_path: Path, disk: Disk) -> durability.LogSync:
    (tmp_path / "futago.db-wal").write_bytes(b"log")
    return durability.LogSync(tmp_path / "futago.db", disk.sync)


def test_log_is_synced_before_the_wait_ends(
    tmp_path: Path, disk: Disk, log_sync: durability.LogSync
) -> None:
    log_sync.wait()

    assert disk.synced == [str(tmp_path / "futago.db-wal"), str(tmp_path)]


def test_directory_is_synced_once_per_log_file(
    tmp_path: Path, disk: Disk, log_sync: durability.LogSync
) -> None:
    log_sync.wait()
    log_sync.wait()

    assert disk.synced.count(str(tmp_path)) == 1
    assert disk.synced.count(str(tmp_path / "futago.db-wal")) == 2


def test_writers_share_one_sync(disk: Disk, log_sync: durability.LogSync) -> None:
    log_sync.wait()
    disk.synced.clear()
    disk.has_begun.clear()
    disk.gate.clear()
    with futures.ThreadPoolExecutor() as pool:
        first = pool.submit(log_sync.wait)
        assert disk.has_begun.wait(PATIENCE)
        # Whoever commits during a sync is not served by it, and all of them by the next one.
        others = [pool.submit(log_sync.wait) for _ in range(4)]
        while log_sync.committed < 6:
            assert not first.done()
        assert not any(other.done() for other in others)
        disk.gate.set()
        futures.wait([first, *others], PATIENCE)

    assert len(disk.synced) == 2


def test_refusal_of_the_disk_reaches_everyone_who_waits(
    disk: Disk, log_sync: durability.LogSync
) -> None:
    disk.error = OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output error"):
        log_sync.wait()
    disk.error = None
    log_sync.wait()


def test_missing_log_is_no_error(tmp_path: Path, disk: Disk) -> None:
    durability.LogSync(tmp_path / "other.db", disk.sync).wait()

    assert disk.synced == []


def test_commit_waits_for_the_disk_and_says_when_it_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = unit_of_work.Database(
        f"sqlite:///{tmp_path / 'futago.db'}", master_key.MasterKeySealer(bytes(32))
    )
    try:
        database.migrate()
        before = _syncs(database, monkeypatch)
        _change(database)
        assert before[0].endswith("futago.db-wal")

        def refuse(_descriptor: int) -> None:
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(database.log_sync, "_sync", refuse)
        with pytest.raises(unit_of_work.StoreUnavailable, match="did not confirm"):
            _change(database)
    finally:
        database.close()


def _change(database: unit_of_work.Database) -> None:
    with database.begin() as work:
        work.mark_dirty("vpc", "vpc-1")


def _syncs(database: unit_of_work.Database, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []

    def note(descriptor: int) -> None:
        found.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        os.fdatasync(descriptor)

    monkeypatch.setattr(database.log_sync, "_sync", note)
    return found
