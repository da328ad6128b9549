"""Probes of `futago check` on the host that runs the tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from futago.runtime import check, esp_probe, findings, host, host_probes, settings


def test_missing_packages_are_named_with_the_command_that_installs_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(host, "find", lambda program: None if program == "bird" else Path("/x"))
    monkeypatch.setattr(host, "find_plugin", lambda: None)
    row = host_probes.programs()
    assert row.state is findings.State.FAIL
    assert row.advice == "apt-get install --no-install-recommends bird2 libcharon-extra-plugins"


def test_a_command_that_needs_root_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(host.NotRoot, match="run it with sudo"):
        host.require("futago up")


def test_an_uplink_that_is_not_there_fails_with_the_devices_that_are() -> None:
    node = settings.Node(zones=(settings.Zone(id="a", uplink="none0"),))
    row = host_probes.uplinks(node)
    assert row.state is findings.State.FAIL
    assert "no device named none0; there are " in row.finding
    assert "lo" in row.finding


def test_an_old_bird_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_probes, "_output", lambda *_: "BIRD version 2.0.7\n")
    assert host_probes.bird_version().finding == "version 2.0.7 is older than 2.0.12"


def test_the_clock_row_is_never_a_failure() -> None:
    assert host_probes.clock().state is not findings.State.FAIL


@pytest.mark.lab
def test_the_esp_probe_answers_with_a_reason_and_leaves_no_namespace() -> None:
    found = esp_probe.ask("fgtp")
    assert found.reason
    left = Path("/run/netns")
    assert not left.is_dir() or not [each for each in left.iterdir() if "fgtp-" in each.name]


@pytest.mark.lab
def test_a_host_for_the_lab_has_no_failing_row() -> None:
    rows = tuple(host_probes.rows(settings.Node(mark="fgtp")))
    assert [row for row in rows if row.state is findings.State.FAIL] == []


@pytest.mark.lab
def test_a_bad_settings_file_is_a_row_among_the_others(tmp_path: Path) -> None:
    rows = check.run(tmp_path / "none.toml")
    assert rows[0].state is findings.State.FAIL
    assert {"rights", "packages", "ESP"} <= {row.name for row in rows}
