"""How one tunnel negotiates: profiles, identities, the pre-shared key."""

from __future__ import annotations

import hashlib
import re
import string
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from ipaddress import AddressValueError, IPv4Address
from typing import Final, Self

from futago.domain import crypto, faults, randomness

LIFETIME_MAX: Final = timedelta(seconds=86400)
LIFETIME_DEFAULT: Final = LIFETIME_MAX
PSK_MAX_LENGTH: Final = 100
PSK_GENERATED_LENGTH: Final = 16
IDENTITY_MAX_LENGTH: Final = 100
PSK_ALPHABET: Final = frozenset(
    string.ascii_letters + string.digits + "~`!@#$%^&*()_-+={}[]\\|;:',.<>/?\""
)
"""Source: CreateVpnAttachment, Psk; the API also takes the double quote."""

_GENERATED_ALPHABET: Final = string.ascii_letters + string.digits
_FQDN = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\Z")


class BadPsk(faults.Invalid):
    """A pre-shared key outside the rules. The message never shows the key."""

    code = "Psk.Invalid"


class BadLifetime(faults.Invalid):
    """An SA lifetime outside 0..86400 s."""

    code = "Lifetime.OutOfRange"


class BadIdentity(faults.Invalid):
    """An IKE identity that is neither an address nor a name."""

    code = "Identity.Invalid"


@dataclass(frozen=True, slots=True, repr=False)
class PresharedKey:
    """A secret; `repr` and logs see a fingerprint only."""

    _text: str = field()

    def __post_init__(self) -> None:
        if not 1 <= len(self._text) <= PSK_MAX_LENGTH:
            raise BadPsk(
                f"The pre-shared key has {len(self._text)} characters; "
                f"use 1 to {PSK_MAX_LENGTH} letters, digits and ASCII punctuation without spaces."
            )
        position = next((i for i, c in enumerate(self._text) if c not in PSK_ALPHABET), None)
        if position is not None:
            raise BadPsk(
                f"Character {position + 1} of the pre-shared key is not allowed; "
                "use letters, digits and ASCII punctuation, no space."
            )

    @classmethod
    def generate(cls, random_below: randomness.RandomBelow) -> Self:
        """Make a key of 16 random letters and digits."""
        return cls(randomness.text(_GENERATED_ALPHABET, PSK_GENERATED_LENGTH, random_below))

    def reveal(self) -> str:
        """Give the key in clear; only for the daemon's socket and for answers that may carry it."""
        return self._text

    @property
    def fingerprint(self) -> str:
        """Short digest that tells keys apart without telling the key."""
        return hashlib.sha256(b"futago-psk\0" + self._text.encode()).hexdigest()[:8]

    def __repr__(self) -> str:
        return f"PresharedKey(fingerprint={self.fingerprint})"

    __str__ = __repr__


class IdentityKind(StrEnum):
    """Type of an IKE identity (RFC 7296 section 3.5)."""

    ADDRESS = "address"
    FQDN = "fqdn"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a peer claims in IKE_AUTH: an IPv4 address or a name, never a wildcard."""

    kind: IdentityKind
    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what a user wrote; `%any` and the daemon's other spellings are refused."""
        if not 1 <= len(text) <= IDENTITY_MAX_LENGTH:
            raise BadIdentity(
                f"The identity has {len(text)} characters; use 1 to {IDENTITY_MAX_LENGTH}.",
                value=text[:IDENTITY_MAX_LENGTH],
            )
        try:
            return cls(IdentityKind.ADDRESS, str(IPv4Address(text)))
        except AddressValueError:
            pass
        if not _FQDN.match(text):
            raise BadIdentity(
                f"{text!r} is neither an IPv4 address nor a domain name; "
                "use letters, digits, '-', '_' and '.'.",
                value=text,
            )
        return cls(IdentityKind.FQDN, text)

    @classmethod
    def of_address(cls, address: IPv4Address) -> Self:
        """Make the identity of an address."""
        return cls(IdentityKind.ADDRESS, str(address))


@dataclass(frozen=True, slots=True, kw_only=True)
class IkeProfile:
    """Settings of the IKE SA. One algorithm per transform, as the vendor proposes."""

    version: crypto.IkeVersion = crypto.IkeVersion.IKEV2
    mode: crypto.IkeMode = crypto.IkeMode.MAIN
    encryption: crypto.Encryption = crypto.Encryption.AES128
    integrity: crypto.Integrity = crypto.Integrity.SHA1
    dh_group: crypto.DhGroup = crypto.DhGroup.GROUP2
    lifetime: timedelta = LIFETIME_DEFAULT


@dataclass(frozen=True, slots=True, kw_only=True)
class EspProfile:
    """Settings of the child SAs."""

    encryption: crypto.Encryption = crypto.Encryption.AES128
    integrity: crypto.Integrity = crypto.Integrity.SHA1
    pfs: crypto.DhGroup | None = crypto.DhGroup.GROUP2
    lifetime: timedelta = LIFETIME_DEFAULT


class Initiation(StrEnum):
    """Who starts a negotiation, and when."""

    IMMEDIATE = "immediate"
    ON_TRAFFIC = "on-traffic"


def parse_lifetime(seconds: int) -> timedelta | None:
    """Read an SA lifetime; 0 means "not given".

    Units: seconds, 0..86400.
    """
    maximum = int(LIFETIME_MAX.total_seconds())
    if not 0 <= seconds <= maximum:
        raise BadLifetime(
            f"SA lifetime {seconds} s is not in 0..{maximum}; 0 keeps the default.", value=seconds
        )
    return timedelta(seconds=seconds) if seconds else None
