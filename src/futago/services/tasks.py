"""Tasks of tunnels: asked for, handed to the node, followed to their outcome.

A task travels in the intent of its connection until the node has said what became of it. It does
not raise the connection's generation: nothing about the connection changes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from futago.domain import ids, randomness, tasks
from futago.plan import intent, observation
from futago.services import (
    access,
    connection_views,
    connections,
    pages,
    refusals,
    task_refusals,
    views,
)
from futago.store import schema, schema_tasks, unit_of_work
from futago.store import tasks as rows

LOST: Final = "Lost"
OPERATIONS: Final = (tasks.TaskKind.REKEY_CHILD, tasks.TaskKind.REKEY_IKE, tasks.TaskKind.RESET)
"""Kinds of which a tunnel has one at a time."""
TASK_PREFIX: Final = "task-"
CAPTURE_PREFIX: Final = "cap-"
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
_LENGTH: Final = 17
_CAPTURE: Final = TypeAdapter(tasks.CaptureSpec)
_PING: Final = TypeAdapter(tasks.PingSpec)
_CAPTURED: Final = TypeAdapter(tasks.CaptureResult)
_PINGED: Final = TypeAdapter(tasks.PingResult)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for."""

    kind: tasks.TaskKind
    capture: tasks.CaptureSpec | None = None
    ping: tasks.PingSpec | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """A task and how far it is."""

    task_id: str
    connection_id: ids.ConnectionId
    tunnel_id: ids.TunnelId
    kind: tasks.TaskKind
    state: tasks.TaskState
    requested_by: str
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    code: str | None
    message: str | None
    capture: tasks.CaptureSpec | None
    ping: tasks.PingSpec | None
    captured: tasks.CaptureResult | None
    pinged: tasks.PingResult | None
    kept_bytes: int
    """Of a capture that can be downloaded."""
    is_stopped: bool


def request(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    tunnel: tuple[str, str],
    wish: Wish,
    requested_by: str,
) -> TaskView:
    """Ask for a task; asked again while it waits, a renewal or reset is the same one.

    Args:
        work: Where it is written.
        scope: Who asks, where and when.
        tunnel: Ids of connection and tunnel.
        wish: What shall be done.
        requested_by: Name of the user.

    Raises:
        ConnectionNotFound: Not in this account and region.
        TunnelNotFound: The connection has no such tunnel.
        ConnectionNotAttached: No node has the tunnel.
        TaskWaiting: The tunnel waits for something else.
    """
    view = require_placed(work, scope, tunnel[0])
    found = require_tunnel(view, tunnel[1])
    if wish.kind in OPERATIONS:
        waiting = _waiting(work, found.tunnel.id, view, scope.now)
        if waiting is not None and waiting.kind != wish.kind.value:
            raise task_refusals.TaskWaiting(
                f"Tunnel {found.tunnel.id} waits for {waiting.kind} ({waiting.id}); ask for"
                f" {wish.kind.value} when that has ended, in {tasks.VALID_FOR.seconds} s at the"
                " latest.",
                value=waiting.id,
            )
        if waiting is not None:
            return view_of(waiting, scope.now)
    row = _row(work, scope, (view.connection.id, found.tunnel.id), wish, requested_by)
    rows.add(work.session, row)
    work.mark_dirty(intent.IntentKind.CONNECTION.value, view.connection.id)
    return view_of(row, scope.now)


def require_placed(
    work: unit_of_work.UnitOfWork, scope: access.Scope, connection_id: str
) -> views.ConnectionView:
    """Give a connection that a node has.

    Raises:
        ConnectionNotFound: Not in this account and region.
        ConnectionNotAttached: No node has it.
    """
    row = connections.find(work, scope, connection_id)
    view = connection_views.build(work, [row], scope.now)[0]
    if view.attachment is None or any(each.gateway_address is None for each in view.tunnels):
        raise refusals.ConnectionNotAttached(
            f"{view.connection.id} is not attached to a transit router, so no node has its tunnels;"
            " attach it first.",
            value=view.connection.id,
        )
    return view


def require_tunnel(view: views.ConnectionView, tunnel_id: str) -> views.TunnelView:
    """Give a tunnel of a connection.

    Raises:
        TunnelNotFound: The connection has no such tunnel.
    """
    for each in view.tunnels:
        if each.tunnel.id == tunnel_id:
            return each
    raise refusals.TunnelNotFound(
        f"{view.connection.id} has no tunnel {tunnel_id[:64]!r}; its tunnels are "
        f"{' and '.join(each.tunnel.id for each in view.tunnels)}.",
        value=tunnel_id,
    )


def find(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    connection_id: str,
    task_id: str,
    kinds: Collection[tasks.TaskKind],
) -> schema_tasks.TunnelTaskRow:
    """Find a task of a connection.

    Raises:
        ConnectionNotFound: Not in this account and region.
        TaskNotFound: The connection has no such task of these kinds.
    """
    connections.find(work, scope, connection_id)
    row = rows.find(work.session, task_id)
    if row is None or row.connection_id != connection_id or row.kind not in kinds:
        raise task_refusals.TaskNotFound(
            f"{connection_id} has nothing with the id {task_id[:64]!r}; list what it has first.",
            value=task_id,
        )
    return row


def list_tasks(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    tunnel: tuple[str, str | None],
    kinds: Collection[tasks.TaskKind],
    page: pages.PageRequest,
) -> pages.Page[TaskView]:
    """List tasks of a connection or of one of its tunnels, newest first.

    Raises:
        ConnectionNotFound: Not in this account and region.
        TunnelNotFound: The connection has no such tunnel.
    """
    row = connections.find(work, scope, tunnel[0])
    view = connection_views.build(work, [row], scope.now)[0]
    wanted = (
        [each.tunnel.id for each in view.tunnels]
        if tunnel[1] is None
        else [require_tunnel(view, tunnel[1]).tunnel.id]
    )
    found, total = rows.list_rows(work.session, wanted, kinds, page)
    return pages.Page(items=tuple(view_of(each, scope.now) for each in found), total=total)


def of_connection(
    work: unit_of_work.UnitOfWork, connection_id: str
) -> tuple[intent.TaskIntent, ...]:
    """Give what a node shall do for a connection."""
    return tuple(
        intent.TaskIntent(
            task_id=row.id,
            tunnel_id=ids.TunnelId(row.tunnel_id),
            kind=tasks.TaskKind(row.kind),
            valid_until=row.valid_until,
            is_stopped=row.is_stopped,
            capture=_CAPTURE.validate_json(row.capture) if row.capture else None,
            ping=_PING.validate_json(row.ping) if row.ping else None,
        )
        for row in rows.open_of(work.session, connection_id, work.now)
    )


def note(work: unit_of_work.UnitOfWork, seen: Iterable[observation.TaskObservation]) -> None:
    """Keep what a node says of tasks; a task that is over leaves the intent."""
    for said in seen:
        row = rows.find(work.session, said.task_id)
        if row is None:
            continue
        if not tasks.TaskState(row.state).is_final:
            _write(row, said, work.now)
        if said.state.is_final:
            work.mark_dirty(intent.IntentKind.CONNECTION.value, row.connection_id)


def purge(work: unit_of_work.UnitOfWork) -> int:
    """Forget old tasks, and what captures hold some hours after their end; count the captures."""
    old = rows.captures_before(work.session, work.now - tasks.CAPTURE_KEPT)
    for row in old:
        row.content_bytes = 0
    rows.drop_content(work.session, [row.id for row in old])
    rows.drop_before(work.session, work.now - tasks.KEPT)
    return len(old)


def view_of(row: schema_tasks.TunnelTaskRow, now: datetime) -> TaskView:
    """Show a task; one that nobody speaks of any more has failed."""
    state = tasks.TaskState(row.state)
    kind = tasks.TaskKind(row.kind)
    is_lost = not state.is_final and now > row.overdue_at
    result = row.result
    return TaskView(
        task_id=row.id,
        connection_id=ids.ConnectionId(row.connection_id),
        tunnel_id=ids.TunnelId(row.tunnel_id),
        kind=kind,
        state=tasks.TaskState.FAILED if is_lost else state,
        requested_by=row.requested_by,
        requested_at=row.requested_at,
        started_at=row.started_at,
        finished_at=row.overdue_at if is_lost else row.finished_at,
        code=LOST if is_lost else row.code,
        message="The node has not said what became of it." if is_lost else row.message,
        capture=_CAPTURE.validate_json(row.capture) if row.capture else None,
        ping=_PING.validate_json(row.ping) if row.ping else None,
        captured=_CAPTURED.validate_json(result) if result and row.capture else None,
        pinged=_PINGED.validate_json(result) if result and row.ping else None,
        kept_bytes=row.content_bytes,
        is_stopped=row.is_stopped,
    )


def views_of(
    work: unit_of_work.UnitOfWork, task_ids: Sequence[str], now: datetime
) -> tuple[TaskView, ...]:
    """Show several tasks."""
    return tuple(view_of(row, now) for row in rows.by_ids(work.session, task_ids))


def new_suffix(work: unit_of_work.UnitOfWork) -> str:
    """Make up the random part of an id that no policy speaks of."""
    return randomness.text(_ALPHABET, _LENGTH, work.random_below)


def _waiting(
    work: unit_of_work.UnitOfWork, tunnel_id: str, view: views.ConnectionView, now: datetime
) -> schema_tasks.TunnelTaskRow | None:
    for row in rows.open_of(work.session, view.connection.id, now):
        if row.tunnel_id == tunnel_id and row.kind in OPERATIONS:
            return row
    return None


def _row(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    tunnel: tuple[str, str],
    wish: Wish,
    requested_by: str,
) -> schema_tasks.TunnelTaskRow:
    prefix = CAPTURE_PREFIX if wish.kind is tasks.TaskKind.CAPTURE else TASK_PREFIX
    return schema.TunnelTaskRow(
        id=prefix + new_suffix(work),
        connection_id=tunnel[0],
        tunnel_id=tunnel[1],
        account_id=scope.account_id,
        kind=wish.kind.value,
        state=tasks.TaskState.WAITING.value,
        capture=_CAPTURE.dump_json(wish.capture).decode() if wish.capture else None,
        ping=_PING.dump_json(wish.ping).decode() if wish.ping else None,
        requested_by=requested_by,
        requested_at=scope.now,
        valid_until=scope.now + tasks.VALID_FOR,
        overdue_at=scope.now + tasks.overdue_after(wish.kind, wish.capture),
        is_stopped=False,
        content_bytes=0,
    )


def _write(
    row: schema_tasks.TunnelTaskRow, said: observation.TaskObservation, now: datetime
) -> None:
    row.state = said.state.value
    row.started_at = said.started_at or row.started_at
    if said.state.is_final:
        row.finished_at = said.finished_at or now
    row.code, row.message = said.code, said.message
    if said.capture is not None:
        row.result = _CAPTURED.dump_json(said.capture).decode()
    if said.ping is not None:
        row.result = _PINGED.dump_json(said.ping).decode()
