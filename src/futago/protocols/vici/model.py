"""Our closed sets in strongSwan's words, as total functions.

Source: strongSwan, "Cipher suites" (proposal keywords) and swanctl.conf(5).
"""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv4Address
from typing import Final, assert_never

from futago.domain import crypto, ike


def version(value: crypto.IkeVersion) -> str:
    """Spell a version of IKE."""
    match value:
        case crypto.IkeVersion.IKEV1:
            return "1"
        case crypto.IkeVersion.IKEV2:
            return "2"
    assert_never(value)


def aggressive(value: crypto.IkeMode) -> str:
    """Spell the phase 1 exchange."""
    match value:
        case crypto.IkeMode.MAIN:
            return "no"
        case crypto.IkeMode.AGGRESSIVE:
            return "yes"
    assert_never(value)


def encryption(value: crypto.Encryption) -> str:
    """Spell an encryption transform; our words are the daemon's."""
    return value.value


def integrity(value: crypto.Integrity) -> str:
    """Spell an integrity transform."""
    match value:
        case crypto.Integrity.MD5:
            return "md5"
        case crypto.Integrity.SHA1:
            return "sha1"
        case crypto.Integrity.SHA256:
            return "sha256"
        case crypto.Integrity.SHA384:
            return "sha384"
        case crypto.Integrity.SHA512:
            return "sha512"
    assert_never(value)


_GROUPS: Final = {
    crypto.DhGroup.GROUP1: "modp768",
    crypto.DhGroup.GROUP2: "modp1024",
    crypto.DhGroup.GROUP5: "modp1536",
    crypto.DhGroup.GROUP14: "modp2048",
    crypto.DhGroup.GROUP19: "ecp256",
    crypto.DhGroup.GROUP20: "ecp384",
    crypto.DhGroup.GROUP21: "ecp521",
    crypto.DhGroup.GROUP31: "curve25519",
}


def dh_group(value: crypto.DhGroup) -> str:
    """Spell a Diffie-Hellman group."""
    return _GROUPS[value]


def ike_proposal(profile: ike.IkeProfile) -> str:
    """Spell the one proposal of an IKE SA; beside an AEAD the hash is the PRF alone."""
    prefix = "prf" if profile.encryption in crypto.AEADS else ""
    return "-".join(
        (
            encryption(profile.encryption),
            prefix + integrity(profile.integrity),
            dh_group(profile.dh_group),
        )
    )


def esp_proposal(profile: ike.EspProfile) -> str:
    """Spell the one proposal of a child SA; without PFS it has no group, an AEAD has no hash."""
    words = [encryption(profile.encryption)]
    if profile.encryption not in crypto.AEADS:
        words.append(integrity(profile.integrity))
    if profile.pfs is not None:
        words.append(dh_group(profile.pfs))
    return "-".join(words)


def identity(value: ike.Identity) -> str:
    """Spell an identity with its type, so that the daemon guesses nothing.

    The prefix `ipv4:` takes raw bytes, hence the hexadecimal form.
    Source: strongSwan, identification.c, create_from_string_with_prefix_type.
    """
    match value.kind:
        case ike.IdentityKind.ADDRESS:
            return f"ipv4:#{IPv4Address(value.text).packed.hex()}"
        case ike.IdentityKind.FQDN:
            return f"fqdn:{value.text}"
    assert_never(value.kind)


def seconds(value: timedelta) -> str:
    """Spell a duration."""
    return f"{int(value.total_seconds())}s"


def flag(*, value: bool) -> str:
    """Spell a truth value."""
    return "yes" if value else "no"
