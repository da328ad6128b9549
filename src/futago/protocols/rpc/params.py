"""Flattened parameters and the values they stand for.

An RPC call carries its arguments as a flat list of pairs; structure lives in the names:
`TunnelOptionsSpecification.1.TunnelIkeConfig.Psk=...`. `nest` turns such pairs into mappings and
lists, `flatten` goes the other way. Clients number list entries from 1 and may leave gaps, so a
`Nest` remembers the numbers it saw and can spell the place of an error as the client wrote it.

An empty value means "absent": clients send blanks for unset members. Blanks still count in
signatures, which is why pairs are kept as they came until this module reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import parse_qsl

from futago.domain import faults

Pairs: TypeAlias = tuple[tuple[str, str], ...]
Nested: TypeAlias = "str | list[Nested] | dict[str, Nested]"
Plain: TypeAlias = "bool | int | str | Sequence[Plain] | Mapping[str, Plain] | None"

MAX_PAIRS = 4000
MAX_ENTRIES = 200
MAX_INDEX_DIGITS = 6
MAX_DEPTH = 8
MAX_SHOWN_NAME = 80

_Location: TypeAlias = tuple[str | int, ...]
_Tree: TypeAlias = "dict[str, str | _Tree]"


class MalformedParameter(faults.Invalid):
    """The names of the parameters do not describe one value, or the text cannot be decoded."""

    code = "MalformedParameter"


@dataclass(frozen=True, slots=True)
class Nest:
    """Nested values with the list numbers that the client used."""

    values: dict[str, Nested]
    indices: Mapping[_Location, tuple[int, ...]]
    """Place of a list to the numbers of its entries on the wire, in order."""

    def wire_path(self, location: Sequence[str | int]) -> str:
        """Spell a place in `values` (names, and positions from 0) as a parameter name."""
        words: list[str] = []
        for depth, step in enumerate(location):
            if isinstance(step, str):
                words.append(step)
                continue
            numbers = self.indices.get(tuple(location[:depth]), ())
            words.append(str(numbers[step] if 0 <= step < len(numbers) else step + 1))
        return ".".join(words)


def decode_pairs(text: str) -> Pairs:
    """Decode a query string or form body; blanks are kept and `+` is a space."""
    try:
        return tuple(
            parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_PAIRS)
        )
    except UnicodeDecodeError as exc:
        raise MalformedParameter(
            "The parameters are not UTF-8 text: percent-encode UTF-8 bytes."
        ) from exc
    except ValueError as exc:
        raise MalformedParameter(
            f"The call has more than {MAX_PAIRS} parameters: send fewer entries."
        ) from exc


def nest(pairs: Iterable[tuple[str, str]]) -> Nest:
    """Build nested values from flat pairs.

    Raises:
        MalformedParameter: A name occurs twice, is used as two shapes, or has a bad list number.
    """
    root: _Tree = {}
    seen: set[str] = set()
    for name, value in pairs:
        if name in seen:
            raise _malformed(name, "occurs twice", "send it once")
        seen.add(name)
        if "\0" in value:
            raise _malformed(name, "holds a NUL character", "send text")
        if value:
            _plant(root, name, value)
    indices: dict[_Location, tuple[int, ...]] = {}
    values = {
        key: node if isinstance(node, str) else _grow(node, (key,), indices)
        for key, node in root.items()
    }
    return Nest(values, indices)


def flatten(value: Mapping[str, Plain]) -> list[tuple[str, str]]:
    """Spell nested values as pairs; None is left out, booleans become `true` and `false`."""
    pairs: list[tuple[str, str]] = []
    for name, member in value.items():
        _check_name(name)
        _spell(name, member, pairs)
    return pairs


def _spell(path: str, value: Plain, pairs: list[tuple[str, str]]) -> None:
    match value:
        case None:
            return
        case bool():
            pairs.append((path, "true" if value else "false"))
        case int() | str():
            pairs.append((path, str(value)))
        case Mapping():
            for name, member in value.items():
                _check_name(name)
                _spell(f"{path}.{name}", member, pairs)
        case _:
            for number, member in enumerate(value, start=1):
                _spell(f"{path}.{number}", member, pairs)


def _check_name(name: str) -> None:
    if not name or "." in name or _is_number(name):
        raise _malformed(name, "is not a member name", "use a word without dots")


def _plant(root: _Tree, name: str, value: str) -> None:
    segments = name.split(".")
    if not all(segments):
        raise _malformed(name, "has an empty part", "separate parts by one dot")
    if len(segments) > MAX_DEPTH:
        raise _malformed(name, f"is nested deeper than {MAX_DEPTH} parts", "shorten it")
    branch = root
    for segment in segments[:-1]:
        below = branch.setdefault(segment, {})
        if isinstance(below, str):
            raise _malformed(name, "is both a value and a structure", "send one of the two")
        branch = below
    if segments[-1] in branch:
        raise _malformed(name, "is both a value and a structure", "send one of the two")
    branch[segments[-1]] = value


def _grow(
    tree: _Tree, location: _Location, indices: dict[_Location, tuple[int, ...]]
) -> list[Nested] | dict[str, Nested]:
    numbered = sum(map(_is_number, tree))
    if numbered == 0:
        return {key: _value(node, (*location, key), indices) for key, node in tree.items()}
    if numbered < len(tree):
        raise _malformed(_join(location), "is both a list and an object", "send one of the two")
    if numbered > MAX_ENTRIES:
        raise _malformed(
            _join(location), f"has more than {MAX_ENTRIES} entries", "send fewer entries"
        )
    ordered = sorted((_number(key, location), key) for key in tree)
    indices[location] = tuple(number for number, _ in ordered)
    return [
        _value(tree[key], (*location, position), indices)
        for position, (_, key) in enumerate(ordered)
    ]


def _value(
    node: str | _Tree, location: _Location, indices: dict[_Location, tuple[int, ...]]
) -> Nested:
    return node if isinstance(node, str) else _grow(node, location, indices)


def _is_number(segment: str) -> bool:
    return segment.isascii() and segment.isdigit()


def _number(segment: str, location: _Location) -> int:
    if segment.startswith("0") or len(segment) > MAX_INDEX_DIGITS:
        raise _malformed(
            f"{_join(location)}.{segment}", "has a bad list number", "count entries from 1"
        )
    return int(segment)


def _join(location: _Location) -> str:
    return ".".join(map(str, location))


def _malformed(name: str, rule: str, remedy: str) -> MalformedParameter:
    shown = name[:MAX_SHOWN_NAME]
    return MalformedParameter(f"Parameter {shown} {rule}: {remedy}.", field=shown)
