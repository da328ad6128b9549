"""Why a service says no to looking into a connection: tasks, captures, paths."""

from __future__ import annotations

from typing import ClassVar

from futago.domain import faults


class TaskWaiting(faults.Conflict):
    """The tunnel waits for another renewal or reset."""

    code = "Task.Waiting"
    retry: ClassVar[faults.Retry] = faults.BACKOFF


class TaskNotFound(faults.NotFound):
    """The connection has no such task, capture or diagnosis."""

    code = "Task.NotFound"


class CaptureNotKept(faults.Conflict):
    """The capture has no file: it has not ended, has failed, or is too old."""

    code = "Capture.NotKept"


class CaptureOffsetBad(faults.Invalid):
    """No part of a capture's file begins there."""

    code = "Capture.BadOffset"


class CaptureTooLarge(faults.Invalid):
    """A node sent more than a capture may have."""

    code = "Capture.TooLarge"


class PathForeign(faults.Conflict):
    """The router between two addresses is another account's."""

    code = "Path.Foreign"


class PathNotThrough(faults.Invalid):
    """Nothing between the addresses passes the connection."""

    code = "Path.NotThrough"
