"""The tunnel settings that connection actions share, and the rules between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import pydantic

from futago.actions import bgp_requests, faults, fields, requests

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


class Options(requests.Member):
    """What every tunnel entry can hold."""

    customer_gateway_id: str | None = None
    enable_dpd: requests.Flag | None = None
    enable_nat_traversal: requests.Flag | None = None
    remote_ca_certificate: str | None = None
    tunnel_ike_config: IkeConfig = IkeConfig()
    tunnel_ipsec_config: IpsecConfig = IpsecConfig()
    tunnel_bgp_config: bgp_requests.BgpConfig = bgp_requests.BgpConfig()


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


def refuse_certificates(tunnels: Sequence[Options], field: str = OPTIONS) -> None:
    """Refuse certificates of peers.

    Args:
        tunnels: The entries of the call.
        field: Name of the parameter that holds the entries.
    Raises:
        VendorFault: A tunnel has one.
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
