"""Texts made from the settings model: the example file and the reference page."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from enum import Enum
from typing import Any

import pydantic

from futago.runtime import complaints, settings

_WIDTH = 96
_EXAMPLE_ZONES = (
    {"id": "cn-hangzhou-h", "uplink": "eth0", "public_pools": ["192.0.2.16/29"]},
    {"id": "cn-hangzhou-i", "uplink": "eth1", "public_pools": ["192.0.2.24/29"]},
)


def example_toml() -> str:
    """Write a settings file with every key, its default and its description."""
    lines = [
        "# Futago settings. Every key stands here with its default.",
        f"# A variable such as {settings.ENVIRONMENT_PREFIX}API__LISTEN overrides its key.",
    ]
    for name, table in _tables():
        lines += ["", *_comment(_story(table)), f"[{name}]"]
        for key, field in _scalars(table):
            lines += [*_comment(field.description or ""), f"{key} = {_toml(field.default)}"]
    lines += _zones()
    return "\n".join(lines) + "\n"


def settings_page() -> str:
    """Write the reference page in Markdown."""
    lines = [
        "# Settings",
        "",
        "Written from the model by `make docs`; do not edit.",
        "",
        "One TOML file, named with `--config`. An environment variable named after section and",
        f"key, for example `{settings.ENVIRONMENT_PREFIX}API__LISTEN`, overrides a key.",
        "`futago config check` says what is wrong with a file; `futago config example` prints one.",
    ]
    for name, table in _tables():
        lines += ["", f"## [{name}]", "", _story(table), "", *_rows(table)]
    lines += ["", "## [[node.zones]]", "", _story(settings.Zone), "", *_rows(settings.Zone)]
    return "\n".join(lines) + "\n"


def _tables() -> Iterator[tuple[str, type[pydantic.BaseModel]]]:
    for name, field in settings.Settings.model_fields.items():
        table = complaints.member_model(field.annotation)
        if table is not None:
            yield name, table


def _scalars(table: type[pydantic.BaseModel]) -> Iterator[tuple[str, Any]]:
    for key, field in table.model_fields.items():
        if complaints.member_model(field.annotation) is None:
            yield key, field


def _rows(table: type[pydantic.BaseModel]) -> list[str]:
    rows = ["| Key | Default | Meaning |", "|---|---|---|"]
    for key, field in _scalars(table):
        default = "required" if field.is_required() else f"`{_toml(field.default)}`"
        rows.append(f"| `{key}` | {default} | {field.description} |")
    return rows


def _zones() -> list[str]:
    lines = ["", *_comment(_story(settings.Zone))]
    lines += _comment("At least one is needed before a connection can be attached.")
    for key, field in _scalars(settings.Zone):
        lines += _comment(f"{key}: {field.description}")
    for zone in _EXAMPLE_ZONES:
        lines += ["#", "# [[node.zones]]"]
        lines += [f"# {key} = {_toml(value)}" for key, value in zone.items()]
    return lines


def _story(table: type[pydantic.BaseModel]) -> str:
    return (table.__doc__ or "").strip()


def _comment(text: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False
    )


def _toml(value: Any) -> str:
    """Write a default as TOML; JSON's strings, numbers, booleans and lists are TOML too."""
    if isinstance(value, Enum):
        value = value.value
    return json.dumps(list(value) if isinstance(value, tuple) else value)
