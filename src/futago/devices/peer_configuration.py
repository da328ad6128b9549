"""What a customer downloads to configure the other end.

The document is the vendor's answer to DownloadVpnConnectionConfig, written from the device's point
of view: local is the device, remote is the gateway. This module turns its JSON into frozen values;
what a device does with them is the business of the module that renders for it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import TypeVar

from futago.domain import crypto, faults, ids, ike, net

_ALGORITHM_NAMES = {"aes": crypto.Encryption.AES128}
_PFS_OFF = ("disabled", "")

_Member = TypeVar("_Member", bound=StrEnum)


class IncompletePeerConfiguration(faults.Invalid):
    """The document lacks something that a device needs."""

    code = "PeerConfiguration.Incomplete"


class MalformedPeerConfiguration(faults.Invalid):
    """The document holds a value that no tunnel can have."""

    code = "PeerConfiguration.Malformed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerBgp:
    """BGP inside one tunnel, seen from the device."""

    cidr: net.TunnelCidr
    local_address: IPv4Address
    peer_address: IPv4Address
    local_asn: net.Asn
    peer_asn: net.Asn

    @property
    def interface(self) -> IPv4Interface:
        """Give the address of the tunnel's device, with the length of its network."""
        return IPv4Interface(f"{self.local_address}/{self.cidr.network.prefixlen}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerTunnel:
    """One tunnel, seen from the device."""

    tunnel_id: ids.TunnelId
    local: IPv4Address
    remote: IPv4Address
    local_identity: ike.Identity
    remote_identity: ike.Identity
    ike_profile: ike.IkeProfile
    esp_profile: ike.EspProfile
    psk: ike.PresharedKey
    local_ts: tuple[IPv4Network, ...]
    remote_ts: tuple[IPv4Network, ...]
    bgp: PeerBgp | None = None
    """None while BGP is off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerConfiguration:
    """Both tunnels, in the order of the document."""

    tunnels: tuple[PeerTunnel, ...]


def parse(document: Mapping[str, object]) -> PeerConfiguration:
    """Read the answer of DownloadVpnConnectionConfig.

    Raises:
        IncompletePeerConfiguration: A part is missing; a connection without a gateway address has
            not been attached to a transit router.
        MalformedPeerConfiguration: A value is not one of the known ones.
    """
    root = _Part(document, "").part("VpnConnectionConfig")
    tunnels = root.part("TunnelsConfig").parts("TunnelConfig")
    if not tunnels:
        raise IncompletePeerConfiguration(
            "The configuration has no tunnels: only dual-tunnel connections can be applied; "
            "create the connection with TunnelOptionsSpecification."
        )
    local_ts = net.parse_prefixes(root.text("LocalSubnet"))
    remote_ts = net.parse_prefixes(root.text("RemoteSubnet"))
    sessions = _sessions(root)
    made = tuple(_tunnel(each, local_ts, remote_ts) for each in tunnels)
    return PeerConfiguration(
        tunnels=tuple(dataclasses.replace(each, bgp=sessions.get(each.tunnel_id)) for each in made)
    )


class _Part:
    """A JSON object that knows its place in the document."""

    def __init__(self, value: object, path: str) -> None:
        if not isinstance(value, Mapping):
            raise MalformedPeerConfiguration(
                f"{path or 'The document'} is not an object; pass the downloaded JSON unchanged.",
                field=path,
            )
        self._members = value
        self._path = path

    def _place(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def part(self, name: str) -> _Part:
        return _Part(self._required(name), self._place(name))

    def parts(self, name: str) -> list[_Part]:
        value = self._members.get(name, [])
        if not isinstance(value, list):
            raise MalformedPeerConfiguration(
                f"{self._place(name)} is not a list; pass the downloaded JSON unchanged.",
                field=self._place(name),
            )
        return [
            _Part(each, f"{self._place(name)}[{number}]") for number, each in enumerate(value, 1)
        ]

    def text(self, name: str) -> str:
        return str(self._required(name))

    def has(self, name: str) -> bool:
        return bool(self._members.get(name))

    def optional(self, name: str) -> str:
        return str(self._members.get(name) or "")

    def seconds(self, name: str) -> int:
        text = self.optional(name) or "0"
        if not (text.isascii() and text.isdigit()):
            raise MalformedPeerConfiguration(
                f"{self._place(name)} is {text!r}, not a number of seconds.",
                field=self._place(name),
            )
        return int(text)

    def member(self, name: str, kind: type[_Member]) -> _Member:
        text = self.text(name)
        try:
            return kind(_ALGORITHM_NAMES.get(text, text))
        except ValueError as exc:
            known = ", ".join(each.value for each in kind)
            raise MalformedPeerConfiguration(
                f"{self._place(name)} is {text!r}; known are {known}.", field=self._place(name)
            ) from exc

    def _required(self, name: str) -> object:
        value = self._members.get(name)
        if value is None or value == "":
            raise IncompletePeerConfiguration(
                f"{self._place(name)} is missing from the configuration; download it again.",
                field=self._place(name),
            )
        return value


def _tunnel(
    part: _Part, local_ts: tuple[IPv4Network, ...], remote_ts: tuple[IPv4Network, ...]
) -> PeerTunnel:
    tunnel_id = part.text("TunnelId")
    if not part.optional("Remote"):
        raise IncompletePeerConfiguration(
            f"Tunnel {tunnel_id} has no gateway address (Remote) yet; attach the connection to a "
            "transit router, wait for the state attached and download the configuration again.",
            field="Remote",
        )
    local, remote = net.parse_address(part.text("Local")), net.parse_address(part.text("Remote"))
    keys = part.part("IkeConfig")
    return PeerTunnel(
        tunnel_id=ids.TunnelId(tunnel_id),
        local=local,
        remote=remote,
        local_identity=ike.Identity.parse(keys.optional("LocalId") or str(local)),
        remote_identity=ike.Identity.parse(keys.optional("RemoteId") or str(remote)),
        ike_profile=_ike_profile(keys),
        esp_profile=_esp_profile(part.part("IpsecConfig")),
        psk=ike.PresharedKey(keys.text("Psk")),
        local_ts=local_ts,
        remote_ts=remote_ts,
    )


def _sessions(root: _Part) -> dict[str, PeerBgp]:
    """Read BGP by tunnel; the member is missing or empty while BGP is off."""
    if not root.has("BgpConfigs"):
        return {}
    parts = root.part("BgpConfigs").parts("BgpConfig")
    return {part.text("TunnelId"): _bgp(part) for part in parts}


def _bgp(part: _Part) -> PeerBgp:
    cidr = net.TunnelCidr.parse(part.text("TunnelCidr"))
    local, peer = (net.parse_address(part.text(name)) for name in ("LocalBgpIp", "PeerBgpIp"))
    if cidr.peer_of(local) != peer:
        raise MalformedPeerConfiguration(
            f"PeerBgpIp is {peer}, but the other host of {cidr.network} beside {local} is "
            f"{cidr.peer_of(local)}; download the configuration again.",
            field="PeerBgpIp",
            value=str(peer),
        )
    return PeerBgp(
        cidr=cidr,
        local_address=local,
        peer_address=peer,
        local_asn=net.parse_asn(part.text("LocalAsn")),
        peer_asn=net.parse_asn(part.text("PeerAsn")),
    )


def _ike_profile(part: _Part) -> ike.IkeProfile:
    return ike.IkeProfile(
        version=part.member("IkeVersion", crypto.IkeVersion),
        mode=part.member("IkeMode", crypto.IkeMode),
        encryption=part.member("IkeEncAlg", crypto.Encryption),
        integrity=part.member("IkeAuthAlg", crypto.Integrity),
        dh_group=part.member("IkePfs", crypto.DhGroup),
        lifetime=ike.parse_lifetime(part.seconds("IkeLifetime")) or ike.LIFETIME_DEFAULT,
    )


def _esp_profile(part: _Part) -> ike.EspProfile:
    has_pfs = part.optional("IpsecPfs") not in _PFS_OFF
    return ike.EspProfile(
        encryption=part.member("IpsecEncAlg", crypto.Encryption),
        integrity=part.member("IpsecAuthAlg", crypto.Integrity),
        pfs=part.member("IpsecPfs", crypto.DhGroup) if has_pfs else None,
        lifetime=ike.parse_lifetime(part.seconds("IpsecLifetime")) or ike.LIFETIME_DEFAULT,
    )
