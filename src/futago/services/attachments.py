"""The attachments services."""

from __future__ import annotations

from ipaddress import IPv4Network

from futago.services import access, drafts, filters, pages, views
from futago.store import unit_of_work


def attach_vpn(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    router: drafts.RouterRef,
    draft: drafts.VpnAttachmentDraft,
) -> str:
    """Do it."""
    raise NotImplementedError


def detach_vpn(
    work: unit_of_work.UnitOfWork, scope: access.Scope, attachment_id: str, *, force: bool = False
) -> None:
    """Do it."""
    raise NotImplementedError


def update_vpn(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    attachment_id: str,
    patch: drafts.AttachmentPatch,
) -> None:
    """Do it."""
    raise NotImplementedError


def list_vpn(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    wanted: filters.AttachmentFilter,
    page: pages.PageRequest,
) -> pages.Page[views.AttachmentView]:
    """Do it."""
    raise NotImplementedError


def attach_vpc(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    router: drafts.RouterRef,
    draft: drafts.VpcAttachmentDraft,
) -> str:
    """Do it."""
    raise NotImplementedError


def detach_vpc(
    work: unit_of_work.UnitOfWork, scope: access.Scope, attachment_id: str, *, force: bool = False
) -> None:
    """Do it."""
    raise NotImplementedError


def update_vpc(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    attachment_id: str,
    patch: drafts.AttachmentPatch,
) -> None:
    """Do it."""
    raise NotImplementedError


def list_vpc(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    wanted: filters.AttachmentFilter,
    page: pages.PageRequest,
) -> pages.Page[views.AttachmentView]:
    """Do it."""
    raise NotImplementedError
