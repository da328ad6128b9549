"""From rows to what a node shall have, and the end of what it has let go.

An intent is written anew when its resource is marked, and only if it differs. A resource that
shall go has an intent without content until the node reports that nothing is left; then the rows
go, in `finalize`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from futago.messages import codec
from futago.plan import intent
from futago.services import compilation, endings, nodes, tunnel_keys
from futago.store import nodes as node_rows
from futago.store import schema, unit_of_work

Compiled = compilation.Compiled
compile_connection = compilation.compile_connection
compile_router = compilation.compile_router
compile_vpc = compilation.compile_vpc


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentKey:
    """Names a resource on a node."""

    kind: intent.IntentKind
    resource_id: str


def refresh(work: unit_of_work.UnitOfWork, kind: intent.IntentKind, resource_id: str) -> bool:
    """Write the intent of a resource anew for the node; tell whether it changed."""
    node_id = nodes.only_node(work)
    if node_id is None:
        return False
    if kind is intent.IntentKind.CONNECTION:
        tunnel_keys.end_overlaps(work, resource_id)
    compiled = _compile(work, kind, resource_id)
    key = IntentKey(kind=kind, resource_id=resource_id)
    return write_intent(work, node_id, key, compiled.generation, compiled.intent)


def write_intent(
    work: unit_of_work.UnitOfWork,
    node_id: str,
    key: IntentKey,
    generation: int,
    desired: intent.Intent | None,
) -> bool:
    """Write an intent under a new revision if it differs; None has the node remove everything.

    A new generation with the same content is written too: the node's answer must name it.
    """
    row = work.session.get(schema.IntentRow, (node_id, key.kind.value, key.resource_id))
    text = codec.encode_intent(desired) if desired is not None else None
    if row is None:
        if text is None:
            return False
        row = schema.IntentRow(node_id=node_id, kind=key.kind.value, resource_id=key.resource_id)
    elif (row.intent_json, text) == (None, None) or (row.generation, row.intent_json) == (
        generation,
        text,
    ):
        return False
    row.generation = generation
    row.intent_json = text
    row.written_at = work.now
    row.revision = node_rows.next_revision(work.session, node_id)
    work.session.add(row)
    work.session.flush()
    work.is_news = True
    return True


def forget_intent(work: unit_of_work.UnitOfWork, key: IntentKey) -> None:
    """Remove intents and observations of a resource."""
    node_rows.forget(work.session, key.kind.value, key.resource_id)


def finalize(
    work: unit_of_work.UnitOfWork, kind: intent.IntentKind, resource_id: str
) -> tuple[str, ...]:
    """Remove what shall go and what the node no longer has; give the ids that went."""
    match kind:
        case intent.IntentKind.CONNECTION:
            return endings.end_connection(work, resource_id)
        case intent.IntentKind.ROUTER:
            return endings.end_router(work, resource_id)
        case intent.IntentKind.VPC:
            return endings.end_vpc(work, resource_id)
        case _:
            assert_never(kind)


def _compile(work: unit_of_work.UnitOfWork, kind: intent.IntentKind, resource_id: str) -> Compiled:
    match kind:
        case intent.IntentKind.CONNECTION:
            return compile_connection(work, resource_id)
        case intent.IntentKind.ROUTER:
            return compile_router(work, resource_id)
        case intent.IntentKind.VPC:
            return compile_vpc(work, resource_id)
        case _:
            assert_never(kind)
