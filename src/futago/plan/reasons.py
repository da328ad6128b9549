"""From a line of the IKE daemon to the reason of a failure.

Lines differ in what they prove: the side that finds a fault says exactly what it found, the other
side gets a bare notify that has several causes, and silence has even more. So a verdict carries a
rank, and the stronger evidence of the same negotiation is the one to show. Lines that prove
nothing by themselves have no verdict.
Source: strongSwan 5.9.8, both versions of IKE in both roles, log level 1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from futago.plan import observation

RETRANSMITS_TOLERATED: Final = 1
"""One lost packet is no failure; with a first timeout of 1.6 s the second comes after 4.5 s."""


class Rank(IntEnum):
    """How much a line proves; more is better."""

    SILENCE = 1
    NOTIFY = 2
    """The peer refused; it knows why and does not say."""
    FINDING = 3
    """This side found the fault itself, or the notify has one cause only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A reason and how much it is worth."""

    code: observation.FailureCode
    rank: Rank


_Code = observation.FailureCode

_TABLE: Final = tuple(
    (re.compile(pattern), Verdict(code=code, rank=rank))
    for pattern, code, rank in (
        (r"tried \d+ shared keys? for .* but MAC mismatched", _Code.PSK_MISMATCH, Rank.FINDING),
        (r"no shared key found for ", _Code.PSK_MISMATCH, Rank.FINDING),
        (r"invalid (HASH|ID)_V1 payload length, decryption", _Code.PSK_MISMATCH, Rank.FINDING),
        (r"could not decrypt payloads", _Code.PSK_MISMATCH, Rank.FINDING),
        (r"calculated HASH does not match HASH payload", _Code.PSK_MISMATCH, Rank.FINDING),
        (r"no (matching )?peer config found", _Code.PEER_ID_MISMATCH, Rank.FINDING),
        (r"constraint check failed: identity ", _Code.PEER_ID_MISMATCH, Rank.FINDING),
        (r"received IDr .* but require ", _Code.PEER_ID_MISMATCH, Rank.FINDING),
        (r"IDir .* does not match to ", _Code.PEER_ID_MISMATCH, Rank.FINDING),
        (r"(received|configured) proposals: ", _Code.PROPOSAL_MISMATCH, Rank.FINDING),
        (r"received proposals unacceptable", _Code.PROPOSAL_MISMATCH, Rank.FINDING),
        (r"no (acceptable |matching )?proposal found", _Code.PROPOSAL_MISMATCH, Rank.FINDING),
        (r"traffic selectors .* unacceptable", _Code.TRAFFIC_SELECTOR_MISMATCH, Rank.FINDING),
        (r"received TS_UNACCEPTABLE notify", _Code.TRAFFIC_SELECTOR_MISMATCH, Rank.FINDING),
        (r"no matching CHILD_SA config found", _Code.TRAFFIC_SELECTOR_MISMATCH, Rank.FINDING),
        (r"received INVALID_ID_INFORMATION error", _Code.TRAFFIC_SELECTOR_MISMATCH, Rank.FINDING),
        (r"DPD check timed out", _Code.DPD_TIMEOUT, Rank.FINDING),
        (r"received DELETE for IKE_SA ", _Code.RECEIVE_DELETE_NOTIFY, Rank.FINDING),
        # Also what a wrong identity or, under IKEv1, a wrong mode gives.
        (
            r"received AUTHENTICATION_FAILED (notify error|error notify)",
            _Code.PSK_MISMATCH,
            Rank.NOTIFY,
        ),
        (
            r"received NO_PROPOSAL_CHOSEN (notify error|error notify|notify, no CHILD_SA)",
            _Code.PROPOSAL_MISMATCH,
            Rank.NOTIFY,
        ),
    )
)
_GAVE_UP = re.compile(r"giving up after \d+ retransmits|.*peer not responding")
_RETRANSMIT = re.compile(r"(?:sending )?retransmit (?P<count>\d+) of request ")


def assess(line: str, *, is_established: bool = False) -> Verdict | None:
    """Give the reason that a line proves, with its rank; None when it proves none.

    Args:
        line: Text of the line, without time and thread.
        is_established: The IKE SA was up before; silence then means a dead peer, not an
            unreachable one.
    """
    for pattern, verdict in _TABLE:
        if pattern.match(line):
            return verdict
    if _GAVE_UP.match(line):
        return _silence(is_established=is_established)
    again = _RETRANSMIT.match(line)
    if again and int(again["count"]) > RETRANSMITS_TOLERATED and not is_established:
        return _silence(is_established=False)
    return None


def classify(line: str, *, is_established: bool = False) -> observation.FailureCode | None:
    """Give the reason that a line proves; None when it proves none."""
    verdict = assess(line, is_established=is_established)
    return None if verdict is None else verdict.code


def _silence(*, is_established: bool) -> Verdict:
    code = _Code.DPD_TIMEOUT if is_established else _Code.NO_RESPONSE
    return Verdict(code=code, rank=Rank.SILENCE)
