"""Alerts as the plugin streams them: fixed records, one after another.

Source: strongSwan, src/libcharon/plugins/error_notify/error_notify_msg.h.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

_RECORD: Final = struct.Struct("!i384s64s256s60s")
"""Number, text, connection's name, peer's identity, peer's address; texts end with a zero byte."""
RECORD_BYTES: Final = _RECORD.size


class Kind(IntEnum):
    """What happened; numbers that are not here are of no use to us."""

    LOCAL_AUTH_FAILED = 2
    PEER_AUTH_FAILED = 3
    PARSE_ERROR_HEADER = 4
    PARSE_ERROR_BODY = 5
    RETRANSMIT_SEND_TIMEOUT = 6
    HALF_OPEN_TIMEOUT = 7
    PROPOSAL_MISMATCH_IKE = 8
    PROPOSAL_MISMATCH_CHILD = 9
    TS_MISMATCH = 10
    INSTALL_CHILD_SA_FAILED = 11
    INSTALL_CHILD_POLICY_FAILED = 12
    UNIQUE_REPLACE = 13
    UNIQUE_KEEP = 14
    AUTHORIZATION_FAILED = 16
    TS_NARROWED = 26
    KEEP_ON_CHILD_SA_FAILURE = 27


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert."""

    kind: Kind | int
    text: str
    connection: str
    """Empty while the daemon has not chosen one."""
    identity: str
    address: str


class Stream:
    """Cuts a stream of bytes into alerts."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Alert]:
        """Take bytes and give the alerts that are complete."""
        self._rest += data
        found = []
        while len(self._rest) >= RECORD_BYTES:
            found.append(_read(self._rest[:RECORD_BYTES]))
            self._rest = self._rest[RECORD_BYTES:]
        return found


def _read(record: bytes) -> Alert:
    number, *texts = _RECORD.unpack(record)
    text, connection, identity, address = (
        each.partition(b"\0")[0].decode(errors="replace") for each in texts
    )
    return Alert(
        kind=Kind(number) if number in set(Kind) else number,
        text=text,
        connection=connection,
        identity=identity,
        address=address,
    )
