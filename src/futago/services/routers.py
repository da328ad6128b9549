"""The routers services."""

from __future__ import annotations

from ipaddress import IPv4Network

from futago.services import access, drafts, filters, pages, views
from futago.store import unit_of_work


def create_cen(
    work: unit_of_work.UnitOfWork, scope: access.Scope, label: drafts.Label
) -> views.CenView:
    """Do it."""
    raise NotImplementedError


def list_cens(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    wanted: filters.CenFilter,
    page: pages.PageRequest,
) -> pages.Page[views.CenView]:
    """Do it."""
    raise NotImplementedError


def modify_cen(
    work: unit_of_work.UnitOfWork, scope: access.Scope, cen_id: str, patch: drafts.LabelPatch
) -> None:
    """Do it."""
    raise NotImplementedError


def delete_cen(work: unit_of_work.UnitOfWork, scope: access.Scope, cen_id: str) -> None:
    """Do it."""
    raise NotImplementedError


def create_router(
    work: unit_of_work.UnitOfWork, scope: access.Scope, draft: drafts.RouterDraft
) -> views.RouterView:
    """Do it."""
    raise NotImplementedError


def describe_router(
    work: unit_of_work.UnitOfWork, scope: access.Scope, router_id: str
) -> views.RouterView:
    """Do it."""
    raise NotImplementedError


def list_routers(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    wanted: filters.RouterFilter,
    page: pages.PageRequest,
) -> pages.Page[views.RouterView]:
    """Do it."""
    raise NotImplementedError


def update_router(
    work: unit_of_work.UnitOfWork, scope: access.Scope, router_id: str, patch: drafts.LabelPatch
) -> None:
    """Do it."""
    raise NotImplementedError


def delete_router(work: unit_of_work.UnitOfWork, scope: access.Scope, router_id: str) -> None:
    """Do it."""
    raise NotImplementedError


def add_cidr(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    router_id: str,
    draft: drafts.RouterCidrDraft,
) -> views.RouterCidrView:
    """Do it."""
    raise NotImplementedError


def list_cidrs(
    work: unit_of_work.UnitOfWork, scope: access.Scope, router_id: str
) -> tuple[views.RouterCidrView, ...]:
    """Do it."""
    raise NotImplementedError


def modify_cidr(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    router_id: str,
    cidr_id: str,
    patch: drafts.RouterCidrPatch,
) -> views.RouterCidrView:
    """Do it."""
    raise NotImplementedError


def delete_cidr(
    work: unit_of_work.UnitOfWork, scope: access.Scope, router_id: str, cidr_id: str
) -> None:
    """Do it."""
    raise NotImplementedError


def list_tables(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    wanted: filters.RouteTableFilter,
    page: pages.PageRequest,
) -> pages.Page[views.RouteTableView]:
    """Do it."""
    raise NotImplementedError
