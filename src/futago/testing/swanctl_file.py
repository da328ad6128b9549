"""swanctl.conf as a device reads it: sections, values, quotes, comments, and encoded secrets.

Written from the format's description alone, so that it shares nothing with what writes such files.
Source: strongSwan, strongswan.conf(5) "Syntax" and swanctl.conf(5) "secrets".
"""

from __future__ import annotations

import base64
import re
from typing import Final, TypeAlias

Section: TypeAlias = "dict[str, str | Section]"

_TOKEN: Final = re.compile(
    r"""
    \s+ | \#[^\n]*
    | (?P<open> [\w-]+ ) \s* \{
    | (?P<close> \} )
    | (?P<name> [\w-]+ ) [ \t]* = [ \t]*
      (?: "(?P<quoted> (?: [^"\\] | \\. )* )"
        | (?P<bare> [^\s"\#{}] (?: [^\n"\#{}]* [^\s"\#{}] )? )? )
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def parse(text: str) -> Section:
    """Read a whole file.

    Raises:
        ValueError: The text is not in the format.
    """
    root: Section = {}
    around = [root]
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            line = text.count("\n", 0, position) + 1
            raise ValueError(f"line {line} is not in the format")
        position = found.end()
        if found["open"]:
            inner: Section = {}
            around[-1][found["open"]] = inner
            around.append(inner)
        elif found["close"]:
            around.pop()
        elif found["name"]:
            quoted = found["quoted"]
            bare = found["bare"] or ""
            around[-1][found["name"]] = bare if quoted is None else _unescaped(quoted)
    if len(around) != 1:
        raise ValueError("a section does not end")
    return root


def secrets(text: str) -> dict[str, bytes]:
    """Give the keys of a file by the names of their sections."""
    sections = {
        name: value
        for part in parse(text).items()
        if part[0] == "secrets" and not isinstance(part[1], str)
        for name, value in part[1].items()
    }
    return {
        name: _decoded(str(value["secret"]))
        for name, value in sections.items()
        if not isinstance(value, str)
    }


def _decoded(value: str) -> bytes:
    prefix, rest = value[:2].lower(), value[2:]
    if prefix == "0x":
        return bytes.fromhex(rest)
    if prefix == "0s":
        return base64.b64decode(rest)
    return value.encode()


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text, flags=re.DOTALL)
