"""The end of rows: what was marked to go and what the node no longer has.

A gateway address becomes free only here, when the tunnel that used it is gone from the node.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from futago.plan import intent
from futago.services import views
from futago.store import (
    attachments,
    connections,
    grants,
    leaving,
    nodes,
    route_entries,
    routers,
    rows,
    schema,
    tags,
    unit_of_work,
)

_EVERYTHING: Final = sys.maxsize


def awaits(work: unit_of_work.UnitOfWork, kind: intent.IntentKind, resource_id: str) -> bool:
    """Tell whether a node's word about a resource can end anything."""
    match kind:
        case intent.IntentKind.CONNECTION:
            return leaving.connection(work.session, resource_id)
        case intent.IntentKind.ROUTER:
            return leaving.router(work.session, resource_id)
        case intent.IntentKind.VPC:
            return leaving.vpc(work.session, resource_id)


def end_connection(work: unit_of_work.UnitOfWork, connection_id: str) -> tuple[str, ...]:
    """End the attachment of a connection that is gone from the node and from its router."""
    row = attachments.of_resource(work.session, connection_id)
    if row is None:
        return _end_leftovers(work, intent.IntentKind.CONNECTION, connection_id)
    return _end_attachments(work, [row], _routed(work, row.router_id))


def end_router(work: unit_of_work.UnitOfWork, router_id: str) -> tuple[str, ...]:
    """End what the router's node has let go, and at last the router."""
    row = work.session.get(schema.RouterRow, router_id)
    if row is None:
        return _end_leftovers(work, intent.IntentKind.ROUTER, router_id)
    routed = _routed(work, router_id)
    attached = attachments.of_router(work.session, router_id)
    attachments.drop_over(work.session, [each.id for each in attached], routed)
    route_entries.drop_over(work.session, router_id, routed)
    _end_tables(work, router_id, routed)
    attachments.drop_destinations_over(
        work.session, [each.resource_id for each in attached], routed
    )
    ended = _end_attachments(work, attached, routed)
    if not row.deleting or not _is_gone(work, intent.IntentKind.ROUTER, router_id):
        return ended
    tables = routers.tables_of(work.session, router_id)
    tags.drop(work.session, (router_id, *(table.id for table in tables)))
    nodes.forget(work.session, intent.IntentKind.ROUTER.value, router_id)
    routers.drop(work.session, row)
    return (*ended, router_id)


def end_vpc(work: unit_of_work.UnitOfWork, vpc_id: str) -> tuple[str, ...]:
    """End a VPC that is gone from the node."""
    row = work.session.get(schema.VpcRow, vpc_id)
    if row is None:
        return _end_leftovers(work, intent.IntentKind.VPC, vpc_id)
    if not row.deleting or not _is_gone(work, intent.IntentKind.VPC, vpc_id):
        return ()
    tags.drop(work.session, (vpc_id,))
    grants.drop_of_instance(work.session, vpc_id)
    nodes.forget(work.session, intent.IntentKind.VPC.value, vpc_id)
    work.session.delete(row)
    work.session.flush()
    return (vpc_id,)


def _end_tables(work: unit_of_work.UnitOfWork, router_id: str, routed: int) -> None:
    over = routers.tables_over(work.session, router_id, routed)
    tags.drop(work.session, [row.id for row in over])
    for row in over:
        work.session.delete(row)
    work.session.flush()


def _end_attachments(
    work: unit_of_work.UnitOfWork, attached: Sequence[schema.AttachmentRow], routed: int
) -> tuple[str, ...]:
    over = [
        row
        for row in attached
        if row.deleting and routed >= row.router_generation and _is_resource_gone(work, row)
    ]
    for row in over:
        if row.kind == views.AttachmentKind.VPN.value:
            for tunnel in connections.tunnel_rows(work.session, row.resource_id):
                rows.seat(tunnel, None)
            nodes.forget(work.session, intent.IntentKind.CONNECTION.value, row.resource_id)
        tags.drop(work.session, (row.id,))
        attachments.drop(work.session, row)
    return tuple(row.id for row in over)


def _end_leftovers(
    work: unit_of_work.UnitOfWork, kind: intent.IntentKind, resource_id: str
) -> tuple[str, ...]:
    """Forget late words of a node about something that has no rows any more."""
    if _is_gone(work, kind, resource_id):
        nodes.forget(work.session, kind.value, resource_id)
    return ()


def _is_resource_gone(work: unit_of_work.UnitOfWork, row: schema.AttachmentRow) -> bool:
    if row.kind == views.AttachmentKind.VPC.value:
        return True
    return _is_gone(work, intent.IntentKind.CONNECTION, row.resource_id)


def _routed(work: unit_of_work.UnitOfWork, router_id: str) -> int:
    """Give the router's generation in force; a router that no node has heard of holds nothing."""
    kind = intent.IntentKind.ROUTER.value
    if not nodes.intents_of(work.session, kind, router_id):
        return _EVERYTHING
    seen = nodes.seen(work.session, kind, (router_id,)).get(router_id)
    return seen.generation if seen else 0


def _is_gone(work: unit_of_work.UnitOfWork, kind: intent.IntentKind, resource_id: str) -> bool:
    """Tell whether nothing of a resource is left on the node, or never was."""
    written = nodes.intents_of(work.session, kind.value, resource_id)
    seen = nodes.seen(work.session, kind.value, (resource_id,)).get(resource_id)
    return all(_has_let_go(row, seen) for row in written)


def _has_let_go(row: schema.IntentRow, seen: nodes.Seen | None) -> bool:
    if row.intent_json is not None or seen is None or seen.is_present:
        return False
    # What was said before the removal was asked for may have changed since.
    return seen.generation >= row.generation or seen.received_at >= row.written_at
