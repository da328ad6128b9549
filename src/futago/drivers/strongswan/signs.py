"""When the peer was last heard of on IKE, by the log of a tunnel's daemon.

Messages that are decrypted count, because only the peer can have made them: an answer to dead peer
detection, a renewal. The daemon has no counter or event for them; its log has a line for each.
Source: strongSwan 5.9.8, src/libcharon/encoding/message.c (parse_body).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from futago.domain import ids
from futago.drivers.strongswan import files

_TAIL_BYTES: Final = 16_384
"""What is read of a log at first; a line that is older than that proves nothing any more."""
_SIGN: Final = re.compile(
    r"(?P<at>\S+) \d+\[ENC\] <(?P<name>[^>|]*)\|\d+> parsed (?:"
    r"(?:INFORMATIONAL|CREATE_CHILD_SA) (?:request|response) \d+ \["
    # Under version 1 the hash is what shows that the message is the peer's.
    r"|(?:INFORMATIONAL_V1|QUICK_MODE) (?:request|response) \d+ \[ HASH )"
)


class Signs:
    """Follows the log of one daemon."""

    def __init__(self, tunnel_id: ids.TunnelId, paths: files.Files) -> None:
        self._tunnel_id = tunnel_id
        self._files = paths
        self._offset = -1
        self._last: datetime | None = None

    def last(self) -> datetime | None:
        """Give when the last sign came, to the second; None when there was none lately."""
        size = self._files.log_size()
        if self._offset < 0:
            self._offset = max(0, size - _TAIL_BYTES)
        if size != self._offset:
            lines = self._files.log_lines_after(self._offset)
            self._offset = size
            self._last = self._newest(lines) or self._last
        return self._last

    def _newest(self, lines: list[str]) -> datetime | None:
        for line in reversed(lines):
            found = _SIGN.match(line)
            # A rehearsal has an IKE SA of another name.
            if found is not None and found["name"] == self._tunnel_id:
                return _read(found["at"])
        return None


def _read(text: str) -> datetime | None:
    try:
        # The daemon writes local time, in the zone of this process.
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None
