"""All that was heard about one tunnel lately, and the one reason to show for it.

Both ends of a tunnel start negotiations, so that what one attempt leaves open another one tells:
as responder we see what the peer sent, as initiator only that it refused. What proves more stays as
long as what comes after it can be explained by it.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from futago.plan import findings, intent, reasons
from futago.plan.failures import UP_WITH, Failure, Phase
from futago.plan.failures import FailureCode as Code

WINDOW: Final = timedelta(minutes=3)
"""How long what was proved stands while only less is proved.

Source: the vendor's failure details, which are those of the last three minutes.
"""
SETTLED: Final = timedelta(seconds=10)
"""How long it stands against what it does not explain, but what proves less."""
STRANGERS_TOLERATED: Final = 1
"""Scanners of the Internet knock once; a device that is configured goes on."""
LINES_MAX: Final = 100
SAS_MAX: Final = 20

_EXPLAINED_BY: Final[dict[Code, frozenset[Code]]] = {
    Code.PSK_OR_PEER_ID_MISMATCH: frozenset({Code.PSK_MISMATCH, Code.PEER_ID_MISMATCH}),
    Code.PEER_ID_OR_MODE_MISMATCH: frozenset(
        {Code.PEER_ID_MISMATCH, Code.NEGOTIATION_MODE_MISMATCH}
    ),
    Code.PROPOSAL_MISMATCH: frozenset(
        {
            Code.ENCRYPTION_ALGORITHM_MISMATCH,
            Code.AUTHENTICATION_ALGORITHM_MISMATCH,
            Code.DH_GROUP_MISMATCH,
            Code.ALGORITHM_MISMATCH,
            Code.PFS_MISMATCH,
            Code.IKE_VERSION_MISMATCH,
            Code.PEER_MISMATCH,
        }
    ),
    Code.NO_RESPONSE: frozenset({Code.PEER_MISMATCH}),
    Code.RECEIVE_DELETE_NOTIFY: frozenset(Code) - {Code.NO_RESPONSE, Code.DPD_TIMEOUT},
}


def is_less(weak: Code, strong: Code) -> bool:
    """Tell whether a code leaves open what another one names."""
    return strong in _EXPLAINED_BY.get(weak, frozenset())


def explains(strong: findings.Finding, weak: findings.Finding) -> bool:
    """Tell whether what one finding names is what another leaves open."""
    if strong.code is weak.code and strong.setting is weak.setting:
        return True
    return is_less(weak.code, strong.code)


@dataclass(slots=True)
class Evidence:
    """What was heard about one tunnel."""

    tunnel: intent.TunnelIntent
    is_up: bool = False
    """A child SA is installed, so that attempts beside it prove nothing."""
    failure: Failure | None = None
    _shown: findings.Finding | None = None
    _shown_sa: str = ""
    _lines: OrderedDict[str, list[str]] = field(default_factory=OrderedDict)
    _outdated: frozenset[str] = frozenset()
    _strangers: dict[str, list[datetime]] = field(default_factory=dict)

    def hear(self, sa: str, line: str, at: datetime) -> bool:
        """Take a line about an IKE SA.

        Args:
            sa: The daemon's number of the IKE SA; empty where a line has none.
            line: Text without time and thread.
            at: When it was written.

        Returns:
            Whether there is another reason to show now.
        """
        if not reasons.is_telling(line) or (sa and sa in self._outdated):
            return False
        lines = self._lines.setdefault(sa, [])
        self._lines.move_to_end(sa)
        lines.append(line)
        del lines[:-LINES_MAX]
        while len(self._lines) > SAS_MAX:
            self._lines.popitem(last=False)
        found = reasons.judge(lines, self.tunnel)
        if reasons.is_success(line):
            return self._succeed(sa, found, at)
        return found is not None and self._consider(sa, found, at)

    def learn(self, found: findings.Finding, at: datetime) -> bool:
        """Take what was found out on purpose; tell whether there is another reason now."""
        return self._consider("", found, at)

    def edited(self, tunnel: intent.TunnelIntent) -> None:
        """Forget everything: it was about another configuration."""
        outdated = frozenset(self._lines) | self._outdated
        self.tunnel = tunnel
        self.restarted()
        self._outdated = outdated - {""}

    def restarted(self) -> None:
        """Forget everything: the daemon counts its IKE SAs from 1 again."""
        self.failure = self._shown = None
        self._lines.clear()
        self._strangers.clear()
        self._outdated = frozenset()

    def came_up(self) -> None:
        """Note that a child SA is installed: only what holds nevertheless is still shown."""
        self.is_up = True
        if self.failure is not None and self.failure.code not in UP_WITH:
            self.failure = self._shown = None

    def went_down(self) -> None:
        """Note that no child SA is installed."""
        self.is_up = False

    def _succeed(self, sa: str, found: findings.Finding | None, at: datetime) -> bool:
        """What came before is over, but for what the new child SA itself shows."""
        had = self.failure
        self.failure = self._shown = None
        self._strangers.clear()
        for each in [each for each in self._lines if each != sa]:
            del self._lines[each]
        if found is not None:
            self._show(sa, found, at, had)
        return self.failure != had

    def _consider(self, sa: str, found: findings.Finding, at: datetime) -> bool:
        if self.is_up and found.phase is not Phase.ESTABLISHED:
            return False
        if self._is_stranger(found, at):
            return False
        shown, failure = self._shown, self.failure
        if shown is not None and failure is not None and self._stands(shown, found, failure, at):
            return False
        self._show(sa, found, at, failure)
        return shown is None or (shown.code, shown.setting, shown.ours, shown.theirs) != (
            found.code,
            found.setting,
            found.ours,
            found.theirs,
        )

    def _stands(
        self, shown: findings.Finding, found: findings.Finding, failure: Failure, at: datetime
    ) -> bool:
        """Tell whether what is shown stays against something that proves less."""
        if found.rank >= shown.rank:
            return False
        age = at - failure.at
        return age < SETTLED or (age < WINDOW and explains(shown, found))

    def _is_stranger(self, found: findings.Finding, at: datetime) -> bool:
        if found.code is not Code.PEER_MISMATCH or not found.theirs:
            return False
        knocks = [each for each in self._strangers.get(found.theirs, []) if at - each < WINDOW] + [
            at
        ]
        self._strangers[found.theirs] = knocks[-STRANGERS_TOLERATED - 1 :]
        while len(self._strangers) > SAS_MAX:
            self._strangers.pop(next(iter(self._strangers)))
        return len(knocks) <= STRANGERS_TOLERATED

    def _show(self, sa: str, found: findings.Finding, at: datetime, before: Failure | None) -> None:
        failure = Failure(
            code=found.code,
            at=at,
            evidence=found.evidence,
            phase=found.phase,
            setting=found.setting,
            ours=found.ours,
            theirs=found.theirs,
            severity=found.severity,
            first_seen=at,
        )
        if before is not None and _is_same(before, failure):
            is_again = sa != self._shown_sa or not sa
            failure = replace(
                failure, first_seen=before.since, count=before.count + (1 if is_again else 0)
            )
        self.failure, self._shown, self._shown_sa = failure, found, sa


def _is_same(one: Failure, other: Failure) -> bool:
    return (one.code, one.phase, one.setting, one.ours, one.theirs) == (
        other.code,
        other.phase,
        other.setting,
        other.ours,
        other.theirs,
    )
