"""The tables.

Everything that a race could break is a constraint here: an address is given once, a connection is
attached once, an attachment is associated once. Secrets are in one table, sealed. Deletion of what
a node carries is a mark; the row goes when the node has obeyed.
"""

from __future__ import annotations

from datetime import datetime
from ipaddress import IPv4Address, IPv4Network
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from futago.store import (
    base,
    columns,
    schema_access,
    schema_audit,
    schema_bgp,
    schema_console,
    schema_events,
    schema_grants,
    schema_logs,
    schema_pulses,
    schema_reasons,
    schema_routes,
    schema_tasks,
    schema_webhooks,
    schema_work,
)

METADATA: Final = base.Row.metadata
UserRow = schema_access.UserRow
AuditRow = schema_audit.AuditRow
PasswordRow = schema_console.PasswordRow
TunnelLogRow = schema_logs.TunnelLogRow
TunnelReasonRow = schema_reasons.TunnelReasonRow
TunnelPulseRow = schema_pulses.TunnelPulseRow
BgpRouteRow = schema_bgp.BgpRouteRow
RouterGrantRow = schema_grants.RouterGrantRow
RouteEntryRow = schema_routes.RouteEntryRow
TunnelTaskRow = schema_tasks.TunnelTaskRow
EventRow = schema_events.EventRow
WebhookRow = schema_webhooks.WebhookRow
WorkItemRow = schema_work.WorkItemRow
LeaseRow = schema_work.LeaseRow
ClientTokenRow = schema_work.ClientTokenRow


class AccountRow(base.Row):
    """An owner of resources."""

    __tablename__ = "account"
    id: Mapped[base.Id] = mapped_column(primary_key=True)
    name: Mapped[base.Text] = mapped_column(default="", server_default="")
    created_at: Mapped[datetime]


class AccessKeyRow(base.Row):
    """A key that signs calls; its secret is in `secret`."""

    __tablename__ = "access_key"
    id: Mapped[base.Id] = mapped_column(primary_key=True)
    account_id: Mapped[base.Id] = mapped_column(sa.ForeignKey("account.id"), index=True)
    user_name: Mapped[base.Text]
    active: Mapped[bool]
    created_at: Mapped[datetime]


class SecretRow(base.Row):
    """A sealed secret, bound to its purpose and owner."""

    __tablename__ = "secret"
    purpose: Mapped[base.Word] = mapped_column(primary_key=True)
    owner_id: Mapped[base.Id] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]


class QuotaLimitRow(base.Row):
    """A limit that differs from the default."""

    __tablename__ = "quota_limit"
    account_id: Mapped[base.Id] = mapped_column(primary_key=True)
    code: Mapped[base.Id] = mapped_column(primary_key=True)
    value: Mapped[base.Counter]


class TagRow(base.Row):
    """A user's tag on any resource."""

    __tablename__ = "tag"
    resource_id: Mapped[base.Id] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(128), primary_key=True)
    value: Mapped[str] = mapped_column(sa.String(128))
    __table_args__ = (sa.Index(None, "key", "value"),)


class CustomerGatewayRow(base.Row):
    """A device on the other side."""

    __tablename__ = "customer_gateway"
    id: Mapped[base.Id] = mapped_column(primary_key=True)
    account_id: Mapped[base.Id]
    region_id: Mapped[base.Id]
    name: Mapped[base.Text]
    description: Mapped[base.Text]
    address: Mapped[IPv4Address]
    asn: Mapped[base.Counter | None]
    auth_key_version: Mapped[base.Counter] = mapped_column(default=0, server_default="0")
    """Raised at each change of the BGP key; 0 is no key."""
    resource_group: Mapped[base.Id | None]
    created_at: Mapped[datetime]
    __table_args__ = (
        sa.UniqueConstraint("account_id", "region_id", "address"),
        sa.Index(None, "account_id", "region_id", "created_at", "id"),
    )


class ConnectionRow(base.Row):
    """A VPN connection."""

    __tablename__ = "vpn_connection"
    id: Mapped[base.Id] = mapped_column(primary_key=True)
    account_id: Mapped[base.Id]
    region_id: Mapped[base.Id]
    name: Mapped[base.Text]
    local_ts: Mapped[tuple[IPv4Network, ...]] = mapped_column(columns.Prefixes)
    remote_ts: Mapped[tuple[IPv4Network, ...]] = mapped_column(columns.Prefixes)
    initiation: Mapped[base.Word]
    network_type: Mapped[base.Word]
    bandwidth: Mapped[base.Word]
    auto_config_route: Mapped[bool]
    bgp_enabled: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    local_asn: Mapped[base.Counter] = mapped_column(default=45104, server_default="45104")
    resource_group: Mapped[base.Id | None]
    created_at: Mapped[datetime]
    generation: Mapped[base.Counter]
    router_generation: Mapped[base.Counter]
    """The router's generation that holds the last change of destination routes or BGP."""
    __table_args__ = (sa.Index(None, "account_id", "region_id", "created_at", "id"),)


class TunnelRow(base.Row):
    """A tunnel; its seat is empty unless the connection is attached."""

    __tablename__ = "tunnel"
    id: Mapped[base.Id] = mapped_column(primary_key=True)
    connection_id: Mapped[base.Id] = mapped_column(sa.ForeignKey("vpn_connection.id"))
    ordinal: Mapped[int]
    customer_gateway_id: Mapped[base.Id] = mapped_column(
        sa.ForeignKey("customer_gateway.id"), index=True
    )
    ike_profile: Mapped[base.Text]
    esp_profile: Mapped[base.Text]
    local_identity: Mapped[base.Text | None]
    remote_identity: Mapped[base.Text | None]
    dpd: Mapped[bool]
    nat_traversal: Mapped[bool]
    psk_version: Mapped[base.Counter]
    previous_psk_version: Mapped[base.Counter | None]
    psk_overlap_until: Mapped[datetime | None]
    """Until then, a peer may still have the key before."""
    was_up: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """It has carried a child SA since it has its gateway address."""
    bgp_cidr: Mapped[IPv4Network | None]
    bgp_address: Mapped[IPv4Address | None]
    probe_target: Mapped[IPv4Address | None]
    probe_source: Mapped[IPv4Address | None]
    node_id: Mapped[base.Id | None]
    zone_id: Mapped[base.Id | None]
    gateway_address: Mapped[IPv4Address | None] = mapped_column(unique=True)
    __table_args__ = (sa.UniqueConstraint("connection_id", "ordinal"),)


class CenRow(base.Row):
    """A CEN."""

    __tablename__ = "cen"
    id: Mapped[base.Id] = mapped_column(primary_key=True)
    account_id: Mapped[base.Id]
    name: Mapped[base.Text]
    description: Mapped[base.Text]
    resource_group: Mapped[base.Id | None]
    created_at: Mapped[datetime]
    __table_args__ = (sa.Index(None, "account_id", "created_at"),)


class RouterRow(base.Row):
    """A transit router."""

    __tablename__ = "transit_router"
    id: Mapped[base.Id] = mapped_column(primary_key=True)
    cen_id: Mapped[base.Id] = mapped_column(sa.ForeignKey("cen.id"))
    account_id: Mapped[base.Id]
    region_id: Mapped[base.Id]
    name: Mapped[base.Text]
    description: Mapped[base.Text]
    created_at: Mapped[datetime]
    generation: Mapped[base.Counter]
    deleting: Mapped[bool]
    next_kernel_table: Mapped[int]
    __table_args__ = (
        sa.UniqueConstraint("cen_id", "region_id"),
        sa.Index(None, "account_id", "region_id", "created_at"),
    )


class RouterCidrRow(base.Row):
    """An address block of a router."""

    __tablename__ = "router_cidr"
    id: Mapped[base.Id] = mapped_column(primary_key=True)
    router_id: Mapped[base.Id] = mapped_column(sa.ForeignKey("transit_router.id"))
    prefix: Mapped[IPv4Network]
    name: Mapped[base.Text]
    description: Mapped[base.Text]
    publish: Mapped[bool]
    created_at: Mapped[datetime]
    __table_args__ = (sa.UniqueConstraint("router_id", "prefix"),)


class RouteTableRow(base.Row):
    """A route table of a router."""

    __tablename__ = "route_table"
    id: Mapped[base.Id] = mapped_column(primary_key=True)
    router_id: Mapped[base.Id] = mapped_column(sa.ForeignKey("transit_router.id"))
    name: Mapped[base.Text]
    description: Mapped[base.Text]
    is_system: Mapped[bool]
    kernel_table: Mapped[int]
    deleting: Mapped[bool] = mapped_column(server_default=sa.false())
    router_generation: Mapped[base.Counter]
    created_at: Mapped[datetime]
    __table_args__ = (sa.UniqueConstraint("router_id", "kernel_table"),)


class AttachmentRow(base.Row):
    """A VPC or a connection on a router."""

    __tablename__ = "attachment"
    id: Mapped[base.Id] = mapped_column(primary_key=True)
    account_id: Mapped[base.Id]
    region_id: Mapped[base.Id]
    router_id: Mapped[base.Id] = mapped_column(sa.ForeignKey("transit_router.id"), index=True)
    kind: Mapped[base.Word]
    resource_id: Mapped[base.Id] = mapped_column(unique=True)
    name: Mapped[base.Text]
    description: Mapped[base.Text]
    auto_publish: Mapped[bool]
    created_at: Mapped[datetime]
    deleting: Mapped[bool]
    router_generation: Mapped[base.Counter]
    connection_generation: Mapped[base.Counter]
    __table_args__ = (sa.Index(None, "account_id", "region_id", "kind", "created_at"),)


class AttachmentZoneRow(base.Row):
    """The vSwitch of a VPC attachment in a zone."""

    __tablename__ = "attachment_zone"
    attachment_id: Mapped[base.Id] = mapped_column(sa.ForeignKey("attachment.id"), primary_key=True)
    zone_id: Mapped[base.Id] = mapped_column(primary_key=True)
    vswitch_id: Mapped[base.Id] = mapped_column(sa.ForeignKey("vswitch.id"), index=True)


class AssociationRow(base.Row):
    """The one table in which traffic from an attachment is looked up."""

    __tablename__ = "association"
    attachment_id: Mapped[base.Id] = mapped_column(sa.ForeignKey("attachment.id"), primary_key=True)
    table_id: Mapped[base.Id] = mapped_column(sa.ForeignKey("route_table.id"), index=True)
    created_at: Mapped[datetime]
    deleting: Mapped[bool]
    router_generation: Mapped[base.Counter]


class PropagationRow(base.Row):
    """A table that learns the routes of an attachment."""

    __tablename__ = "propagation"
    attachment_id: Mapped[base.Id] = mapped_column(sa.ForeignKey("attachment.id"), primary_key=True)
    table_id: Mapped[base.Id] = mapped_column(
        sa.ForeignKey("route_table.id"), primary_key=True, index=True
    )
    created_at: Mapped[datetime]
    deleting: Mapped[bool]
    router_generation: Mapped[base.Counter]


class DestinationRow(base.Row):
    """A destination route of a connection."""

    __tablename__ = "destination"
    connection_id: Mapped[base.Id] = mapped_column(
        sa.ForeignKey("vpn_connection.id"), primary_key=True
    )
    prefix: Mapped[IPv4Network] = mapped_column(primary_key=True)
    weight: Mapped[int]
    description: Mapped[base.Text]
    created_at: Mapped[datetime]
    automatic: Mapped[bool] = mapped_column(server_default=sa.false())
    deleting: Mapped[bool]
    router_generation: Mapped[base.Counter]


class VpcRow(base.Row):
    """A VPC."""

    __tablename__ = "vpc"
    id: Mapped[base.Id] = mapped_column(primary_key=True)
    account_id: Mapped[base.Id]
    region_id: Mapped[base.Id]
    prefix: Mapped[IPv4Network]
    name: Mapped[base.Text]
    description: Mapped[base.Text]
    resource_group: Mapped[base.Id | None]
    created_at: Mapped[datetime]
    generation: Mapped[base.Counter]
    deleting: Mapped[bool]
    __table_args__ = (sa.Index(None, "account_id", "region_id", "created_at"),)


class VSwitchRow(base.Row):
    """A segment of a VPC."""

    __tablename__ = "vswitch"
    id: Mapped[base.Id] = mapped_column(primary_key=True)
    vpc_id: Mapped[base.Id] = mapped_column(sa.ForeignKey("vpc.id"))
    account_id: Mapped[base.Id]
    region_id: Mapped[base.Id]
    zone_id: Mapped[base.Id]
    prefix: Mapped[IPv4Network]
    name: Mapped[base.Text]
    description: Mapped[base.Text]
    resource_group: Mapped[base.Id | None]
    created_at: Mapped[datetime]
    vpc_generation: Mapped[base.Counter]
    __table_args__ = (
        sa.UniqueConstraint("vpc_id", "prefix"),
        sa.Index(None, "account_id", "region_id", "created_at"),
    )


class NodeRow(base.Row):
    """A gateway node and the counter of its intents."""

    __tablename__ = "node"
    id: Mapped[base.Id] = mapped_column(primary_key=True)
    driver: Mapped[base.Word]
    registered_at: Mapped[datetime]
    heartbeat_at: Mapped[datetime | None]
    revision: Mapped[base.Counter]


class ZoneRow(base.Row):
    """A zone of a node with its pools of gateway addresses."""

    __tablename__ = "zone"
    id: Mapped[base.Id] = mapped_column(primary_key=True)
    node_id: Mapped[base.Id] = mapped_column(sa.ForeignKey("node.id"))
    public_pools: Mapped[tuple[IPv4Network, ...]] = mapped_column(columns.Prefixes)
    private_pools: Mapped[tuple[IPv4Network, ...]] = mapped_column(columns.Prefixes)


class IntentRow(base.Row):
    """What a node shall have; without JSON, what it shall remove."""

    __tablename__ = "intent"
    node_id: Mapped[base.Id] = mapped_column(sa.ForeignKey("node.id"), primary_key=True)
    kind: Mapped[base.Word] = mapped_column(primary_key=True)
    resource_id: Mapped[base.Id] = mapped_column(primary_key=True)
    generation: Mapped[base.Counter]
    revision: Mapped[base.Counter]
    intent_json: Mapped[base.Text | None]
    written_at: Mapped[datetime]
    __table_args__ = (sa.UniqueConstraint("node_id", "revision"),)


class ObservationRow(base.Row):
    """What a node last said of a resource."""

    __tablename__ = "observation"
    kind: Mapped[base.Word] = mapped_column(primary_key=True)
    resource_id: Mapped[base.Id] = mapped_column(primary_key=True)
    node_id: Mapped[base.Id] = mapped_column(sa.ForeignKey("node.id"), primary_key=True)
    generation: Mapped[base.Counter]
    is_present: Mapped[bool]
    received_at: Mapped[datetime]
    body: Mapped[base.Text]
