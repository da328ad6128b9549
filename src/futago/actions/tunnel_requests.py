"""The tunnel settings that connection actions share, and the rules between them.

Everything that this version does not carry out is read all the same, so that a refusal can first
say what is wrong with a value and only then that the feature is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network
from typing import Annotated

import pydantic

from futago.actions import faults, fields, requests
from futago.domain import faults as domain_faults
from futago.domain import net

OPTIONS = "TunnelOptionsSpecification"


class IkeConfig(requests.Member):
    """Phase 1."""

    psk: fields.Psk | None = None
    ike_version: fields.IkeVersion | None = None
    ike_mode: fields.IkeMode | None = None
    ike_enc_alg: fields.Encryption | None = None
    ike_auth_alg: fields.Integrity | None = None
    ike_pfs: fields.Group | None = None
    ike_lifetime: fields.Lifetime = None
    local_id: fields.Identity | None = None
    remote_id: fields.Identity | None = None


class IpsecConfig(requests.Member):
    """Phase 2."""

    ipsec_enc_alg: fields.Encryption | None = None
    ipsec_auth_alg: fields.IpsecIntegrity | None = None
    ipsec_pfs: fields.PfsWord | None = None
    ipsec_lifetime: fields.Lifetime = None


class BgpConfig(requests.Member):
    """BGP inside the tunnel, validated and then refused."""

    local_asn: fields.BgpAsn = None
    local_bgp_ip: str | None = None
    tunnel_cidr: str | None = None

    @property
    def is_given(self) -> bool:
        """Tell whether anything is asked for."""
        return not (self.local_asn is None and self.local_bgp_ip is None and not self.tunnel_cidr)


class Options(requests.Member):
    """What every tunnel entry can hold."""

    customer_gateway_id: str | None = None
    enable_dpd: requests.Flag | None = None
    enable_nat_traversal: requests.Flag | None = None
    remote_ca_certificate: str | None = None
    tunnel_ike_config: IkeConfig = IkeConfig()
    tunnel_ipsec_config: IpsecConfig = IpsecConfig()
    tunnel_bgp_config: BgpConfig = BgpConfig()


class NewTunnel(Options):
    """A tunnel of a connection that is to be created."""

    tunnel_index: Annotated[requests.Integer, pydantic.Field(ge=0, le=2)] = 0
    """0 is "not given": the order of the entries counts."""


class ChangedTunnel(Options):
    """A change to a tunnel, found by its id."""

    tunnel_id: Annotated[
        str, requests.Vendor(missing="IllegalParam.TunnelId", invalid="IllegalParam.TunnelId")
    ]
    tunnel_index: Annotated[requests.Integer, pydantic.Field(ge=0, le=2)] = 0


def refuse_unsupported(tunnels: Sequence[Options], *, with_bgp: bool, field: str = OPTIONS) -> None:
    """Refuse what this version does not carry out: BGP and certificates.

    Args:
        tunnels: The entries of the call.
        with_bgp: The call turns BGP on.
        field: Name of the parameter that holds the entries.
    Raises:
        VendorFault: A BGP value is wrong, or the feature is missing.
    """
    for tunnel in tunnels:
        if tunnel.remote_ca_certificate:
            raise faults.VendorFault(
                "OperationFailed.MissCertificate",
                400,
                f"Parameter {field}.RemoteCaCertificate is not carried out: peers authenticate by"
                " pre-shared key. Leave it out.",
                field=f"{field}.RemoteCaCertificate",
            )
    networks = [_check_bgp(tunnel.tunnel_bgp_config, with_bgp, field) for tunnel in tunnels]
    _require_different(networks, field)
    _require_one_asn(tunnels, field)
    if with_bgp or any(tunnel.tunnel_bgp_config.is_given for tunnel in tunnels):
        name = "EnableTunnelsBgp" if with_bgp else f"{field}.TunnelBgpConfig"
        raise faults.VendorFault(
            "OperationUnsupported.EnableBgp",
            400,
            f"Parameter {name} asks for BGP, which this version does not support."
            " Leave it out and use destination routes (CreateVcoRouteEntry).",
            field=name,
        )


def _check_bgp(config: BgpConfig, with_bgp: bool, field: str) -> IPv4Network | None:
    if config.tunnel_cidr is None:
        if with_bgp:
            raise _bgp_fault(
                "MissingParameter.TunnelCidr", field, "TunnelCidr", "", "EnableTunnelsBgp needs it"
            )
        return None
    shown = config.tunnel_cidr[:64]
    try:
        network = net.parse_prefix(config.tunnel_cidr)
    except domain_faults.Fault as exc:
        raise _bgp_fault(
            "InvalidTunnelCidr.Malformed", field, "TunnelCidr", shown, exc.message
        ) from exc
    try:
        cidr = net.TunnelCidr(network)
    except domain_faults.Fault as exc:
        raise _bgp_fault(
            "IllegalParam.TunnelCidr", field, "TunnelCidr", shown, exc.message
        ) from exc
    if config.local_bgp_ip is not None:
        _check_local_address(cidr, config.local_bgp_ip, field)
    return network


def _check_local_address(cidr: net.TunnelCidr, text: str, field: str) -> None:
    try:
        address = net.parse_address(text)
    except domain_faults.Fault as exc:
        raise _bgp_fault(
            "InvalidLocalBgpIp.Malformed", field, "LocalBgpIp", text[:64], exc.message
        ) from exc
    try:
        cidr.peer_of(address)
    except domain_faults.Fault as exc:
        raise _bgp_fault(
            "IllegalParam.LocalBgpIp", field, "LocalBgpIp", text[:64], exc.message
        ) from exc


def _require_different(networks: Sequence[IPv4Network | None], field: str) -> None:
    given = [network for network in networks if network is not None]
    if len(set(given)) < len(given):
        raise _bgp_fault(
            "IllegalParam.TunnelCidr",
            field,
            "TunnelCidr",
            str(given[0]),
            "both tunnels name it, and each tunnel has a block of its own; change one",
        )


def _require_one_asn(tunnels: Sequence[Options], field: str) -> None:
    asns = {tunnel.tunnel_bgp_config.local_asn for tunnel in tunnels} - {None}
    if len(asns) > 1:
        shown = ", ".join(str(asn) for asn in asns)
        raise _bgp_fault(
            "IllegalParam.LocalAsn", field, "LocalAsn", shown, "both tunnels have one AS number"
        )


def _bgp_fault(code: str, field: str, member: str, value: str, rule: str) -> faults.VendorFault:
    path = f"{field}.TunnelBgpConfig.{member}"
    shown = f" with the value '{value}'" if value else ""
    return faults.VendorFault(
        code, 400, f"Parameter {path}{shown} is not valid: {rule.rstrip('.')}.", field=path
    )


def require_two(tunnels: Sequence[NewTunnel]) -> tuple[int, ...]:
    """Give the index of each entry of a new connection, in the order of the entries.

    Raises:
        VendorFault: Not two entries, or not index 1 and 2.
    """
    if not tunnels:
        raise faults.VendorFault(
            "MissingParameter.TunnelOptionsSpecification",
            400,
            f"Parameter {OPTIONS} is missing: a connection has two tunnels, and single-tunnel mode"
            " is not supported. Send two entries.",
            field=OPTIONS,
        )
    if len(tunnels) != 2:
        raise faults.VendorFault(
            "IllegalParam.TunnelOptionsSpecification",
            400,
            f"Parameter {OPTIONS} with {len(tunnels)} entries is not valid: a connection has"
            " exactly two tunnels. Send two entries.",
            field=OPTIONS,
        )
    indices = tuple(
        tunnel.tunnel_index or position for position, tunnel in enumerate(tunnels, start=1)
    )
    if set(indices) != {1, 2}:
        raise faults.VendorFault(
            "IllegalParam.TunnelIndex",
            400,
            f"Parameter {OPTIONS}.N.TunnelIndex with the values {indices[0]} and {indices[1]} is"
            " not valid: one tunnel has index 1 and the other index 2. Change one.",
            field=f"{OPTIONS}.TunnelIndex",
        )
    return indices
