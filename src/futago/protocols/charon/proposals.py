"""The lists of algorithms that the daemon prints, and how two of them differ.

`IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024, IKE:...`: proposals are separated by commas,
transforms by slashes; a transform's name tells its type. Values are given in our words where we
have one (`aes128`, `sha1`, `group2`), else as the daemon prints them, in small letters.
Source: strongSwan, src/libstrongswan/crypto/proposal/proposal.c and its enum names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

NOTHING: Final = "disabled"
"""What a missing group is called."""


class Transform(StrEnum):
    """Type of a transform that can differ."""

    ENCRYPTION = "encryption"
    AUTHENTICATION = "authentication"
    """The integrity algorithm; where there is none beside an AEAD, the PRF."""
    DH_GROUP = "dh-group"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One proposal; several values of a type are alternatives, in order of preference."""

    protocol: str
    """`IKE` or `ESP`; anything else is not what we speak."""
    encryption: tuple[str, ...] = ()
    integrity: tuple[str, ...] = ()
    prf: tuple[str, ...] = ()
    dh_group: tuple[str, ...] = ()

    def values(self, transform: Transform) -> tuple[str, ...]:
        """Give the alternatives for a type of transform."""
        match transform:
            case Transform.ENCRYPTION:
                return self.encryption
            case Transform.AUTHENTICATION:
                return self.integrity or self.prf
            case Transform.DH_GROUP:
                return self.dh_group


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A type of transform on which two sides do not meet."""

    transform: Transform
    ours: str
    theirs: str
    """Alternatives are separated by `, `."""


_WORDS: Final = {
    "AES_CBC_128": "aes128",
    "AES_CBC_192": "aes192",
    "AES_CBC_256": "aes256",
    "AES_GCM_16_128": "aes128gcm16",
    "AES_GCM_16_192": "aes192gcm16",
    "AES_GCM_16_256": "aes256gcm16",
    "CHACHA20_POLY1305": "chacha20poly1305",
    "CHACHA20_POLY1305_256": "chacha20poly1305",
    "DES_CBC": "des",
    "3DES_CBC": "3des",
    "HMAC_MD5_96": "md5",
    "HMAC_SHA1_96": "sha1",
    "HMAC_SHA2_256_128": "sha256",
    "HMAC_SHA2_384_192": "sha384",
    "HMAC_SHA2_512_256": "sha512",
    "PRF_HMAC_MD5": "md5",
    "PRF_HMAC_SHA1": "sha1",
    "PRF_HMAC_SHA2_256": "sha256",
    "PRF_HMAC_SHA2_384": "sha384",
    "PRF_HMAC_SHA2_512": "sha512",
    "MODP_768": "group1",
    "MODP_1024": "group2",
    "MODP_1536": "group5",
    "MODP_2048": "group14",
    "MODP_3072": "group15",
    "MODP_4096": "group16",
    "MODP_6144": "group17",
    "MODP_8192": "group18",
    "ECP_256": "group19",
    "ECP_384": "group20",
    "ECP_521": "group21",
    "CURVE_25519": "group31",
}
_GROUP = re.compile(r"(MODP|ECP|CURVE|KE|ML_KEM|NTRU|NEWHOPE)_")
_INTEGRITY = re.compile(r"HMAC_|AES_XCBC_|AES_CMAC_")
_IGNORED: Final = frozenset({"NO_EXT_SEQ", "EXT_SEQ"})


def word(name: str) -> str:
    """Give our word for a transform's name."""
    return _WORDS.get(name, name.lower())


def name(word: str, kind: str) -> str:
    """Give the daemon's name for one of our words.

    Args:
        word: Such as `sha1`.
        kind: Name of a member of `Proposal`.
    """
    return next(each for each, ours in _WORDS.items() if ours == word and _kind(each) == kind)


def parse(text: str) -> tuple[Proposal, ...]:
    """Read a printed list; what is not a proposal is left out."""
    found = (_parse_one(part.strip()) for part in text.split(","))
    return tuple(proposal for proposal in found if proposal is not None)


def _parse_one(text: str) -> Proposal | None:
    protocol, colon, names = text.partition(":")
    if not colon or not names:
        return None
    kinds: dict[str, list[str]] = {"encryption": [], "integrity": [], "prf": [], "dh_group": []}
    for name in names.split("/"):
        if name not in _IGNORED:
            kinds[_kind(name)].append(word(name))
    return Proposal(
        protocol=protocol, **{kind: tuple(dict.fromkeys(words)) for kind, words in kinds.items()}
    )


def _kind(name: str) -> str:
    if name.startswith("PRF_"):
        return "prf"
    if _GROUP.match(name):
        return "dh_group"
    return "integrity" if _INTEGRITY.match(name) else "encryption"


def differences(
    ours: Sequence[Proposal], theirs: Sequence[Proposal], *, group_may_be_absent: bool = False
) -> tuple[Difference, ...]:
    """Tell on what two sides do not meet, by the pair of proposals that comes closest.

    Args:
        ours: Our list.
        theirs: The peer's list.
        group_may_be_absent: A side that names no group says nothing about it, as long as
            something else differs: the first child SA of IKEv2 is negotiated without one.
    """
    candidates = [
        _differ(one, other, group_may_be_absent=group_may_be_absent)
        for one in ours
        for other in theirs
        if one.protocol == other.protocol
    ]
    return min(candidates, key=len, default=())


def _differ(
    ours: Proposal, theirs: Proposal, *, group_may_be_absent: bool
) -> tuple[Difference, ...]:
    found = [
        Difference(transform=transform, ours=_text(mine), theirs=_text(other))
        for transform in Transform
        if (mine := ours.values(transform)) != (other := theirs.values(transform))
        and not set(mine) & set(other)
    ]
    one_names_no_group = not (ours.dh_group and theirs.dh_group)
    if group_may_be_absent and one_names_no_group and len(found) > 1:
        return tuple(each for each in found if each.transform is not Transform.DH_GROUP)
    return tuple(found)


def _text(values: tuple[str, ...]) -> str:
    return ", ".join(values) or NOTHING
