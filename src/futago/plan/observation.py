"""What a node saw: facts with a time, never wishes.

"Unknown" is a state of its own: a daemon that does not answer yields `sas=None`, not an empty
tuple.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Final

from futago.domain import forwarding, health, ids, tasks
from futago.plan import failures, liveness

IKE_PORTS: Final = (500, 4500)
"""Source: RFC 7296, section 2; RFC 3947, section 4."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IkeSaFacts:
    """One IKE SA and the child SAs under it, as the daemon lists them."""

    unique_id: str
    is_established: bool
    children_installed: int
    established_seconds: int | None = None
    """Age in seconds; None before it is established."""
    is_ours: bool = False
    """We started it."""
    spi: str = ""
    """What both ends know it by: the initiator's SPI, hexadecimal."""
    children: tuple[str, ...] = ()
    """The daemon's numbers of its installed child SAs."""
    peer_port: int | None = None
    """UDP port from which the peer sends now; None: not told."""


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
    was_up: bool = False
    """An earlier daemon died with child SAs, and none has been installed since: the peer knows
    only silence, so the tunnel is negotiated anew whoever started it."""
    is_armed: bool = False
    """It waits for a packet to start, and routes lead to it."""
    is_refusing: bool = False
    """It refuses new IKE SAs, because an agent died while it closed surplus ones."""

    @property
    def children_installed(self) -> int:
        """Count installed child SAs over all IKE SAs (two during a rekey)."""
        return sum(sa.children_installed for sa in self.sas or ())

    @property
    def is_ike_established(self) -> bool:
        """Tell whether at least one IKE SA is established."""
        return any(sa.is_established for sa in self.sas or ())

    @property
    def translated_port(self) -> int | None:
        """Give the port that a NAT has put in place of the peer's; None where there is no proof.

        Peers that force UDP encapsulation look to the daemon as if they were behind NAT, so what
        it says of that is no proof; only another port than IKE's own is.
        """
        ports = (sa.peer_port for sa in self.sas or () if sa.is_established)
        return next((each for each in ports if each is not None and each not in IKE_PORTS), None)


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
    session_addresses: Mapping[str, frozenset[IPv4Interface]] = field(default_factory=dict)
    """Tunnel device to its addresses for BGP; devices without one are there, with none."""
    published_vpcs: Mapping[str, bool] = field(default_factory=dict)
    """VPC link device to whether all traffic (True) or the private ranges only leave by it."""
    mtus: Mapping[str, int] = field(default_factory=dict)
    """Tunnel device to its MTU in bytes."""
    detours: frozenset[forwarding.Detour] | None = frozenset()
    """None where the kernel knows none."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerProof:
    """A sign of life of the peer."""

    evidence: health.Evidence
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeObservation:
    """What the probes of one tunnel have shown."""

    verdict: liveness.Verdict
    target: IPv4Address | None = None
    """None: there is nothing to probe, and only the counters speak."""
    at: datetime | None = None
    """When the last answer came."""
    rtt_ms: float | None = None
    """Mean round trip of the last probes, in milliseconds."""
    loss: float | None = None
    """Share of the last probes without an answer, 0 to 1."""
    last_inbound_at: datetime | None = None
    """When something was last seen to come out of the tunnel."""
    since: datetime | None = None
    """When the verdict was reached."""
    silent_since: datetime | None = None
    """Since when packets leave by the tunnel and none come; None while that is not so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelObservation:
    """One tunnel as reported to the control plane."""

    tunnel_id: ids.TunnelId
    is_daemon_running: bool
    is_ike_established: bool | None
    """None: unknown, the daemon did not answer."""
    children_installed: int | None
    is_armed: bool = False
    """It waits for a packet to start."""
    translated_port: int | None = None
    """From which the peer's packets come because of a NAT in between; None: no proof of one."""
    failure: failures.Failure | None = None
    probe: ProbeObservation | None = None
    """None: not looked at, because no child SA is installed."""
    loaded_key: int | None = None
    """Version of the key that the daemon has loaded; None: not known."""
    proven_key: int | None = None
    """Version with which the peer has authenticated, told while two keys are held."""
    proof: PeerProof | None = None
    """The last sign of life of the peer; None: none since this tunnel is watched."""
    ike_since: datetime | None = None
    """Since when it has had an IKE SA or none; the control plane fills it in."""
    child_since: datetime | None = None
    """The same for child SAs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """What is measured of one tunnel all the time; told every second when it has changed."""

    tunnel_id: ids.TunnelId
    connection_id: ids.ConnectionId
    proof: PeerProof | None = None
    answered_at: datetime | None = None
    """When a probe was last answered."""
    rtt_ms: float | None = None
    loss: float | None = None
    received_bps: int | None = None
    """Bits per second out of the tunnel, over the last seconds; None: not measured yet."""
    sent_bps: int | None = None
    """Bits per second into the tunnel."""
    rate_bps: int | None = None
    """What the shaper lets into the tunnel now."""
    capacity_bps: int | None = None
    """What the daemon got done when it was last seen to fall behind; None: not seen lately."""


class BgpState(StrEnum):
    """State of a BGP session (RFC 4271, section 8.2.2), and the daemon that says nothing."""

    IDLE = "idle"
    CONNECT = "connect"
    ACTIVE = "active"
    OPEN_SENT = "opensent"
    OPEN_CONFIRM = "openconfirm"
    ESTABLISHED = "established"
    UNKNOWN = "unknown"


class BfdState(StrEnum):
    """State of the BFD session beside a BGP session; ABSENT: the peer does not speak it."""

    UP = "up"
    DOWN = "down"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpObservation:
    """The BGP session of one tunnel."""

    tunnel_id: ids.TunnelId
    state: BgpState
    bfd: BfdState = BfdState.ABSENT
    since: datetime | None = None
    """When it entered its state."""
    last_error: str | None = None
    """What the daemon says ended it, in its words, for example "Received: Hold timer expired".

    "TCP-MD5: ..." is the kernel's word: segments come that are not signed as they should be.
    """
    imported: int = 0
    """Prefixes taken."""
    refused: int = 0
    """Prefixes of the peer that are not taken, for any reason."""
    announced: int = 0


class RouteDirection(StrEnum):
    """From the peer, or to it."""

    LEARNED = "learned"
    ANNOUNCED = "announced"


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpRoute:
    """One prefix that a connection learned or announces, over all its sessions."""

    prefix: IPv4Network
    direction: RouteDirection
    tunnel_ids: tuple[ids.TunnelId, ...]
    """Learned: the next hops. Announced: the sessions that carry it."""
    as_path: tuple[int, ...] = ()
    communities: tuple[str, ...] = ()
    """"45104:100" each."""
    origin: str = ""
    """"IGP", "EGP" or "Incomplete", as the peer said; of the first tunnel where they differ."""
    med: int | None = None
    """As the peer said; decides nothing."""
    is_refused: bool = False
    """Sent by the peer and not taken: beyond the limit, default route, reserved, own AS."""
    refusal: str | None = None
    """Why, as a short code: "PrefixLimit", "DefaultRoute", "Reserved", "AsLoop", "Underlay"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionRoutes:
    """All BGP routes of one connection at a moment; replaces what was told before."""

    connection_id: ids.ConnectionId
    router_id: ids.RouterId
    observed_at: datetime
    routes: tuple[BgpRoute, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskObservation:
    """How far a node is with a task, or what became of it."""

    task_id: str
    state: tasks.TaskState
    started_at: datetime | None = None
    finished_at: datetime | None = None
    code: str | None = None
    """Why it failed, as a short code."""
    message: str | None = None
    capture: tasks.CaptureResult | None = None
    ping: tasks.PingResult | None = None


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
    sessions: tuple[BgpObservation, ...] = ()
    """Of a router: its BGP sessions, ordered by tunnel id."""
    fault_code: str | None = None
    fault_message: str | None = None
