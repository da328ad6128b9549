"""Numbers of algorithms on the wire, for both versions of IKE.

Values are our words (`aes128`, `sha1`, `group2`). The lists are wider than what a tunnel can be set
to: they are to find out what a peer is set to.
Source: IANA, "Internet Key Exchange Version 2 (IKEv2) Parameters" and "Internet Key Exchange (IKE)
Attributes".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Algorithm:
    """An algorithm's number, and the length of its key in bits where that varies."""

    number: int
    key_bits: int | None = None


CIPHERS_V2: Final = {
    "aes128": Algorithm(number=12, key_bits=128),
    "aes192": Algorithm(number=12, key_bits=192),
    "aes256": Algorithm(number=12, key_bits=256),
    "des": Algorithm(number=2),
    "3des": Algorithm(number=3),
}
AEADS_V2: Final = {
    "aes128gcm16": Algorithm(number=20, key_bits=128),
    "aes192gcm16": Algorithm(number=20, key_bits=192),
    "aes256gcm16": Algorithm(number=20, key_bits=256),
    "chacha20poly1305": Algorithm(number=28),
}
PRFS_V2: Final = {"md5": 1, "sha1": 2, "sha256": 5, "sha384": 6, "sha512": 7}
INTEGRITY_V2: Final = {"md5": 1, "sha1": 2, "sha256": 12, "sha384": 13, "sha512": 14}
GROUPS: Final = {
    "group1": 1,
    "group2": 2,
    "group5": 5,
    "group14": 14,
    "group15": 15,
    "group16": 16,
    "group17": 17,
    "group18": 18,
    "group19": 19,
    "group20": 20,
    "group21": 21,
    "group31": 31,
}
"""The same numbers in both versions."""

CIPHERS_V1: Final = {
    "aes128": Algorithm(number=7, key_bits=128),
    "aes192": Algorithm(number=7, key_bits=192),
    "aes256": Algorithm(number=7, key_bits=256),
    "des": Algorithm(number=1),
    "3des": Algorithm(number=5),
}
HASHES_V1: Final = {"md5": 1, "sha1": 2, "sha256": 4, "sha384": 5, "sha512": 6}
_COMMON_GROUPS: Final = ("group1", "group2", "group5", "group14")
_LATER_GROUPS: Final = ("group15", "group16", "group19", "group20", "group21")

OFFERS_V1: Final = tuple(
    (cipher, hashed, group)
    for group in _COMMON_GROUPS
    for cipher in CIPHERS_V1
    for hashed in HASHES_V1
) + tuple(
    (cipher, hashed, group)
    for group in _LATER_GROUPS
    for cipher in ("aes128", "aes192", "aes256")
    for hashed in ("sha1", "sha256", "sha384", "sha512")
)
"""Version 1 offers whole sets, not lists for each type."""

_MODP_BITS: Final = {
    1: 768, 2: 1024, 5: 1536, 14: 2048, 15: 3072, 16: 4096, 17: 6144, 18: 8192,
}  # fmt: skip
_BASE_POINTS: Final = {
    19: "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
    20: "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a38"
    "5502f25dbf55296c3a545e3872760ab73617de4a96262c6f5d9e98bf9292dc29"
    "f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
    21: "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d"
    "3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5"
    "bd66011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17"
    "273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be9476"
    "9fd16650",
    31: "09" + "00" * 31,
}
"""Generators of the curves, as x and y (only x for the last); SEC 2 and RFC 7748."""


def public_value(group: int) -> bytes:
    """Give a valid public value of a group.

    It is a power of the generator that everybody knows, since no key is ever made with it: the
    negotiation ends with the first answer.
    """
    if group in _BASE_POINTS:
        return bytes.fromhex(_BASE_POINTS[group])
    bits = _MODP_BITS[group]
    return (1 << (bits - 2)).to_bytes(bits // 8, "big")
