"""Pre-shared keys of tunnels: kept, overlapped with the key before, and forgotten in time.

During an overlap both keys lie sealed in the vault and the node holds both. The key before goes
when its time is over or as soon as the peer has authenticated with the new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from futago.domain import ids
from futago.plan import intent, observation
from futago.services import drafts, edit_plans, views
from futago.store import connections, schema, secrets, unit_of_work, work

_NOW = secrets.Purpose.PSK
_BEFORE = secrets.Purpose.PREVIOUS_PSK


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyView:
    """Which keys of a tunnel count; never a key."""

    tunnel_id: ids.TunnelId
    version: int
    """Of the key that is set; it grows with each change."""
    loaded_version: int | None
    """Of the key that the gateway uses at present; None: not known."""
    previous_version: int | None
    """Of the key before, while an overlap is not over."""
    accepted_until: datetime | None
    """When the key before is accepted no longer."""


def changed(
    unit: unit_of_work.UnitOfWork, patches: Mapping[str, drafts.TunnelPatch]
) -> frozenset[str]:
    """Give the tunnels to which patches give another key than they have."""
    before = unit.vault.get_all(_NOW, tuple(patches))
    return frozenset(
        tunnel_id
        for tunnel_id, patch in patches.items()
        if patch.psk is not None and patch.psk.reveal() != before.get(tunnel_id)
    )


def keep(
    unit: unit_of_work.UnitOfWork,
    row: schema.TunnelRow,
    view: views.TunnelView,
    patch: drafts.TunnelPatch,
    wish: edit_plans.Wish,
) -> bool:
    """Keep the key of a tunnel that an edit changes, and the one before as long as it shall count.

    Args:
        unit: Where to write.
        row: The tunnel; its other columns are written already.
        view: The tunnel before the edit.
        patch: The edit of the tunnel.
        wish: The edit as a whole.

    Returns:
        Whether the node has to know.
    """
    is_rekeyed = row.id in wish.rekeyed
    after = wish.overlap(view, unit.now)
    if is_rekeyed and patch.psk is not None:
        _put(unit, row.id, patch.psk.reveal(), view.key_overlap, after)
        row.psk_version = view.tunnel.psk_version + 1
    _write(row, after)
    return is_rekeyed or after != view.key_overlap


def of(view: views.ConnectionView, now: datetime) -> tuple[KeyView, ...]:
    """Tell which keys of a connection count."""
    return tuple(_view(tunnel, now) for tunnel in view.tunnels)


def end_overlaps(unit: unit_of_work.UnitOfWork, connection_id: str) -> None:
    """Forget the keys before whose time is over, and come again for the others."""
    for tunnel_id, until in connections.overlapping_keys(unit.session, connection_id):
        if until <= unit.now:
            unit.vault.drop(_BEFORE, (tunnel_id,))
        else:
            work.mark(unit.session, intent.IntentKind.CONNECTION.value, connection_id, until)


def note(unit: unit_of_work.UnitOfWork, said: observation.ResourceObservation) -> None:
    """Take over what a node saw of tunnels: that they are up, and which keys peers have."""
    up = [each.tunnel_id for each in said.tunnels if each.children_installed]
    if up:
        connections.note_up(unit.session, up)
    for each in said.tunnels:
        if each.proven_key is not None:
            _prove(unit, said.resource_id, each.tunnel_id, each.proven_key)


def drop(unit: unit_of_work.UnitOfWork, tunnel_ids: list[str]) -> None:
    """Forget all keys of tunnels that go."""
    for purpose in (_NOW, _BEFORE):
        unit.vault.drop(purpose, tunnel_ids)


def _prove(unit: unit_of_work.UnitOfWork, connection_id: str, tunnel_id: str, version: int) -> None:
    row = unit.session.get(schema.TunnelRow, tunnel_id)
    if row is None or row.psk_version != version or row.previous_psk_version is None:
        return
    unit.vault.drop(_BEFORE, (tunnel_id,))
    _write(row, None)
    unit.mark_dirty(intent.IntentKind.CONNECTION.value, connection_id)


def _put(
    unit: unit_of_work.UnitOfWork,
    tunnel_id: str,
    text: str,
    held: intent.KeyOverlap | None,
    after: intent.KeyOverlap | None,
) -> None:
    if after is None:
        unit.vault.drop(_BEFORE, (tunnel_id,))
    elif held is None or after.previous_version != held.previous_version:
        unit.vault.put(_BEFORE, tunnel_id, unit.vault.get(_NOW, tunnel_id) or text)
    unit.vault.put(_NOW, tunnel_id, text)


def _write(row: schema.TunnelRow, overlap: intent.KeyOverlap | None) -> None:
    row.previous_psk_version = overlap.previous_version if overlap else None
    row.psk_overlap_until = overlap.until if overlap else None


def _view(tunnel: views.TunnelView, now: datetime) -> KeyView:
    held = tunnel.key_overlap
    is_held = held is not None and held.until > now
    return KeyView(
        tunnel_id=tunnel.tunnel.id,
        version=tunnel.tunnel.psk_version,
        loaded_version=tunnel.facts.loaded_key,
        previous_version=held.previous_version if held and is_held else None,
        accepted_until=held.until if held and is_held else None,
    )
