"""The algorithms that a tunnel can use, as closed sets.

Values are our own spelling. Each dialect (vendor API, swanctl, VICI) is a total function in its own
module, so that a new member cannot be forgotten anywhere.
Source: RFC 7296 section 3.3.2; vendor operation CreateVpnAttachment.
"""

from __future__ import annotations

from enum import StrEnum
from typing import assert_never


class IkeVersion(StrEnum):
    """Version of the key exchange."""

    IKEV1 = "ikev1"
    IKEV2 = "ikev2"


class IkeMode(StrEnum):
    """Phase 1 exchange of IKEv1; without meaning in IKEv2."""

    MAIN = "main"
    AGGRESSIVE = "aggressive"


class Encryption(StrEnum):
    """Encryption transforms, all in CBC mode."""

    AES128 = "aes128"
    AES192 = "aes192"
    AES256 = "aes256"
    DES = "des"
    TRIPLE_DES = "3des"


class Integrity(StrEnum):
    """Integrity transforms; in IKE the same hash is the PRF."""

    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"


class DhGroup(StrEnum):
    """Diffie-Hellman groups (RFC 2409, RFC 3526)."""

    GROUP1 = "group1"
    GROUP2 = "group2"
    GROUP5 = "group5"
    GROUP14 = "group14"


def is_weak(algorithm: Encryption | Integrity | DhGroup) -> bool:
    """Tell whether RFC 8247 advises against an algorithm (MUST NOT or SHOULD NOT)."""
    match algorithm:
        case Encryption.DES | Encryption.TRIPLE_DES:
            return True
        case Encryption.AES128 | Encryption.AES192 | Encryption.AES256:
            return False
        case Integrity.MD5 | Integrity.SHA1:
            return True
        case Integrity.SHA256 | Integrity.SHA384 | Integrity.SHA512:
            return False
        case DhGroup.GROUP1 | DhGroup.GROUP2 | DhGroup.GROUP5:
            return True
        case DhGroup.GROUP14:
            return False
    assert_never(algorithm)
