"""Files of the repository that are generated from the code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from futago.actions import registry
from futago.api import openapi
from futago.runtime import action_page, commands, error_page, manual, reason_page, reference


def _commands() -> str:
    return manual.commands_page(commands.cli)


def _actions() -> str:
    return action_page.actions_page(registry.catalogue(region_id="any"))


def _errors() -> str:
    return error_page.errors_page(registry.catalogue(region_id="any"))


def _openapi() -> str:
    return openapi.render(registry.catalogue(region_id="any"))


FILES: Final[Mapping[str, Callable[[], str]]] = {
    "packaging/example.toml": reference.example_toml,
    "docs/reference/settings.md": reference.settings_page,
    "docs/reference/commands.md": _commands,
    "docs/reference/actions.md": _actions,
    "docs/reference/errors.md": _errors,
    "docs/reference/reasons.md": reason_page.reasons_page,
    "docs/reference/openapi.json": _openapi,
}
