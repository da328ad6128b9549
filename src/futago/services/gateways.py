"""The gateways services."""

from __future__ import annotations

from ipaddress import IPv4Network

from futago.services import access, drafts, filters, pages, views
from futago.store import unit_of_work


def create_customer_gateway(
    work: unit_of_work.UnitOfWork, scope: access.Scope, draft: drafts.CustomerGatewayDraft
) -> views.CustomerGatewayView:
    """Do it."""
    raise NotImplementedError


def describe_customer_gateway(
    work: unit_of_work.UnitOfWork, scope: access.Scope, gateway_id: str, *, reveal: bool = False
) -> views.CustomerGatewayView:
    """Do it."""
    raise NotImplementedError


def list_customer_gateways(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    wanted: filters.CustomerGatewayFilter,
    page: pages.PageRequest,
    *,
    reveal: bool = False,
) -> pages.Page[views.CustomerGatewayView]:
    """Do it."""
    raise NotImplementedError


def modify_customer_gateway(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    gateway_id: str,
    patch: drafts.CustomerGatewayPatch,
) -> views.CustomerGatewayView:
    """Do it."""
    raise NotImplementedError


def delete_customer_gateway(
    work: unit_of_work.UnitOfWork, scope: access.Scope, gateway_id: str
) -> None:
    """Do it."""
    raise NotImplementedError
