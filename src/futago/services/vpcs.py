"""The vpcs services."""

from __future__ import annotations

from ipaddress import IPv4Network

from futago.services import access, drafts, filters, pages, views
from futago.store import unit_of_work


def create_vpc(
    work: unit_of_work.UnitOfWork, scope: access.Scope, draft: drafts.VpcDraft
) -> views.VpcView:
    """Do it."""
    raise NotImplementedError


def describe_vpc(work: unit_of_work.UnitOfWork, scope: access.Scope, vpc_id: str) -> views.VpcView:
    """Do it."""
    raise NotImplementedError


def list_vpcs(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    wanted: filters.VpcFilter,
    page: pages.PageRequest,
) -> pages.Page[views.VpcView]:
    """Do it."""
    raise NotImplementedError


def delete_vpc(work: unit_of_work.UnitOfWork, scope: access.Scope, vpc_id: str) -> None:
    """Do it."""
    raise NotImplementedError


def create_vswitch(
    work: unit_of_work.UnitOfWork, scope: access.Scope, draft: drafts.VSwitchDraft
) -> views.VSwitchView:
    """Do it."""
    raise NotImplementedError


def list_vswitches(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    wanted: filters.VSwitchFilter,
    page: pages.PageRequest,
) -> pages.Page[views.VSwitchView]:
    """Do it."""
    raise NotImplementedError


def delete_vswitch(work: unit_of_work.UnitOfWork, scope: access.Scope, vswitch_id: str) -> None:
    """Do it."""
    raise NotImplementedError
