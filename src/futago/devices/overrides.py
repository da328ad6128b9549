"""Deliberate differences between what was downloaded and what a device gets.

`tunnel2.psk=wrong` is one override. Tests, training and fault finding use them to see how a
mismatch looks from the gateway's side.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from futago.devices import peer_configuration
from futago.domain import crypto, faults, ike, net

_OVERRIDE = re.compile(r"tunnel(?P<number>[12])\.(?P<name>[a-z_]+)=(?P<value>.*)\Z", re.DOTALL)

_Tunnel: TypeAlias = peer_configuration.PeerTunnel
_Change: TypeAlias = Callable[[_Tunnel, str], _Tunnel]


class BadOverride(faults.Invalid):
    """An override that names no setting, or a value that the setting cannot have."""

    code = "Device.BadOverride"


def apply(
    configuration: peer_configuration.PeerConfiguration, overrides: Iterable[str]
) -> peer_configuration.PeerConfiguration:
    """Change a configuration by overrides of the form `tunnelN.name=value`."""
    tunnels = list(configuration.tunnels)
    for text in overrides:
        number, name, value = _read(text)
        if number > len(tunnels):
            raise BadOverride(
                f"The connection has {len(tunnels)} tunnels, not {number}; name one of them."
            )
        tunnels[number - 1] = _changed(tunnels[number - 1], name, value)
    return peer_configuration.PeerConfiguration(tunnels=tuple(tunnels))


def _read(text: str) -> tuple[int, str, str]:
    found = _OVERRIDE.match(text)
    if found is None or found["name"] not in _CHANGES:
        # The value may be a key, so the sentence shows what stands before it only.
        raise BadOverride(
            f"Override {text.partition('=')[0]!r} is not known; write tunnel1.NAME=VALUE or "
            f"tunnel2.NAME=VALUE with NAME one of {', '.join(_CHANGES)}."
        )
    return int(found["number"]), found["name"], found["value"]


def _changed(tunnel: _Tunnel, name: str, value: str) -> _Tunnel:
    try:
        return _CHANGES[name](tunnel, value)
    except ValueError as exc:
        raise BadOverride(
            f"{value!r} is not a value of {name}; use the names of the peer configuration.",
            field=name,
        ) from exc


def _ike(tunnel: _Tunnel, **changes: object) -> _Tunnel:
    return dataclasses.replace(
        tunnel,
        ike_profile=dataclasses.replace(tunnel.ike_profile, **changes),  # type: ignore[arg-type]
    )


def _esp(tunnel: _Tunnel, **changes: object) -> _Tunnel:
    return dataclasses.replace(
        tunnel,
        esp_profile=dataclasses.replace(tunnel.esp_profile, **changes),  # type: ignore[arg-type]
    )


def _bgp(tunnel: _Tunnel, **changes: object) -> _Tunnel:
    if tunnel.bgp is None:
        raise BadOverride(
            "The downloaded configuration has no BGP; switch BGP on for the connection first."
        )
    return dataclasses.replace(
        tunnel,
        bgp=dataclasses.replace(tunnel.bgp, **changes),  # type: ignore[arg-type]
    )


def _encryption(text: str) -> crypto.Encryption:
    return crypto.Encryption("aes128" if text == "aes" else text)


def _lifetime(tunnel: _Tunnel, value: str) -> _Tunnel:
    lifetime = ike.parse_lifetime(int(value)) or ike.LIFETIME_DEFAULT
    return _esp(_ike(tunnel, lifetime=lifetime), lifetime=lifetime)


_CHANGES: Final[dict[str, _Change]] = {
    "psk": lambda t, v: dataclasses.replace(t, psk=ike.PresharedKey(v)),
    "version": lambda t, v: _ike(t, version=crypto.IkeVersion(v)),
    "mode": lambda t, v: _ike(t, mode=crypto.IkeMode(v)),
    "ike_enc": lambda t, v: _ike(t, encryption=_encryption(v)),
    "ike_auth": lambda t, v: _ike(t, integrity=crypto.Integrity(v)),
    "ike_dh": lambda t, v: _ike(t, dh_group=crypto.DhGroup(v)),
    "esp_enc": lambda t, v: _esp(t, encryption=_encryption(v)),
    "esp_auth": lambda t, v: _esp(t, integrity=crypto.Integrity(v)),
    "pfs": lambda t, v: _esp(t, pfs=None if v == "disabled" else crypto.DhGroup(v)),
    "local_id": lambda t, v: dataclasses.replace(t, local_identity=ike.Identity.parse(v)),
    "remote_id": lambda t, v: dataclasses.replace(t, remote_identity=ike.Identity.parse(v)),
    "local_ts": lambda t, v: dataclasses.replace(t, local_ts=net.parse_prefixes(v)),
    "remote_ts": lambda t, v: dataclasses.replace(t, remote_ts=net.parse_prefixes(v)),
    "lifetime": _lifetime,
    "bgp_peer_asn": lambda t, v: _bgp(t, peer_asn=net.parse_asn(v)),
    "bgp_local_ip": lambda t, v: _bgp(t, local_address=net.parse_address(v)),
    "bgp_peer_ip": lambda t, v: _bgp(t, peer_address=net.parse_address(v)),
}
