"""What one negotiation proves, and how much."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

from futago.domain import crypto
from futago.plan import intent
from futago.plan.failures import FailureCode as Code
from futago.plan.failures import Phase, Setting, Severity
from futago.protocols.charon import proposals


class Rank(IntEnum):
    """How much a finding proves; more is better."""

    END = 1
    """The peer closed what was up."""
    SILENCE = 2
    NOTIFY = 3
    """The peer refused; it knows why and does not say."""
    FINDING = 4
    """We found the fault as initiator, or the notify has one cause only."""
    VALUES = 5
    """We found the fault with what the peer sent before us."""
    LOCAL = 6
    """The fault is ours alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one negotiation proves."""

    code: Code
    rank: Rank
    phase: Phase
    evidence: str = ""
    setting: Setting | None = None
    ours: str = ""
    theirs: str = ""
    severity: Severity = Severity.CRITICAL


def with_evidence(finding: Finding, text: str) -> Finding:
    """Give a finding the words that prove it."""
    return replace(finding, evidence=text)


def mismatch(
    found: tuple[proposals.Difference, ...], *, is_child: bool, has_child: bool = False
) -> Finding | None:
    """Name the algorithms on which two sides do not meet; None when they do.

    Args:
        found: The differences.
        is_child: They are about the child SA.
        has_child: One is up, so that only its renewal fails.
    """
    if not found:
        return None
    settings = _CHILD_SETTINGS if is_child else _IKE_SETTINGS
    first, *others = found
    code, setting = settings[first.transform]
    is_alone = not others
    names = [_NAMES[each.transform] for each in found]
    return Finding(
        code=code if is_alone else Code.ALGORITHM_MISMATCH,
        rank=Rank.VALUES,
        phase=_proposal_phase(is_child=is_child, has_child=has_child),
        setting=setting if is_alone else whole(is_child=is_child),
        ours=first.ours if is_alone else _several(names, [each.ours for each in found]),
        theirs=first.theirs if is_alone else _several(names, [each.theirs for each in found]),
        severity=Severity.WARNING if has_child else Severity.CRITICAL,
    )


def _proposal_phase(*, is_child: bool, has_child: bool) -> Phase:
    if has_child:
        return Phase.ESTABLISHED
    return Phase.CHILD if is_child else Phase.IKE


def whole(*, is_child: bool) -> Setting:
    """Give the setting that stands for all algorithms of a phase."""
    return Setting.IPSEC_PROPOSAL if is_child else Setting.IKE_PROPOSAL


def _several(names: list[str], values: list[str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in zip(names, values, strict=True))


_NAMES: Final = {
    proposals.Transform.ENCRYPTION: "encryption",
    proposals.Transform.AUTHENTICATION: "authentication",
    proposals.Transform.DH_GROUP: "group",
}
_IKE_SETTINGS: Final = {
    proposals.Transform.ENCRYPTION: (
        Code.ENCRYPTION_ALGORITHM_MISMATCH,
        Setting.IKE_ENCRYPTION,
    ),
    proposals.Transform.AUTHENTICATION: (
        Code.AUTHENTICATION_ALGORITHM_MISMATCH,
        Setting.IKE_AUTHENTICATION,
    ),
    proposals.Transform.DH_GROUP: (Code.DH_GROUP_MISMATCH, Setting.IKE_DH_GROUP),
}
_CHILD_SETTINGS: Final = {
    proposals.Transform.ENCRYPTION: (
        Code.ENCRYPTION_ALGORITHM_MISMATCH,
        Setting.IPSEC_ENCRYPTION,
    ),
    proposals.Transform.AUTHENTICATION: (
        Code.AUTHENTICATION_ALGORITHM_MISMATCH,
        Setting.IPSEC_AUTHENTICATION,
    ),
    proposals.Transform.DH_GROUP: (Code.PFS_MISMATCH, Setting.IPSEC_PFS),
}


def ike_proposal(tunnel: intent.TunnelIntent) -> str:
    """Write our algorithms of phase 1 in one line."""
    profile = tunnel.ike_profile
    words = (profile.version, profile.encryption, profile.integrity, profile.dh_group)
    return " ".join(word.value for word in words)


def child_proposal(tunnel: intent.TunnelIntent) -> str:
    """Write our algorithms of phase 2 in one line."""
    profile = tunnel.esp_profile
    return f"{profile.encryption.value} {profile.integrity.value} {group(tunnel)}"


def group(tunnel: intent.TunnelIntent) -> str:
    """Write our group for perfect forward secrecy."""
    pfs = tunnel.esp_profile.pfs
    return proposals.NOTHING if pfs is None else pfs.value


def other_version(version: crypto.IkeVersion) -> crypto.IkeVersion:
    """Give the version that a side does not speak."""
    match version:
        case crypto.IkeVersion.IKEV1:
            return crypto.IkeVersion.IKEV2
        case crypto.IkeVersion.IKEV2:
            return crypto.IkeVersion.IKEV1


def other_mode(mode: crypto.IkeMode) -> crypto.IkeMode:
    """Give the exchange of version 1 that a side does not use."""
    match mode:
        case crypto.IkeMode.MAIN:
            return crypto.IkeMode.AGGRESSIVE
        case crypto.IkeMode.AGGRESSIVE:
            return crypto.IkeMode.MAIN


def selectors(tunnel: intent.TunnelIntent) -> str:
    """Write our selectors as the daemon does."""
    return f"{_prefixes(tunnel.local_ts)} === {_prefixes(tunnel.remote_ts)}"


def _prefixes(prefixes: Iterable[object]) -> str:
    return " ".join(map(str, prefixes))
