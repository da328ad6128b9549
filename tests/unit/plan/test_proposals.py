"""Printed lists of algorithms."""

from __future__ import annotations

from futago.protocols.charon import proposals
from futago.protocols.charon.proposals import Transform


def difference(ours: str, theirs: str, **options: bool) -> list[tuple[Transform, str, str]]:
    found = proposals.differences(proposals.parse(ours), proposals.parse(theirs), **options)
    return [(each.transform, each.ours, each.theirs) for each in found]


def test_names_become_our_words_by_type() -> None:
    (found,) = proposals.parse("IKE:AES_CBC_256/HMAC_SHA2_384_192/PRF_HMAC_SHA2_384/ECP_256")
    assert found == proposals.Proposal(
        protocol="IKE",
        encryption=("aes256",),
        integrity=("sha384",),
        prf=("sha384",),
        dh_group=("group19",),
    )


def test_unknown_names_stay_readable_and_nonsense_is_left_out() -> None:
    (found,) = proposals.parse("ESP:CAMELLIA_CBC_256/HMAC_SHA1_96/NO_EXT_SEQ, , nonsense")
    assert found.encryption == ("camellia_cbc_256",)


def test_an_aead_names_its_prf_in_place_of_an_integrity() -> None:
    ours = "IKE:AES_GCM_16_256/PRF_HMAC_SHA2_256/CURVE_25519"
    theirs = "IKE:AES_GCM_16_256/PRF_HMAC_SHA2_512/CURVE_25519"
    assert difference(ours, theirs) == [(Transform.AUTHENTICATION, "sha256", "sha512")]


def test_the_closest_proposal_of_a_list_counts() -> None:
    ours = "IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024"
    theirs = (
        "IKE:AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048, "
        "IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_2048/MODP_3072"
    )
    assert difference(ours, theirs) == [(Transform.DH_GROUP, "group2", "group14, group15")]


def test_alternatives_that_meet_do_not_differ() -> None:
    ours = "ESP:AES_CBC_128/HMAC_SHA1_96/NO_EXT_SEQ"
    theirs = "ESP:AES_CBC_256/AES_CBC_128/HMAC_SHA2_256_128/HMAC_SHA1_96/NO_EXT_SEQ"
    assert difference(ours, theirs) == []


def test_a_missing_group_differs_unless_something_else_does_and_it_may_be_absent() -> None:
    ours = "ESP:AES_CBC_128/HMAC_SHA1_96/MODP_1024/NO_EXT_SEQ"
    without = "ESP:AES_CBC_128/HMAC_SHA1_96/NO_EXT_SEQ"
    other = "ESP:AES_CBC_256/HMAC_SHA1_96/NO_EXT_SEQ"
    group = (Transform.DH_GROUP, "group2", "disabled")
    encryption = (Transform.ENCRYPTION, "aes128", "aes256")
    assert difference(ours, without, group_may_be_absent=True) == [group]
    assert difference(ours, other, group_may_be_absent=True) == [encryption]
    assert difference(ours, other) == [encryption, group]


def test_names_are_found_again_by_word_and_kind() -> None:
    assert proposals.name("sha1", "integrity") == "HMAC_SHA1_96"
    assert proposals.name("sha1", "prf") == "PRF_HMAC_SHA1"
    assert proposals.name("group14", "dh_group") == "MODP_2048"
