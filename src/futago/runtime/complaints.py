"""Turns the findings of settings validation into sentences: key, value, rule, remedy."""

from __future__ import annotations

import difflib
from typing import Any

import pydantic

Location = tuple[int | str, ...]


def sentence(error: pydantic.ValidationError, origin: str, model: type[pydantic.BaseModel]) -> str:
    """Write all findings, one line each."""
    return "\n".join(
        f"{_line(finding, model)} ({origin})" for finding in error.errors(include_url=False)
    )


def _line(finding: Any, model: type[pydantic.BaseModel]) -> str:
    location: Location = finding["loc"]
    key = key_name(location)
    shown = _shown(finding["input"])
    match finding["type"]:
        case "extra_forbidden":
            return f"Setting {key} does not exist; {_suggestion(location, model)}."
        case "missing":
            return f"Setting {key} is missing; add it."
        case "value_error":
            rule = str(finding["ctx"]["error"]).removesuffix(".")
            return f"Setting {key}{shown} is refused: {rule}."
        case _:
            rule = str(finding["msg"]).removeprefix("Input should be ")
            return f"Setting {key}{shown} is refused: write {rule}."


def key_name(location: Location) -> str:
    """Write a place in the file as an operator would: `node.zones[1].uplink`, counting from 1."""
    text = ""
    for part in location:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def _shown(value: Any) -> str:
    """Quote a scalar; settings hold no secrets, only the names of files that do."""
    return f" = {value!r}" if isinstance(value, str | int | float | bool) else ""


def _suggestion(location: Location, model: type[pydantic.BaseModel]) -> str:
    known = _known_keys(location, model)
    close = difflib.get_close_matches(str(location[-1]), known, n=1)
    if close:
        return f"perhaps {close[0]} is meant"
    return f"known here: {', '.join(known)}"


def _known_keys(location: Location, model: type[pydantic.BaseModel]) -> list[str]:
    current = model
    for part in location[:-1]:
        if isinstance(part, int):
            continue
        inner = member_model(current.model_fields[part].annotation)
        if inner is None:
            return []
        current = inner
    return list(current.model_fields)


def member_model(annotation: Any) -> type[pydantic.BaseModel] | None:
    """Give the table behind an annotation: a model, or a tuple of a model."""
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        return annotation
    arguments = getattr(annotation, "__args__", ())
    return member_model(arguments[0]) if arguments else None
