"""Names of the fields of a log line, and the context that puts ids on every line of a task."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

from futago.reconcile import loop

TIME: Final = "time"
LEVEL: Final = "level"
LOGGER: Final = "logger"
EVENT: Final = "event"
ROLE: Final = "role"
WORKER: Final = "worker"
REQUEST_ID: Final = "request_id"
RECONCILE_ID: Final = "reconcile_id"
RESOURCE_ID: Final = "resource_id"
NODE_ID: Final = "node_id"

CONTEXT: Final = {
    ROLE: ContextVar[str](ROLE, default=""),
    WORKER: ContextVar[str](WORKER, default=""),
    REQUEST_ID: ContextVar[str](REQUEST_ID, default=""),
    RECONCILE_ID: loop.RECONCILE_ID,
    RESOURCE_ID: loop.RESOURCE_ID,
    NODE_ID: ContextVar[str](NODE_ID, default=""),
}
"""Set a variable and every line of the same task carries the field."""
