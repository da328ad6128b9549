"""Framing of VICI packets."""

from __future__ import annotations

import pytest

from futago.protocols.vici import faults, packets


def test_a_request_has_length_type_and_name() -> None:
    packet = packets.Packet(kind=packets.PacketKind.CMD_REQUEST, name="version")
    assert packets.render(packet) == b"\x00\x00\x00\x09\x00\x07version"


def test_a_named_kind_needs_a_name() -> None:
    with pytest.raises(faults.MalformedVici, match="needs name"):
        packets.Packet(kind=packets.PacketKind.EVENT)


def test_an_answer_has_no_name() -> None:
    with pytest.raises(faults.MalformedVici, match="has no name"):
        packets.Packet(kind=packets.PacketKind.CMD_RESPONSE, name="version")


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x09", id="unknown type"),
        pytest.param(b"\x07", id="no name"),
        pytest.param(b"\x07\x05ab", id="short name"),
        pytest.param(b"\x07\x01\xff", id="name is not text"),
    ],
)
def test_a_broken_packet_is_a_fault(payload: bytes) -> None:
    with pytest.raises(faults.MalformedVici):
        packets.parse(payload)


def test_an_oversized_announcement_is_a_fault_before_it_is_buffered() -> None:
    with pytest.raises(faults.MalformedVici, match="524288"):
        packets.Framer().feed(b"\xff\xff\xff\xff")


def test_an_oversized_packet_is_not_sent() -> None:
    body = bytes(packets.PACKET_MAX_BYTES)
    with pytest.raises(faults.MalformedVici, match="exceeds"):
        packets.render(packets.Packet(kind=packets.PacketKind.CMD_RESPONSE, body=body))


def test_a_name_is_at_most_255_bytes() -> None:
    with pytest.raises(faults.MalformedVici, match="1 to 255"):
        packets.render_name("x" * 256)
