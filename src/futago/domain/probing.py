"""Which target inside a tunnel shows that the tunnel passes packets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from futago.domain import faults

DEFAULT_SOURCE: Final = IPv4Address("169.254.0.1")
"""The gateway's own address on every tunnel device."""
_NEVER_INSIDE: Final = tuple(
    map(IPv4Network, ("0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4"))
)


class BadProbeAddress(faults.Invalid):
    """An address that no probe can go to or come from."""

    code = "Probe.BadAddress"


class OutsideSelectors(faults.Invalid):
    """The tunnel's traffic selectors would not let the probe pass."""

    code = "Probe.OutsideSelectors"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeTarget:
    """Where the probes of a tunnel go, and from where."""

    target: IPv4Address
    source: IPv4Address = DEFAULT_SOURCE

    def __post_init__(self) -> None:
        for field, address in (("Target", self.target), ("Source", self.source)):
            for refused in _NEVER_INSIDE:
                if address in refused:
                    raise BadProbeAddress(
                        f"{field} {address} is inside {refused}, where no host of a data center "
                        "can be; give the address of one that answers pings.",
                        field=field,
                        value=str(address),
                    )
        if self.target == self.source:
            raise BadProbeAddress(
                f"Target and Source are both {self.target}; a probe goes from one to the other. "
                "Give the source another address.",
                field="Source",
                value=str(self.source),
            )

    def require_inside(self, local: Iterable[IPv4Network], remote: Iterable[IPv4Network]) -> None:
        """Refuse a pair that the traffic selectors of the connection do not let through."""
        for field, address, selectors in (
            ("Source", self.source, tuple(local)),
            ("Target", self.target, tuple(remote)),
        ):
            if not any(address in selector for selector in selectors):
                raise OutsideSelectors(
                    f"{field} {address} is in none of the connection's networks "
                    f"{', '.join(map(str, selectors))}, so no probe could pass; give an address "
                    "inside them.",
                    field=field,
                    value=str(address),
                )
