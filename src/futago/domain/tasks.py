"""Work that is asked for once: renewing a tunnel's SAs, closing them, capturing, pinging.

A task is desired state like everything else: it has an id, a node does it at most once, and what
became of it is an observation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from futago.domain import faults, ids

VALID_FOR: Final = timedelta(minutes=2)
"""A node that gets to know a task later refuses it: nobody expects its effect any more."""
KEPT: Final = timedelta(days=30)
CAPTURE_KEPT: Final = timedelta(hours=6)
CAPTURE_BYTES_MAX: Final = 8 * 1024 * 1024
"""Of one capture; it ends when the next packet would not fit."""
SECONDS_MAX: Final = 300
PACKETS_MAX: Final = 10_000
SNAP_BYTES_MIN: Final = 64
SNAP_BYTES_MAX: Final = 9000
PORT_MAX: Final = 65535
PING_COUNT: Final = 5
PING_SECONDS: Final = 3.0
"""At most, from the first request to the last answer."""


class TaskKind(StrEnum):
    """What is to be done."""

    REKEY_CHILD = "rekey-child"
    """Another child SA under the IKE SA that there is."""
    REKEY_IKE = "rekey-ike"
    """Another IKE SA, and another child SA under it."""
    RESET = "reset"
    """Close all SAs of a tunnel and negotiate anew."""
    CAPTURE = "capture"
    PING = "ping"


class TaskState(StrEnum):
    """How far a task is."""

    WAITING = "waiting"
    """The node has not begun."""
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """Tell whether nothing will change any more."""
        return self in (TaskState.DONE, TaskState.FAILED)


class CaptureSide(StrEnum):
    """Where packets are seen."""

    OUTSIDE = "outside"
    """Between the gateway address and the peer: IKE and ESP."""
    INSIDE = "inside"
    """On the tunnel's device: users' packets in clear."""


class CaptureProtocol(StrEnum):
    """Protocols that a capture can be narrowed to."""

    ICMP = "icmp"
    TCP = "tcp"
    UDP = "udp"
    ESP = "esp"

    @property
    def number(self) -> int:
        """Number in the IP header. Source: IANA, Protocol Numbers."""
        return {"icmp": 1, "tcp": 6, "udp": 17, "esp": 50}[self.value]

    @property
    def has_ports(self) -> bool:
        """Tell whether its packets have ports."""
        return self in (CaptureProtocol.TCP, CaptureProtocol.UDP)


class BadCapture(faults.Invalid):
    """A limit or a filter of a capture breaks a rule."""

    code = "Capture.Invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureFilter:
    """Which packets are kept; what is None does not matter."""

    prefix: IPv4Network | None = None
    """Of the source or the destination."""
    port: int | None = None
    """Of the source or the destination; only TCP and UDP have ports."""
    protocol: CaptureProtocol | None = None

    def __post_init__(self) -> None:
        if self.port is None:
            return
        if not 1 <= self.port <= PORT_MAX:
            raise BadCapture(
                f"FilterPort {self.port} is not a port; send 1 to {PORT_MAX}.",
                field="FilterPort",
                value=self.port,
            )
        if self.protocol is not None and not self.protocol.has_ports:
            raise BadCapture(
                f"FilterPort {self.port} does not go with FilterProtocol {self.protocol.value},"
                " whose packets have no ports; leave one of them out.",
                field="FilterPort",
                value=self.port,
            )


EVERY_PACKET: Final = CaptureFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureSpec:
    """A capture: where, what, and when it ends by itself."""

    side: CaptureSide
    seconds: int = 30
    packets: int = 1000
    snap_bytes: int = 256
    """Bytes that are kept of each packet."""
    only: CaptureFilter = EVERY_PACKET

    def __post_init__(self) -> None:
        for field, value, least, most in (
            ("Seconds", self.seconds, 1, SECONDS_MAX),
            ("Packets", self.packets, 1, PACKETS_MAX),
            ("BytesPerPacket", self.snap_bytes, SNAP_BYTES_MIN, SNAP_BYTES_MAX),
        ):
            if not least <= value <= most:
                raise BadCapture(
                    f"{field} {value} is out of bounds; send {least} to {most}.",
                    field=field,
                    value=value,
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class PingSpec:
    """Echo requests from an address of the node.

    From a VPC they come from the address that the VPC's router has in a vSwitch, and pass the
    transit router and a tunnel as packets of hosts do. Without a VPC they leave from the tunnel's
    gateway address, outside.
    """

    source: IPv4Address
    target: IPv4Address
    vpc_id: ids.VpcId | None = None
    count: int = PING_COUNT


@dataclass(frozen=True, slots=True, kw_only=True)
class PingResult:
    """What became of echo requests."""

    sent: int
    answered: int
    rtt_ms: float | None = None
    """Mean round trip; None without an answer."""

    @property
    def loss_percent(self) -> int:
        """Share of requests without an answer, 0 to 100."""
        return 100 if not self.sent else round(100 * (self.sent - self.answered) / self.sent)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureResult:
    """What a capture has so far."""

    packets: int = 0
    size_bytes: int = 0
    """Of the file, heading included."""
    dropped: int = 0
    """Packets that came too fast to be kept."""


def overdue_after(kind: TaskKind, capture: CaptureSpec | None) -> timedelta:
    """Give the time after which a task that nobody speaks of has been lost."""
    if kind is TaskKind.CAPTURE and capture is not None:
        return VALID_FOR + timedelta(seconds=capture.seconds) + VALID_FOR
    return 2 * VALID_FOR
