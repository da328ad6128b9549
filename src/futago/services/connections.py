"""The connections services."""

from __future__ import annotations

from ipaddress import IPv4Network

from futago.services import access, drafts, filters, pages, views
from futago.store import unit_of_work


def create_connection(
    work: unit_of_work.UnitOfWork, scope: access.Scope, draft: drafts.ConnectionDraft
) -> views.ConnectionView:
    """Do it."""
    raise NotImplementedError


def modify_connection(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    connection_id: str,
    patch: drafts.ConnectionPatch,
    *,
    reveal: bool = False,
) -> views.ConnectionView:
    """Do it."""
    raise NotImplementedError


def modify_tunnel(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    connection_id: str,
    tunnel_id: str,
    patch: drafts.TunnelPatch,
) -> views.ConnectionView:
    """Do it."""
    raise NotImplementedError


def describe_connection(
    work: unit_of_work.UnitOfWork, scope: access.Scope, connection_id: str, *, reveal: bool = False
) -> views.ConnectionView:
    """Do it."""
    raise NotImplementedError


def list_connections(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    wanted: filters.ConnectionFilter,
    page: pages.PageRequest,
    *,
    reveal: bool = False,
) -> pages.Page[views.ConnectionView]:
    """Do it."""
    raise NotImplementedError


def list_attachable(
    work: unit_of_work.UnitOfWork, scope: access.Scope, page: pages.PageRequest
) -> pages.Page[views.ConnectionView]:
    """Do it."""
    raise NotImplementedError


def delete_connection(
    work: unit_of_work.UnitOfWork, scope: access.Scope, connection_id: str
) -> None:
    """Do it."""
    raise NotImplementedError


def peer_configuration(
    work: unit_of_work.UnitOfWork, scope: access.Scope, connection_id: str
) -> views.PeerConfiguration:
    """Do it."""
    raise NotImplementedError
