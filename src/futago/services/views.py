"""What services answer: resources with everything derived from facts, in domain words.

A view is a snapshot. Secrets are in it only where they were asked for, and then as types that do
not print themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network

from futago.domain import connection, health, ids, ike, net, status
from futago.plan import failures, intent, observation
from futago.services import drafts
from futago.store import bgp_routes


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerGatewayView:
    """A customer gateway."""

    id: ids.CustomerGatewayId
    name: str
    description: str
    address: IPv4Address
    asn: net.Asn | None
    auth_key: str | None = field(default=None, repr=False)
    """Only when asked for."""
    resource_group: str | None = None
    tags: tuple[drafts.Tag, ...] = ()
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelStatus:
    """What a node said of a tunnel; None is unknown."""

    ike_established: bool | None = None
    child_installed: bool | None = None
    failure: failures.Failure | None = None
    probe: observation.ProbeObservation | None = None
    observed_at: datetime | None = None
    loaded_key: int | None = None
    """Version of the key with which the next negotiation is answered."""
    said: observation.TunnelObservation | None = None
    """All of it, however old."""
    pulse: observation.Pulse | None = None
    """The last measured values, however old."""
    heard_at: datetime | None = None
    """When the node was last heard of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """BGP in a tunnel: its values and its facts."""

    cidr: net.TunnelCidr
    local_asn: net.Asn
    peer_asn: net.Asn
    local_address: IPv4Address
    peer_address: IPv4Address
    status: status.SessionStatus = status.SessionStatus.UNKNOWN
    facts: observation.BgpObservation | None = None
    """What the node said last, however old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelView:
    """A tunnel with its place and its facts."""

    tunnel: connection.Tunnel
    psk: ike.PresharedKey | None
    """Only when asked for."""
    gateway_address: IPv4Address | None
    zone_id: ids.ZoneId | None
    peer_address: IPv4Address
    customer_gateway_id: ids.CustomerGatewayId
    peer_asn: net.Asn | None
    state: status.TunnelState
    facts: TunnelStatus
    proven: health.TunnelFacts
    """The four facts, of which the status is derived."""
    bgp: SessionView | None = None
    """None while BGP is off."""
    was_up: bool = False
    """It has been up since it has its gateway address."""
    key_overlap: intent.KeyOverlap | None = None

    @property
    def local_identity(self) -> ike.Identity | None:
        """Give the identity in force; None before the tunnel has an address."""
        if self.tunnel.local_identity or self.gateway_address is None:
            return self.tunnel.local_identity
        return ike.Identity.of_address(self.gateway_address)

    @property
    def remote_identity(self) -> ike.Identity:
        """Give the identity that the peer must claim."""
        return self.tunnel.remote_identity or ike.Identity.of_address(self.peer_address)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentRef:
    """Where a connection is attached."""

    attachment_id: ids.AttachmentId
    router_id: ids.RouterId
    router_name: str
    """Empty for a router of another account."""
    cen_id: ids.CenId
    is_foreign: bool
    """The router is another account's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFault:
    """Why a node could not apply what is wanted."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionView:
    """A connection with state, place and facts."""

    connection: connection.VpnConnection
    created_at: datetime
    resource_group: str | None
    tags: tuple[drafts.Tag, ...]
    generation: int
    state: status.ConnectionState
    attachment: AttachmentRef | None
    tunnels: tuple[TunnelView, TunnelView]
    fault: NodeFault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CenView:
    """A CEN: the frame of transit routers."""

    id: ids.CenId
    name: str
    description: str
    resource_group: str | None
    tags: tuple[drafts.Tag, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterCidrView:
    """An address block of a router."""

    id: ids.RouterCidrId
    router_id: ids.RouterId
    prefix: IPv4Network
    name: str
    description: str
    publish: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterView:
    """A transit router."""

    id: ids.RouterId
    cen_id: ids.CenId
    owner_id: ids.AccountId
    region_id: str
    name: str
    description: str
    status: status.ResourceStatus
    cidrs: tuple[RouterCidrView, ...]
    tags: tuple[drafts.Tag, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTableView:
    """A route table of a router."""

    id: ids.RouteTableId
    router_id: ids.RouterId
    region_id: str
    name: str
    description: str
    is_system: bool
    status: status.ResourceStatus
    created_at: datetime
    tags: tuple[drafts.Tag, ...] = ()


class AttachmentKind(StrEnum):
    """What is attached to a router."""

    VPC = "vpc"
    VPN = "vpn"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentView:
    """An attachment of a router."""

    id: ids.AttachmentId
    kind: AttachmentKind
    router_id: ids.RouterId
    cen_id: ids.CenId
    resource_id: str
    owner_id: ids.AccountId
    """The owner of the resource, who may be another than the router's."""
    payer: drafts.Payer
    name: str
    description: str
    auto_publish: bool
    created_at: datetime
    status: status.AttachmentStatus
    zone_mappings: tuple[drafts.ZoneMapping, ...]
    tags: tuple[drafts.Tag, ...]
    region_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingView:
    """An association or a propagation: an attachment and a table."""

    attachment_id: ids.AttachmentId
    table_id: ids.RouteTableId
    kind: AttachmentKind
    resource_id: str
    status: status.BindingStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationView:
    """A destination route of a connection."""

    connection_id: ids.ConnectionId
    prefix: IPv4Network
    weight: int
    description: str
    created_at: datetime
    status: status.BindingStatus
    is_published: bool
    """At least one tunnel can carry it and the router has it."""
    next_hop_tunnel_ids: tuple[ids.TunnelId, ...]
    """Tunnels with an installed child SA."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpRouteView:
    """A route that a connection learned, refused or announces by BGP."""

    prefix: IPv4Network
    group: bgp_routes.Group
    tunnel_ids: tuple[ids.TunnelId, ...]
    """Of its tunnels those with an installed child SA."""
    as_path: tuple[int, ...]
    communities: tuple[str, ...]
    origin: str
    """As the peer said; empty where that is not told."""
    med: int | None
    refusal: str | None
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NextHop:
    """The attachment to which a route leads."""

    attachment_id: ids.AttachmentId
    kind: AttachmentKind
    resource_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpPath:
    """Attributes of a route that was learned by BGP."""

    as_path: tuple[int, ...]
    communities: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteEntryView:
    """A route of a table: static, or learned from an attachment."""

    id: ids.RouteEntryId
    table_id: ids.RouteTableId
    prefix: IPv4Network
    next_hop: NextHop | None
    """None is a blackhole."""
    is_static: bool
    status: status.EntryStatus
    preference: int
    """Of routes to one prefix the lower one wins."""
    created_at: datetime
    bgp: BgpPath | None = None
    """What a route that was learned by BGP carries."""
    name: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CidrAllocationView:
    """Addresses of a router's block that an attachment has reserved."""

    cidr: RouterCidrView
    prefix: IPv4Network
    attachment_id: ids.AttachmentId
    attachment_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VpcView:
    """A VPC."""

    id: ids.VpcId
    owner_id: ids.AccountId
    region_id: str
    prefix: IPv4Network
    name: str
    description: str
    resource_group: str | None
    tags: tuple[drafts.Tag, ...]
    status: status.ResourceStatus
    vswitch_ids: tuple[ids.VSwitchId, ...]
    router_id: ids.RouterId | None
    cen_id: ids.CenId | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VSwitchView:
    """A segment of a VPC."""

    id: ids.VSwitchId
    vpc_id: ids.VpcId
    owner_id: ids.AccountId
    zone_id: ids.ZoneId
    prefix: IPv4Network
    name: str
    description: str
    resource_group: str | None
    tags: tuple[drafts.Tag, ...]
    status: status.ResourceStatus
    created_at: datetime
