"""JSON of intents and observations.

pydantic reads and writes the frozen dataclasses of `plan` directly; there is no second description
of them. Secrets are not part of an intent; they travel beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter, ValidationError

from futago.domain import faults
from futago.plan import intent, liveness, observation


class MalformedMessage(faults.Invalid):
    """A message between control plane and node that does not have the agreed form."""

    code = "Message.Malformed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneOffer:
    """A zone of a node with its pools of gateway addresses, as prefixes."""

    zone_id: str
    public_pools: tuple[str, ...]
    private_pools: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRegistration:
    """What a node says of itself when its agent starts."""

    node_id: str
    zones: tuple[ZoneOffer, ...]
    driver: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentEntry:
    """One intent that is newer than what the node has; without JSON the resource shall go."""

    kind: intent.IntentKind
    resource_id: str
    generation: int
    intent_json: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentBatch:
    """Intents newer than a revision, and the keys that they need."""

    revision: int
    entries: tuple[IntentEntry, ...]
    psks: dict[str, str]
    """Tunnel id to pre-shared key in clear. Never logged."""
    previous_psks: dict[str, str] = field(default_factory=dict)
    """Tunnel id to the key before, where an overlap holds. Never logged."""
    bgp_keys: dict[str, str] = field(default_factory=dict)
    """Customer gateway id to TCP-MD5 key in clear. Never logged."""
    sent_at: datetime | None = None
    """The control plane's time. Tasks run out by it; a node's own clock may be wrong, or jump."""

    def __repr__(self) -> str:
        return f"IntentBatch(revision={self.revision}, entries={len(self.entries)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTraffic:
    """Counters of one tunnel, from the router's point of view."""

    tunnel_id: str
    connection_id: str
    received_bytes: int
    sent_bytes: int
    received_packets: int
    sent_packets: int
    rtt_ms: float | None = None
    """Mean round trip of the last probes inside the tunnel; None: not known."""
    loss: float | None = None
    """Share of the last probes without an answer, 0 to 1."""
    is_passing: bool | None = None
    """Whether the tunnel passes packets, by its probes or counters; None: not known."""
    is_up: bool | None = None
    """Whether a child SA is installed and not proven dead; None: not known."""
    rekeys: int = 0
    """Child SAs that took over from another, since the agent started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeReport:
    """What a node tells: changed resources, and as a heartbeat the traffic of its tunnels."""

    node_id: str
    observations: tuple[observation.ResourceObservation, ...] = ()
    traffic: tuple[DeviceTraffic, ...] = ()
    routes: tuple[observation.ConnectionRoutes, ...] = ()
    """Of connections whose BGP routes have changed."""
    tasks: tuple[observation.TaskObservation, ...] = ()
    """That are not where they were."""
    pulses: tuple[observation.Pulse, ...] = ()
    """Of tunnels whose measured values have changed."""


_CONNECTION: Final = TypeAdapter(intent.ConnectionIntent)
_ROUTER: Final = TypeAdapter(intent.RouterIntent)
_VPC: Final = TypeAdapter(intent.VpcIntent)
TASKS: Final = TypeAdapter(tuple[observation.TaskObservation, ...])
VERDICTS: Final = TypeAdapter(tuple[liveness.Remembered, ...])
_OBSERVATION: Final = TypeAdapter(observation.ResourceObservation)
_PULSE: Final = TypeAdapter(observation.Pulse)
BATCH: Final = TypeAdapter(IntentBatch)
REGISTRATION: Final = TypeAdapter(NodeRegistration)
REPORT: Final = TypeAdapter(NodeReport)


def encode_intent(value: intent.Intent) -> str:
    """Write an intent as JSON."""
    match value:
        case intent.ConnectionIntent():
            return _CONNECTION.dump_json(value).decode()
        case intent.RouterIntent():
            return _ROUTER.dump_json(value).decode()
        case intent.VpcIntent():
            return _VPC.dump_json(value).decode()


def decode_intent(kind: intent.IntentKind, text: str) -> intent.Intent:
    """Read an intent of a known kind."""
    try:
        match kind:
            case intent.IntentKind.CONNECTION:
                return _CONNECTION.validate_json(text)
            case intent.IntentKind.ROUTER:
                return _ROUTER.validate_json(text)
            case intent.IntentKind.VPC:
                return _VPC.validate_json(text)
    except ValidationError as exc:
        raise MalformedMessage(
            f"The intent is not a {kind.value}: {exc.error_count()} errors."
        ) from exc


def encode_observation(value: observation.ResourceObservation) -> str:
    """Write an observation as JSON."""
    return _OBSERVATION.dump_json(value).decode()


def decode_observation(text: str) -> observation.ResourceObservation:
    """Read an observation."""
    try:
        return _OBSERVATION.validate_json(text)
    except ValidationError as exc:
        raise MalformedMessage(f"The observation has {exc.error_count()} errors.") from exc


def encode_pulse(value: observation.Pulse) -> str:
    """Write measured values as JSON."""
    return _PULSE.dump_json(value).decode()


def decode_pulse(text: str) -> observation.Pulse:
    """Read measured values."""
    try:
        return _PULSE.validate_json(text)
    except ValidationError as exc:
        raise MalformedMessage(f"The values have {exc.error_count()} errors.") from exc
