"""Whole labs with a control plane: made, used by name, taken down, also after a crash."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from futago.lab import netns, record, registry, teardown, wait

pytestmark = [pytest.mark.lab, pytest.mark.slow]


def futago(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "futago", "lab", *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=90,
    )


def facts(directory: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((directory / record.FILE).read_text())
    return loaded


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    with running_lab(tmp_path / "lab") as made:
        yield made


@pytest.fixture(scope="module")
def shared_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A lab that tests only look at."""
    with running_lab(tmp_path_factory.mktemp("shared") / "lab") as made:
        yield made


@contextlib.contextmanager
def running_lab(made: Path) -> Iterator[Path]:
    done = futago("up", "--detach", "--dir", str(made))
    assert done.returncode == 0, done.stderr
    mark = facts(made)["mark"]
    try:
        yield made
    finally:
        if mark in registry.marks():
            futago("down", "--mark", mark)


def remains(mark: str, directory: Path) -> list[str]:
    settings = str(directory / "futago.toml")
    running = [str(pid) for pid in teardown.processes_naming(settings)]
    return [*netns.with_prefix(f"{mark}-"), *running, *(m for m in registry.marks() if m == mark)]


def test_a_lab_is_used_by_name_and_leaves_nothing(directory: Path) -> None:
    place = ("--dir", str(directory))
    mark = facts(directory)["mark"]
    assert "control plane runs" in futago("status", *place).stdout

    added = ("--address", "203.0.113.30", "--address", "203.0.113.31")
    done = futago("site", "add", *place, "dc2", *added, "--network", "192.168.20.0/24")
    assert done.returncode == 0, done.stderr
    shown = futago("exec", *place, "dc2", "--", "ip", "-br", "address").stdout
    assert "192.168.20.10/24" in shown

    assert futago("fault", *place, "dc2", "lossy", "30").returncode == 0
    assert "30 % lost" in futago("status", *place).stdout
    assert futago("fault", *place, "dc2", "restore").returncode == 0
    assert "lost" not in futago("status", *place).stdout

    assert futago("down", *place).returncode == 0
    assert remains(mark, directory) == []
    assert not directory.exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("fault", "dc1", "kill"), "runs no tunnels"),
        (("fault", "dc1", "cut", "20"), "takes no number"),
        (("site", "announce", "dc1", "10.7.0.0/16"), "speaks no BGP"),
        (("fault", "dc9", "cut"), "no site 'dc9'"),
        (("site", "add", "dc1", "--address", "203.0.113.9", "--network", "10.0.0.0/8"), "already"),
        (("site", "apply", "dc1", "--connection", "vco-nothing"), "was refused"),
        (("exec", "dc9", "--", "true"), "nothing named 'dc9'"),
        (("up",), "holds a lab already"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    shared_directory: Path, words: tuple[str, ...], sentence: str
) -> None:
    deep = 2 if words[0] == "site" else 1
    done = futago(*words[:deep], "--dir", str(shared_directory), *words[deep:])
    assert done.returncode != 0
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_lab_is_removed_by_its_mark_after_a_crash(directory: Path) -> None:
    mark = facts(directory)["mark"]
    for pid in teardown.processes_naming(str(directory / "futago.toml")):
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(directory)
    done = futago("down", "--mark", mark)
    assert done.returncode == 0, done.stderr
    assert remains(mark, directory) == []


def test_a_lab_in_the_foreground_ends_when_interrupted(tmp_path: Path) -> None:
    directory = tmp_path / "lab"
    arguments = [sys.executable, "-m", "futago", "lab", "up", "--dir", str(directory)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = iter(process.stdout)
        while "Running until interrupted" not in next(lines):
            pass
        mark = facts(directory)["mark"]
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
    wait.eventually(lambda: remains(mark, directory) == [], within=5)
