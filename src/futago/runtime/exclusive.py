"""One supervisor per state directory, held by a file lock that ends with its process."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from futago.domain import faults

_HOST_LOCKS = Path("/run")


class AlreadyRunning(faults.Conflict):
    """Another `futago up` works on the same state directory."""

    code = "Supervisor.AlreadyRunning"


class MarkTaken(faults.Conflict):
    """Another agent on this host uses the same mark, and would remove what is ours."""

    code = "Node.MarkTaken"


class NoDirectory(faults.Unavailable):
    """A directory of ours cannot be made or used."""

    code = "Store.NoDirectory"


def make_private(directory: Path) -> None:
    """Make a directory that only this user can enter; an existing one keeps its mode.

    Raises:
        NoDirectory: The system refuses.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as exc:
        raise NoDirectory(
            f"Directory {directory} cannot be made: {exc.strerror}; choose another one in section "
            "[store], or run as root."
        ) from exc


@contextlib.contextmanager
def supervisor(state: Path) -> Iterator[None]:
    """Be the only supervisor of a state directory.

    Raises:
        AlreadyRunning: Another one is.
    """
    with _open(state / "supervisor.lock") as descriptor:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            owner = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
            raise AlreadyRunning(
                f"`futago up` already runs on state directory {state} as process {owner}; "
                "stop it first, or set store.state_directory to another directory."
            ) from exc
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield


def is_supervised(state: Path) -> bool:
    """Tell whether a supervisor works on a state directory."""
    try:
        with supervisor(state):
            return False
    except AlreadyRunning:
        return True


@contextlib.contextmanager
def mark(name: str) -> Iterator[None]:
    """Be the only agent of this host with a mark.

    Raises:
        MarkTaken: Another one is.
    """
    path = _HOST_LOCKS / f"futago-{name}.lock"
    with _open(path) as descriptor:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise _mark_taken(name) from exc
        if not _is_at(descriptor, path):
            # Its last holder removed the file between our opening and locking it.
            raise _mark_taken(name)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _mark_taken(name: str) -> MarkTaken:
    return MarkTaken(
        f"Another agent on this host uses node.mark = {name!r}, and each would remove the "
        "other's tunnels; stop that agent, or set another mark."
    )


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


@contextlib.contextmanager
def first_start(state: Path) -> Iterator[None]:
    """Let one process at a time create files and migrate the database."""
    with _open(state / "setup.lock") as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _open(path: Path) -> Iterator[int]:
    make_private(path.parent)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as exc:
        raise NoDirectory(
            f"Lock file {path} cannot be opened: {exc.strerror}; run as the user that owns "
            f"{path.parent}."
        ) from exc
    try:
        yield descriptor
    finally:
        os.close(descriptor)
