"""What the lines about one IKE SA say of its course, before anything is concluded from them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from futago.domain import crypto
from futago.plan import intent
from futago.protocols.charon import proposals


@dataclass(slots=True)
class Trace:
    """The course of one negotiation as far as it was heard."""

    tunnel: intent.TunnelIntent
    is_ours: bool | None = None
    """We began it; None: its beginning was not heard, so it had been established before."""
    mode: crypto.IkeMode | None = None
    """The exchange of version 1 that began it; None under version 2."""
    is_established: bool = False
    has_child: bool = False
    selectors: tuple[str, str] | None = None
    """What the child SA carries, local and remote, in our view."""
    asked_local: str | None = None
    """The identity that the peer expects of us."""
    offered: str | None = None
    """The identity that the peer claims."""
    received: tuple[proposals.Proposal, ...] = field(default=())
    """The proposals that the peer sent last."""
    cannot_decrypt: bool = False

    @property
    def was_up(self) -> bool:
        """Tell whether phase 1 was complete when the line at hand was written."""
        return self.is_established or self.is_ours is None

    @property
    def is_version_1(self) -> bool:
        """Tell whether it runs under version 1, by its beginning or else by configuration."""
        if self.is_ours is None:
            return self.tunnel.ike_profile.version is crypto.IkeVersion.IKEV1
        return self.mode is not None

    def follow(self, line: str) -> None:
        """Take note of a line."""
        for pattern, note in NOTES:
            found = pattern.match(line)
            if found:
                note(self, found)
                return


def _begin_ours(trace: Trace, found: re.Match[str]) -> None:
    trace.is_ours = True
    trace.mode = _mode(found["mode"])
    trace.is_established = trace.has_child = trace.cannot_decrypt = False


def _begin_theirs(trace: Trace, found: re.Match[str]) -> None:
    trace.is_ours = False
    trace.mode = _mode(found["mode"])


def _mode(text: str | None) -> crypto.IkeMode | None:
    return None if text is None else crypto.IkeMode(text.lower())


def _look_for(trace: Trace, found: re.Match[str]) -> None:
    trace.asked_local, trace.offered = found["local"], found["remote"]


def _authenticate(trace: Trace, found: re.Match[str]) -> None:
    trace.offered = found["remote"]


def _establish(trace: Trace, _found: re.Match[str]) -> None:
    trace.is_established = True


def _receive(trace: Trace, found: re.Match[str]) -> None:
    trace.received = proposals.parse(found["list"])


def _have_child(trace: Trace, found: re.Match[str]) -> None:
    trace.is_established = trace.has_child = True
    trace.selectors = (found["local"], found["remote"])


def _fail_to_decrypt(trace: Trace, _found: re.Match[str]) -> None:
    trace.cannot_decrypt = True


Note = Callable[[Trace, re.Match[str]], None]

_LOOKING: Final = re.compile(
    r"looking for (?:pre-shared key )?peer configs matching "
    r"[^\[\s]+?(?:\[(?P<local>[^\]]*)\])?\.\.\.[^\[]+\[(?P<remote>[^\]]*)\]"
)
CHILD_UP: Final = re.compile(
    r"(?:inbound )?CHILD_SA \S+ established with SPIs .* and TS "
    r"(?P<local>.*?) === (?P<remote>.*)"
)
NOTES: Final[tuple[tuple[re.Pattern[str], Note], ...]] = tuple(
    (re.compile(pattern), note)
    for pattern, note in (
        (r"initiating (?:(?P<mode>Main|Aggressive) Mode )?IKE_SA ", _begin_ours),
        (r"\S+ is initiating an? (?:(?P<mode>Main|Aggressive) Mode )?IKE_SA", _begin_theirs),
        (_LOOKING.pattern, _look_for),
        (r"authentication of '(?P<remote>.*)' with pre-shared key successful", _authenticate),
        (r"IKE_SA \S+ established between ", _establish),
        (r"received proposals: (?P<list>.*)", _receive),
        (CHILD_UP.pattern, _have_child),
        (r"could not decrypt payloads|message parsing failed", _fail_to_decrypt),
    )
)
