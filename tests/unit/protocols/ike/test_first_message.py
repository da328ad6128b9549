"""The first message of a negotiation, and answers to it."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from futago.protocols.ike import first_message, transforms

SPI = bytes(range(1, 9))
PEER = bytes(range(11, 19))
NONCE = bytes(32)


def answer(version: int, exchange: int, payload: int, body: bytes) -> bytes:
    generic = struct.pack("!BBH", 0, 0, 4 + len(body)) + body
    header = struct.pack(
        "!8s8sBBBBII", SPI, PEER, payload, version, exchange, 0x20, 0, 28 + len(generic)
    )
    return header + generic


def transform(kind: int, number: int, bits: int | None = None, *, is_last: bool = False) -> bytes:
    attribute = b"" if bits is None else struct.pack("!HH", 0x800E, bits)
    return struct.pack("!BBHBBH", 0 if is_last else 3, 0, 8 + len(attribute), kind, 0, number) + (
        attribute
    )


def proposal(*several: bytes) -> bytes:
    body = b"".join(several)
    return struct.pack("!BBHBBBB", 0, 0, 8 + len(body), 1, 1, 0, len(several)) + body


def notify(number: int, data: bytes = b"") -> bytes:
    return answer(0x20, 34, 41, struct.pack("!BBH", 0, 0, number) + data)


def test_version_2_offers_everything_with_the_right_lengths() -> None:
    message = first_message.offer_v2(SPI, NONCE, 14)
    length = struct.unpack_from("!I", message, 24)[0]
    assert length == len(message)
    assert message[:8] == SPI
    assert message[8:16] == bytes(8)
    assert len(message) < 1280
    kinds = [kind for kind, _ in first_message._payloads(message[16], message[28:])]
    assert kinds == [33, 34, 40]


def test_a_cookie_goes_first() -> None:
    message = first_message.offer_v2(SPI, NONCE, 2, b"cookie")
    payloads = list(first_message._payloads(message[16], message[28:]))
    assert [kind for kind, _ in payloads] == [41, 33, 34, 40]
    assert payloads[0][1].endswith(b"cookie")


def test_version_1_offers_every_set_once_in_messages_that_need_no_fragments() -> None:
    spis = [bytes([number]) * 8 for number in range(1, first_message.OFFERS_V1_COUNT + 1)]
    messages = first_message.offers_v1(spis)
    assert len(messages) == len(spis)
    assert max(map(len, messages)) < 1280
    counts = [message[28 + 4 + 8 + 7] for message in messages]
    assert sum(counts) == len(transforms.OFFERS_V1) == len(set(transforms.OFFERS_V1)) == 160


def test_the_choice_of_version_2_is_read() -> None:
    body = proposal(
        transform(1, 12, 256), transform(2, 5), transform(3, 12), transform(4, 14, is_last=True)
    )
    assert first_message.read(answer(0x20, 34, 33, body), [SPI]) == first_message.Chosen(
        encryption="aes256", authentication="sha256", group="group14"
    )


def test_an_aead_is_read_with_its_prf() -> None:
    body = proposal(transform(1, 20, 128), transform(2, 7), transform(4, 31, is_last=True))
    assert first_message.read(answer(0x20, 34, 33, body), [SPI]) == first_message.Chosen(
        encryption="aes128gcm16", authentication="sha512", group="group31"
    )


@pytest.mark.parametrize(
    ("number", "data", "wanted"),
    [
        (14, b"", first_message.Refused()),
        (17, struct.pack("!H", 14), first_message.WantsGroup(number=14)),
        (16390, b"abc", first_message.WantsCookie(cookie=b"abc")),
        (16388, b"x" * 20, None),
    ],
)
def test_notifies_are_read(number: int, data: bytes, wanted: first_message.Answer | None) -> None:
    assert first_message.read(notify(number, data), [SPI]) == wanted


def test_the_choice_and_the_refusal_of_version_1_are_read() -> None:
    values = [(1, 7), (14, 192), (2, 4), (3, 1), (4, 5), (11, 1), (12, 28800)]
    attributes = b"".join(struct.pack("!HH", 0x8000 | kind, value) for kind, value in values)
    chosen = struct.pack("!BBHBBH", 0, 0, 8 + len(attributes), 3, 1, 0) + attributes
    body = struct.pack("!II", 1, 1) + struct.pack("!BBHBBBB", 0, 0, 8 + len(chosen), 1, 1, 0, 1)
    assert first_message.read(answer(0x10, 2, 1, body + chosen), [SPI]) == first_message.Chosen(
        encryption="aes192", authentication="sha256", group="group5"
    )
    refusal = struct.pack("!IBBH", 1, 1, 0, 14)
    assert first_message.read(answer(0x10, 5, 11, refusal), [SPI]) == first_message.Refused()


def test_answers_to_others_are_ignored() -> None:
    assert first_message.read(notify(14), [b"x" * 8]) is None


@given(st.binary(max_size=200))
def test_nonsense_is_no_answer(data: bytes) -> None:
    header = answer(0x20, 34, 33, b"")[:28]
    first_message.read(header + data, [SPI])
    assert first_message.read(data, [SPI]) is None


@pytest.mark.parametrize("group", transforms.GROUPS.values())
def test_every_group_has_a_public_value_of_its_size(group: int) -> None:
    sizes = {19: 64, 20: 96, 21: 132, 31: 32}
    value = transforms.public_value(group)
    assert len(value) == sizes.get(group, transforms._MODP_BITS.get(group, 0) // 8)
    assert any(value)
