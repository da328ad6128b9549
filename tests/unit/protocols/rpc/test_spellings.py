"""Times, pages and XML as the dialect writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from futago.protocols.rpc import pages, timestamps, xml

MOMENT = datetime(2026, 11, 23, 6, 56, 38, 123_000, tzinfo=UTC)


def test_times_are_written_in_three_spellings() -> None:
    assert timestamps.to_seconds_text(MOMENT) == "2026-11-23T06:56:38Z"
    assert timestamps.to_minutes_text(MOMENT) == "2026-11-23T06:56Z"
    assert timestamps.to_milliseconds(MOMENT) == 1795416998123
    assert timestamps.from_milliseconds(1795416998123) == MOMENT


def test_times_of_other_zones_are_written_as_utc() -> None:
    moment = MOMENT.astimezone(timezone(timedelta(hours=8)))
    assert timestamps.to_seconds_text(moment) == "2026-11-23T06:56:38Z"


def test_times_are_read_strictly() -> None:
    assert timestamps.from_minutes_text("2026-11-23T06:56Z") == MOMENT.replace(
        second=0, microsecond=0
    )
    with pytest.raises(timestamps.BadTimestamp):
        timestamps.from_minutes_text("2026-11-23T06:56:38Z")


def test_numbered_pages_end_after_the_last_entry() -> None:
    assert pages.numbered(range(5), 2, 3).entries == (3, 4)
    assert pages.numbered(range(5), 9, 3).entries == ()
    assert pages.numbered(range(5), 1, 3).total == 5


def test_a_token_survives_the_removal_of_the_entry_it_names() -> None:
    first = pages.after_token(["a", "b", "c", "d"], str, 2, None)
    assert first.entries == ("a", "b")
    second = pages.after_token(["a", "c", "d"], str, 2, first.next_token)
    assert second.entries == ("c", "d")
    assert second.next_token is None


@pytest.mark.parametrize("token", ["!", "é", "a" * 600, "_____"])
def test_a_foreign_token_is_refused(token: str) -> None:
    with pytest.raises(pages.BadToken):
        pages.after_token(["a"], str, 2, token)


def test_lists_repeat_their_element() -> None:
    text = xml.render(
        "DescribeTagsResponse",
        {"Tags": {"Tag": [{"Key": "a<b", "On": True}, {"Key": "\x01", "None": None}]}, "N": 3},
    ).decode()
    assert text == (
        xml.DECLARATION + "<DescribeTagsResponse><Tags><Tag><Key>a&lt;b</Key><On>true</On></Tag>"
        "<Tag><Key>\ufffd</Key></Tag></Tags><N>3</N></DescribeTagsResponse>"
    )


def test_a_member_that_cannot_be_an_element_is_a_bug() -> None:
    with pytest.raises(xml.BadElementName):
        xml.render("R", {"a b": 1})
