"""Log lines: JSON for machines, a readable form on a terminal.

Event texts are constant and lower case; everything that varies is a field. Lines go to standard
error, for whoever runs the process to keep.
"""

from __future__ import annotations

import logging
import sys
from typing import TextIO

from pythonjsonlogger.json import JsonFormatter

from futago.runtime import logfields, settings

_STANDARD = frozenset(vars(logging.LogRecord("", 0, "", 0, "", (), None))) | {
    "message",
    "asctime",
    "taskName",
    "color_message",
}


class ContextFilter(logging.Filter):
    """Adds the context's ids to every record that does not carry them itself."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, with its context."""
        for name, variable in logfields.CONTEXT.items():
            value = variable.get()
            if value and not hasattr(record, name):
                setattr(record, name, value)
        return True


class TextFormatter(logging.Formatter):
    """Time, level, event, then fields as name=value."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        """Write one line."""
        fields = (
            f"{name}={value}" for name, value in vars(record).items() if name not in _STANDARD
        )
        return " ".join((super().formatMessage(record), *fields))


def set_up(chosen: settings.Logs, stream: TextIO | None = None) -> None:
    """Send all log lines of this process to standard error, or the stream given."""
    target = stream or sys.stderr
    handler = logging.StreamHandler(target)
    handler.setFormatter(_formatter(chosen.format, is_terminal=target.isatty()))
    handler.addFilter(ContextFilter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(chosen.level.value.upper())
    # These narrate each request and each migration step at INFO, which is not a change of state.
    for name in ("httpx", "httpcore", "alembic", "uvicorn", "pyroute2"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _formatter(wanted: settings.LogFormat, *, is_terminal: bool) -> logging.Formatter:
    if wanted is settings.LogFormat.TEXT or (wanted is settings.LogFormat.AUTO and is_terminal):
        return TextFormatter()
    return JsonFormatter(
        ["levelname", "name", "message"],
        rename_fields={
            "levelname": logfields.LEVEL,
            "name": logfields.LOGGER,
            "message": logfields.EVENT,
        },
        timestamp=logfields.TIME,
        exc_info_as_array=False,
    )
