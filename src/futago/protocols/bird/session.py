"""BIRD's control socket as bytes in, replies out.

Each line of a reply starts with a four-digit code and `-` (more follows) or a space (last line); a
line that starts with a space alone continues the code before it. Codes from 8000 on are run-time
errors, from 9000 on syntax errors.

Source: BIRD 2.0 programmer's documentation, "Command line interface", and its list of reply codes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from futago.domain import faults

WELCOME: Final = 1
RECONFIGURED: Final = 3
RECONFIGURING: Final = 4
CONFIGURATION_OK: Final = 20
FIRST_ERROR: Final = 8000

_CODED = re.compile(r"(\d{4})([ -])(.*)\Z", re.DOTALL)
_MAX_LINE = 1 << 16


class BrokenReply(faults.Unavailable):
    """The bytes on the control socket are not BIRD's protocol."""

    code = "Routing.BrokenReply"


class BadCommand(faults.Internal):
    """A command that would be more than one line."""

    code = "Routing.BadCommand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a reply."""

    code: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A complete reply; the last line carries the outcome."""

    lines: tuple[Line, ...]

    @property
    def code(self) -> int:
        """Code of the outcome."""
        return self.lines[-1].code

    @property
    def text(self) -> str:
        """Sentence of the outcome."""
        return self.lines[-1].text

    @property
    def is_error(self) -> bool:
        """Tell whether BIRD refused or failed."""
        return self.code >= FIRST_ERROR

    def texts(self, code: int) -> tuple[str, ...]:
        """Texts of all lines with a code, in order."""
        return tuple(line.text for line in self.lines if line.code == code)


def command(text: str) -> bytes:
    """Encode one command."""
    if not text or not text.isprintable():
        raise BadCommand(f"Command {text!r} is not one printable line.", value=text)
    return text.encode() + b"\n"


class ControlSession:
    """Collects received bytes into replies; knows nothing of commands."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[Line] = []

    def receive(self, data: bytes) -> tuple[Reply, ...]:
        """Take bytes as they come; return the replies that they complete.

        Raises:
            BrokenReply: A line has no code, or has no end.
        """
        *complete, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _MAX_LINE:
            raise BrokenReply(f"BIRD sent a line of more than {_MAX_LINE} bytes.")
        replies = []
        for raw in complete:
            if self._take(raw.decode(errors="replace")):
                replies.append(Reply(lines=tuple(self._lines)))
                self._lines = []
        return tuple(replies)

    def _take(self, line: str) -> bool:
        if line.startswith(" ") and self._lines:
            self._lines.append(Line(code=self._lines[-1].code, text=line[1:]))
            return False
        coded = _CODED.match(line)
        if coded is None:
            raise BrokenReply(f"BIRD sent a line without a reply code: {line[:80]!r}.")
        self._lines.append(Line(code=int(coded[1]), text=coded[3]))
        return coded[2] == " "
