"""The policy rules of a namespace, read raw: a router has one per tunnel, on every pass.

pyroute2 decodes every attribute of every message, 50 µs a rule; here only the three that matter are
looked at.
Source: linux/fib_rules.h, rtnetlink(7).
"""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from futago.ports import network

ACTION_TO_TABLE: Final = 1

_HEADER = struct.Struct("=IHHII")
_RULE = struct.Struct("=BBBBBBBBI")
_ATTRIBUTE = struct.Struct("=HH")
_RTM_GETRULE = 34
_REQUEST_DUMP = 0x1 | 0x300
_NLMSG_ERROR = 2
_NLMSG_DONE = 3
_FRA_IIFNAME = 3
_FRA_PRIORITY = 6
_FRA_TABLE = 15
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A policy rule: what comes in by a device looks into a table, or (no table) is refused."""

    priority: int
    device: str | None
    table: int | None


def read(opened: socket.socket) -> frozenset[Rule]:
    """Read all IPv4 rules of the namespace in which a netlink socket was opened."""
    body = _RULE.pack(socket.AF_INET, 0, 0, 0, 0, 0, 0, 0, 0)
    length = _HEADER.size + len(body)
    try:
        opened.send(_HEADER.pack(length, _RTM_GETRULE, _REQUEST_DUMP, 1, 0) + body)
        return frozenset(_parse(message) for message in _messages(opened))
    except OSError as exc:
        raise network.KernelRefused(f"The kernel refused to list rules: {exc}.") from exc


def _messages(opened: socket.socket) -> Iterator[bytes]:
    while True:
        data = opened.recv(_CHUNK)
        offset = 0
        while offset < len(data):
            length, kind, _, _, _ = _HEADER.unpack_from(data, offset)
            if kind == _NLMSG_DONE:
                return
            if kind == _NLMSG_ERROR:
                (code,) = struct.unpack_from("=i", data, offset + _HEADER.size)
                raise OSError(-code, "dump of rules")
            yield data[offset + _HEADER.size : offset + length]
            offset += length + -length % 4


def _parse(message: bytes) -> Rule:
    *_, short_table, _, _, action, _ = _RULE.unpack_from(message)
    found = dict(_attributes(message[_RULE.size :]))
    device = found.get(_FRA_IIFNAME)
    table = _number(found.get(_FRA_TABLE), short_table)
    return Rule(
        priority=_number(found.get(_FRA_PRIORITY), 0),
        device=None if device is None else device.rstrip(b"\0").decode(),
        table=table if action == ACTION_TO_TABLE else None,
    )


def _number(value: bytes | None, default: int) -> int:
    return default if value is None else int.from_bytes(value, sys.byteorder)


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    offset = 0
    while offset + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, offset)
        yield kind, data[offset + _ATTRIBUTE.size : offset + length]
        offset += max(_ATTRIBUTE.size, length + -length % 4)
