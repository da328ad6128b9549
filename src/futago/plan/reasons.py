"""From the lines about one IKE SA to the reason why it failed.

Lines differ in what they prove: the side that finds a fault says exactly what it found, the other
side gets a bare notify that has several causes, and silence has even more. So a finding carries a
rank. Most lines mean something only where they stand: whether a retransmission tells of a closed
port, of a wrong key or of a dead peer depends on how far the negotiation had come.
Source: strongSwan 5.9.8, both versions of IKE in both roles, log level 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from futago.plan import conclusions as conclude
from futago.plan import intent, traces
from futago.plan.failures import FailureCode as Code
from futago.plan.findings import Finding, with_evidence


def judge(lines: Iterable[str], tunnel: intent.TunnelIntent) -> Finding | None:
    """Conclude from the lines of one IKE SA, in their order; None when they prove no fault.

    A child SA that comes up clears everything but what it has by itself.

    Args:
        lines: Texts, without time and thread.
        tunnel: Our configuration, as loaded when the lines were written.
    """
    trace = traces.Trace(tunnel=tunnel)
    best: Finding | None = None
    for line in lines:
        had_child = trace.selectors
        trace.follow(line)
        if trace.selectors is not had_child:
            best = conclude.narrowed(trace, line) or _warning_of(best)
            continue
        found = _find(trace, line)
        if found is not None and (best is None or found.rank >= best.rank):
            best = found
    return best


def is_success(line: str) -> bool:
    """Tell whether a line says that a child SA came up."""
    return traces.CHILD_UP.match(line) is not None


def is_telling(line: str) -> bool:
    """Tell whether a line can matter to a judgement; few of what a daemon logs do."""
    return _TELLING.match(line) is not None


def _find(trace: traces.Trace, line: str) -> Finding | None:
    for pattern, rule in _RULES:
        found = pattern.match(line)
        if found:
            finding = rule(trace, found)
            return None if finding is None else with_evidence(finding, line)
    return None


def _warning_of(finding: Finding | None) -> Finding | None:
    """Keep what the negotiation that just succeeded has shown besides."""
    is_kept = finding is not None and finding.code is Code.LIFETIME_MISMATCH
    return finding if is_kept else None


Rule = Callable[[traces.Trace, re.Match[str]], Finding | None]

_PATTERNS: Final[tuple[tuple[str, Rule], ...]] = (
    (r"no (?:matching )?peer config found", conclude.unknown_identity),
    (r"constraint check failed: identity '(?P<wanted>.*)' required", conclude.other_identity),
    (r"received IDr (?P<wanted_of_us>.*), but require (?P<wanted>.*)", conclude.other_identity),
    (r"IDir '(?P<got>.*)' does not match to '(?P<wanted>.*)'", conclude.other_identity),
    (r"tried \d+ shared keys? for .* but MAC mismatched", conclude.wrong_key),
    (r"no shared key found for ", conclude.wrong_key),
    (r"calculated HASH does not match HASH payload", conclude.wrong_key),
    (r"invalid (?:HASH|ID)_V1 payload length, decryption", conclude.undecryptable),
    (r"could not decrypt payloads|message parsing failed", conclude.undecryptable),
    (r"queueing INFORMATIONAL_V1 request as tasks still active", conclude.rejected_quietly),
    (
        r"received AUTHENTICATION_FAILED (?:notify error|error notify)",
        conclude.authentication_failed,
    ),
    (
        r"found \d+ matching configs?, but none allows .* using (?P<mode>\w+) Mode",
        conclude.wrong_mode,
    ),
    (r"configured proposals: (?P<list>.*)", conclude.own_list),
    (
        r"received NO_PROPOSAL_CHOSEN (?:notify error|error notify|notify, no CHILD_SA)",
        conclude.no_proposal,
    ),
    (
        r"no IKE config found for [^.]+(?:\.[^.]+)*?\.\.\.(?P<peer>[\d.]+),",
        conclude.unknown_peer,
    ),
    (
        r"traffic selectors (?P<local>.*?) === (?P<remote>.*) unacceptable",
        conclude.wrong_selectors,
    ),
    (
        r"no matching CHILD_SA config found for (?P<remote>.*?) === (?P<local>.*)",
        conclude.wrong_selectors,
    ),
    (r"received TS_UNACCEPTABLE notify", conclude.wrong_selectors),
    (r"received INVALID_ID_INFORMATION error", conclude.wrong_selectors),
    (r"received (?P<theirs>\d+)s lifetime, configured (?P<ours>\d+)s", conclude.other_lifetime),
    (r"giving up after \d+ retransmits|.*peer not responding", conclude.gave_up),
    (r"retransmit (?P<count>\d+) of request with message ID (?P<id>\d+)", conclude.unanswered),
    (
        r"sending retransmit (?P<count>\d+) of request message ID \d+, seq (?P<sequence>\d+)",
        conclude.unanswered,
    ),
    (r"deleting half open IKE_SA with (?P<peer>\S+) after timeout", conclude.half_open),
    (r"DPD check timed out", conclude.dead_peer),
    (r"received invalid DPD sequence number", conclude.bad_dpd),
    (r"received DELETE for IKE_SA ", conclude.deleted),
    (r"unable to install .*IPsec (?:SA|policies)", conclude.local_fault),
    (r"Aggressive Mode PSK disabled for security reasons", conclude.local_fault),
    (r"unable to resolve .*, initiate aborted", conclude.local_fault),
    (r"received UNSUPPORTED_CRITICAL_PAYLOAD ", conclude.wrong_peer),
    (r"received INVALID_MAJOR_VERSION ", conclude.wrong_version),
    (r"received (?P<notify>[A-Z_0-9]+) (?:notify error|error notify)", conclude.refused),
)
_RULES: Final = tuple((re.compile(pattern), rule) for pattern, rule in _PATTERNS)
_TELLING: Final = re.compile(
    "|".join(
        (
            *(re.sub(r"\?P<\w+>", "?:", pattern) for pattern, _ in _PATTERNS),
            *(re.sub(r"\?P<\w+>", "?:", pattern.pattern) for pattern, _ in traces.NOTES),
        )
    )
)
