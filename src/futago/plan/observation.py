"""What a node saw: facts with a time, never wishes.

"Unknown" is a state of its own: a daemon that does not answer yields `sas=None`, not an empty
tuple.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Address

from futago.domain import ids


@dataclass(frozen=True, slots=True, kw_only=True)
class IkeSaFacts:
    """One IKE SA and the child SAs under it, as the daemon lists them."""

    unique_id: str
    is_established: bool
    children_installed: int
    established_seconds: int | None = None
    """Age in seconds; None before it is established."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonFacts:
    """One tunnel's IKE daemon."""

    is_running: bool
    is_device_placed: bool
    """The tunnel's device is in the router's namespace and up."""
    loaded: str | None
    """Digest of the tunnel intent that the daemon has loaded."""
    sas: tuple[IkeSaFacts, ...] | None
    """None: the daemon did not answer."""

    @property
    def children_installed(self) -> int:
        """Count installed child SAs over all IKE SAs (two during a rekey)."""
        return sum(sa.children_installed for sa in self.sas or ())

    @property
    def is_ike_established(self) -> bool:
        """Tell whether at least one IKE SA is established."""
        return any(sa.is_established for sa in self.sas or ())


NO_DAEMON = DaemonFacts(is_running=False, is_device_placed=False, loaded=None, sas=())


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelFacts:
    """One tunnel as the node finds it before it acts."""

    has_namespace: bool
    outside_address: IPv4Address | None
    """Gateway address that is connected to the uplink; None while it is not."""
    daemon: DaemonFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterFacts:
    """One transit router as the node finds it before it acts."""

    has_namespace: bool
    devices: frozenset[str] = frozenset()
    rules: frozenset[tuple[str, int]] = frozenset()
    """Policy rules of ours: incoming device and kernel table."""
    firewall: str | None = None
    """Digest of the packet filter that is in force."""
    is_daemon_running: bool = False
    routing: str | None = None
    """Digest of the routing configuration that the daemon runs."""
    published_vpcs: Mapping[str, bool] = field(default_factory=dict)
    """VPC link device to whether all traffic (True) or the private ranges only leave by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VpcFacts:
    """One VPC as the node finds it before it acts."""

    has_namespace: bool
    bridges: Mapping[str, IPv4Address] = field(default_factory=dict)
    """Bridge to the router's address on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCounters:
    """Traffic of a device since it exists, from the router's point of view."""

    received_bytes: int
    sent_bytes: int
    received_packets: int
    sent_packets: int


class FailureCode(StrEnum):
    """Why a negotiation failed: the vendor's codes that this version can tell."""

    PSK_MISMATCH = "PskMismatch"
    PEER_ID_MISMATCH = "PeerIdMismatch"
    PROPOSAL_MISMATCH = "ProposalMismatch"
    TRAFFIC_SELECTOR_MISMATCH = "TrafficSelectorMismatch"
    NO_RESPONSE = "NoResponse"
    DPD_TIMEOUT = "DpdTimeout"
    RECEIVE_DELETE_NOTIFY = "ReceiveDeleteNotify"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The last negotiation failure of a tunnel, cleared by success."""

    code: FailureCode
    at: datetime
    evidence: str
    """The daemon's own line, without secrets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelObservation:
    """One tunnel as reported to the control plane."""

    tunnel_id: ids.TunnelId
    is_daemon_running: bool
    is_ike_established: bool | None
    """None: unknown, the daemon did not answer."""
    children_installed: int | None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceObservation:
    """What a node reports about one intent."""

    kind: str
    resource_id: str
    generation: int
    """Generation of the intent that is applied; 0 while none is."""
    is_present: bool
    """False once nothing of the resource is left on the node."""
    observed_at: datetime
    tunnels: tuple[TunnelObservation, ...] = ()
    fault_code: str | None = None
    fault_message: str | None = None
