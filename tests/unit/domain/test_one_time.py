"""One-time codes: the vectors of the RFCs, drift, use once, and what applications read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib import parse

import pytest

from futago.domain import one_time

SECRET = b"12345678901234567890"
NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238(seconds: int, code: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert one_time.code_of(SECRET, one_time.step_at(at)) == code[-6:]


@pytest.mark.parametrize(
    ("counter", "code"), [(0, "755224"), (1, "287082"), (5, "254676"), (9, "520489")]
)
def test_the_vectors_of_rfc_4226(counter: int, code: str) -> None:
    assert one_time.code_of(SECRET, counter) == code


@pytest.mark.parametrize(
    ("off", "is_good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_clock_may_be_off_by_one_step(off: int, is_good: bool) -> None:
    step = one_time.step_at(NOW) + off
    code = one_time.code_of(SECRET, step)
    assert one_time.matching_step(SECRET, code, NOW, after=0) == (step if is_good else None)


def test_a_code_is_good_once_and_earlier_ones_no_more() -> None:
    present = one_time.step_at(NOW)
    code = one_time.code_of(SECRET, present)
    earlier = one_time.code_of(SECRET, present - 1)
    assert one_time.matching_step(SECRET, code, NOW, after=present) is None
    assert one_time.matching_step(SECRET, earlier, NOW, after=present) is None
    later = NOW + timedelta(seconds=one_time.STEP_SECONDS)
    following = one_time.code_of(SECRET, present + 1)
    assert one_time.matching_step(SECRET, following, later, after=present) == present + 1


@pytest.mark.parametrize(
    "given", ["", "1", "abcdef", "\uff11\uff12\uff13\uff14\uff15\uff16", "0" * 100, "12345\x00"]
)
def test_what_is_no_code_matches_nothing(given: str) -> None:
    assert one_time.matching_step(SECRET, given, NOW, after=0) is None


def test_spaces_in_a_code_are_no_matter() -> None:
    code = one_time.code_of(SECRET, one_time.step_at(NOW))
    assert one_time.matching_step(SECRET, f" {code[:3]} {code[3:]}\n", NOW, after=0) is not None


def test_the_uri_names_issuer_and_user_and_holds_the_secret() -> None:
    uri = one_time.key_uri(SECRET, "Futago lab", "1234/ann marie")
    parts = parse.urlsplit(uri)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parse.unquote(parts.path) == "/Futago lab:1234/ann marie"
    assert dict(parse.parse_qsl(parts.query)) == {
        "secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        "issuer": "Futago lab",
        "algorithm": "SHA1",
        "digits": "6",
        "period": "30",
    }
