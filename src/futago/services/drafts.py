"""What callers ask for: drafts of new resources and patches of existing ones.

In a patch None means "as before". Values are domain values, already parsed; services check the
rules that need other resources.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from futago.domain import bgp, connection, crypto, ike, net


class Payer(StrEnum):
    """Who would pay for an attachment; it is kept and shown, and nothing is charged."""

    CEN_OWNER = "cen-owner"
    RESOURCE_OWNER = "resource-owner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A user's key and value on a resource."""

    key: str
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a user writes on a resource; nothing of it reaches a node."""

    name: str | None = None
    description: str | None = None
    tags: tuple[Tag, ...] = ()
    resource_group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelPatch:
    """A change of name or description."""

    name: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerGatewayDraft:
    """A new customer gateway."""

    address: IPv4Address
    asn: net.Asn | None = None
    auth_key: str | None = field(default=None, repr=False)
    label: Label = Label()


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerGatewayPatch:
    """A change of a customer gateway; address and AS number never change."""

    name: str | None = None
    description: str | None = None
    auth_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelDraft:
    """A tunnel of a new connection. Without a key one is generated."""

    index: connection.TunnelIndex
    customer_gateway_id: str
    ike_profile: ike.IkeProfile = field(default_factory=ike.IkeProfile)
    esp_profile: ike.EspProfile = field(default_factory=ike.EspProfile)
    local_identity: ike.Identity | None = None
    remote_identity: ike.Identity | None = None
    psk: ike.PresharedKey | None = None
    dpd: bool = True
    nat_traversal: bool = True
    bgp: bgp.TunnelBgp | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionDraft:
    """A new connection, unbound."""

    local_ts: tuple[IPv4Network, ...]
    remote_ts: tuple[IPv4Network, ...]
    tunnels: tuple[TunnelDraft, ...]
    name: str = ""
    initiation: ike.Initiation = ike.Initiation.ON_TRAFFIC
    network_type: connection.NetworkType = connection.NetworkType.PUBLIC
    bandwidth: connection.TunnelBandwidth = connection.TunnelBandwidth.STANDARD
    auto_config_route: bool = True
    bgp_enabled: bool = False
    local_asn: net.Asn = net.DEFAULT_LOCAL_ASN
    tags: tuple[Tag, ...] = ()
    resource_group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpPatch:
    """A change of the BGP values of a tunnel."""

    cidr: net.TunnelCidr | None = None
    local_address: IPv4Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IkePatch:
    """A change of an IKE profile."""

    version: crypto.IkeVersion | None = None
    mode: crypto.IkeMode | None = None
    encryption: crypto.Encryption | None = None
    integrity: crypto.Integrity | None = None
    dh_group: crypto.DhGroup | None = None
    lifetime: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EspPatch:
    """A change of an ESP profile."""

    encryption: crypto.Encryption | None = None
    integrity: crypto.Integrity | None = None
    pfs: crypto.DhGroup | None = None
    disable_pfs: bool = False
    """No Diffie-Hellman in child SAs; wins over `pfs`."""
    lifetime: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelPatch:
    """A change of a tunnel."""

    customer_gateway_id: str | None = None
    ike_patch: IkePatch = IkePatch()
    esp_patch: EspPatch = EspPatch()
    local_identity: ike.Identity | None = None
    remote_identity: ike.Identity | None = None
    psk: ike.PresharedKey | None = None
    dpd: bool | None = None
    nat_traversal: bool | None = None
    bgp_patch: BgpPatch = BgpPatch()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionPatch:
    """A change of a connection and any of its tunnels."""

    name: str | None = None
    local_ts: tuple[IPv4Network, ...] | None = None
    remote_ts: tuple[IPv4Network, ...] | None = None
    initiation: ike.Initiation | None = None
    auto_config_route: bool | None = None
    bgp_enabled: bool | None = None
    local_asn: net.Asn | None = None
    tunnels: Mapping[str, TunnelPatch] = field(default_factory=dict)
    """Tunnel id to its change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditTerms:
    """How a change of a connection shall be carried out."""

    forced: bool = True
    """Also when it interrupts traffic because a tunnel's partner is down."""
    key_overlap: timedelta | None = None
    """How long the keys before are accepted too; zero ends that. None: what holds stays, and new
    keys count at once."""


AS_ASKED: Final = EditTerms()


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterRef:
    """A router by its id, or as the router of a CEN in the region of the call."""

    router_id: str | None = None
    cen_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VpnAttachmentDraft:
    """A connection that shall be attached."""

    connection_id: str
    owner_id: str | None = None
    """Whose connection it is; None is the caller's own."""
    auto_publish: bool = True
    label: Label = Label()


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneMapping:
    """The vSwitch through which a VPC reaches the router in a zone."""

    zone_id: str
    vswitch_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VpcAttachmentDraft:
    """A VPC that shall be attached."""

    vpc_id: str
    zone_mappings: tuple[ZoneMapping, ...]
    owner_id: str | None = None
    """Whose VPC it is; None is the caller's own."""
    auto_publish: bool = False
    label: Label = Label()


@dataclass(frozen=True, slots=True, kw_only=True)
class ZonePatch:
    """A change of the zones of a VPC attachment."""

    added: tuple[ZoneMapping, ...] = ()
    removed: tuple[ZoneMapping, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentPatch:
    """A change of an attachment."""

    name: str | None = None
    description: str | None = None
    auto_publish: bool | None = None
    payer: Payer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterCidrDraft:
    """An address block for a router."""

    prefix: IPv4Network
    name: str | None = None
    description: str | None = None
    publish: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterCidrPatch:
    """A change of an address block."""

    prefix: IPv4Network | None = None
    name: str | None = None
    description: str | None = None
    publish: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterDraft:
    """A new transit router."""

    cen_id: str
    cidrs: tuple[RouterCidrDraft, ...] = ()
    label: Label = Label()


@dataclass(frozen=True, slots=True, kw_only=True)
class VpcDraft:
    """A new VPC."""

    prefix: IPv4Network
    label: Label = Label()


@dataclass(frozen=True, slots=True, kw_only=True)
class VSwitchDraft:
    """A new segment of a VPC."""

    vpc_id: str
    zone_id: str
    prefix: IPv4Network
    label: Label = Label()


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationDraft:
    """A destination route of a connection."""

    prefix: IPv4Network
    weight: int
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteEntryDraft:
    """A static route of a table."""

    prefix: IPv4Network
    attachment_id: str | None
    """None is a blackhole."""
    label: Label = Label()
