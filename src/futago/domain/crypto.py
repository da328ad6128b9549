"""The algorithms that a tunnel can use, as closed sets.

Values are our own spelling. Each dialect (vendor API, swanctl, VICI) is a total function in its own
module, so that a new member cannot be forgotten anywhere.
Source: RFC 7296 section 3.3.2; vendor operation CreateVpnAttachment.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class IkeVersion(StrEnum):
    """Version of the key exchange."""

    IKEV1 = "ikev1"
    IKEV2 = "ikev2"


class IkeMode(StrEnum):
    """Phase 1 exchange of IKEv1; without meaning in IKEv2."""

    MAIN = "main"
    AGGRESSIVE = "aggressive"


class Encryption(StrEnum):
    """Encryption transforms: CBC mode, and the AEADs that protect integrity by themselves."""

    AES128 = "aes128"
    AES192 = "aes192"
    AES256 = "aes256"
    DES = "des"
    TRIPLE_DES = "3des"
    AES128_GCM16 = "aes128gcm16"
    AES256_GCM16 = "aes256gcm16"
    CHACHA20_POLY1305 = "chacha20poly1305"


class Integrity(StrEnum):
    """Integrity transforms; in IKE the same hash is the PRF."""

    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"


class DhGroup(StrEnum):
    """Diffie-Hellman groups (RFC 2409, RFC 3526, RFC 5903, RFC 8031)."""

    GROUP1 = "group1"
    GROUP2 = "group2"
    GROUP5 = "group5"
    GROUP14 = "group14"
    GROUP19 = "group19"
    GROUP20 = "group20"
    GROUP21 = "group21"
    GROUP31 = "group31"


AEADS: Final = frozenset(
    {Encryption.AES128_GCM16, Encryption.AES256_GCM16, Encryption.CHACHA20_POLY1305}
)
"""In phase 1 the integrity algorithm beside one is the PRF alone; in phase 2 it is not used."""
LATER_GROUPS: Final = frozenset(
    {DhGroup.GROUP19, DhGroup.GROUP20, DhGroup.GROUP21, DhGroup.GROUP31}
)
CLASSIC_ENCRYPTION: Final = tuple(each for each in Encryption if each not in AEADS)
CLASSIC_GROUPS: Final = tuple(each for each in DhGroup if each not in LATER_GROUPS)
"""What the vendor has; the others are behind the setting `crypto.extended`."""


def is_extended(algorithm: Encryption | DhGroup) -> bool:
    """Tell whether an algorithm is beyond what the vendor has."""
    return algorithm in AEADS or algorithm in LATER_GROUPS


_WEAK: Final = frozenset(
    {
        Encryption.DES,
        Encryption.TRIPLE_DES,
        Integrity.MD5,
        Integrity.SHA1,
        DhGroup.GROUP1,
        DhGroup.GROUP2,
        DhGroup.GROUP5,
    }
)


def is_weak(algorithm: Encryption | Integrity | DhGroup) -> bool:
    """Tell whether RFC 8247 advises against an algorithm (MUST NOT or SHOULD NOT)."""
    return algorithm in _WEAK
