"""Asks a peer what it accepts: the first message of a negotiation with every algorithm in it.

The answer names what the peer chose, so that its settings are known although it would only refuse
ours. Nothing follows: no key is made and nobody is authenticated.
Source: RFC 7296 (version 2), RFC 2408 and RFC 2409 (version 1, main mode).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from futago.protocols.ike import transforms

T = TypeVar("T")

SPI_BYTES: Final = 8
NONCE_BYTES: Final = 32
_HEADER: Final = struct.Struct("!8s8sBBBBII")
_PAYLOAD: Final = struct.Struct("!BBH")
_SA_INIT: Final = 34
_MAIN_MODE: Final = 2
_INFORMATIONAL_V1: Final = 5
_FROM_INITIATOR: Final = 0x08
_SA_V1, _NOTIFY_V1 = 1, 11
_SA_V2, _KE_V2, _NONCE_V2, _NOTIFY_V2 = 33, 34, 40, 41
_ENCRYPTION, _PRF, _INTEGRITY, _GROUP = 1, 2, 3, 4
_KEY_LENGTH: Final = 0x800E
_MORE_PROPOSALS: Final = 2
_MORE_TRANSFORMS: Final = 3
_NO_PROPOSAL_CHOSEN: Final = 14
_INVALID_KE: Final = 17
_COOKIE: Final = 16390
_TRANSFORMS_PER_MESSAGE: Final = 32
"""Of version 1, at most 36 bytes each: a message stays below 1280 bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The peer accepted an offer."""

    encryption: str
    authentication: str
    """The integrity algorithm, or the PRF beside an AEAD."""
    group: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The peer accepts nothing of the offer, or nothing from us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantsGroup:
    """The peer wants the public value of another group; offer again with it."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WantsCookie:
    """The peer is busy and wants its cookie back; offer again with it."""

    cookie: bytes


Answer = Chosen | Refused | WantsGroup | WantsCookie


def offer_v2(spi: bytes, nonce: bytes, group: int, cookie: bytes = b"") -> bytes:
    """Write an IKE_SA_INIT request with every algorithm.

    Args:
        spi: Our SPI, 8 bytes, not zero.
        nonce: 32 random bytes.
        group: Number of the group whose public value it carries.
        cookie: What the peer asked to have back.
    """
    public = transforms.public_value(group)
    payloads = [
        (_SA_V2, _proposals_v2()),
        (_KE_V2, struct.pack("!HH", group, 0) + public),
        (_NONCE_V2, nonce),
    ]
    if cookie:
        payloads.insert(0, (_NOTIFY_V2, struct.pack("!BBH", 0, 0, _COOKIE) + cookie))
    return _message(spi, 0x20, _SA_INIT, _FROM_INITIATOR, payloads)


def offers_v1(spis: Sequence[bytes]) -> tuple[bytes, ...]:
    """Write Main Mode requests that together hold every set of algorithms.

    Args:
        spis: At least `OFFERS_V1_COUNT` cookies of ours, 8 bytes each.
    """
    return tuple(
        _message(spi, 0x10, _MAIN_MODE, 0, [(_SA_V1, _proposal_v1(sets))])
        for spi, sets in zip(spis, _slices(), strict=False)
    )


def read(data: bytes, spis: Sequence[bytes]) -> Answer | None:
    """Read an answer; None when it answers none of these requests, or is malformed."""
    try:
        return _read(data, spis)
    except (struct.error, IndexError):
        return None


def _read(data: bytes, spis: Sequence[bytes]) -> Answer | None:
    initiator, _, first, version, exchange, *_ = _HEADER.unpack_from(data)
    if initiator not in spis:
        return None
    for kind, body in _payloads(first, data[_HEADER.size :]):
        if version >> 4 == 1 and exchange in (_MAIN_MODE, _INFORMATIONAL_V1):
            answer = _read_v1(kind, body)
        else:
            answer = _read_v2(kind, body)
        if answer is not None:
            return answer
    return None


def _slices() -> Iterator[Sequence[tuple[str, str, str]]]:
    for start in range(0, len(transforms.OFFERS_V1), _TRANSFORMS_PER_MESSAGE):
        yield transforms.OFFERS_V1[start : start + _TRANSFORMS_PER_MESSAGE]


OFFERS_V1_COUNT: Final = len(tuple(_slices()))


def _message(
    spi: bytes, version: int, exchange: int, flags: int, payloads: Sequence[tuple[int, bytes]]
) -> bytes:
    body = b"".join(
        _PAYLOAD.pack(following, 0, _PAYLOAD.size + len(content)) + content
        for (_, content), following in zip(
            payloads, [*(kind for kind, _ in payloads[1:]), 0], strict=True
        )
    )
    length = _HEADER.size + len(body)
    first = payloads[0][0]
    header = _HEADER.pack(spi, bytes(SPI_BYTES), first, version, exchange, flags, 0, length)
    return header + body


def _payloads(kind: int, data: bytes) -> Iterator[tuple[int, bytes]]:
    while kind:
        following, _, length = _PAYLOAD.unpack_from(data)
        if not _PAYLOAD.size <= length <= len(data):
            return
        yield kind, data[_PAYLOAD.size : length]
        kind, data = following, data[length:]


# Version 2


def _proposals_v2() -> bytes:
    groups = [_transform_v2(_GROUP, number) for number in transforms.GROUPS.values()]
    prfs = [_transform_v2(_PRF, number) for number in transforms.PRFS_V2.values()]
    integrity = [_transform_v2(_INTEGRITY, number) for number in transforms.INTEGRITY_V2.values()]
    ciphers, aeads = (
        [_transform_v2(_ENCRYPTION, each.number, each.key_bits) for each in several.values()]
        for several in (transforms.CIPHERS_V2, transforms.AEADS_V2)
    )
    # An AEAD has an offer of its own: it must not stand beside an integrity algorithm.
    return _proposal_v2(1, [*ciphers, *prfs, *integrity, *groups], is_last=False) + _proposal_v2(
        2, [*aeads, *prfs, *groups], is_last=True
    )


def _proposal_v2(number: int, several: Sequence[bytes], *, is_last: bool) -> bytes:
    body = _chain(several)
    following = 0 if is_last else _MORE_PROPOSALS
    return struct.pack("!BBHBBBB", following, 0, 8 + len(body), number, 1, 0, len(several)) + body


def _transform_v2(kind: int, number: int, key_bits: int | None = None) -> bytes:
    attribute = b"" if key_bits is None else struct.pack("!HH", _KEY_LENGTH, key_bits)
    return struct.pack("!BBH", kind, 0, number) + attribute


def _chain(several: Sequence[bytes]) -> bytes:
    """Put transforms one after another, each with its header."""
    last = len(several) - 1
    return b"".join(
        _PAYLOAD.pack(0 if index == last else _MORE_TRANSFORMS, 0, _PAYLOAD.size + len(each)) + each
        for index, each in enumerate(several)
    )


def _read_v2(kind: int, body: bytes) -> Answer | None:
    if kind == _NOTIFY_V2:
        _, spi_size, notified = struct.unpack_from("!BBH", body)
        return _read_notify(notified, body[4 + spi_size :])
    if kind != _SA_V2:
        return None
    found = {number_kind: (number, bits) for number_kind, number, bits in _chosen_transforms(body)}
    cipher = transforms.Algorithm(number=found[_ENCRYPTION][0], key_bits=found[_ENCRYPTION][1])
    integrity = found.get(_INTEGRITY)
    return Chosen(
        encryption=_word({**transforms.CIPHERS_V2, **transforms.AEADS_V2}, cipher),
        authentication=_word(transforms.INTEGRITY_V2, integrity[0])
        if integrity
        else _word(transforms.PRFS_V2, found[_PRF][0]),
        group=_word(transforms.GROUPS, found[_GROUP][0]),
    )


def _chosen_transforms(body: bytes) -> Iterator[tuple[int, int, int | None]]:
    spi_size, count = body[6], body[7]
    rest = body[8 + spi_size :]
    for _ in range(count):
        _, _, length = _PAYLOAD.unpack_from(rest)
        kind, _, number = struct.unpack_from("!BBH", rest, _PAYLOAD.size)
        bits = struct.unpack_from("!HH", rest, 8)[1] if length >= 12 else None
        yield kind, number, bits
        rest = rest[length:]


def _read_notify(notified: int, data: bytes) -> Answer | None:
    if notified == _COOKIE:
        return WantsCookie(cookie=data)
    if notified == _INVALID_KE:
        return WantsGroup(number=struct.unpack_from("!H", data)[0])
    return Refused() if notified == _NO_PROPOSAL_CHOSEN else None


# Version 1


def _proposal_v1(sets: Sequence[tuple[str, str, str]]) -> bytes:
    several = [_transform_v1(number, *each) for number, each in enumerate(sets, 1)]
    body = _chain(several)
    proposal = struct.pack("!BBHBBBB", 0, 0, 8 + len(body), 1, 1, 0, len(several)) + body
    return struct.pack("!II", 1, 1) + proposal


def _transform_v1(number: int, cipher: str, hashed: str, group: str) -> bytes:
    algorithm = transforms.CIPHERS_V1[cipher]
    attributes = [
        (1, algorithm.number),
        (2, transforms.HASHES_V1[hashed]),
        (3, 1),  # pre-shared key
        (4, transforms.GROUPS[group]),
        (11, 1),  # seconds
        (12, 28800),
    ]
    if algorithm.key_bits is not None:
        attributes.insert(1, (14, algorithm.key_bits))
    return struct.pack("!BBH", number, 1, 0) + b"".join(
        struct.pack("!HH", 0x8000 | kind, value) for kind, value in attributes
    )


def _read_v1(kind: int, body: bytes) -> Answer | None:
    if kind == _NOTIFY_V1:
        notified = struct.unpack_from("!H", body, 6)[0]
        return Refused() if notified == _NO_PROPOSAL_CHOSEN else None
    if kind != _SA_V1:
        return None
    transform = body[8 + 8 + body[8 + 6] :]
    _, _, length = _PAYLOAD.unpack_from(transform)
    found = {
        pair[0] & 0x7FFF: pair[1]
        for pair in struct.iter_unpack("!HH", transform[8 : length - length % 4])
        if pair[0] & 0x8000
    }
    cipher = transforms.Algorithm(number=found.get(1, 0), key_bits=found.get(14))
    return Chosen(
        encryption=_word(transforms.CIPHERS_V1, cipher),
        authentication=_word(transforms.HASHES_V1, found.get(2, 0)),
        group=_word(transforms.GROUPS, found.get(4, 0)),
    )


def _word(words: Mapping[str, T], wanted: T) -> str:
    return next((word for word, value in words.items() if value == wanted), str(wanted))
