from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv4Address

import pytest

from futago.domain import ike


def test_a_key_never_prints_itself() -> None:
    key = ike.PresharedKey("very-secret")
    assert "very-secret" not in f"{key} {key!r} {[key]}"
    assert key.reveal() == "very-secret"
    assert key.fingerprint in repr(key)
    assert key.fingerprint != ike.PresharedKey("very-secret2").fingerprint


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("a" * 101, id="too long"),
        pytest.param("a b", id="space"),
        pytest.param("é", id="not ASCII"),
        pytest.param("a\n", id="newline"),
    ],
)
def test_a_key_outside_the_rules_is_refused_without_showing_it(text) -> None:
    with pytest.raises(ike.BadPsk) as caught:
        ike.PresharedKey(text)
    if text:
        assert text not in caught.value.message


@pytest.mark.parametrize("text", ["a", "a" * 100, "~`!@#$%^&*()_-+={}[]\\|;:',.<>/?\""])
def test_letters_digits_and_punctuation_make_a_key(text) -> None:
    assert ike.PresharedKey(text).reveal() == text


def test_a_generated_key_has_sixteen_letters_and_digits() -> None:
    text = ike.PresharedKey.generate(lambda below: below - 1).reveal()
    assert len(text) == 16
    assert text.isalnum()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("192.0.2.1", ike.IdentityKind.ADDRESS),
        ("peer.example", ike.IdentityKind.FQDN),
        ("peer_1", ike.IdentityKind.FQDN),
        ("a", ike.IdentityKind.FQDN),
        ("192.0.2.999", ike.IdentityKind.FQDN),
    ],
)
def test_identities_are_addresses_or_names(text, kind) -> None:
    assert ike.Identity.parse(text) == ike.Identity(kind, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a" * 101,
        "%any",
        "a b",
        "user@example",
        "-a",
        "a-",
        "@#00",
        "C=CN, O=x",
        "a\n",
        "10.0.0.0/8",
    ],
)
def test_wildcards_and_other_spellings_are_no_identity(text) -> None:
    with pytest.raises(ike.BadIdentity):
        ike.Identity.parse(text)


def test_the_identity_of_an_address_is_what_its_text_reads_as() -> None:
    assert ike.Identity.of_address(IPv4Address("192.0.2.1")) == ike.Identity.parse("192.0.2.1")


@pytest.mark.parametrize(
    ("seconds", "lifetime"), [(0, None), (1, timedelta(seconds=1)), (86400, timedelta(days=1))]
)
def test_a_lifetime_of_0_is_not_given(seconds, lifetime) -> None:
    assert ike.parse_lifetime(seconds) == lifetime


@pytest.mark.parametrize("seconds", [-1, 86401])
def test_a_lifetime_outside_the_range_is_refused(seconds) -> None:
    with pytest.raises(ike.BadLifetime):
        ike.parse_lifetime(seconds)
