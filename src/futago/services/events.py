"""Events: looked for wherever something may have changed, told once.

All events come from here. Whoever stores what a node saw, or changes what is wanted, has the
connections looked at in the same transaction: their present facts are compared with what was told
last, and the difference is told. A look that did not take place, because a process was killed, is
made up for by the next one, with the same result.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from futago.domain import events, status
from futago.messages import event_state
from futago.plan import intent
from futago.services import access, connection_views, event_facts, views
from futago.store import access as accounts
from futago.store import connections, nodes, schema, schema_events, unit_of_work
from futago.store import events as rows

log = logging.getLogger(__name__)

_CALMED_AT_ONCE: Final = 100
_OF_CEN_OWNER: Final = frozenset({events.Aspect.ATTACHMENT.value, events.Aspect.CONNECTION.value})
"""Aspects that also concern the owner of the CEN that a connection is attached to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """An event."""

    id: int
    at: datetime
    name: str
    severity: str
    resource_id: str
    connection_id: str | None
    before: str
    after: str
    reason: str
    text: str
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """Some events, newest first."""

    items: tuple[EventView, ...]
    has_more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owner:
    account_id: str
    connection_id: str | None
    watcher_id: str | None = None


Wanted = rows.Wanted


def look(
    work: unit_of_work.UnitOfWork, connection_ids: Iterable[str], *, is_silent: bool = False
) -> tuple[EventView, ...]:
    """Tell what has changed about connections, and give it.

    Args:
        work: The transaction in which something changed.
        connection_ids: Those that it may concern; some may be gone.
        is_silent: Their node is not heard of.
    """
    found = connections.by_ids(work.session, tuple(dict.fromkeys(connection_ids)))
    if not found:
        return ()
    built = connection_views.build(work, found, work.now)
    wanted = [view.connection.id for view in built]
    states = rows.states(work.session, wanted)
    versions = connections.key_versions(work.session, wanted)
    told: list[EventView] = []
    for view in built:
        body = states.get(view.connection.id)
        state = event_state.decode(body) if body else None
        if state is None:
            state = _first(work, view, versions)
        if state is not None:
            told += _compare(work, view, state, versions, is_silent=is_silent)
    return tuple(told)


def aged(work: unit_of_work.UnitOfWork) -> tuple[str, ...]:
    """Find, by reading only, connections of which time alone has changed something.

    Proofs grow old: what nothing has proven for a while is unknown, though nobody reports that.
    """
    found = connections.by_ids(work.session, connections.attached(work.session))
    built = connection_views.build(work, found, work.now)
    wanted = [view.connection.id for view in built]
    states = rows.states(work.session, wanted)
    versions = connections.key_versions(work.session, wanted)
    return tuple(
        view.connection.id
        for view in built
        if _has_aged(work, view, states.get(view.connection.id), versions)
    )


def _has_aged(
    work: unit_of_work.UnitOfWork,
    view: views.ConnectionView,
    body: str | None,
    versions: dict[str, int],
) -> bool:
    state = event_state.decode(body) if body else None
    if state is None or view.attachment is None:
        return False
    state = _following(state, view)
    facts = _facts(work, view, state.attachment_id, versions)
    return events.compare(state.told, facts, work.now).told != state.told


def concerned(
    work: unit_of_work.UnitOfWork, kind: intent.IntentKind, resource_id: str
) -> Sequence[str]:
    """Give the connections that a change of a resource may concern, before it is worked on."""
    match kind:
        case intent.IntentKind.CONNECTION:
            return (resource_id,)
        case intent.IntentKind.ROUTER:
            seen = nodes.seen(work.session, kind.value, (resource_id,)).get(resource_id)
            applied = seen.applied if seen else 0
            return connections.unsettled_on(work.session, resource_id, applied)
        case intent.IntentKind.VPC:
            return ()


def look_at_node(work: unit_of_work.UnitOfWork, node_id: str) -> tuple[EventView, ...]:
    """Tell whether a node has fallen silent or is back, and what that means for connections."""
    row = work.session.get(schema.NodeRow, node_id)
    if row is None:
        return ()
    is_heard = status.is_fresh(row.heartbeat_at, work.now)
    body = rows.states(work.session, (node_id,)).get(node_id)
    state = (event_state.decode(body) if body else None) or event_state.EventState()
    fact = event_facts.of_node(node_id, is_heard=is_heard)
    first = accounts.first_account(work.session)
    owner = _Owner(account_id=first.id if first else "", connection_id=None)
    told = _tell(work, node_id, state, (fact,), owner)
    if not told:
        return ()
    attached = connections.attached(work.session)
    return (*told, *look(work, attached, is_silent=not is_heard))


def needs_look(work: unit_of_work.UnitOfWork, node_id: str) -> bool:
    """Tell, by reading only, whether `look_at_node` has something to do."""
    row = work.session.get(schema.NodeRow, node_id)
    if row is None:
        return False
    body = rows.states(work.session, (node_id,)).get(node_id)
    state = (event_state.decode(body) if body else None) or event_state.EventState()
    is_heard = status.is_fresh(row.heartbeat_at, work.now)
    fact = event_facts.of_node(node_id, is_heard=is_heard)
    known = state.told.get(fact.key)
    return fact.value != (known.value if known else events.BASELINES[fact.aspect])


def calm(work: unit_of_work.UnitOfWork) -> Sequence[str]:
    """Give connections and nodes of which something damped may be told again."""
    return rows.calm(work.session, work.now, _CALMED_AT_ONCE)


def tell_log(told: Iterable[EventView]) -> None:
    """Write one line for each event, after it was stored."""
    for event in told:
        log.info(
            "event",
            extra={
                "event_id": event.id,
                "event_name": event.name,
                "severity": event.severity,
                "resource_id": event.resource_id,
                "connection_id": event.connection_id or "",
                "before": event.before,
                "after": event.after,
                "reason": event.reason,
            },
        )


def search(
    work: unit_of_work.UnitOfWork, scope: access.Scope, wanted: Wanted, limit: int
) -> Events:
    """Find events of an account, and of others' connections on its CENs, newest first."""
    found = rows.search(work.session, replace(wanted, account_id=scope.account_id), limit + 1)
    items = tuple(view_of(row) for row in found[:limit])
    return Events(items=items, has_more=len(found) > limit)


def after(
    work: unit_of_work.UnitOfWork, number: int, account_id: str, limit: int
) -> tuple[EventView, ...]:
    """Give what an account is told behind an event, oldest first."""
    return tuple(map(view_of, rows.after(work.session, number, account_id, limit)))


def view_of(row: schema_events.EventRow) -> EventView:
    """Make the view of a row."""
    return EventView(
        id=row.id,
        at=row.at,
        name=row.name,
        severity=row.severity,
        resource_id=row.resource_id,
        connection_id=row.connection_id,
        before=row.before,
        after=row.after,
        reason=row.reason,
        text=row.text,
        count=row.count,
        last_at=row.last_at,
    )


def _first(
    work: unit_of_work.UnitOfWork, view: views.ConnectionView, versions: dict[str, int]
) -> event_state.EventState | None:
    """Begin with a connection: from nothing when it is being attached, else with what is there."""
    if view.state is status.ConnectionState.ATTACHING:
        return event_state.EventState()
    if view.attachment is not None:
        facts = _facts(work, view, view.attachment.attachment_id, versions)
        state = _following(event_state.EventState(told=events.silently(facts)), view)
        rows.keep_state(work.session, view.connection.id, event_state.encode(state), None)
    return None


def _compare(
    work: unit_of_work.UnitOfWork,
    view: views.ConnectionView,
    state: event_state.EventState,
    versions: dict[str, int],
    *,
    is_silent: bool,
) -> tuple[EventView, ...]:
    owner = _Owner(
        account_id=view.connection.account_id,
        connection_id=view.connection.id,
        watcher_id=_watcher(work, view) if view.attachment else state.watcher_id,
    )
    if view.attachment is None:
        return _end(work, view, state, owner)
    state = replace(_following(state, view), watcher_id=owner.watcher_id)
    facts = _facts(work, view, state.attachment_id, versions)
    if is_silent:
        facts = (*facts, event_facts.silence(view))
    return _tell(work, view.connection.id, state, facts, owner)


def _end(
    work: unit_of_work.UnitOfWork,
    view: views.ConnectionView,
    state: event_state.EventState,
    owner: _Owner,
) -> tuple[EventView, ...]:
    """Tell that an attachment is gone, and forget what was told of it and its tunnels."""
    if not state.attachment_id:
        return ()
    fact = event_facts.of_attachment(view, state.attachment_id)
    told = _tell(work, view.connection.id, state, (fact,), owner)
    nothing = event_state.encode(event_state.EventState())
    rows.keep_state(work.session, view.connection.id, nothing, None)
    return told


def _facts(
    work: unit_of_work.UnitOfWork,
    view: views.ConnectionView,
    attachment_id: str,
    versions: dict[str, int],
) -> tuple[events.Fact, ...]:
    own = event_facts.of_attachment(view, attachment_id)
    if view.state is status.ConnectionState.DETACHING:
        # What ends now ends because somebody wants it.
        return (own,)
    return (own, *event_facts.of_connection(work, view, versions))


def _following(state: event_state.EventState, view: views.ConnectionView) -> event_state.EventState:
    """Go on with the attachment that is there; of an earlier one nothing is known any more."""
    attachment_id = view.attachment.attachment_id if view.attachment else ""
    if state.attachment_id in {"", attachment_id}:
        return replace(state, attachment_id=attachment_id)
    return event_state.EventState(attachment_id=attachment_id)


def _tell(
    work: unit_of_work.UnitOfWork,
    state_id: str,
    state: event_state.EventState,
    facts: Iterable[events.Fact],
    owner: _Owner,
) -> tuple[EventView, ...]:
    compared = events.compare(state.told, facts, work.now)
    if compared.told == state.told and not compared.events:
        return ()
    told = dict(compared.told)
    views_: list[EventView] = []
    for event in compared.events:
        view = _add(work, event, owner)
        views_.append(view)
        if told[event.key].damped_as == 0:
            told[event.key] = replace(told[event.key], damped_as=view.id)
    for counted in compared.counted:
        rows.count_again(work.session, counted.number, counted.after, work.now)
    calm_at = replace(compared, told=told).calm_at
    body = event_state.encode(replace(state, told=told))
    rows.keep_state(work.session, state_id, body, calm_at)
    work.is_news = True
    return tuple(views_)


def _add(work: unit_of_work.UnitOfWork, event: events.Event, owner: _Owner) -> EventView:
    concerns = event.key.split("/")[0] in _OF_CEN_OWNER
    new = rows.NewEvent(
        at=work.now,
        account_id=owner.account_id,
        watcher_id=owner.watcher_id if concerns else None,
        name=event.name.value,
        severity=event.severity.value,
        resource_id=event.resource_id,
        connection_id=owner.connection_id,
        before=event.before,
        after=event.after,
        reason=event.reason,
        text=event.text,
    )
    number = rows.add(work.session, new)
    return EventView(
        id=number,
        at=new.at,
        name=new.name,
        severity=new.severity,
        resource_id=new.resource_id,
        connection_id=new.connection_id,
        before=new.before,
        after=new.after,
        reason=new.reason,
        text=new.text,
        count=1,
        last_at=new.at,
    )


def _watcher(work: unit_of_work.UnitOfWork, view: views.ConnectionView) -> str | None:
    if view.attachment is None or not view.attachment.is_foreign:
        return None
    return connections.attached_by(work.session, view.attachment.attachment_id)
