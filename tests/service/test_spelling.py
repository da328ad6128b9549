"""Every word that is written can be read back, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from futago.actions import spelling, states
from futago.domain import connection, crypto, health, ike, status
from futago.plan import failures

PAIRS: list[tuple[Any, Callable[[Any], str], Callable[[str], Any]]] = [
    (crypto.Encryption, spelling.write_encryption, spelling.read_encryption),
    (crypto.Integrity, spelling.write_integrity, spelling.read_integrity),
    (crypto.DhGroup, spelling.write_group, spelling.read_group),
    ([*crypto.DhGroup, None], spelling.write_pfs, spelling.read_pfs),
    (crypto.IkeVersion, spelling.write_version, spelling.read_version),
    (crypto.IkeMode, spelling.write_mode, spelling.read_mode),
    (connection.NetworkType, spelling.write_network_type, spelling.read_network_type),
    (connection.TunnelBandwidth, spelling.write_bandwidth, spelling.read_bandwidth),
    (status.AttachmentStatus, states.write_attachment_status, states.read_attachment_status),
    (status.ResourceStatus, states.write_resource_status, states.read_resource_status),
    (status.BindingStatus, states.write_association_status, states.read_association_status),
    (status.BindingStatus, states.write_propagation_status, states.read_propagation_status),
]


@pytest.mark.parametrize(
    ("members", "write", "read"), PAIRS, ids=[write.__name__ for _, write, _ in PAIRS]
)
def test_every_word_is_read_back(members: Any, write: Any, read: Any) -> None:
    words = [write(member) for member in members]
    assert len(set(words)) == len(words)
    assert [read(word) for word in words] == list(members)
    with pytest.raises(spelling.UnknownWord):
        read("nonsense")


@pytest.mark.parametrize("initiation", ike.Initiation)
def test_who_starts_is_a_flag(initiation: ike.Initiation) -> None:
    assert spelling.read_initiation(spelling.write_initiation(initiation)) is initiation


def test_aes_has_two_names() -> None:
    assert spelling.read_encryption("aes") is spelling.read_encryption("aes128")
    assert spelling.write_encryption(crypto.Encryption.AES128) == "aes"


@pytest.mark.parametrize(
    ("reached", "word"),
    [
        (health.SaStatus.NO_IKE_SA, "ike_sa_not_established"),
        (health.SaStatus.NO_CHILD_SA, "ipsec_sa_not_established"),
        (health.SaStatus.CHILD_SA, "ipsec_sa_established"),
    ],
)
def test_a_status_says_how_far_the_negotiation_came(reached: health.SaStatus, word: str) -> None:
    assert states.write_sa_status(reached) == word


def test_every_failure_has_a_code_and_a_sentence() -> None:
    for code in failures.FailureCode:
        assert states.write_failure(code)
        assert states.explain_failure(code).endswith(".")
