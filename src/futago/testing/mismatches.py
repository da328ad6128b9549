"""One setting wrong at one end of a tunnel, and what the other end should make of it.

"We" are the end that is judged; the other one is the device. A wrong value can stand on either end,
and either end can begin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Network
from typing import Final

from futago.domain import crypto, ike
from futago.plan import findings, intent
from futago.plan.failures import Failure, Setting
from futago.plan.failures import FailureCode as Code

WRONG_NAME: Final = "wrong.example"
PRIVATE_ID: Final = "private-id"
"""The device behind NAT names itself by the address that it has."""
NEAR, FAR, ELSEWHERE = (IPv4Network(f"10.{n}.0.0/16") for n in (11, 12, 13))


class Exchange(StrEnum):
    """Version of IKE, and for version 1 the mode."""

    V2 = "ikev2"
    V1_MAIN = "ikev1-main"
    V1_AGGRESSIVE = "ikev1-aggressive"

    @property
    def version(self) -> crypto.IkeVersion:
        """Give the version."""
        return crypto.IkeVersion.IKEV2 if self is Exchange.V2 else crypto.IkeVersion.IKEV1

    @property
    def mode(self) -> crypto.IkeMode:
        """Give the mode; without meaning under version 2."""
        aggressive = self is Exchange.V1_AGGRESSIVE
        return crypto.IkeMode.AGGRESSIVE if aggressive else crypto.IkeMode.MAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Both ends of a tunnel."""

    ours: intent.TunnelIntent
    theirs: intent.TunnelIntent


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What is to be reported."""

    codes: frozenset[Code | None]
    """Any of these; None for nothing at all."""
    setting: Setting | None = None
    ours: str | None = None
    theirs: str | None = None
    """None: the peer has no way to tell it."""

    def is_met_by(self, failure: Failure | None) -> bool:
        """Tell whether a reason is exactly this."""
        if failure is None:
            return None in self.codes
        return (
            failure.code in self.codes
            and failure.setting is self.setting
            and self.ours in (None, failure.ours)
            and self.theirs in (None, failure.theirs)
        )


NOTHING: Final = Expectation(codes=frozenset({None}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One setting wrong at one end, begun by one end."""

    name: str
    exchange: Exchange
    is_ours_wrong: bool
    """The wrong value stands at our end."""
    we_begin: bool
    is_behind_nat: bool = False
    """The device is behind NAT, so nobody but it can begin."""

    def __str__(self) -> str:
        where = "ours" if self.is_ours_wrong else "theirs"
        role = "initiator" if self.we_begin else "responder"
        nat = "-nat" if self.is_behind_nat else ""
        return f"{self.name}-{where}-{self.exchange.value}-{role}{nat}"


Change = Callable[[intent.TunnelIntent], intent.TunnelIntent]


def _ike(**values: object) -> Change:
    return lambda tunnel: replace(
        tunnel,
        ike_profile=replace(tunnel.ike_profile, **values),  # type: ignore[arg-type]
    )


def _esp(**values: object) -> Change:
    return lambda tunnel: replace(
        tunnel,
        esp_profile=replace(tunnel.esp_profile, **values),  # type: ignore[arg-type]
    )


def _other_version(tunnel: intent.TunnelIntent) -> intent.TunnelIntent:
    return _ike(version=findings.other_version(tunnel.ike_profile.version))(tunnel)


def _other_mode(tunnel: intent.TunnelIntent) -> intent.TunnelIntent:
    modes = {
        crypto.IkeMode.MAIN: crypto.IkeMode.AGGRESSIVE,
        crypto.IkeMode.AGGRESSIVE: crypto.IkeMode.MAIN,
    }
    return _ike(mode=modes[tunnel.ike_profile.mode])(tunnel)


_WRONG: Final = ike.Identity.parse(WRONG_NAME)
CHANGES: Final[dict[str, Change]] = {
    "nothing": lambda tunnel: tunnel,
    "psk": lambda tunnel: tunnel,
    "ike-encryption": _ike(encryption=crypto.Encryption.AES256),
    "ike-authentication": _ike(integrity=crypto.Integrity.SHA256),
    "ike-dh-group": _ike(dh_group=crypto.DhGroup.GROUP14),
    "ike-lifetime": _ike(lifetime=timedelta(hours=1)),
    "ike-version": _other_version,
    "ike-mode": _other_mode,
    "local-id": lambda tunnel: replace(tunnel, local_identity=_WRONG),
    "remote-id": lambda tunnel: replace(tunnel, remote_identity=_WRONG),
    "ipsec-encryption": _esp(encryption=crypto.Encryption.AES256),
    "ipsec-authentication": _esp(integrity=crypto.Integrity.SHA256),
    "ipsec-pfs": _esp(pfs=crypto.DhGroup.GROUP14),
    "ipsec-no-pfs": _esp(pfs=None),
    "ipsec-lifetime": _esp(lifetime=timedelta(hours=1)),
    "selectors": lambda tunnel: replace(tunnel, local_ts=(ELSEWHERE,)),
    "dpd": lambda tunnel: replace(tunnel, dpd=False),
}
"""What makes an end wrong; a wrong key is no part of an intent."""


def all_cases() -> Iterator[Case]:
    """Give every case; what has no meaning under an exchange must change nothing there."""
    for name in CHANGES:
        for exchange in Exchange:
            for is_ours_wrong in (True, False):
                if name == "nothing" and is_ours_wrong:
                    continue
                for we_begin in (True, False):
                    yield Case(
                        name=name,
                        exchange=exchange,
                        is_ours_wrong=is_ours_wrong,
                        we_begin=we_begin,
                    )


def nat_cases() -> Iterator[Case]:
    """Give the cases of a device behind NAT: what is wrong at it, and that it cannot be reached."""
    for exchange in Exchange:
        for name in (*CHANGES, PRIVATE_ID):
            yield Case(
                name=name,
                exchange=exchange,
                is_ours_wrong=False,
                we_begin=False,
                is_behind_nat=True,
            )
        yield Case(
            name="nothing",
            exchange=exchange,
            is_ours_wrong=False,
            we_begin=True,
            is_behind_nat=True,
        )


def ends(case: Case, ours: intent.TunnelIntent, theirs: intent.TunnelIntent) -> Ends:
    """Make both ends of a case out of two that fit."""
    profile = ike.IkeProfile(version=case.exchange.version, mode=case.exchange.mode)
    ours, theirs = (replace(end, ike_profile=profile) for end in (ours, theirs))
    if case.name == "selectors":
        ours = replace(ours, local_ts=(NEAR,), remote_ts=(FAR,))
        theirs = replace(theirs, local_ts=(FAR,), remote_ts=(NEAR,))
    if case.name == PRIVATE_ID:
        private = ike.Identity.of_address(theirs.gateway_address)
        return Ends(ours=ours, theirs=replace(theirs, local_identity=private))
    change = CHANGES[case.name]
    return (
        Ends(ours=change(ours), theirs=theirs)
        if case.is_ours_wrong
        else Ends(ours=ours, theirs=change(theirs))
    )


def expected(case: Case, both: Ends) -> Expectation:
    """Say what our end is to report, as far as the protocol lets it know."""
    if case.is_behind_nat and case.we_begin:
        return _UNREACHABLE
    if _is_without_effect(case):
        return NOTHING
    return _expect_failure(case, both)


def _expect_failure(case: Case, both: Ends) -> Expectation:  # noqa: PLR0911 - one for each kind
    if case.name == "psk":
        return _expect_key(case)
    if case.name in ("local-id", "remote-id", PRIVATE_ID):
        return _expect_identity(case, both)
    if case.name == "ike-mode":
        return _expect(Code.NEGOTIATION_MODE_MISMATCH, Setting.IKE_MODE, both)
    if case.name == "ipsec-lifetime":
        return _expect(Code.LIFETIME_MISMATCH, Setting.IPSEC_LIFETIME, both)
    if case.name == "selectors":
        return _expect(Code.TRAFFIC_SELECTOR_MISMATCH, Setting.TRAFFIC_SELECTORS, both)
    code, setting = _ALGORITHMS[case.name]
    wanted = _expect(code, setting, both)
    if code is Code.PFS_MISMATCH and case.exchange is Exchange.V2:
        # Our renewal is refused without a word; only a renewal of the peer's would tell its group.
        return replace(wanted, theirs=None)
    return wanted


_ALGORITHMS: Final = {
    "ike-encryption": (Code.ENCRYPTION_ALGORITHM_MISMATCH, Setting.IKE_ENCRYPTION),
    "ike-authentication": (Code.AUTHENTICATION_ALGORITHM_MISMATCH, Setting.IKE_AUTHENTICATION),
    "ike-dh-group": (Code.DH_GROUP_MISMATCH, Setting.IKE_DH_GROUP),
    "ike-version": (Code.IKE_VERSION_MISMATCH, Setting.IKE_VERSION),
    "ipsec-encryption": (Code.ENCRYPTION_ALGORITHM_MISMATCH, Setting.IPSEC_ENCRYPTION),
    "ipsec-authentication": (
        Code.AUTHENTICATION_ALGORITHM_MISMATCH,
        Setting.IPSEC_AUTHENTICATION,
    ),
    "ipsec-pfs": (Code.PFS_MISMATCH, Setting.IPSEC_PFS),
    "ipsec-no-pfs": (Code.PFS_MISMATCH, Setting.IPSEC_PFS),
}


def _is_without_effect(case: Case) -> bool:
    """Tell whether both ends agree although they are set up differently."""
    if case.name in ("nothing", "dpd", "ike-lifetime"):
        return True
    if case.name == "ike-mode":
        return case.exchange is Exchange.V2
    if case.name == "ipsec-lifetime":
        # Version 1 tells the responder; version 2 tells nobody.
        return case.exchange is Exchange.V2 or case.we_begin
    return False


def _expect_key(case: Case) -> Expectation:
    """The end that verifies knows; the other one hears that something was wrong."""
    knows = (
        case.exchange is Exchange.V1_MAIN
        or (case.exchange is Exchange.V2 and not case.we_begin)
        or (case.exchange is Exchange.V1_AGGRESSIVE and case.we_begin)
    )
    if knows:
        return Expectation(codes=frozenset({Code.PSK_MISMATCH}), setting=Setting.PSK)
    return _PSK_OR_IDENTITY


_UNREACHABLE: Final = Expectation(codes=frozenset({Code.NO_RESPONSE}), setting=Setting.REACHABILITY)
_PSK_OR_IDENTITY: Final = Expectation(
    codes=frozenset({Code.PSK_OR_PEER_ID_MISMATCH}), setting=Setting.PSK_OR_IDENTITY
)


def _expect_identity(case: Case, both: Ends) -> Expectation:
    is_about_peer = (case.name == "remote-id") is case.is_ours_wrong
    exchange, we_begin = case.exchange, case.we_begin
    if exchange is Exchange.V2 and we_begin:
        return _PSK_OR_IDENTITY
    if is_about_peer:
        return Expectation(
            codes=frozenset({Code.PEER_ID_MISMATCH}),
            setting=Setting.REMOTE_ID,
            ours=both.ours.remote_identity.text,
            theirs=both.theirs.local_identity.text,
        )
    if exchange is Exchange.V1_AGGRESSIVE and not we_begin:
        return _PSK_OR_IDENTITY
    return Expectation(
        codes=frozenset({Code.PEER_ID_MISMATCH}),
        setting=Setting.LOCAL_ID,
        ours=both.ours.local_identity.text,
        # Version 2 asks for an identity, version 1 only refuses ours.
        theirs=both.theirs.remote_identity.text if exchange is Exchange.V2 else None,
    )


def _expect(code: Code, setting: Setting, both: Ends) -> Expectation:
    ours, theirs = _value(both.ours, setting), _value(both.theirs, setting)
    if setting is Setting.TRAFFIC_SELECTORS:
        local, _, remote = theirs.partition(" === ")
        theirs = f"{remote} === {local}"
    return Expectation(codes=frozenset({code}), setting=setting, ours=ours, theirs=theirs)


def _value(tunnel: intent.TunnelIntent, setting: Setting) -> str:
    return _VALUES[setting](tunnel)


_VALUES: Final[dict[Setting, Callable[[intent.TunnelIntent], str]]] = {
    Setting.IKE_VERSION: lambda tunnel: tunnel.ike_profile.version.value,
    Setting.IKE_MODE: lambda tunnel: tunnel.ike_profile.mode.value,
    Setting.IKE_ENCRYPTION: lambda tunnel: tunnel.ike_profile.encryption.value,
    Setting.IKE_AUTHENTICATION: lambda tunnel: tunnel.ike_profile.integrity.value,
    Setting.IKE_DH_GROUP: lambda tunnel: tunnel.ike_profile.dh_group.value,
    Setting.IPSEC_ENCRYPTION: lambda tunnel: tunnel.esp_profile.encryption.value,
    Setting.IPSEC_AUTHENTICATION: lambda tunnel: tunnel.esp_profile.integrity.value,
    Setting.IPSEC_PFS: findings.group,
    Setting.IPSEC_LIFETIME: lambda tunnel: f"{int(tunnel.esp_profile.lifetime.total_seconds())} s",
    Setting.TRAFFIC_SELECTORS: findings.selectors,
}
