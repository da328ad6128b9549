"""The settings file: what is accepted, and how a refusal reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pydantic
import pytest

from futago.runtime import reference, settings, settings_file


def parse(values: dict[str, Any]) -> settings.Settings:
    return settings_file.parse(values, "futago.toml")


def test_an_empty_file_gives_the_defaults() -> None:
    chosen = parse({})
    assert chosen.api.host == "127.0.0.1"
    assert chosen.api.port == 8080
    assert chosen.store.database_url == "sqlite:////var/lib/futago/futago.db"
    assert chosen.store.master_key_path == Path("/var/lib/futago/master.key")
    assert chosen.control_plane == "unix:/run/futago/node-link.sock"
    assert chosen.credential_path == Path("/var/lib/futago/node.credential")


def test_the_example_file_holds_exactly_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "futago.toml"
    file.write_text(reference.example_toml())
    assert settings_file.load(file) == settings.Settings()


def test_the_commented_zones_of_the_example_are_valid(tmp_path: Path) -> None:
    before, mark, zones = reference.example_toml().partition("# [[node.zones]]")
    file = tmp_path / "futago.toml"
    file.write_text(before + (mark + zones).replace("# ", "").replace("#\n", "\n"))
    assert [zone.id for zone in settings_file.load(file).node.zones] == [
        "cn-hangzhou-h",
        "cn-hangzhou-i",
    ]


def test_a_variable_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUTAGO_API__LISTEN", "127.0.0.1:9000")
    chosen = parse({"api": {"listen": "127.0.0.1:8000", "allow_plain_http": True}})
    assert chosen.api.listen == "127.0.0.1:9000"
    assert chosen.api.allow_plain_http is True


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(pydantic.ValidationError):
        parse({}).api.listen = "0.0.0.0:1"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        pytest.param(
            {"api": {"listen": "localhost:80"}},
            "Setting api.listen = 'localhost:80' is refused: write an IP address, a colon and a "
            "port, as in 127.0.0.1:8080. (futago.toml)",
            id="name instead of address",
        ),
        pytest.param(
            {"api": {"listen": "0.0.0.0:80"}},
            "Setting api is refused: listen = '0.0.0.0:80' is not loopback and has no TLS; set "
            "tls_certificate and tls_key, or allow_plain_http = true. (futago.toml)",
            id="plain HTTP for strangers",
        ),
        pytest.param(
            {"api": {"listn": "x"}},
            "Setting api.listn does not exist; perhaps listen is meant. (futago.toml)",
            id="unknown key",
        ),
        pytest.param(
            {"api": {"tls_key": "/k"}},
            "Setting api is refused: set tls_certificate and tls_key together, or neither. "
            "(futago.toml)",
            id="key without certificate",
        ),
        pytest.param(
            {"node": {"mark": "TOOLONG"}},
            "Setting node.mark = 'TOOLONG' is refused: Mark 'TOOLONG' is not two to four "
            "lower-case letters and digits starting with a letter; choose one such as 'fg'. "
            "(futago.toml)",
            id="mark",
        ),
        pytest.param(
            {"node": {"zones": [{"id": "z"}]}},
            "Setting node.zones[1].uplink is missing; add it. (futago.toml)",
            id="zone without uplink",
        ),
        pytest.param(
            {"store": {"url": "postgresql://host/db"}},
            "Setting store.url = 'postgresql://host/db' is refused: only SQLite is supported: "
            "write sqlite:////PATH, or leave it empty. (futago.toml)",
            id="other database",
        ),
        pytest.param(
            {"store": {"state_directory": "here"}},
            "Setting store.state_directory = 'here' is refused: write an absolute path, starting "
            "with /. (futago.toml)",
            id="relative path",
        ),
        pytest.param(
            {"logs": {"level": "loud"}},
            "Setting logs.level = 'loud' is refused: write 'debug', 'info', 'warning' or 'error'. "
            "(futago.toml)",
            id="level",
        ),
        pytest.param(
            {"node": {"control_plane": "http://host:1"}},
            "Setting node.control_plane = 'http://host:1' is refused: write unix:/PATH or "
            "https://HOST:PORT. (futago.toml)",
            id="control plane without TLS",
        ),
    ],
)
def test_a_refusal_names_key_value_rule_and_remedy(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(settings_file.Refused) as caught:
        parse(values)
    assert caught.value.message == sentence


def test_overlapping_pools_are_refused_wherever_they_are() -> None:
    zones = [
        {"id": "a", "uplink": "e0", "public_pools": ["10.0.0.0/24"]},
        {"id": "b", "uplink": "e1", "private_pools": ["10.0.0.128/25"]},
    ]
    with pytest.raises(settings_file.Refused, match=r"10\.0\.0\.0/24 and 10\.0\.0\.128/25 overlap"):
        parse({"node": {"zones": zones}})


def test_all_faults_of_a_file_are_told_at_once() -> None:
    with pytest.raises(settings_file.Refused) as caught:
        parse({"api": {"listen": "x"}, "logs": {"format": "xml"}})
    assert len(caught.value.message.splitlines()) == 2


def test_a_missing_file_says_how_to_write_one(tmp_path: Path) -> None:
    with pytest.raises(settings_file.Unreadable, match="futago config example"):
        settings_file.load(tmp_path / "none.toml")


def test_a_broken_file_says_where(tmp_path: Path) -> None:
    file = tmp_path / "futago.toml"
    file.write_text("[api\n")
    with pytest.raises(settings_file.Unreadable, match="line 1"):
        settings_file.load(file)


@pytest.mark.parametrize(
    ("text", "parts"),
    [("127.0.0.1:1", ("127.0.0.1", 1)), ("[::1]:65535", ("::1", 65535))],
)
def test_listen_is_address_and_port(text: str, parts: tuple[str, int]) -> None:
    assert settings.split_listen(text) == parts


@pytest.mark.parametrize("text", ["", "1.2.3.4", "1.2.3.4:0", "1.2.3.4:65536", "::1:80", "h:80"])
def test_anything_else_is_no_listen_address(text: str) -> None:
    with pytest.raises(ValueError, match="write an IP address"):
        settings.split_listen(text)
