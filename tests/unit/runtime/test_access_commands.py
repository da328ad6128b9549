"""Accounts, users and keys, managed where the database is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click import testing

from futago.domain import faults
from futago.runtime import commands


class Console:
    """Runs commands on an installation in a directory."""

    def __init__(self, directory: Path) -> None:
        self.file = directory / "futago.toml"
        self.file.write_text(
            f'[store]\nstate_directory = "{directory / "state"}"\n'
            f'runtime_directory = "{directory / "run"}"\n'
        )

    def run(self, *words: str) -> str:
        found = testing.CliRunner().invoke(
            commands.cli, [*words[:2], "--config", str(self.file), *words[2:]]
        )
        if isinstance(found.exception, faults.Fault):
            raise found.exception
        assert found.exit_code == 0, (words, found.output, found.exception)
        return found.output

    def ask(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json"))


@pytest.fixture
def console(tmp_path: Path) -> Console:
    return Console(tmp_path)


def test_a_key_without_arguments_is_the_first_administrators(console: Console) -> None:
    made = console.ask("access-key", "create")
    (listed,) = console.ask("access-key", "list")
    assert listed["access_key_id"] == made["access_key_id"]
    assert (listed["user"], listed["active"]) == ("admin", True)
    assert made["access_key_secret"] not in json.dumps(listed)
    assert [user["administrator"] for user in console.ask("user", "list")] == [True]


def test_keys_of_another_account_are_made_there(console: Console) -> None:
    account = console.ask("account", "create", "--name", "other")["account_id"]
    assert len(console.ask("account", "list")) == 2
    console.run("user", "create", "--account", account, "ann")
    made = console.ask("access-key", "create", "--account", account, "--user", "ann")
    assert console.ask("access-key", "list") == []
    (listed,) = console.ask("access-key", "list", "--account", account)
    assert listed["access_key_id"] == made["access_key_id"]
    with pytest.raises(faults.Conflict):
        console.run("user", "delete", "--account", account, "ann")
    console.run("access-key", "delete", "--account", account, made["access_key_id"])
    console.run("user", "delete", "--account", account, "ann")
    assert [user["name"] for user in console.ask("user", "list", "--account", account)] == ["admin"]


def test_a_key_is_switched_off_and_on(console: Console) -> None:
    key_id = console.ask("access-key", "create")["access_key_id"]
    console.run("access-key", "disable", key_id)
    assert "disabled" in console.run("access-key", "list")
    console.run("access-key", "enable", key_id)
    assert "active" in console.run("access-key", "list")


def test_mistakes_are_explained(console: Console) -> None:
    with pytest.raises(faults.NotFound, match="create the user first"):
        console.run("access-key", "create", "--user", "nobody")
    with pytest.raises(faults.NotFound, match="no account"):
        console.run("user", "list", "--account", "1")
    with pytest.raises(faults.Invalid, match="letters"):
        console.run("user", "create", "a:b")
    console.run("access-key", "create")
    console.run("access-key", "create")
    with pytest.raises(faults.QuotaExceeded, match="delete one first"):
        console.run("access-key", "create")
