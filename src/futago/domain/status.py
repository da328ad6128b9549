"""Status is derived: what was asked for, compared with what a node says it has applied.

Pure functions from conditions to our words; the vendor's spelling lives with the actions. Nothing
stores a status that could be computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, assert_never

NODE_SILENCE: Final = timedelta(seconds=30)
"""A node that was not heard of for longer says nothing about the present."""


class ConnectionState(StrEnum):
    """Where a connection is between unbound and attached."""

    INIT = "init"
    ATTACHING = "attaching"
    ATTACHED = "attached"
    UPDATING = "updating"
    DETACHING = "detaching"


class TunnelState(StrEnum):
    """Whether the node still works on a tunnel."""

    ACTIVE = "active"
    UPDATING = "updating"
    DELETING = "deleting"


class AttachmentStatus(StrEnum):
    """Where an attachment is in its life."""

    ATTACHING = "attaching"
    ATTACHED = "attached"
    DETACHING = "detaching"


class ResourceStatus(StrEnum):
    """Where a router or a VPC is in its life."""

    CREATING = "creating"
    ACTIVE = "active"
    DELETING = "deleting"


class SessionStatus(StrEnum):
    """Whether a BGP session carries routes."""

    ESTABLISHED = "established"
    DOWN = "down"
    UNKNOWN = "unknown"
    """Nobody has said anything lately."""


class BindingStatus(StrEnum):
    """Where an association, a propagation or a destination route is in its life."""

    ADDING = "adding"
    ACTIVE = "active"
    REMOVING = "removing"


class EntryStatus(StrEnum):
    """Where a route of a table is in its life, and whether it is the one that forwards."""

    ADDING = "adding"
    ACTIVE = "active"
    SHADOWED = "shadowed"
    """A better route to the same prefix forwards instead."""
    REJECTED = "rejected"
    """Learned and not taken, because a rule forbids it."""
    REMOVING = "removing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What an attachment waits for."""

    is_deleting: bool
    connection_generation: int
    """Generation of the connection with which it was attached."""
    router_generation: int
    """Generation of the router with which it was attached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Generations of a connection and its router, wanted and applied (0: nothing applied)."""

    generation: int
    applied_generation: int
    router_generation: int
    """The router's generation that the connection's last change of routes needs."""
    applied_router_generation: int


def connection_state(binding: Binding | None, progress: Progress) -> ConnectionState:
    """Derive the state of a connection; None stands for no attachment."""
    if binding is None:
        return ConnectionState.INIT
    if binding.is_deleting:
        return ConnectionState.DETACHING
    applied, routed = progress.applied_generation, progress.applied_router_generation
    if applied < binding.connection_generation or routed < binding.router_generation:
        return ConnectionState.ATTACHING
    if applied < progress.generation or routed < progress.router_generation:
        return ConnectionState.UPDATING
    return ConnectionState.ATTACHED


def tunnel_state(connection: ConnectionState) -> TunnelState:
    """Derive the state of a tunnel from that of its connection."""
    match connection:
        case ConnectionState.INIT | ConnectionState.ATTACHED:
            return TunnelState.ACTIVE
        case ConnectionState.ATTACHING | ConnectionState.UPDATING:
            return TunnelState.UPDATING
        case ConnectionState.DETACHING:
            return TunnelState.DELETING
        case _:
            assert_never(connection)


def attachment_status(connection: ConnectionState) -> AttachmentStatus:
    """Derive the status of a VPN attachment from the state of its connection."""
    match connection:
        case ConnectionState.INIT | ConnectionState.ATTACHING:
            return AttachmentStatus.ATTACHING
        case ConnectionState.ATTACHED | ConnectionState.UPDATING:
            return AttachmentStatus.ATTACHED
        case ConnectionState.DETACHING:
            return AttachmentStatus.DETACHING
        case _:
            assert_never(connection)


def resource_status(*, is_deleting: bool, applied_generation: int) -> ResourceStatus:
    """Derive the status of a router or VPC: active once a node has applied any generation."""
    if is_deleting:
        return ResourceStatus.DELETING
    return ResourceStatus.ACTIVE if applied_generation else ResourceStatus.CREATING


def binding_status(*, is_deleting: bool, needed: int, applied: int) -> BindingStatus:
    """Derive the status of what belongs to a router.

    Args:
        is_deleting: It shall go.
        needed: The router's generation that contains it.
        applied: The router's generation that the node has applied.
    """
    if is_deleting:
        return BindingStatus.REMOVING
    return BindingStatus.ACTIVE if applied >= needed else BindingStatus.ADDING


def entry_status(*, is_deleting: bool, needed: int, applied: int) -> EntryStatus:
    """Derive the status of a static route, as `binding_status` does."""
    if is_deleting:
        return EntryStatus.REMOVING
    return EntryStatus.ACTIVE if applied >= needed else EntryStatus.ADDING


def is_fresh(heard_at: datetime | None, now: datetime) -> bool:
    """Tell whether a node's facts still describe the present."""
    return heard_at is not None and now - heard_at <= NODE_SILENCE
