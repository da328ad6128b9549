"""How a connection of a lab test shall differ from the usual one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

_LIFETIME_SECONDS: Final = 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How a connection shall differ from the usual one."""

    ike_version: str = "ikev2"
    second_ike_version: str | None = None
    """Of tunnel 2; as tunnel 1 if None."""
    ike_mode: str = "main"
    effect_immediately: bool = True
    is_peer_passive: bool = False
    network_type: str = "public"
    lifetime_seconds: int = _LIFETIME_SECONDS
    """Of the SAs of both phases."""
    names: tuple[str, str] | None = None
    """LocalId and RemoteId of both tunnels; the addresses if None."""

    def tunnels(self, gateway_ids: Iterable[str]) -> list[dict[str, Any]]:
        """Give both tunnels as a request to create a connection describes them."""
        ike: dict[str, Any] = {
            "IkeMode": self.ike_mode,
            "IkeLifetime": self.lifetime_seconds,
        }
        versions = (self.ike_version, self.second_ike_version or self.ike_version)
        if self.names is not None:
            ike["LocalId"], ike["RemoteId"] = self.names
        return [
            {
                "CustomerGatewayId": gateway_id,
                "TunnelIndex": index,
                "TunnelIkeConfig": ike | {"IkeVersion": version},
                "TunnelIpsecConfig": {"IpsecLifetime": self.lifetime_seconds},
            }
            for index, (gateway_id, version) in enumerate(
                zip(gateway_ids, versions, strict=True), 1
            )
        ]
