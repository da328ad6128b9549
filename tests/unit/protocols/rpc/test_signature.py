"""Claims that are incomplete, late or not the sender's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from futago.domain import faults
from futago.protocols.rpc import params, signature, timestamps

NOW = datetime(2026, 11, 23, 6, 56, 38, tzinfo=UTC)
KEY = signature.AccessKey("LTAIexample", "secret")
STAMP = signature.Stamp(action="DescribeRegions", version="2016-04-28", at=NOW, nonce="n1")
PLAIN = signature.Message(method="POST", headers=(("Host", "localhost"),), body=b"A=1")


def acs3(**changed: str | None) -> signature.Message:
    """Sign, then replace or remove headers."""
    headers = dict(signature.sign_acs3(PLAIN, STAMP, KEY))
    for name, value in changed.items():
        key = name.replace("_", "-")
        headers.pop(key, None)
        if value is not None:
            headers[key] = value
    return replace(PLAIN, headers=tuple(headers.items()))


def v1(**changed: str | None) -> signature.Message:
    pairs = dict(signature.sign_v1("GET", (("RegionId", "cn"),), STAMP, KEY))
    for name, value in changed.items():
        pairs.pop(name, None)
        if value is not None:
            pairs[name] = value
    return signature.Message(method="GET", query=tuple(pairs.items()))


@pytest.mark.parametrize("message", [acs3(), v1()], ids=["acs3", "v1"])
def test_a_claim_names_key_operation_time_and_nonce(message: signature.Message) -> None:
    claim = signature.read_claim(message)
    assert claim.access_key_id == "LTAIexample"
    assert (claim.action, claim.version) == ("DescribeRegions", "2016-04-28")
    assert (claim.timestamp, claim.nonce) == (NOW, "n1")
    signature.verify(claim, KEY.secret)


AUTHORIZATION = dict(acs3().headers)["authorization"]


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(acs3(authorization="ACS3-HMAC-SM3 a=b"), id="other algorithm"),
        pytest.param(acs3(authorization="ACS3-HMAC-SHA256 Credential=x"), id="no signature"),
        pytest.param(acs3(authorization=AUTHORIZATION + ",Credential=x"), id="key twice"),
        pytest.param(acs3(authorization=AUTHORIZATION.replace("host;", "")), id="host unsigned"),
        pytest.param(acs3(authorization=AUTHORIZATION + "é"), id="not ascii"),
        pytest.param(acs3(x_acs_version=None), id="signed header absent"),
        pytest.param(acs3(x_acs_signature_nonce="n" * 129), id="nonce too long"),
        pytest.param(
            replace(PLAIN, headers=(*acs3().headers, ("X-Acs-Action", "Other"))), id="two actions"
        ),
        pytest.param(v1(AccessKeyId=None), id="no key"),
        pytest.param(v1(Signature=""), id="blank signature"),
        pytest.param(v1(SignatureNonce=None), id="no nonce"),
        pytest.param(v1(SignatureMethod="HMAC-SHA256"), id="other method"),
        pytest.param(v1(SignatureVersion="2.0"), id="other version"),
        pytest.param(v1(SignatureType="BEARERTOKEN"), id="bearer"),
        pytest.param(signature.Message(method="GET"), id="nothing"),
        pytest.param(replace(v1(), form=(("RegionId", "us"),)), id="parameter twice"),
    ],
)
def test_an_incomplete_claim_is_refused(message: signature.Message) -> None:
    with pytest.raises(signature.IncompleteSignature):
        signature.read_claim(message)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-11-23T06:56:38", "2026-11-23T6:56:38Z0", "2026-13-23T06:56:38Z"]
)
def test_an_unreadable_time_is_refused(text: str) -> None:
    with pytest.raises(faults.Invalid) as caught:
        signature.read_claim(v1(Timestamp=text))
    assert caught.value.code in {"InvalidTimeStamp.Format", "IncompleteSignature"}
    with pytest.raises(timestamps.BadTimestamp):
        timestamps.from_seconds_text(text)


def test_a_body_that_does_not_match_its_hash_is_refused() -> None:
    with pytest.raises(signature.SignatureDoesNotMatch):
        signature.read_claim(replace(acs3(), body=b"A=2"))


def test_a_hash_that_does_not_match_its_body_is_refused_even_when_signed() -> None:
    other = "0" * 64
    message = replace(PLAIN, headers=(*PLAIN.headers, ("x-acs-content-sha256", other)))
    headers = tuple(
        pair
        for pair in signature.sign_acs3(message, STAMP, KEY)
        if pair[0] != "x-acs-content-sha256" or pair[1] == other
    )
    with pytest.raises(signature.SignatureDoesNotMatch):
        signature.verify(signature.read_claim(replace(PLAIN, headers=headers)), KEY.secret)


def test_a_mismatch_carries_the_string_to_sign_outside_its_message() -> None:
    claim = signature.read_claim(v1(Psk="hidden"))
    with pytest.raises(signature.SignatureDoesNotMatch) as caught:
        signature.verify(claim, KEY.secret)
    assert "Psk%3Dhidden" in caught.value.string_to_sign
    assert caught.value.message.endswith("string to sign is:")
    assert caught.value.message.count(":") == 1
    assert ":" not in caught.value.string_to_sign
    assert "hidden" not in repr(caught.value) + str(caught.value) + repr(claim)


@pytest.mark.parametrize("minutes", [-15, 0, 15])
def test_a_quarter_of_an_hour_of_skew_is_fine(minutes: int) -> None:
    signature.check_fresh(signature.read_claim(v1()), NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize("seconds", [-901, 901])
def test_more_skew_is_refused(seconds: int) -> None:
    with pytest.raises(signature.TimestampExpired):
        signature.check_fresh(signature.read_claim(v1()), NOW + timedelta(seconds=seconds))


def test_header_bytes_that_are_no_text_take_part_in_the_signature() -> None:
    odd = b"caf\xe9".decode("utf-8", "surrogateescape")
    message = replace(PLAIN, headers=(*PLAIN.headers, ("user-agent", odd)))
    headers = signature.sign_acs3(message, STAMP, KEY)
    signature.verify(signature.read_claim(replace(message, headers=headers)), KEY.secret)


def test_secrets_have_no_repr() -> None:
    assert "secret" not in repr(KEY).replace("secret=", "")
    pairs: params.Pairs = (("Psk", "hidden"),)
    assert "hidden" not in repr(signature.Message(method="POST", form=pairs))
