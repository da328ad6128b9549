"""The VICI codec gives back what it was given, however the stream was cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from futago.protocols.vici import faults, messages, packets

NAMES = st.text(min_size=1, max_size=20).filter(lambda name: len(name.encode()) <= 255)
VALUES = st.binary(max_size=40)
MESSAGES = st.recursive(
    st.dictionaries(NAMES, st.one_of(VALUES, st.lists(VALUES, max_size=4)), max_size=4),
    lambda inner: st.dictionaries(NAMES, st.one_of(VALUES, inner), max_size=3),
    max_leaves=12,
)


@st.composite
def any_packet(draw: st.DrawFn) -> packets.Packet:
    kind = draw(st.sampled_from(packets.PacketKind))
    name = draw(NAMES) if kind in packets.NAMED else ""
    return packets.Packet(kind=kind, name=name, body=draw(st.binary(max_size=60)))


@given(MESSAGES)
def test_a_message_survives_the_wire(message: messages.Message) -> None:
    parsed = messages.parse(messages.render(message))
    assert parsed == message
    assert list(parsed) == list(message)


@given(st.lists(any_packet(), max_size=5), st.data())
def test_packets_survive_any_split_of_the_stream(
    sent: list[packets.Packet], data: st.DataObject
) -> None:
    stream = b"".join(packets.render(packet) for packet in sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    framer = packets.Framer()
    received = [
        packet
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)
        for packet in framer.feed(stream[start:end])
    ]
    assert received == sent


@given(st.binary(max_size=80))
def test_noise_is_a_message_or_a_fault(noise: bytes) -> None:
    try:
        message = messages.parse(noise)
    except faults.MalformedVici:
        return
    assert messages.parse(messages.render(message)) == message
