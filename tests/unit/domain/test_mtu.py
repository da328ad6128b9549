"""Sizes inside and outside of a tunnel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from futago.domain import crypto, ike, mtu

profiles = st.builds(
    ike.EspProfile,
    encryption=st.sampled_from(crypto.Encryption),
    integrity=st.sampled_from(crypto.Integrity),
)


@pytest.mark.parametrize(
    ("encryption", "integrity", "inner", "outer"),
    [
        # By hand: 20 IP + 8 UDP + 8 ESP + IV + (inner + 2, padded) + ICV.
        (crypto.Encryption.AES128, crypto.Integrity.SHA1, 84, 160),
        (crypto.Encryption.AES128, crypto.Integrity.SHA1, 1328, 1408),
        (crypto.Encryption.AES256, crypto.Integrity.SHA256, 84, 164),
        (crypto.Encryption.AES256, crypto.Integrity.SHA512, 84, 180),
        (crypto.Encryption.TRIPLE_DES, crypto.Integrity.MD5, 84, 144),
    ],
)
def test_sizes_outside(encryption, integrity, inner, outer):
    esp = ike.EspProfile(encryption=encryption, integrity=integrity)
    assert mtu.outer_size(inner, esp) == outer
    assert mtu.outer_size(inner, esp, is_udp=False) == outer - 8


@given(st.integers(min_value=576, max_value=9000), profiles, st.booleans())
def test_the_largest_packet_fits_and_one_byte_more_does_not(path, esp, is_udp):
    inner = mtu.largest_inner(path, esp, is_udp=is_udp)
    assert mtu.outer_size(inner, esp, is_udp=is_udp) <= path
    assert mtu.outer_size(inner + 1, esp, is_udp=is_udp) > path


@given(st.integers(min_value=1, max_value=9000), profiles)
def test_the_outside_grows_with_the_inside(inner, esp):
    assert mtu.outer_size(inner, esp) <= mtu.outer_size(inner + 1, esp)
    assert mtu.outer_size(inner, esp) - inner <= 101


@given(profiles, st.booleans())
def test_over_ethernet_every_cipher_carries_the_vendors_user_mtu(esp, is_udp):
    assert mtu.tunnel_mtu(1500, esp, is_udp=is_udp) == mtu.USER_MTU
    assert mtu.tunnel_mtu(1400, esp, is_udp=is_udp) < mtu.USER_MTU


def test_an_aead_costs_less_than_a_block_cipher_with_a_hash() -> None:
    aead = ike.EspProfile(encryption=crypto.Encryption.AES128_GCM16)
    # 20 IPv4 + 8 UDP + 8 ESP + 8 vector + (1390 + 2 trailer) + 16 check value
    assert mtu.outer_size(1390, aead) == 20 + 8 + 8 + 8 + 1392 + 16
    assert mtu.largest_inner(1500, aead) > mtu.largest_inner(1500, ike.EspProfile())
