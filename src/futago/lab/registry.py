"""Which labs exist on this machine.

Each lab owns a directory under /run named by its mark. Making that directory is how a mark is
claimed, so labs that start at the same time get different ones. It also holds what must have short
paths (sockets).
"""

from __future__ import annotations

import secrets
import shutil
import string
from pathlib import Path
from typing import Final

from futago.domain import faults
from futago.lab import netns
from futago.plan import places

DIRECTORY: Final = Path("/run/futago-lab")
_WHERE: Final = "directory"
_ATTEMPTS: Final = 50


class NoMark(faults.Unavailable):
    """All marks that were tried belong to other labs."""

    code = "Lab.NoMark"


class WhichLab(faults.Invalid):
    """Several labs run, or none, and the command does not say which one it means."""

    code = "Lab.Ambiguous"


def claim_mark() -> str:
    """Choose a mark that nobody else on this machine uses."""
    DIRECTORY.mkdir(mode=0o700, parents=True, exist_ok=True)
    alphabet = string.ascii_lowercase + string.digits
    for _ in range(_ATTEMPTS):
        mark = places.check_mark("l" + "".join(secrets.choice(alphabet) for _ in range(3)))
        try:
            runtime_directory(mark).mkdir(mode=0o700)
        except FileExistsError:
            continue
        if not netns.with_prefix(f"{mark}-"):
            return mark
        release(mark)
    raise NoMark("No free mark was found for the lab; remove old labs with `futago lab prune`.")


def runtime_directory(mark: str) -> Path:
    """Give the directory of a lab's sockets."""
    return DIRECTORY / places.check_mark(mark)


def remember(mark: str, directory: Path) -> None:
    """Note where a lab's directory is."""
    (runtime_directory(mark) / _WHERE).write_text(f"{directory}\n", encoding="utf-8")


def directory_of(mark: str) -> Path | None:
    """Tell where a lab's directory is, as far as known."""
    path = runtime_directory(mark) / _WHERE
    return Path(path.read_text(encoding="utf-8").strip()) if path.exists() else None


def marks() -> tuple[str, ...]:
    """List the marks in use."""
    if not DIRECTORY.is_dir():
        return ()
    return tuple(sorted(each.name for each in DIRECTORY.iterdir() if each.is_dir()))


def only_directory() -> Path:
    """Find the directory of the one lab that runs."""
    found = [directory for mark in marks() if (directory := directory_of(mark))]
    if len(found) != 1:
        raise WhichLab(
            f"{len(found)} labs run on this machine; name the one you mean with --dir."
            if found
            else "No lab runs on this machine; make one with `futago lab up`."
        )
    return found[0]


def release(mark: str) -> None:
    """Give a mark back."""
    shutil.rmtree(runtime_directory(mark), ignore_errors=True)
