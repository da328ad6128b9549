"""What one tunnel's daemon logged, from its file."""

from __future__ import annotations

import re
from collections.abc import Iterable

from futago.domain import ids
from futago.drivers.strongswan import files, rehearsal
from futago.plan import reasons

Line = tuple[str, str]
"""Number of the IKE SA (empty where a line has none), and text."""

_LINE = re.compile(r"\S+ \d+\[\w+\] (?:<(?:(?P<name>[^>|]*)\|)?(?P<sa>\d+)> )?(?P<text>.*)")
_ENDS_RENEWAL = re.compile(
    r"(?:inbound )?CHILD_SA \S+ established|received \w+ notify, no CHILD_SA built"
)


def telling_after(paths: files.Files, offset: int, tunnel_id: ids.TunnelId) -> list[Line]:
    """Give the lines from an offset on that can matter to a judgement, without rehearsals."""
    found = map(_LINE.fullmatch, paths.log_lines_after(offset))
    lines = [
        (match["sa"] or "", match["text"])
        for match in found
        if match is not None and match["name"] != rehearsal.name(tunnel_id)
    ]
    return [line for line in lines if reasons.is_telling(line[1])]


def end_a_renewal(lines: Iterable[Line]) -> bool:
    """Tell whether a renewal of the child SA is over, well or not."""
    return any(_ENDS_RENEWAL.match(text) for _, text in lines)
