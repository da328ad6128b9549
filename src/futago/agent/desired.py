"""What the node shall be: the intents it has listed and the keys beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from futago.domain import faults, ids, ike
from futago.messages import codec
from futago.plan import intent


class MissingKey(faults.Unavailable):
    """A tunnel's pre-shared key has not arrived yet."""

    code = "Agent.MissingKey"


@dataclass(frozen=True, slots=True)
class Key:
    """Names one resource on this node."""

    kind: intent.IntentKind
    resource_id: str

    def __str__(self) -> str:
        return f"{self.kind.value}/{self.resource_id}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """An intent with its generation; None as value: nothing of the resource shall be left."""

    generation: int
    value: intent.Intent | None
    last: intent.Intent | None = None
    """For a resource that shall go: its last intent, if this process has seen it."""


class Desired:
    """All intents of this node, as far as they have been listed."""

    def __init__(self) -> None:
        self.revision = 0
        self.told_at: datetime | None = None
        """The control plane's time when it told the last intents."""
        self._wanted: dict[Key, Wanted] = {}
        self._psks: dict[str, ike.PresharedKey] = {}
        self._previous_psks: dict[str, ike.PresharedKey] = {}
        self._bgp_keys: dict[str, str] = {}

    def accept(self, batch: codec.IntentBatch) -> list[Key]:
        """Take over newer intents.

        Returns:
            The keys that need a look.
        """
        self.told_at = batch.sent_at
        self._psks.update({tunnel: ike.PresharedKey(text) for tunnel, text in batch.psks.items()})
        self._accept_previous(batch)
        self._bgp_keys.update(batch.bgp_keys)
        changed: list[Key] = []
        for entry in batch.entries:
            key = Key(entry.kind, entry.resource_id)
            value = (
                None
                if entry.intent_json is None
                else codec.decode_intent(entry.kind, entry.intent_json)
            )
            before = self._wanted.get(key)
            last = None
            if value is None and before is not None:
                last = before.value or before.last
            self._wanted[key] = Wanted(entry.generation, value, last)
            changed.append(key)
        self.revision = batch.revision
        return changed

    def restart(self) -> None:
        """Forget the revision, so that the next watch lists everything again."""
        self.revision = 0

    def get(self, key: Key) -> Wanted | None:
        """Give what is wanted of a resource; None when it was never listed."""
        return self._wanted.get(key)

    def drop(self, key: Key) -> None:
        """Forget a resource that is gone."""
        gone = self._wanted.pop(key, None)
        if gone is not None and isinstance(gone.last, intent.ConnectionIntent):
            for tunnel in gone.last.tunnels:
                self._psks.pop(tunnel.tunnel_id, None)
                self._previous_psks.pop(tunnel.tunnel_id, None)

    def psk(self, tunnel: intent.TunnelIntent) -> ike.PresharedKey:
        """Give the key of a tunnel in the version that its intent names."""
        overlap = tunnel.key_overlap
        is_previous = overlap is not None and tunnel.psk_version == overlap.previous_version
        keys = self._previous_psks if is_previous else self._psks
        try:
            return keys[tunnel.tunnel_id]
        except KeyError:
            raise MissingKey(f"The key of tunnel {tunnel.tunnel_id} has not arrived yet.") from None

    def forget_previous_psk(self, tunnel_id: ids.TunnelId) -> None:
        """Drop the key before when its time is over."""
        self._previous_psks.pop(tunnel_id, None)

    def _accept_previous(self, batch: codec.IntentBatch) -> None:
        for tunnel in batch.psks:
            self._previous_psks.pop(tunnel, None)
        self._previous_psks.update(
            {tunnel: ike.PresharedKey(text) for tunnel, text in batch.previous_psks.items()}
        )

    def bgp_keys(self) -> Mapping[str, str]:
        """Give all TCP-MD5 keys that have arrived, by key id."""
        return self._bgp_keys

    def known(self) -> list[Key]:
        """List everything that is known, in no particular order."""
        return list(self._wanted)

    def routers(self) -> Iterator[intent.RouterIntent]:
        """Iterate over the routers that shall exist."""
        for wanted in self._wanted.values():
            if isinstance(wanted.value, intent.RouterIntent):
                yield wanted.value

    def connections(self) -> Iterator[intent.ConnectionIntent]:
        """Iterate over the connections that shall exist."""
        for wanted in self._wanted.values():
            if isinstance(wanted.value, intent.ConnectionIntent):
                yield wanted.value
