from __future__ import annotations

import pytest

from futago.domain import crypto

WEAK = {
    crypto.Encryption.DES,
    crypto.Encryption.TRIPLE_DES,
    crypto.Integrity.MD5,
    crypto.Integrity.SHA1,
    crypto.DhGroup.GROUP1,
    crypto.DhGroup.GROUP2,
    crypto.DhGroup.GROUP5,
}


@pytest.mark.parametrize(
    "algorithm", [*crypto.Encryption, *crypto.Integrity, *crypto.DhGroup], ids=str
)
def test_weak_is_what_rfc_8247_advises_against(algorithm) -> None:
    assert crypto.is_weak(algorithm) is (algorithm in WEAK)
