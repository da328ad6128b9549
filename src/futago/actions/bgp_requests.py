"""BGP values of tunnels: from the parameters of a call to domain values, and their refusals."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address

from futago.actions import faults, requests
from futago.actions import fields as types
from futago.domain import bgp, net
from futago.domain import faults as domain_faults
from futago.services import drafts


class BgpConfig(requests.Member):
    """BGP inside the tunnel."""

    local_asn: types.BgpAsn = None
    local_bgp_ip: str | None = None
    tunnel_cidr: str | None = None

    @property
    def is_given(self) -> bool:
        """Tell whether anything is asked for."""
        return not (self.local_asn is None and self.local_bgp_ip is None and not self.tunnel_cidr)


def read_patch(config: BgpConfig, field: str) -> drafts.BgpPatch:
    """Read the values of one tunnel; members that are not given stay.

    Args:
        config: As the call has it.
        field: Name of the parameter that holds the tunnel.
    Raises:
        VendorFault: A value is malformed or against a rule.
    """
    cidr = _read_cidr(config, field)
    address = _read_address(config, field)
    if cidr is not None and address is not None:
        try:
            cidr.peer_of(address)
        except domain_faults.Fault as exc:
            raise _fault(
                "IllegalParam.LocalBgpIp", field, "LocalBgpIp", str(address), exc.message
            ) from exc
    return drafts.BgpPatch(cidr=cidr, local_address=address)


def read_new(
    configs: Sequence[BgpConfig], field: str, *, enabled: bool
) -> tuple[tuple[bgp.TunnelBgp | None, ...], net.Asn]:
    """Read the values of all tunnels of a new connection, and the number that they share.

    Raises:
        VendorFault: A value is wrong or missing, or BGP is off and values are given.
    """
    patches = [read_patch(config, field) for config in configs]
    require_different(patches, field)
    asn = read_asn(configs, field)
    if not enabled:
        _require_nothing(configs, field)
        return (None,) * len(configs), net.DEFAULT_LOCAL_ASN
    return tuple(_complete(patch, field) for patch in patches), asn or net.DEFAULT_LOCAL_ASN


def read_asn(configs: Sequence[BgpConfig], field: str) -> net.Asn | None:
    """Give the number that the entries share; None if none has one.

    Raises:
        VendorFault: They have several.
    """
    asns = sorted({config.local_asn for config in configs if config.local_asn is not None})
    if len(asns) > 1:
        shown = ", ".join(map(str, asns))
        raise _fault(
            "IllegalParam.LocalAsn", field, "LocalAsn", shown, "both tunnels have one AS number"
        )
    return asns[0] if asns else None


def require_asn(config: BgpConfig, current: net.Asn, field: str) -> None:
    """Refuse a number for one tunnel that is not the one that both share."""
    if config.local_asn not in {None, current}:
        raise _fault(
            "IllegalParam.LocalAsn",
            field,
            "LocalAsn",
            str(config.local_asn),
            f"both tunnels share the AS number {current}; change it for both with"
            " ModifyVpnAttachmentAttribute",
        )


def require_different(patches: Sequence[drafts.BgpPatch], field: str) -> None:
    """Refuse one block for several tunnels.

    Raises:
        VendorFault: Two entries name the same.
    """
    given = [patch.cidr.network for patch in patches if patch.cidr is not None]
    if len(set(given)) < len(given):
        raise _fault(
            "IllegalParam.TunnelCidr",
            field,
            "TunnelCidr",
            str(given[0]),
            "both tunnels name it, and each tunnel has a block of its own; change one",
        )


def _complete(patch: drafts.BgpPatch, field: str) -> bgp.TunnelBgp:
    if patch.cidr is None:
        raise _fault(
            "MissingParameter.TunnelCidr", field, "TunnelCidr", "", "EnableTunnelsBgp needs it"
        )
    return bgp.TunnelBgp.of(patch.cidr, patch.local_address)


def _require_nothing(configs: Sequence[BgpConfig], field: str) -> None:
    if any(config.is_given for config in configs):
        name = f"{field}.TunnelBgpConfig"
        raise faults.VendorFault(
            "OperationUnsupported.EnableBgp",
            400,
            f"Parameter {name} is not valid: BGP is off."
            " Send EnableTunnelsBgp as true, or leave the values out.",
            field=name,
        )


def _read_cidr(config: BgpConfig, field: str) -> net.TunnelCidr | None:
    if not config.tunnel_cidr:
        return None
    shown = config.tunnel_cidr[:64]
    try:
        network = net.parse_prefix(config.tunnel_cidr)
    except domain_faults.Fault as exc:
        raise _fault(
            "InvalidTunnelCidr.Malformed", field, "TunnelCidr", shown, exc.message
        ) from exc
    try:
        return net.TunnelCidr(network)
    except domain_faults.Fault as exc:
        raise _fault("IllegalParam.TunnelCidr", field, "TunnelCidr", shown, exc.message) from exc


def _read_address(config: BgpConfig, field: str) -> IPv4Address | None:
    if config.local_bgp_ip is None:
        return None
    try:
        return net.parse_address(config.local_bgp_ip)
    except domain_faults.Fault as exc:
        shown = config.local_bgp_ip[:64]
        raise _fault(
            "InvalidLocalBgpIp.Malformed", field, "LocalBgpIp", shown, exc.message
        ) from exc


def _fault(code: str, field: str, member: str, value: str, rule: str) -> faults.VendorFault:
    path = f"{field}.TunnelBgpConfig.{member}"
    shown = f" with the value '{value}'" if value else ""
    return faults.VendorFault(
        code, 400, f"Parameter {path}{shown} is not valid: {rule.rstrip('.')}.", field=path
    )
