"""Messages of VICI: sections of keys, whose values are bytes, lists of bytes, or sections.

Values stay bytes: the protocol gives them no type, and keys and secrets may hold anything.
Source: strongSwan, src/libcharon/plugins/vici/README.md, "Message layer".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Final, TypeAlias

from futago.protocols.vici import faults, packets

VALUE_MAX_BYTES: Final = 65535

Value: TypeAlias = "bytes | list[bytes] | Message"
Message: TypeAlias = dict[str, Value]

_LENGTH = struct.Struct("!H")


class Element(IntEnum):
    """Type of a message element; the values are the wire's."""

    SECTION_START = 1
    SECTION_END = 2
    KEY_VALUE = 3
    LIST_START = 4
    LIST_ITEM = 5
    LIST_END = 6


def render(message: Mapping[str, Value]) -> bytes:
    """Give a message's bytes, keys in their order."""
    return b"".join(_render_entries(message))


def parse(data: bytes) -> Message:
    """Read a message; every section and list in it is closed."""
    builder = _Builder()
    for element, name, value in _elements(data):
        builder.add(element, name, value)
    return builder.finish()


def section(message: Mapping[str, Value], name: str) -> Message:
    """Give a nested section; an empty one when there is none."""
    value = message.get(name)
    return value if isinstance(value, dict) else {}


def sections(message: Mapping[str, Value]) -> Iterator[tuple[str, Message]]:
    """Give the nested sections with their names."""
    for name, value in message.items():
        if isinstance(value, dict):
            yield name, value


def text(message: Mapping[str, Value], name: str) -> str:
    """Give a value as text; empty when there is none."""
    value = message.get(name)
    return value.decode(errors="replace") if isinstance(value, bytes) else ""


def texts(message: Mapping[str, Value], name: str) -> tuple[str, ...]:
    """Give the items of a list as text; empty when there is none."""
    value = message.get(name)
    return tuple(item.decode(errors="replace") for item in value) if isinstance(value, list) else ()


def _render_entries(message: Mapping[str, Value]) -> Iterator[bytes]:
    for name, value in message.items():
        label = packets.render_name(name)
        if isinstance(value, dict):
            yield bytes([Element.SECTION_START]) + label
            yield from _render_entries(value)
            yield bytes([Element.SECTION_END])
        elif isinstance(value, list):
            yield bytes([Element.LIST_START]) + label
            for item in value:
                yield bytes([Element.LIST_ITEM]) + _render_value(item)
            yield bytes([Element.LIST_END])
        else:
            yield bytes([Element.KEY_VALUE]) + label + _render_value(value)


def _render_value(value: bytes) -> bytes:
    if len(value) > VALUE_MAX_BYTES:
        raise faults.MalformedVici(
            f"A value of {len(value)} bytes exceeds VICI's limit of {VALUE_MAX_BYTES}."
        )
    return _LENGTH.pack(len(value)) + value


def _elements(data: bytes) -> Iterator[tuple[Element, str, bytes]]:
    offset = 0
    while offset < len(data):
        try:
            element = Element(data[offset])
        except ValueError as exc:
            raise faults.MalformedVici(f"Unknown VICI element type {data[offset]}.") from exc
        name, value, offset = "", b"", offset + 1
        if element in {Element.SECTION_START, Element.KEY_VALUE, Element.LIST_START}:
            name, offset = packets.parse_name(data, offset)
        if element in {Element.KEY_VALUE, Element.LIST_ITEM}:
            value, offset = _parse_value(data, offset)
        yield element, name, value


def _parse_value(data: bytes, offset: int) -> tuple[bytes, int]:
    start = offset + _LENGTH.size
    if start > len(data):
        raise faults.MalformedVici("A VICI value ends before its length.")
    end = start + _LENGTH.unpack_from(data, offset)[0]
    if end > len(data):
        raise faults.MalformedVici("A VICI value is longer than its packet.")
    return data[start:end], end


class _Builder:
    """The part of a message that is read so far."""

    def __init__(self) -> None:
        self._root: Message = {}
        self._sections = [self._root]
        self._list: list[bytes] | None = None

    def add(self, element: Element, name: str, value: bytes) -> None:
        is_list_part = element in {Element.LIST_ITEM, Element.LIST_END}
        if is_list_part != (self._list is not None):
            raise faults.MalformedVici(f"{element.name} is misplaced in a VICI message.")
        if self._list is not None:
            self._add_to_list(self._list, element, value)
        elif element is Element.SECTION_END:
            self._close_section()
        elif element is Element.KEY_VALUE:
            self._insert(name, value)
        elif element is Element.LIST_START:
            self._list = []
            self._insert(name, self._list)
        else:
            opened: Message = {}
            self._insert(name, opened)
            self._sections.append(opened)

    def finish(self) -> Message:
        if self._list is not None or len(self._sections) != 1:
            raise faults.MalformedVici("A VICI message ends inside a section or list.")
        return self._root

    def _add_to_list(self, items: list[bytes], element: Element, value: bytes) -> None:
        if element is Element.LIST_END:
            self._list = None
        else:
            items.append(value)

    def _close_section(self) -> None:
        if len(self._sections) == 1:
            raise faults.MalformedVici("A VICI section ends that was never opened.")
        self._sections.pop()

    def _insert(self, name: str, value: Value) -> None:
        target = self._sections[-1]
        if name in target:
            raise faults.MalformedVici(f"Key {name!r} appears twice in one VICI section.")
        target[name] = value
