"""One pass over one resource: observe, plan, apply, and say what is there now."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from futago.agent import (
    apply,
    desired,
    draining,
    inquiries,
    keys,
    negotiation,
    observe,
    proofs,
    turns,
    watchdog,
)
from futago.domain import faults, ids, ike
from futago.plan import diff, edits, intent, observation, places, steps
from futago.reconcile import loop

log = logging.getLogger(__name__)


ARM_SECONDS: Final = 0.05
TRAFFIC_LOOK_SECONDS: Final = 1.0
"""Between looks whether packets leave by the partner of a tunnel that waits for traffic."""


class RouterNotReady(faults.Unavailable):
    """A tunnel's router has no namespace yet."""

    code = "Agent.RouterNotReady"
    retry = faults.after(0.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What one pass found and did."""

    is_present: bool
    is_complete: bool = True
    """False while something of it waits to be changed."""
    tunnels: tuple[observation.TunnelObservation, ...] = ()
    changed: bool = False
    has_new_device: bool = False
    """A tunnel's device was placed: its router has to give it an address for BGP."""
    again_after: float | None = None
    """Seconds until the next look that this resource needs on its own."""
    fault: faults.Fault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the agent remembers of negotiations; all of it can be learned again."""

    negotiations: negotiation.Negotiations
    inquiries: inquiries.Inquiries
    keys: keys.Keys
    watchdog: watchdog.Watchdog


class Reconciler:
    """Brings resources of one node to what is wanted."""

    def __init__(
        self,
        mark: str,
        ports: apply.Ports,
        wanted: desired.Desired,
        memory: Memory,
        proven: proofs.Proofs,
    ) -> None:
        self._keys = memory.keys
        self._turns = turns.Turns()
        self._proofs = proven
        self._watch = proven.watch
        self._mark = mark
        self._ports = ports
        self._desired = wanted
        self._negotiations = memory.negotiations
        self._inquiries = memory.inquiries
        self._watchdog = memory.watchdog

    async def vpc(self, vpc_id: ids.VpcId, wanted: intent.VpcIntent | None) -> Pass:
        """Reconcile a VPC."""
        place = places.VpcPlace.of(self._mark, vpc_id)
        facts = await observe.vpc_facts(self._ports, place, await self._namespaces())
        changed = await self._apply(diff.vpc_steps(place, wanted, facts))
        return Pass(is_present=wanted is not None, changed=changed)

    async def router(self, router_id: ids.RouterId, wanted: intent.RouterIntent | None) -> Pass:
        """Reconcile a transit router."""
        place = places.RouterPlace.of(self._mark, router_id)
        facts = await observe.router_facts(self._ports, place, await self._namespaces())
        left_out = self._watch.left_out(router_id)
        changed = await self._apply(diff.router_steps(self._mark, place, wanted, facts, left_out))
        self._watch.applied(router_id, left_out)
        return Pass(is_present=wanted is not None, changed=changed)

    async def connection(self, wanted: intent.ConnectionIntent) -> Pass:
        """Reconcile both tunnels side by side; trouble of one does not hold up the other."""
        namespaces = await self._namespaces()
        router = places.RouterPlace.of(self._mark, wanted.router_id)
        if router.namespace not in namespaces:
            raise RouterNotReady(f"Router {wanted.router_id} is not set up on this node yet.")
        self._turns.expect(wanted.tunnels)
        passes = await asyncio.gather(
            *(self._guarded_tunnel(tunnel, wanted, namespaces) for tunnel in wanted.tunnels)
        )
        together = [each.tunnel_id for each in wanted.tunnels]
        if all(map(self._watch.is_up, together)):
            self._negotiations.is_served(together)
        pauses = [one.again_after for one in passes if one.again_after is not None]
        return Pass(
            is_present=True,
            tunnels=tuple(seen for one in passes for seen in one.tunnels),
            is_complete=all(one.is_complete for one in passes),
            changed=any(one.changed for one in passes),
            has_new_device=any(one.has_new_device for one in passes),
            again_after=min(pauses, default=None),
            fault=next((one.fault for one in passes if one.fault is not None), None),
        )

    async def remove_tunnels(self, tunnel_ids: Sequence[ids.TunnelId]) -> Pass:
        """Remove tunnels completely."""
        namespaces = await self._namespaces()
        changes = await asyncio.gather(
            *(self._remove_tunnel(tunnel_id, namespaces) for tunnel_id in tunnel_ids)
        )
        return Pass(is_present=False, changed=any(changes))

    async def _remove_tunnel(self, tunnel_id: ids.TunnelId, namespaces: frozenset[str]) -> bool:
        place = places.TunnelPlace.of(self._mark, tunnel_id, None)
        facts = await observe.tunnel_facts(self._ports, place, namespaces)
        changed = await self._apply(diff.tunnel_steps(place, None, facts))
        self._negotiations.forget(tunnel_id)
        self._inquiries.forget(tunnel_id)
        self._keys.forget(tunnel_id)
        self._turns.forget(tunnel_id)
        return changed

    async def _guarded_tunnel(
        self,
        wanted: intent.TunnelIntent,
        around: intent.ConnectionIntent,
        namespaces: frozenset[str],
    ) -> Pass:
        try:
            return await self._tunnel(wanted, around, namespaces)
        except faults.Fault as fault:
            return Pass(is_present=True, fault=fault)

    async def _tunnel(
        self,
        wanted: intent.TunnelIntent,
        around: intent.ConnectionIntent,
        namespaces: frozenset[str],
    ) -> Pass:
        place = places.TunnelPlace.of(self._mark, wanted.tunnel_id, around.router_id)
        self._negotiations.looked_at(wanted.tunnel_id)
        facts = await observe.tunnel_facts(self._ports, place, namespaces)
        chosen = self._keys.choose(wanted, facts.daemon)
        if chosen.key_overlap is not None and chosen.key_overlap.is_over:
            self._desired.forget_previous_psk(wanted.tunnel_id)
        settings = replace(chosen, key_overlap=None)
        self._negotiations.expect(settings)
        planned = diff.tunnel_steps(
            place, chosen, facts, self._judged(wanted, around, facts.daemon)
        )
        planned = (*planned, *self._keys.proof_steps(place, chosen, facts.daemon))
        if _interrupts(planned) and not self._is_ready(wanted, around):
            return Pass(is_present=True, is_complete=False, again_after=draining.LOOK_SECONDS)
        planned = self._paced(settings, planned, edits.impact(facts.daemon.loaded, chosen))
        changed = await self._apply(planned)
        if _interrupts(planned):
            self._watch.changed(wanted.tunnel_id)
            self._turns.changed(wanted.tunnel_id)
        daemon = await self._observed(place) if changed else facts.daemon
        if _interrupts(planned):
            self._keys.renewed(chosen, daemon)
        self._conclude(place, settings, daemon)
        return Pass(
            is_present=True,
            tunnels=(await self._seen(place, wanted, daemon),),
            changed=changed,
            has_new_device=any(isinstance(step, steps.StartIkeDaemon) for step in planned),
            again_after=self._next_look(wanted, daemon, self._around(wanted, around)),
        )

    def _judged(
        self,
        wanted: intent.TunnelIntent,
        around: intent.ConnectionIntent,
        daemon: observation.DaemonFacts,
    ) -> diff.Around:
        """Add what the watchdog says of the daemon."""
        return replace(
            self._around(wanted, around),
            is_frozen=self._watchdog.is_frozen(wanted.tunnel_id, daemon),
            is_stuck=self._watchdog.is_stuck(wanted.tunnel_id, daemon),
        )

    def _around(self, wanted: intent.TunnelIntent, around: intent.ConnectionIntent) -> diff.Around:
        """Say what the other tunnel and the traffic of a connection mean for one tunnel."""
        together = [each.tunnel_id for each in around.tunnels]
        partners = [each for each in together if each != wanted.tunnel_id]
        is_moving = any(self._watch.is_moving(each) for each in partners)
        return diff.Around(
            is_partner_up=any(self._watch.is_up(each) for each in partners),
            has_traffic=is_moving or self._negotiations.has_traffic(together),
        )

    async def _observed(self, place: places.TunnelPlace) -> observation.DaemonFacts:
        self._negotiations.looked_at(place.tunnel_id)
        return await self._ports.ike.observe(place)

    def _is_ready(self, wanted: intent.TunnelIntent, around: intent.ConnectionIntent) -> bool:
        """Tell whether a tunnel that is up may be interrupted for a change now."""
        for partner in around.tunnels:
            is_other = partner.tunnel_id != wanted.tunnel_id
            is_awaited = is_other and self._turns.is_recent(partner.tunnel_id)
            if is_awaited and not self._watch.carries(partner.tunnel_id):
                return False
        return self._watch.is_ready_for_change(wanted.tunnel_id)

    async def _seen(
        self,
        place: places.TunnelPlace,
        wanted: intent.TunnelIntent,
        daemon: observation.DaemonFacts,
    ) -> observation.TunnelObservation:
        return observe.tunnel_observation(
            place,
            daemon,
            self._negotiations.failure(wanted.tunnel_id),
            self._watch.shown(wanted.tunnel_id),
            await self._proofs.look(place, daemon),
            (keys.loaded_key(wanted, daemon.loaded), self._keys.proven(wanted.tunnel_id)),
        )

    def _conclude(
        self,
        place: places.TunnelPlace,
        wanted: intent.TunnelIntent,
        daemon: observation.DaemonFacts,
    ) -> None:
        """Note whether the tunnel is up, and find out what is not known yet about that."""
        if daemon.sas is None:
            return
        self._watch.note(wanted.tunnel_id, is_up=daemon.children_installed > 0)
        if daemon.children_installed:
            self._negotiations.succeeded(wanted.tunnel_id)
            self._inquiries.came_up(place, wanted, daemon.sas)
        else:
            self._negotiations.is_down(wanted.tunnel_id)
            self._inquiries.consider(place, wanted)

    def _paced(
        self, wanted: intent.TunnelIntent, planned: Sequence[steps.Step], impact: edits.Impact
    ) -> tuple[steps.Step, ...]:
        """Leave out an attempt that comes too soon after the last one."""
        if impact is edits.Impact.NEXT_KEY:
            is_at_once = self._keys.is_at_once(wanted.tunnel_id)
            self._negotiations.swapped(wanted, is_at_once=is_at_once)
        elif any(isinstance(step, steps.LoadConnection) for step in planned):
            self._negotiations.edited(wanted)
        if not any(isinstance(step, steps.Initiate) for step in planned):
            return tuple(planned)
        if self._negotiations.pause(wanted.tunnel_id) > 0:
            return tuple(step for step in planned if not isinstance(step, steps.Initiate))
        self._negotiations.started(wanted.tunnel_id)
        return tuple(planned)

    def _next_look(
        self,
        wanted: intent.TunnelIntent,
        daemon: observation.DaemonFacts,
        around: diff.Around,
    ) -> float | None:
        """Seconds until this tunnel needs a look that no event announces."""
        if daemon.sas is None:
            return 1.0
        if daemon.children_installed:
            return self._keys.ends_in(wanted)
        is_asked_for = around.has_traffic or daemon.was_up
        if wanted.initiation is ike.Initiation.ON_TRAFFIC and not is_asked_for:
            if daemon.is_armed is not diff.is_armed_when_down(wanted, around):
                return ARM_SECONDS  # its partner came or went meanwhile
            return TRAFFIC_LOOK_SECONDS if around.is_partner_up else None
        return max(0.25, self._negotiations.pause(wanted.tunnel_id))

    async def _apply(self, planned: Sequence[steps.Step]) -> bool:
        for step in planned:
            log.debug("applying step", extra={"step": type(step).__name__})
            await apply.apply(self._ports, self._desired, step)
            if isinstance(step, steps.LoadConnection):
                self._keys.loaded(step.tunnel)
        return bool(planned)

    async def _namespaces(self) -> frozenset[str]:
        return await self._ports.network.namespaces()


def _interrupts(planned: Sequence[steps.Step]) -> bool:
    """Tell whether steps close SAs that may carry traffic."""
    return any(isinstance(step, steps.TerminateSas | steps.RenewSas) for step in planned)


def outcome(done: Pass) -> loop.Outcome:
    """Tell the loop when to come again."""
    if done.fault is not None:
        raise done.fault
    if done.again_after is None:
        return loop.Done()
    return loop.again(done.again_after)
