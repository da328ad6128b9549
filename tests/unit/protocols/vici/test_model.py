"""Our words in strongSwan's."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv4Address

import pytest

from futago.domain import crypto, ike
from futago.protocols.vici import model


@pytest.mark.parametrize(
    ("group", "word"),
    [
        pytest.param(crypto.DhGroup.GROUP1, "modp768", id="group 1"),
        pytest.param(crypto.DhGroup.GROUP2, "modp1024", id="group 2"),
        pytest.param(crypto.DhGroup.GROUP5, "modp1536", id="group 5"),
        pytest.param(crypto.DhGroup.GROUP14, "modp2048", id="group 14"),
    ],
)
def test_a_group_is_named_by_its_modulus(group: crypto.DhGroup, word: str) -> None:
    assert model.dh_group(group) == word


def test_every_algorithm_has_a_word_of_its_own() -> None:
    assert {model.encryption(value) for value in crypto.Encryption} == {
        "aes128",
        "aes192",
        "aes256",
        "des",
        "3des",
        "aes128gcm16",
        "aes256gcm16",
        "chacha20poly1305",
    }
    assert len({model.dh_group(value) for value in crypto.DhGroup}) == len(crypto.DhGroup)
    assert {model.integrity(value) for value in crypto.Integrity} == {
        "md5",
        "sha1",
        "sha256",
        "sha384",
        "sha512",
    }


def test_the_default_ike_proposal_is_the_vendors() -> None:
    assert model.ike_proposal(ike.IkeProfile()) == "aes128-sha1-modp1024"


def test_a_child_without_pfs_proposes_no_group() -> None:
    assert model.esp_proposal(ike.EspProfile(pfs=None)) == "aes128-sha1"
    assert model.esp_proposal(ike.EspProfile()) == "aes128-sha1-modp1024"


def test_an_aead_names_its_prf_in_phase_1_and_no_hash_in_phase_2() -> None:
    first = ike.IkeProfile(
        encryption=crypto.Encryption.AES256_GCM16,
        integrity=crypto.Integrity.SHA384,
        dh_group=crypto.DhGroup.GROUP20,
    )
    assert model.ike_proposal(first) == "aes256gcm16-prfsha384-ecp384"
    second = ike.EspProfile(
        encryption=crypto.Encryption.CHACHA20_POLY1305, pfs=crypto.DhGroup.GROUP31
    )
    assert model.esp_proposal(second) == "chacha20poly1305-curve25519"


def test_identities_carry_their_type() -> None:
    address = ike.Identity.of_address(IPv4Address("198.51.100.7"))
    assert model.identity(address) == "ipv4:#c6336407"
    assert model.identity(ike.Identity.parse("dc.example")) == "fqdn:dc.example"


def test_exchange_and_version_are_spelled() -> None:
    assert [model.version(value) for value in crypto.IkeVersion] == ["1", "2"]
    assert [model.aggressive(value) for value in crypto.IkeMode] == ["no", "yes"]
    assert [model.flag(value=value) for value in (True, False)] == ["yes", "no"]
    assert model.seconds(timedelta(hours=1)) == "3600s"
