"""Counters of all tunnels of a node: one read per router, whatever the number of tunnels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from futago.agent import apply, desired, reporting, watching
from futago.domain import faults, ids
from futago.messages import codec
from futago.plan import intent, liveness, observation, places


async def read(
    mark: str,
    ports: apply.Ports,
    wanted: desired.Desired,
    watch: watching.TunnelWatch,
    outbox: reporting.Outbox,
    rekeys: Mapping[ids.TunnelId, int],
) -> tuple[codec.DeviceTraffic, ...]:
    """Read the traffic of every tunnel that shall exist; routers that are not up are left out."""
    by_router: dict[ids.RouterId, list[intent.ConnectionIntent]] = defaultdict(list)
    for connection in wanted.connections():
        by_router[connection.router_id].append(connection)
    found: list[codec.DeviceTraffic] = []
    for router_id, connections in by_router.items():
        try:
            counters = await ports.network.counters(places.RouterPlace.of(mark, router_id))
        except faults.Fault:
            continue  # not set up yet, or on its way out; the next heartbeat looks again
        for connection in connections:
            key = desired.Key(intent.IntentKind.CONNECTION, connection.connection_id)
            said = outbox.latest(key)
            tunnels = {each.tunnel_id: each for each in said.tunnels} if said else {}
            found.extend(_of_connection(mark, connection, counters, watch, tunnels, rekeys))
    return tuple(found)


def _of_connection(
    mark: str,
    connection: intent.ConnectionIntent,
    counters: Mapping[str, observation.DeviceCounters],
    watch: watching.TunnelWatch,
    tunnels: Mapping[ids.TunnelId, observation.TunnelObservation],
    rekeys: Mapping[ids.TunnelId, int],
) -> list[codec.DeviceTraffic]:
    found: list[codec.DeviceTraffic] = []
    for tunnel in connection.tunnels:
        place = places.TunnelPlace.of(mark, tunnel.tunnel_id, connection.router_id)
        seen = counters.get(place.device)
        probe = watch.shown(tunnel.tunnel_id)
        if seen is not None:
            found.append(
                codec.DeviceTraffic(
                    tunnel_id=tunnel.tunnel_id,
                    connection_id=connection.connection_id,
                    received_bytes=seen.received_bytes,
                    sent_bytes=seen.sent_bytes,
                    received_packets=seen.received_packets,
                    sent_packets=seen.sent_packets,
                    rtt_ms=probe.rtt_ms if probe else None,
                    loss=probe.loss if probe else None,
                    is_passing=_is_passing(probe),
                    is_up=_is_up(tunnels.get(tunnel.tunnel_id), probe),
                    rekeys=rekeys.get(tunnel.tunnel_id, 0),
                )
            )
    return found


def _is_passing(probe: observation.ProbeObservation | None) -> bool | None:
    if probe is None or probe.verdict is liveness.Verdict.UNKNOWN:
        return None
    return probe.verdict is liveness.Verdict.ALIVE


def _is_up(
    seen: observation.TunnelObservation | None, probe: observation.ProbeObservation | None
) -> bool | None:
    if seen is None or seen.children_installed is None:
        return None
    is_dead = probe is not None and probe.verdict is liveness.Verdict.DEAD
    return seen.children_installed > 0 and not is_dead
