"""The command line: faults become sentences."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import futago
from futago.domain import faults
from futago.runtime import commands


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["futago", *arguments])
    with pytest.raises(SystemExit) as ended:
        commands.main()
    captured = capsys.readouterr()
    return int(ended.value.code or 0), captured.out, captured.err


def test_version(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, capsys, "version") == (0, f"{futago.__version__}\n", "")


def test_every_kind_of_fault_has_an_exit_code_of_its_own() -> None:
    assert set(commands.EXIT_CODES) == set(faults.Kind)
    assert len(set(commands.EXIT_CODES.values())) == len(faults.Kind)


def test_a_fault_is_one_sentence_and_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "none.toml"
    code, out, err = run(monkeypatch, capsys, "config", "check", "--config", str(file))
    assert (code, out) == (2, "")
    assert err.startswith(f"futago: Settings file {file} does not exist; write one with ")
    assert len(err.splitlines()) == 1


def test_a_wrong_option_is_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(monkeypatch, capsys, "version", "--loud")
    assert code == 2
    assert "--loud" in err


def test_the_example_passes_the_check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "futago.toml"
    file.write_text(run(monkeypatch, capsys, "config", "example")[1])
    code, out, _ = run(monkeypatch, capsys, "config", "check", "--config", str(file))
    assert (code, out) == (0, f"{file} is valid; zones: none yet.\n")


def test_a_fault_out_of_a_group_of_tasks_is_explained_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def break_down(**_: object) -> None:
        raise ExceptionGroup("tasks", [faults.Unavailable("It does not answer; start it.")])

    monkeypatch.setattr(commands, "cli", break_down)
    assert run(monkeypatch, capsys) == (8, "", "futago: It does not answer; start it.\n")
