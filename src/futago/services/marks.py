"""Raising generations: the one way in which a change gets to a node."""

from __future__ import annotations

from futago.plan import intent
from futago.store import schema, unit_of_work


def router_changed(work: unit_of_work.UnitOfWork, row: schema.RouterRow) -> int:
    """Have the node look at a router again; give the generation that holds the change."""
    row.generation += 1
    work.mark_dirty(intent.IntentKind.ROUTER.value, row.id)
    return row.generation


def connection_changed(work: unit_of_work.UnitOfWork, row: schema.ConnectionRow) -> int:
    """Have the node look at a connection again; give the generation that holds the change."""
    row.generation += 1
    work.mark_dirty(intent.IntentKind.CONNECTION.value, row.id)
    return row.generation


def vpc_changed(work: unit_of_work.UnitOfWork, row: schema.VpcRow) -> int:
    """Have the node look at a VPC again; give the generation that holds the change."""
    row.generation += 1
    work.mark_dirty(intent.IntentKind.VPC.value, row.id)
    return row.generation
