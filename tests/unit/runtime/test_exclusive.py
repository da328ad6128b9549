"""Locks: one supervisor per state directory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from futago.runtime import exclusive


def test_a_second_supervisor_is_refused_with_the_first_ones_process(tmp_path: Path) -> None:
    with (
        exclusive.supervisor(tmp_path),
        pytest.raises(exclusive.AlreadyRunning, match=f"as process {os.getpid()}; stop it first"),
        exclusive.supervisor(tmp_path),
    ):
        pass


def test_the_state_directory_is_free_after_the_first_ends(tmp_path: Path) -> None:
    with exclusive.supervisor(tmp_path):
        assert exclusive.is_supervised(tmp_path)
    assert not exclusive.is_supervised(tmp_path)


def test_directories_are_private(tmp_path: Path) -> None:
    exclusive.make_private(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(exclusive.NoDirectory, match="cannot be made: Not a directory"):
        exclusive.make_private(tmp_path / "file" / "sub")


def test_two_agents_cannot_share_a_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exclusive, "_HOST_LOCKS", tmp_path)
    with (
        exclusive.mark("fg"),
        pytest.raises(exclusive.MarkTaken, match="set another mark"),
        exclusive.mark("fg"),
    ):
        pass
    with exclusive.mark("fg"), exclusive.mark("f2"):
        pass
    assert list(tmp_path.iterdir()) == []
