"""What lists can be narrowed by. None and empty tuples leave a list as it is; members are ANDed.

A keyword is a part of the id, the name or the address, in any case.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network

from futago.domain import status


@dataclass(frozen=True, slots=True, kw_only=True)
class TagMatch:
    """A tag that must be there, with any value or a given one."""

    key: str
    value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerGatewayFilter:
    """Narrows a list of customer gateways."""

    customer_gateway_id: str | None = None
    resource_group: str | None = None
    tags: tuple[TagMatch, ...] = ()
    keyword: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionFilter:
    """Narrows a list of connections."""

    connection_id: str | None = None
    customer_gateway_id: str | None = None
    resource_group: str | None = None
    tags: tuple[TagMatch, ...] = ()
    is_attached: bool | None = None
    keyword: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CenFilter:
    """Narrows a list of CENs; several ids or names are ORed."""

    cen_ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    resource_group: str | None = None
    tags: tuple[TagMatch, ...] = ()
    keyword: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterFilter:
    """Narrows a list of transit routers."""

    router_id: str | None = None
    cen_id: str | None = None
    name: str | None = None
    tags: tuple[TagMatch, ...] = ()
    keyword: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTableFilter:
    """Narrows a list of route tables; several ids or names are ORed."""

    router_id: str | None = None
    table_ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    is_system: bool | None = None
    tags: tuple[TagMatch, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentFilter:
    """Narrows a list of attachments of one kind."""

    attachment_id: str | None = None
    router_id: str | None = None
    cen_id: str | None = None
    resource_id: str | None = None
    payer: str | None = None
    status: status.AttachmentStatus | None = None
    tags: tuple[TagMatch, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingFilter:
    """Narrows a list of associations or propagations."""

    table_id: str | None = None
    attachment_id: str | None = None
    resource_id: str | None = None
    status: status.BindingStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteEntryFilter:
    """Narrows the routes of a table."""

    prefix: IPv4Network | None = None
    attachment_id: str | None = None
    resource_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VpcFilter:
    """Narrows a list of VPCs."""

    vpc_ids: tuple[str, ...] = ()
    name: str | None = None
    resource_group: str | None = None
    tags: tuple[TagMatch, ...] = ()
    keyword: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VSwitchFilter:
    """Narrows a list of vSwitches."""

    vswitch_id: str | None = None
    vpc_id: str | None = None
    zone_id: str | None = None
    name: str | None = None
    resource_group: str | None = None
    tags: tuple[TagMatch, ...] = ()
    keyword: str | None = None
