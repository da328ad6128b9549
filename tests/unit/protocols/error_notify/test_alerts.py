"""Records of the error-notify plugin."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from futago.protocols.error_notify import alerts

TEXT = "the received CHILD_SA proposals did not match: ESP:AES_CBC_128/HMAC_SHA1_96"


def record(number: int) -> bytes:
    texts = (TEXT, "tun-a", "198.51.100.1", "198.51.100.1[4500]")
    return struct.pack("!i384s64s256s60s", number, *(text.encode() for text in texts))


@given(st.lists(st.integers(min_value=1, max_value=alerts.RECORD_BYTES), max_size=6))
def test_records_come_out_whole_however_they_come_in(cuts: list[int]) -> None:
    data = record(9) + record(26)
    stream = alerts.Stream()
    found = []
    for cut in cuts:
        found += stream.feed(data[:cut])
        data = data[cut:]
    found += stream.feed(data)
    assert [alert.kind for alert in found] == [
        alerts.Kind.PROPOSAL_MISMATCH_CHILD,
        alerts.Kind.TS_NARROWED,
    ]
    assert found[0].text == TEXT
    assert (found[0].connection, found[0].address) == ("tun-a", "198.51.100.1[4500]")


@pytest.mark.parametrize("number", [0, 1, 99, -1])
def test_unknown_numbers_stay_numbers(number: int) -> None:
    (found,) = alerts.Stream().feed(record(number))
    assert found.kind == number
    assert not isinstance(found.kind, alerts.Kind)
