"""Elements of VICI messages."""

from __future__ import annotations

import pytest

from futago.protocols.vici import faults, messages

EXAMPLE: messages.Message = {
    "key1": b"value1",
    "section1": {"sub-section": {"key2": b"value2"}, "list1": [b"item1", b"item2"]},
}
EXAMPLE_BYTES = (
    b"\x03\x04key1\x00\x06value1"
    b"\x01\x08section1"
    b"\x01\x0bsub-section\x03\x04key2\x00\x06value2\x02"
    b"\x04\x05list1\x05\x00\x05item1\x05\x00\x05item2\x06"
    b"\x02"
)


def test_the_protocols_own_example_is_rendered() -> None:
    assert messages.render(EXAMPLE) == EXAMPLE_BYTES


def test_the_protocols_own_example_is_parsed() -> None:
    assert messages.parse(EXAMPLE_BYTES) == EXAMPLE


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\x09", id="unknown element"),
        pytest.param(b"\x02", id="end of no section"),
        pytest.param(b"\x01\x01a", id="open section"),
        pytest.param(b"\x04\x01a", id="open list"),
        pytest.param(b"\x05\x00\x01a", id="item outside a list"),
        pytest.param(b"\x06", id="end of no list"),
        pytest.param(b"\x04\x01a\x03\x01k\x00\x00\x06", id="value inside a list"),
        pytest.param(b"\x03\x01k\x00", id="cut length"),
        pytest.param(b"\x03\x01k\x00\x05ab", id="cut value"),
        pytest.param(b"\x03\x01k\x00\x00\x03\x01k\x00\x00", id="key twice"),
    ],
)
def test_a_broken_message_is_a_fault(data: bytes) -> None:
    with pytest.raises(faults.MalformedVici):
        messages.parse(data)


def test_a_value_is_at_most_65535_bytes() -> None:
    with pytest.raises(faults.MalformedVici, match="65535"):
        messages.render({"key": bytes(65536)})


def test_reading_a_value_of_another_type_gives_nothing() -> None:
    assert messages.text(EXAMPLE, "section1") == ""
    assert messages.texts(EXAMPLE, "key1") == ()
    assert messages.section(EXAMPLE, "key1") == {}


def test_values_are_read_as_text() -> None:
    assert messages.text(EXAMPLE, "key1") == "value1"
    assert messages.texts(messages.section(EXAMPLE, "section1"), "list1") == ("item1", "item2")
    assert [name for name, _ in messages.sections(EXAMPLE)] == ["section1"]
