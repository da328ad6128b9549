"""The routing services."""

from __future__ import annotations

from ipaddress import IPv4Network

from futago.services import access, drafts, filters, pages, views
from futago.store import unit_of_work


def associate(
    work: unit_of_work.UnitOfWork, scope: access.Scope, attachment_id: str, table_id: str
) -> None:
    """Do it."""
    raise NotImplementedError


def dissociate(
    work: unit_of_work.UnitOfWork, scope: access.Scope, attachment_id: str, table_id: str
) -> None:
    """Do it."""
    raise NotImplementedError


def list_associations(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    wanted: filters.BindingFilter,
    page: pages.PageRequest,
) -> pages.Page[views.BindingView]:
    """Do it."""
    raise NotImplementedError


def enable_propagation(
    work: unit_of_work.UnitOfWork, scope: access.Scope, attachment_id: str, table_id: str
) -> None:
    """Do it."""
    raise NotImplementedError


def disable_propagation(
    work: unit_of_work.UnitOfWork, scope: access.Scope, attachment_id: str, table_id: str
) -> None:
    """Do it."""
    raise NotImplementedError


def list_propagations(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    wanted: filters.BindingFilter,
    page: pages.PageRequest,
) -> pages.Page[views.BindingView]:
    """Do it."""
    raise NotImplementedError


def add_destination(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    connection_id: str,
    draft: drafts.DestinationDraft,
) -> views.DestinationView:
    """Do it."""
    raise NotImplementedError


def remove_destination(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    connection_id: str,
    prefix: IPv4Network,
    weight: int | None = None,
) -> None:
    """Do it."""
    raise NotImplementedError


def modify_weight(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    connection_id: str,
    prefix: IPv4Network,
    weight: int,
) -> None:
    """Do it."""
    raise NotImplementedError


def list_destinations(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    connection_id: str,
    page: pages.PageRequest = pages.ALL,
) -> pages.Page[views.DestinationView]:
    """Do it."""
    raise NotImplementedError


def list_entries(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    table_id: str,
    wanted: filters.RouteEntryFilter,
    page: pages.PageRequest,
) -> pages.Page[views.RouteEntryView]:
    """Do it."""
    raise NotImplementedError
