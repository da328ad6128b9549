"""A VPN connection: exactly two tunnels to one or two customer gateways.

The vendor calls destination routing what has 0.0.0.0/0 on both sides; everything else is a
protected data flow, which the routing work brings.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from ipaddress import IPv4Network
from typing import Final

from futago.domain import bgp, crypto, faults, ids, ike, net

NAME_MAX_LENGTH: Final = 100


class TunnelIndex(IntEnum):
    """Order of a tunnel in its connection."""

    ONE = 1
    TWO = 2


class TunnelRole(StrEnum):
    """A label by order; both tunnels forward."""

    PRIMARY = "primary"
    SECONDARY = "secondary"


class NetworkType(StrEnum):
    """Where the gateway addresses come from."""

    PUBLIC = "public"
    PRIVATE = "private"


class TunnelBandwidth(StrEnum):
    """Bandwidth class of each tunnel: 1 or 3 Gbit/s."""

    STANDARD = "standard"
    LARGE = "large"

    @property
    def bits_per_second(self) -> int:
        """What may enter a tunnel, before encryption."""
        return {"standard": 1_000_000_000, "large": 3_000_000_000}[self]


class NotTwoTunnels(faults.Invalid):
    """A connection has exactly two tunnels, index 1 and 2."""

    code = "Connection.NotTwoTunnels"


class SeveralPrefixesNeedIkev2(faults.Invalid):
    """IKEv1 carries one prefix on each side of a child SA."""

    code = "Connection.SeveralPrefixesNeedIkev2"


class AlgorithmNeedsIkev2(faults.Invalid):
    """IKEv1 has no number for the algorithm."""

    code = "Connection.AlgorithmNeedsIkev2"


class MissingTunnelCidr(faults.Invalid):
    """BGP needs an address block inside each tunnel."""

    code = "Bgp.TunnelCidrMissing"


class SameTunnelCidr(faults.Invalid):
    """Each tunnel has a block of its own."""

    code = "Bgp.SameTunnelCidr"


class MixedRoutingMode(faults.Invalid):
    """One side is 0.0.0.0/0 and the other is not."""

    code = "Connection.MixedRoutingMode"


class BgpNeedsDestinationMode(faults.Invalid):
    """BGP shall run in tunnels that carry named prefixes only."""

    code = "Connection.BgpNeedsDestinationMode"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tunnel:
    """One IKE peer relation. Identities that are None follow the addresses."""

    id: ids.TunnelId
    index: TunnelIndex
    customer_gateway_id: ids.CustomerGatewayId
    ike_profile: ike.IkeProfile
    esp_profile: ike.EspProfile
    local_identity: ike.Identity | None = None
    remote_identity: ike.Identity | None = None
    dpd: bool = True
    nat_traversal: bool = True
    psk_version: int = 1
    """Raised at each change of the key; the key itself lies sealed in the store."""
    bgp: bgp.TunnelBgp | None = None
    """Kept while BGP is off, so that it can be turned on again."""

    @property
    def role(self) -> TunnelRole:
        """Give the label that follows from the order."""
        return TunnelRole.PRIMARY if self.index is TunnelIndex.ONE else TunnelRole.SECONDARY


@dataclass(frozen=True, slots=True, kw_only=True)
class VpnConnection:
    """Two tunnels, what they may carry, and who starts them."""

    id: ids.ConnectionId
    account_id: ids.AccountId
    name: str
    local_ts: tuple[IPv4Network, ...]
    remote_ts: tuple[IPv4Network, ...]
    tunnels: tuple[Tunnel, ...]
    initiation: ike.Initiation = ike.Initiation.ON_TRAFFIC
    network_type: NetworkType = NetworkType.PUBLIC
    bandwidth: TunnelBandwidth = TunnelBandwidth.STANDARD
    auto_config_route: bool = True
    bgp_enabled: bool = False
    local_asn: net.Asn = net.DEFAULT_LOCAL_ASN
    """Of both tunnels; in use while BGP is on."""

    def __post_init__(self) -> None:
        _require_two_tunnels(self.tunnels)
        _require_selectors(self)
        _require_numbers(self.tunnels)
        _require_bgp(self)

    @property
    def is_destination_mode(self) -> bool:
        """Tell whether the selectors are 0.0.0.0/0 on both sides."""
        return self.local_ts == (net.ANY,) and self.remote_ts == (net.ANY,)

    @property
    def selector_overlap(self) -> tuple[IPv4Network, IPv4Network] | None:
        """Give a local and a remote prefix that share addresses; None in destination mode."""
        if self.is_destination_mode:
            return None
        pairs = itertools.product(self.local_ts, self.remote_ts)
        return next((pair for pair in pairs if pair[0].overlaps(pair[1])), None)

    def tunnel(self, tunnel_id: ids.TunnelId) -> Tunnel | None:
        """Find a tunnel by id."""
        return next((tunnel for tunnel in self.tunnels if tunnel.id == tunnel_id), None)


def _require_numbers(tunnels: tuple[Tunnel, ...]) -> None:
    for tunnel in tunnels:
        first, second = tunnel.ike_profile, tunnel.esp_profile
        used = (first.encryption, first.dh_group, second.encryption, second.pfs)
        later = [each for each in used if each is not None and crypto.is_extended(each)]
        if first.version is crypto.IkeVersion.IKEV1 and later:
            raise AlgorithmNeedsIkev2(
                f"Tunnel {int(tunnel.index)} has {later[0].value} with ikev1; set IkeVersion to"
                " ikev2, or choose another algorithm.",
                value=later[0].value,
            )


def _require_two_tunnels(tunnels: tuple[Tunnel, ...]) -> None:
    indices = [int(tunnel.index) for tunnel in tunnels]
    if indices != [1, 2]:
        raise NotTwoTunnels(
            f"A connection has exactly two tunnels with index 1 and 2, not {indices}; "
            "give both in one call.",
        )


def _require_selectors(connection: VpnConnection) -> None:
    local, remote = connection.local_ts, connection.remote_ts
    if (net.ANY in local) != (net.ANY in remote):
        raise MixedRoutingMode(
            "0.0.0.0/0 on one side only is neither destination routing nor a protected data flow; "
            "use it on both sides or name real prefixes on both.",
        )
    versions = {tunnel.ike_profile.version for tunnel in connection.tunnels}
    if crypto.IkeVersion.IKEV1 in versions and max(len(local), len(remote)) > 1:
        raise SeveralPrefixesNeedIkev2(
            "IKEv1 carries one prefix on each side; use ikev2 or one covering prefix.",
        )


def _require_bgp(connection: VpnConnection) -> None:
    if not connection.bgp_enabled:
        return
    if not connection.is_destination_mode:
        raise BgpNeedsDestinationMode(
            "BGP and protected data flows do not go together: sessions run between addresses that "
            "no flow covers. Use 0.0.0.0/0 on both sides, or leave BGP off.",
        )
    networks = [tunnel.bgp.cidr.network for tunnel in connection.tunnels if tunnel.bgp is not None]
    if len(networks) < len(connection.tunnels):
        raise MissingTunnelCidr(
            "BGP needs a tunnel CIDR in both tunnels; name a /30 inside 169.254.0.0/16 for each.",
        )
    if len(set(networks)) < len(networks):
        raise SameTunnelCidr(
            f"Both tunnels have the tunnel CIDR {networks[0]}; give one of them another /30.",
            value=str(networks[0]),
        )
