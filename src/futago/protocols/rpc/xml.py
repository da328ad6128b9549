"""Answers as XML, for callers that ask `Format=XML`.

A list becomes its element repeated, as the older wrapper objects expect (`Tags.Tag[]` reads
`<Tags><Tag/><Tag/></Tags>`). Only rendering lives here; no client sends XML.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias
from xml.sax.saxutils import escape

from futago.domain import faults

Renderable: TypeAlias = (
    "bool | int | float | str | Sequence[Renderable] | Mapping[str, Renderable] | None"
)

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")
# Source: XML 1.0 section 2.2; everything else is not a character of a document.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class BadElementName(faults.Internal):
    """An answer has a member that cannot be an XML element."""

    code = "BadElementName"


def render(root: str, value: Mapping[str, Renderable]) -> bytes:
    """Render one document with the given root element."""
    parts = [DECLARATION]
    _element(root, value, parts)
    return "".join(parts).encode()


def _element(name: str, value: Renderable, parts: list[str]) -> None:
    if not _NAME.match(name):
        raise BadElementName(f"'{name}' cannot name an XML element.")
    match value:
        case None:
            return
        case str() | bool() | int() | float():
            parts.append(f"<{name}>{_text(value)}</{name}>")
        case Mapping():
            parts.append(f"<{name}>")
            for member, below in value.items():
                _element(member, below, parts)
            parts.append(f"</{name}>")
        case _:
            for entry in value:
                _element(name, entry, parts)


def _text(value: str | float) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return escape(_FORBIDDEN.sub("\ufffd", value))
        case _:
            return str(value)
