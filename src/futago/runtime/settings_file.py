"""Reads the settings file, and says in sentences what is wrong with it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pydantic
import pydantic_settings

from futago.domain import faults
from futago.runtime import complaints, settings


class Unreadable(faults.Invalid):
    """The settings file cannot be read or is not TOML."""

    code = "Settings.Unreadable"


class Refused(faults.Invalid):
    """A setting breaks a rule."""

    code = "Settings.Invalid"


def load(path: Path) -> settings.Settings:
    """Read the settings file and the environment.

    Raises:
        Unreadable: No such file, no permission, or not TOML.
        Refused: A value breaks a rule; the sentence names all of them.
    """
    return parse(_read(path), str(path))


def parse(values: dict[str, Any], origin: str) -> settings.Settings:
    """Check values that came from a file.

    Raises:
        Refused: A value breaks a rule.
    """
    try:
        return settings.Settings(**values)
    except pydantic.ValidationError as exc:
        # The cause would show values; the sentence is complete without it.
        raise Refused(complaints.sentence(exc, origin, settings.Settings)) from None
    except pydantic_settings.SettingsError as exc:
        raise Refused(
            f"A {settings.ENVIRONMENT_PREFIX} environment variable cannot be read: {exc}; "
            "write lists and tables as JSON."
        ) from exc


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        raise Unreadable(
            f"Settings file {path} does not exist; write one with "
            f"`futago config example > {path}` and name your zones in it."
        ) from exc
    except OSError as exc:
        raise Unreadable(
            f"Settings file {path} cannot be read: {exc.strerror}; check its owner and mode."
        ) from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise Unreadable(f"Settings file {path} is not TOML: {exc}; correct that line.") from exc
