"""The vendor's spelling of settings, both ways.

Each function is total: a new member of a set does not type-check until it has a spelling. Readers
take the vendor's text and raise `UnknownWord` for anything else; writers cannot fail.
Source: vendor operations CreateVpnAttachment and DescribeVpnConnection.
"""

from __future__ import annotations

from typing import assert_never

from futago.domain import connection, crypto, faults, ike


class UnknownWord(faults.Invalid):
    """A word that is not in the vendor's list."""

    code = "Word.Unknown"


def unknown(what: str, allowed: str) -> UnknownWord:
    """Make the fault that lists the allowed words."""
    return UnknownWord(f"{what} is one of {allowed}")


def read_encryption(text: str) -> crypto.Encryption:
    """Read `IkeEncAlg` or `IpsecEncAlg`; `aes` means 128 bits."""
    match text:
        case "aes" | "aes128":
            return crypto.Encryption.AES128
        case "aes192":
            return crypto.Encryption.AES192
        case "aes256":
            return crypto.Encryption.AES256
        case "des":
            return crypto.Encryption.DES
        case "3des":
            return crypto.Encryption.TRIPLE_DES
        case "aes128gcm16" | "aes256gcm16" | "chacha20poly1305":
            return crypto.Encryption(text)
        case _:
            raise unknown("the encryption algorithm", "aes, aes128, aes192, aes256, des, 3des")


def write_encryption(value: crypto.Encryption) -> str:
    """Spell an encryption algorithm."""
    match value:
        case crypto.Encryption.AES128:
            return "aes"
        case crypto.Encryption.AES192:
            return "aes192"
        case crypto.Encryption.AES256:
            return "aes256"
        case crypto.Encryption.DES:
            return "des"
        case crypto.Encryption.TRIPLE_DES:
            return "3des"
        case (
            crypto.Encryption.AES128_GCM16
            | crypto.Encryption.AES256_GCM16
            | crypto.Encryption.CHACHA20_POLY1305
        ):
            return value.value
        case _:
            assert_never(value)


def read_integrity(text: str) -> crypto.Integrity:
    """Read `IkeAuthAlg` or `IpsecAuthAlg`."""
    match text:
        case "md5":
            return crypto.Integrity.MD5
        case "sha1":
            return crypto.Integrity.SHA1
        case "sha256":
            return crypto.Integrity.SHA256
        case "sha384":
            return crypto.Integrity.SHA384
        case "sha512":
            return crypto.Integrity.SHA512
        case _:
            raise unknown("the authentication algorithm", "md5, sha1, sha256, sha384, sha512")


def write_integrity(value: crypto.Integrity) -> str:
    """Spell an authentication algorithm."""
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
        case _:
            assert_never(value)


def read_group(text: str) -> crypto.DhGroup:
    """Read `IkePfs`."""
    match text:
        case "group1":
            return crypto.DhGroup.GROUP1
        case "group2":
            return crypto.DhGroup.GROUP2
        case "group5":
            return crypto.DhGroup.GROUP5
        case "group14":
            return crypto.DhGroup.GROUP14
        case "group19" | "group20" | "group21" | "group31":
            return crypto.DhGroup(text)
        case _:
            raise unknown("the Diffie-Hellman group", "group1, group2, group5, group14")


def write_group(value: crypto.DhGroup) -> str:
    """Spell a Diffie-Hellman group."""
    match value:
        case crypto.DhGroup.GROUP1:
            return "group1"
        case crypto.DhGroup.GROUP2:
            return "group2"
        case crypto.DhGroup.GROUP5:
            return "group5"
        case crypto.DhGroup.GROUP14:
            return "group14"
        case (
            crypto.DhGroup.GROUP19
            | crypto.DhGroup.GROUP20
            | crypto.DhGroup.GROUP21
            | crypto.DhGroup.GROUP31
        ):
            return value.value
        case _:
            assert_never(value)


DISABLED = "disabled"


def read_pfs(text: str) -> crypto.DhGroup | None:
    """Read `IpsecPfs`; None is no perfect forward secrecy."""
    if text == DISABLED:
        return None
    try:
        return read_group(text)
    except UnknownWord as exc:
        raise unknown("the PFS group", "disabled, group1, group2, group5, group14") from exc


def write_pfs(value: crypto.DhGroup | None) -> str:
    """Spell the group of phase 2."""
    return DISABLED if value is None else write_group(value)


def read_version(text: str) -> crypto.IkeVersion:
    """Read `IkeVersion`."""
    match text:
        case "ikev1":
            return crypto.IkeVersion.IKEV1
        case "ikev2":
            return crypto.IkeVersion.IKEV2
        case _:
            raise unknown("the IKE version", "ikev1, ikev2")


def write_version(value: crypto.IkeVersion) -> str:
    """Spell an IKE version."""
    match value:
        case crypto.IkeVersion.IKEV1:
            return "ikev1"
        case crypto.IkeVersion.IKEV2:
            return "ikev2"
        case _:
            assert_never(value)


def read_mode(text: str) -> crypto.IkeMode:
    """Read `IkeMode`."""
    match text:
        case "main":
            return crypto.IkeMode.MAIN
        case "aggressive":
            return crypto.IkeMode.AGGRESSIVE
        case _:
            raise unknown("the negotiation mode", "main, aggressive")


def write_mode(value: crypto.IkeMode) -> str:
    """Spell a negotiation mode."""
    match value:
        case crypto.IkeMode.MAIN:
            return "main"
        case crypto.IkeMode.AGGRESSIVE:
            return "aggressive"
        case _:
            assert_never(value)


def read_network_type(text: str) -> connection.NetworkType:
    """Read `NetworkType`."""
    match text:
        case "public":
            return connection.NetworkType.PUBLIC
        case "private":
            return connection.NetworkType.PRIVATE
        case _:
            raise unknown("the network type", "public, private")


def write_network_type(value: connection.NetworkType) -> str:
    """Spell a network type."""
    match value:
        case connection.NetworkType.PUBLIC:
            return "public"
        case connection.NetworkType.PRIVATE:
            return "private"
        case _:
            assert_never(value)


def read_bandwidth(text: str) -> connection.TunnelBandwidth:
    """Read `TunnelBandwidth`."""
    match text:
        case "Standard":
            return connection.TunnelBandwidth.STANDARD
        case "Large":
            return connection.TunnelBandwidth.LARGE
        case _:
            raise unknown("the bandwidth class", "Standard, Large")


def write_bandwidth(value: connection.TunnelBandwidth) -> str:
    """Spell a bandwidth class."""
    match value:
        case connection.TunnelBandwidth.STANDARD:
            return "Standard"
        case connection.TunnelBandwidth.LARGE:
            return "Large"
        case _:
            assert_never(value)


def write_spec(value: connection.TunnelBandwidth) -> str:
    """Spell the bandwidth of a tunnel class as `Spec` does."""
    match value:
        case connection.TunnelBandwidth.STANDARD:
            return "1000M"
        case connection.TunnelBandwidth.LARGE:
            return "3000M"
        case _:
            assert_never(value)


def read_initiation(immediately: bool) -> ike.Initiation:
    """Read `EffectImmediately`."""
    return ike.Initiation.IMMEDIATE if immediately else ike.Initiation.ON_TRAFFIC


def write_initiation(value: ike.Initiation) -> bool:
    """Spell who starts as `EffectImmediately`."""
    match value:
        case ike.Initiation.IMMEDIATE:
            return True
        case ike.Initiation.ON_TRAFFIC:
            return False
        case _:
            assert_never(value)


def write_role(value: connection.TunnelRole) -> str:
    """Spell the label of a tunnel."""
    match value:
        case connection.TunnelRole.PRIMARY:
            return "master"
        case connection.TunnelRole.SECONDARY:
            return "slave"
        case _:
            assert_never(value)
