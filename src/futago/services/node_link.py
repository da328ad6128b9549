"""What a node asks for and what it reports."""

from __future__ import annotations

from collections.abc import Sequence

from futago.messages import codec
from futago.plan import intent, observation, truth
from futago.services import endings, events, logs, nodes, reasons, tunnel_keys
from futago.store import bgp, connections, pulses, schema, secrets, unit_of_work
from futago.store import nodes as rows


def intents_since(work: unit_of_work.UnitOfWork, node_id: str, revision: int) -> codec.IntentBatch:
    """Give what changed after a revision; from 0 on, everything that shall be or shall go.

    Raises:
        NodeNotFound: The node has not registered.
    """
    newest = nodes.find(work, node_id).revision
    found = rows.intents_since(work.session, node_id, revision)
    kept = {
        kind: [row.resource_id for row in found if row.kind == kind.value and row.intent_json]
        for kind in (intent.IntentKind.CONNECTION, intent.IntentKind.ROUTER)
    }
    psks = _psks(work, kept[intent.IntentKind.CONNECTION])
    return codec.IntentBatch(
        revision=newest,
        entries=tuple(
            codec.IntentEntry(
                kind=intent.IntentKind(row.kind),
                resource_id=row.resource_id,
                generation=row.generation,
                intent_json=row.intent_json,
            )
            for row in found
        ),
        psks=psks,
        previous_psks=work.vault.get_all(secrets.Purpose.PREVIOUS_PSK, tuple(psks)),
        bgp_keys=_bgp_keys(work, kept[intent.IntentKind.ROUTER]),
        sent_at=work.now,
    )


def store_observations(
    work: unit_of_work.UnitOfWork,
    node_id: str,
    observations: Sequence[observation.ResourceObservation],
) -> tuple[events.EventView, ...]:
    """Keep what a node saw, have resources looked at that wait for this to end, and tell events.

    Returns:
        What was told.
    Raises:
        NodeNotFound: The node has not registered.
    """
    nodes.heartbeat(work, node_id, work.now)
    concerned: list[str] = []
    for said in observations:
        concerned += _store(work, node_id, said)
    work.session.flush()
    return events.look(work, concerned)


def store_pulses(work: unit_of_work.UnitOfWork, measured: Sequence[observation.Pulse]) -> None:
    """Keep the last measured values of tunnels; those that are gone are passed over."""
    pulses.keep(work.session, [(each.tunnel_id, codec.encode_pulse(each)) for each in measured])


def _store(
    work: unit_of_work.UnitOfWork, node_id: str, said: observation.ResourceObservation
) -> Sequence[str]:
    """Keep an observation; give the connections that it is about."""
    row = work.session.get(schema.ObservationRow, (said.kind, said.resource_id, node_id))
    before = (row.generation, row.is_present) if row else None
    if row is None:
        row = schema.ObservationRow(
            kind=said.kind, resource_id=said.resource_id, node_id=node_id, generation=0
        )
        work.session.add(row)
    # An agent that has just started counts from 0 until its first pass; what was applied stays so.
    row.generation = max(row.generation, said.generation)
    row.is_present = said.is_present
    row.received_at = work.now
    earlier = row.body
    said = truth.continued(codec.decode_observation(earlier) if earlier else None, said)
    row.body = codec.encode_observation(said)
    logs.note(work, earlier, said)
    tunnel_keys.note(work, said)
    reasons.note(work, earlier, said)
    work.is_news = True
    is_new = before != (row.generation, row.is_present) or not said.is_present
    if is_new and endings.awaits(work, intent.IntentKind(said.kind), said.resource_id):
        work.mark_dirty(said.kind, said.resource_id)
    return _concerned(work, said, earlier, before[0] if before else 0)


def _concerned(
    work: unit_of_work.UnitOfWork,
    said: observation.ResourceObservation,
    earlier: str | None,
    applied: int,
) -> Sequence[str]:
    """Give the connections of which an observation may say something new.

    Args:
        work: Where they are.
        said: The observation.
        earlier: The one before, as it is stored.
        applied: The generation that was in force before.
    """
    match intent.IntentKind(said.kind):
        case intent.IntentKind.CONNECTION:
            return (said.resource_id,)
        case intent.IntentKind.ROUTER:
            last = codec.decode_observation(earlier) if earlier else None
            unsettled = connections.unsettled_on(work.session, said.resource_id, applied)
            spoken = set(map(_spoken, said.sessions)) ^ set(
                map(_spoken, last.sessions if last else ())
            )
            tunnels = {tunnel_id for tunnel_id, *_ in spoken}
            return (*unsettled, *connections.owners_of(work.session, tunnels))
        case intent.IntentKind.VPC:
            return ()


def _spoken(session: observation.BgpObservation) -> tuple[str, observation.BgpState, bool]:
    """Leave out of a session what changes without being an event."""
    return session.tunnel_id, session.state, session.refused > 0


def _bgp_keys(work: unit_of_work.UnitOfWork, router_ids: Sequence[str]) -> dict[str, str]:
    keyed = bgp.keyed_gateways(work.session, router_ids)
    return work.vault.get_all(secrets.Purpose.BGP_AUTH_KEY, keyed)


def _psks(work: unit_of_work.UnitOfWork, connection_ids: Sequence[str]) -> dict[str, str]:
    tunnels = connections.tunnels_of(work.session, connection_ids)
    tunnel_ids = [tunnel.row.id for several in tunnels.values() for tunnel in several]
    return work.vault.get_all(secrets.Purpose.PSK, tunnel_ids)
