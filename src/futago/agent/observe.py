"""Reads what is there, in the form that the plan compares."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from futago.agent import apply
from futago.plan import failures, observation, places


async def tunnel_facts(
    ports: apply.Ports, place: places.TunnelPlace, namespaces: frozenset[str]
) -> observation.TunnelFacts:
    """Observe one tunnel."""
    if place.namespace not in namespaces:
        return observation.TunnelFacts(
            has_namespace=False, outside_address=None, daemon=observation.NO_DAEMON
        )
    address, daemon = await asyncio.gather(
        ports.network.outside_address(place), ports.ike.observe(place)
    )
    return observation.TunnelFacts(has_namespace=True, outside_address=address, daemon=daemon)


async def router_facts(
    ports: apply.Ports, place: places.RouterPlace, namespaces: frozenset[str]
) -> observation.RouterFacts:
    """Observe one router."""
    if place.namespace not in namespaces:
        return observation.RouterFacts(has_namespace=False)
    facts, daemon = await asyncio.gather(
        ports.network.router_facts(place), ports.routing.observe(place)
    )
    return replace(facts, is_daemon_running=daemon.is_running, routing=daemon.config)


async def vpc_facts(
    ports: apply.Ports, place: places.VpcPlace, namespaces: frozenset[str]
) -> observation.VpcFacts:
    """Observe one VPC."""
    if place.namespace not in namespaces:
        return observation.VpcFacts(has_namespace=False)
    return await ports.network.vpc_facts(place)


def tunnel_observation(
    place: places.TunnelPlace,
    daemon: observation.DaemonFacts,
    failure: failures.Failure | None,
    probe: observation.ProbeObservation | None,
    proof: observation.PeerProof | None,
    keys: tuple[int | None, int | None] = (None, None),
) -> observation.TunnelObservation:
    """Turn facts into what the control plane is told.

    Args:
        place: The tunnel.
        daemon: What its daemon says.
        failure: Why it is not up.
        probe: What was seen to pass.
        proof: The last sign of life of the peer.
        keys: Versions of the key that is loaded, and of the one that the peer has proven to have.
    """
    is_known = daemon.sas is not None
    is_up = is_known and daemon.children_installed > 0
    return observation.TunnelObservation(
        tunnel_id=place.tunnel_id,
        is_daemon_running=daemon.is_running,
        is_ike_established=daemon.is_ike_established if is_known else None,
        children_installed=daemon.children_installed if is_known else None,
        is_armed=daemon.is_armed,
        translated_port=daemon.translated_port,
        failure=_holding(failure, is_up=is_up),
        probe=probe if is_up else None,
        loaded_key=keys[0],
        proven_key=keys[1],
        proof=proof,
    )


def without_daemon(seen: observation.TunnelObservation) -> observation.TunnelObservation:
    """Say of a tunnel whose daemon has ended that nothing of it is left."""
    return replace(
        seen,
        is_daemon_running=False,
        is_ike_established=False,
        children_installed=0,
        is_armed=False,
        probe=None,
        proof=None,
    )


def _holding(failure: failures.Failure | None, *, is_up: bool) -> failures.Failure | None:
    """Leave out a reason that the tunnel's being up disproves."""
    if failure is None or (is_up and failure.code not in failures.UP_WITH):
        return None
    return failure
