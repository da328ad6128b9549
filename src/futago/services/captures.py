"""Captures of packets: started within limits, kept sealed for some hours, given out in parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from futago.domain import tasks
from futago.plan import intent
from futago.services import access, quotas, task_refusals
from futago.services import tasks as services
from futago.store import schema_tasks, unit_of_work
from futago.store import tasks as rows

PART_BYTES: Final = 512 * 1024
"""Of a download; a part fits into an answer and is sealed as one."""
_CAPTURES: Final = (tasks.TaskKind.CAPTURE,)
_MEBIBYTE: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a capture's file."""

    content: bytes = field(repr=False)
    offset: int
    total: int

    @property
    def next_offset(self) -> int | None:
        """Where the next part begins; None after the last."""
        end = self.offset + len(self.content)
        return end if end < self.total else None


def start(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    tunnel: tuple[str, str | None],
    spec: tasks.CaptureSpec,
    requested_by: str,
) -> tuple[services.TaskView, ...]:
    """Start a capture on a tunnel, or one on each tunnel of a connection.

    Raises:
        ConnectionNotFound, TunnelNotFound, ConnectionNotAttached: There is nothing to capture on.
        QuotaFull: Too many captures run, or too much of earlier ones is kept.
    """
    services.purge(work)
    view = services.require_placed(work, scope, tunnel[0])
    wanted = (
        [each.tunnel.id for each in view.tunnels]
        if tunnel[1] is None
        else [services.require_tunnel(view, tunnel[1]).tunnel.id]
    )
    kept = -(-rows.kept_bytes(work.session, scope.account_id) // _MEBIBYTE)
    quotas.check(work, scope.account_id, quotas.QuotaCode.CAPTURE_MEBIBYTES, kept)
    running = rows.count_captures(work.session, scope.account_id, scope.now) + len(wanted) - 1
    quotas.check(work, scope.account_id, quotas.QuotaCode.CAPTURES_RUNNING, running)
    wish = services.Wish(kind=tasks.TaskKind.CAPTURE, capture=spec)
    return tuple(
        services.request(work, scope, (view.connection.id, each), wish, requested_by)
        for each in wanted
    )


def stop(
    work: unit_of_work.UnitOfWork, scope: access.Scope, connection_id: str, capture_id: str
) -> services.TaskView:
    """Have a capture end with what it has; one that has ended stays as it is.

    Raises:
        ConnectionNotFound, TaskNotFound: There is no such capture.
    """
    row = services.find(work, scope, connection_id, capture_id, _CAPTURES)
    if not row.is_stopped and not tasks.TaskState(row.state).is_final:
        row.is_stopped = True
        work.mark_dirty(intent.IntentKind.CONNECTION.value, row.connection_id)
        work.session.flush()
    return services.view_of(row, scope.now)


def delete(
    work: unit_of_work.UnitOfWork, scope: access.Scope, connection_id: str, capture_id: str
) -> None:
    """Remove a capture with what it holds; one that runs ends.

    Raises:
        ConnectionNotFound, TaskNotFound: There is no such capture.
    """
    row = services.find(work, scope, connection_id, capture_id, _CAPTURES)
    rows.drop_content(work.session, (row.id,))
    work.session.delete(row)
    work.mark_dirty(intent.IntentKind.CONNECTION.value, row.connection_id)
    work.session.flush()


def read(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    connection_id: str,
    capture_id: str,
    offset: int,
) -> Part:
    """Give a part of a capture's file.

    Raises:
        ConnectionNotFound, TaskNotFound: There is no such capture.
        CaptureNotKept: It has not ended, has failed, or is too old.
        CaptureOffsetBad: No part begins there.
    """
    row = services.find(work, scope, connection_id, capture_id, _CAPTURES)
    is_old = row.finished_at is not None and row.finished_at < scope.now - tasks.CAPTURE_KEPT
    if row.state != tasks.TaskState.DONE.value or not row.content_bytes or is_old:
        raise task_refusals.CaptureNotKept(_why_not(row), value=capture_id)
    number, rest = divmod(offset, PART_BYTES)
    if rest or offset >= row.content_bytes:
        raise task_refusals.CaptureOffsetBad(
            f"Offset {offset} is not the beginning of a part; send 0, then NextOffset of the"
            " answer before.",
            value=offset,
        )
    sealed = rows.part(work.session, row.id, number)
    if sealed is None:
        raise task_refusals.CaptureNotKept(_why_not(row), value=capture_id)
    return Part(
        content=work.vault.unseal_content(_key(row.id, number), sealed),
        offset=offset,
        total=row.content_bytes,
    )


def store(work: unit_of_work.UnitOfWork, capture_id: str, content: bytes) -> None:
    """Keep what a node has captured.

    Raises:
        TaskNotFound: Nobody wants it any more.
        CaptureTooLarge: It has more than a capture may have.
    """
    row = rows.find(work.session, capture_id)
    if row is None or row.kind != tasks.TaskKind.CAPTURE.value:
        raise task_refusals.TaskNotFound(
            f"There is no capture {capture_id[:64]!r}.", value=capture_id
        )
    if len(content) > tasks.CAPTURE_BYTES_MAX:
        raise task_refusals.CaptureTooLarge(
            f"{len(content)} bytes are more than {tasks.CAPTURE_BYTES_MAX}.", value=len(content)
        )
    parts = [content[at : at + PART_BYTES] for at in range(0, len(content), PART_BYTES)]
    sealed = [
        work.vault.seal_content(_key(row.id, number), part) for number, part in enumerate(parts)
    ]
    rows.put_content(work.session, row.id, sealed)
    row.content_bytes = len(content)
    row.finished_at = work.now
    work.session.flush()


def _key(capture_id: str, number: int) -> str:
    return f"{capture_id}:{number}"


def _why_not(row: schema_tasks.TunnelTaskRow) -> str:
    match tasks.TaskState(row.state):
        case tasks.TaskState.WAITING | tasks.TaskState.RUNNING:
            return f"{row.id} has not ended; stop it, or wait until ListPacketCaptures says done."
        case tasks.TaskState.FAILED:
            return f"{row.id} failed and holds nothing: {row.message or row.code}. Start another."
        case tasks.TaskState.DONE:
            hours = int(tasks.CAPTURE_KEPT.total_seconds() // 3600)
            return f"{row.id} was kept for {hours} hours and is gone; start another."
