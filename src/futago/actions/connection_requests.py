"""Parameters of the connection actions, and the refusals that need more than one of them."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network
from typing import Annotated

import pydantic

from futago.actions import edit_requests, faults, fields, requests, spelling, tags, tunnel_requests
from futago.domain import connection, crypto, net

SINGLE_TUNNEL = (
    "CustomerGatewayId",
    "IkeConfig",
    "IpsecConfig",
    "HealthCheckConfig",
    "BgpConfig",
    "RemoteCaCert",
)
LocalSubnet = Annotated[
    fields.Prefixes,
    requests.Vendor(missing="MissingParameter", invalid="IllegalParam.LocalSubnet"),
]
RemoteSubnet = Annotated[
    fields.Prefixes,
    requests.Vendor(missing="MissingParameter", invalid="IllegalParam.RemoteSubnet"),
]
ConnectionName = Annotated[
    str,
    fields.reads(fields.label(connection.NAME_MAX_LENGTH)),
    requests.Vendor(invalid="InvalidParameter.VpnConnectionName"),
]
NetworkType = Annotated[
    connection.NetworkType,
    fields.reads(spelling.read_network_type),
    requests.Vendor(invalid="IllegalParam.NetworkType"),
]
Bandwidth = Annotated[connection.TunnelBandwidth, fields.reads(spelling.read_bandwidth)]


class SingleTunnel(requests.Member):
    """What only connections with one tunnel have; refused unless empty."""

    customer_gateway_id: str | None = None
    ike_config: Annotated[str | None, requests.Vendor(secret=True)] = None
    ipsec_config: str | None = None
    health_check_config: str | None = None
    bgp_config: str | None = None
    remote_ca_cert: str | None = None
    enable_dpd: requests.Flag = True
    enable_nat_traversal: requests.Flag = True


class CreateVpnAttachment(
    requests.Request, requests.Idempotent, requests.DryRunnable, SingleTunnel, tags.Tagged
):
    """Parameters of CreateVpnAttachment."""

    name: ConnectionName = ""
    local_subnet: LocalSubnet
    remote_subnet: RemoteSubnet
    auto_config_route: requests.Flag = True
    effect_immediately: requests.Flag = False
    enable_tunnels_bgp: requests.Flag = False
    network_type: NetworkType = connection.NetworkType.PUBLIC
    tunnel_bandwidth: Bandwidth = connection.TunnelBandwidth.STANDARD
    resource_group_id: str | None = None
    tunnel_options_specification: Annotated[
        tuple[tunnel_requests.NewTunnel, ...], pydantic.Field(max_length=20)
    ] = ()


class ModifyVpnAttachmentAttribute(
    requests.Request, requests.Idempotent, edit_requests.Terms, SingleTunnel
):
    """Parameters of ModifyVpnAttachmentAttribute."""

    vpn_connection_id: str
    name: fields.VpnName | None = None
    local_subnet: LocalSubnet | None = None
    remote_subnet: RemoteSubnet | None = None
    auto_config_route: requests.Flag | None = None
    effect_immediately: requests.Flag | None = None
    enable_tunnels_bgp: requests.Flag | None = None
    network_type: NetworkType | None = None
    tunnel_options_specification: Annotated[
        tuple[tunnel_requests.ChangedTunnel, ...], pydantic.Field(max_length=20)
    ] = ()


class ModifyTunnelAttribute(requests.Request, requests.Idempotent, edit_requests.Terms):
    """Parameters of ModifyTunnelAttribute."""

    vpn_connection_id: str
    tunnel_id: str
    tunnel_options_specification: tunnel_requests.Options = tunnel_requests.Options()


class OneConnection(requests.Request):
    """A connection by id."""

    vpn_connection_id: str


class DeleteVpnAttachment(OneConnection, requests.Idempotent):
    """Parameters of DeleteVpnAttachment."""


class DescribeVpnAttachments(requests.Request, requests.Paged):
    """Parameters of DescribeVpnAttachments."""

    attach_type: str = "CEN"
    vpn_connection_id: str | None = None


class DescribeVpnConnections(requests.Request, requests.Paged, requests.Searched, tags.TaggedByTag):
    """Parameters of DescribeVpnConnections."""

    customer_gateway_id: str | None = None
    resource_group_id: str | None = None
    vpn_connection_id: str | None = None
    vpn_gateway_id: str | None = None


def refuse_single_tunnel(request: SingleTunnel) -> None:
    """Refuse settings of single-tunnel mode.

    Raises:
        VendorFault: One of them is not empty.
    """
    values = (
        request.customer_gateway_id,
        request.ike_config,
        request.ipsec_config,
        request.health_check_config,
        request.bgp_config,
        request.remote_ca_cert,
    )
    given = [name for name, value in zip(SINGLE_TUNNEL, values, strict=True) if value]
    given += ["EnableDpd"] * (not request.enable_dpd)
    given += ["EnableNatTraversal"] * (not request.enable_nat_traversal)
    if given:
        raise faults.VendorFault(
            f"IllegalParam.{given[0]}",
            400,
            f"Parameter {given[0]} belongs to single-tunnel mode, which is not supported:"
            f" a connection has two tunnels. Set it per tunnel in {tunnel_requests.OPTIONS}.",
            field=given[0],
        )


def require_same_type(before: connection.NetworkType, given: connection.NetworkType | None) -> None:
    """Refuse another type of gateway addresses than that of the creation."""
    if given not in {None, before}:
        raise faults.VendorFault(
            "IllegalParam.NetworkType",
            400,
            f"Parameter NetworkType is not valid: the connection is {before.value}, which never"
            " changes. Leave it out, or create another connection.",
            field="NetworkType",
        )


def require_selectors(
    local: tuple[IPv4Network, ...],
    remote: tuple[IPv4Network, ...],
    versions: Iterable[crypto.IkeVersion],
) -> None:
    """Refuse selectors that are neither destination routing nor a protected data flow.

    Raises:
        VendorFault: Several prefixes with IKEv1, or 0.0.0.0/0 on one side only.
    """
    if crypto.IkeVersion.IKEV1 in set(versions) and max(len(local), len(remote)) > 1:
        name, prefixes = ("LocalSubnet", local) if len(local) > 1 else ("RemoteSubnet", remote)
        raise faults.VendorFault(
            "ModifyIkeV1WithMultiRoutes.Invalid",
            400,
            f"Parameter {name} with the value '{spell(prefixes)}' is not valid: ikev1 carries one"
            " prefix on each side. Use ikev2 or one covering prefix.",
            field=name,
        )
    if (local == (net.ANY,)) != (remote == (net.ANY,)):
        sides = ("LocalSubnet", local), ("RemoteSubnet", remote)
        (name, prefixes), (other, _) = sides if remote == (net.ANY,) else reversed(sides)
        raise faults.VendorFault(
            f"IllegalParam.{name}",
            400,
            f"Parameter {name} with the value '{spell(prefixes)}' is not valid: {other} is"
            " 0.0.0.0/0, and a protected data flow has real prefixes on both sides. Send 0.0.0.0/0"
            f" here too, or the prefixes of the other side in {other}.",
            field=name,
        )


def spell(prefixes: tuple[IPv4Network, ...]) -> str:
    """Spell prefixes as the vendor does."""
    return ",".join(str(prefix) for prefix in prefixes)
