"""The agent's tasks: watch intents, reconcile them, listen to daemons, report.

The agent may be killed at any time. It keeps nothing that it could not list or observe again:
intents come from the control plane, the rest is found on the node. Until the first list has come,
nothing is removed, because an empty list would read as "remove everything".
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter
from dataclasses import dataclass
from typing import Final

from futago.agent import (
    apply,
    bgp_watch,
    client,
    desired,
    inquiries,
    keys,
    negotiation,
    proofs,
    pruning,
    reconcile,
    reporting,
    statements,
    tasks,
    traffic,
    watchdog,
    watching,
)
from futago.domain import faults, ids
from futago.messages import codec
from futago.plan import intent, observation, places
from futago.ports import clock as clock_port
from futago.ports import ike as ike_port
from futago.reconcile import loop

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS: Final = 5.0
"""Between counters of traffic."""
PULSE_SECONDS: Final = 1.0
"""Between measured values; each is a sign of life of the node as well."""
FULL_PASS_SECONDS: Final = 600.0
_RETRY_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeIdentity:
    """Who this node is and what it offers."""

    node_id: str
    mark: str
    zones: tuple[codec.ZoneOffer, ...]
    driver: str


class Agent:
    """Runs one node until it is cancelled."""

    def __init__(
        self,
        node: NodeIdentity,
        control: client.HttpControlPlane,
        ports: apply.Ports,
        clock: clock_port.Clock,
    ) -> None:
        self._node = node
        self._control = control
        self._ports = ports
        self._clock = clock
        self._desired = desired.Desired()
        self._outbox = reporting.Outbox()
        self._negotiations = negotiation.Negotiations()
        self._bgp = bgp_watch.BgpWatch(node.mark, ports.routing, self._desired, clock)
        self._tunnels = watching.TunnelWatch(
            node.mark, ports.probes, ports.network, self._desired, clock, ports.verdicts
        )
        self._said = statements.Statements(self._outbox, self._tunnels, self._bgp, clock)
        self._inquiries = inquiries.Inquiries(ports.ike, self._negotiations, clock, self._look)
        self._keys = keys.Keys(clock)
        self._proofs = proofs.Proofs(
            node.mark, ports.ike, self._desired, self._tunnels, clock, self._look
        )
        self._watchdog = watchdog.Watchdog(node.mark, ports.ike, self._desired, self._tunnels)
        self._reconciler = reconcile.Reconciler(
            node.mark, ports, self._desired, self._memory(), self._proofs
        )
        mail = tasks.Mail(uploads=control, outbox=self._outbox)
        self._tasks = tasks.TaskRunner(node.mark, ports, self._desired, self._tunnels, clock, mail)
        self._pruner = pruning.Pruner(node.mark, ports, self._desired, self._reconciler)
        self._loop: loop.KeyedLoop[desired.Key] = loop.KeyedLoop("agent", self._reconcile)
        self._is_registered = asyncio.Event()
        self._applied: dict[desired.Key, int] = {}
        self._owners: dict[ids.TunnelId, desired.Key] = {}
        self._rekeys: Counter[ids.TunnelId] = Counter()
        self._router_watches: dict[ids.RouterId, asyncio.Task[None]] = {}

    def _memory(self) -> reconcile.Memory:
        return reconcile.Memory(
            negotiations=self._negotiations,
            inquiries=self._inquiries,
            keys=self._keys,
            watchdog=self._watchdog,
        )

    async def run(self) -> None:
        """Work until cancelled; daemons and traffic stay when this ends."""
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                group.create_task(self._watch(), name="watch")
                group.create_task(self._loop.run(), name="loop")
                group.create_task(self._listen(), name="listen")
                group.create_task(self._report(), name="report")
                group.create_task(self._tunnels.run(self._noticed), name="tunnels")
                group.create_task(self._watchdog.run(self._look), name="watchdog")
                group.create_task(self._bgp.run(self._bgp_listeners()), name="bgp")
                group.create_task(self._full_passes(), name="full-passes")
        finally:
            await self._inquiries.close()
            await self._tasks.close()
            await self._ports.ike.close()
            await self._ports.network.close()
            await self._control.close()

    async def _watch(self) -> None:
        """Follow the control plane; while it is away, the node goes on with what it has."""
        while True:
            try:
                if not self._is_registered.is_set():
                    await self._control.register(self._registration())
                    self._is_registered.set()
                    self._outbox.everything_is_news()
                    self._proofs.forget_told()
                batch = await self._control.watch(self._desired.revision)
            except faults.Fault as fault:
                if self._is_registered.is_set():
                    log.warning(
                        "control plane lost", extra={"code": fault.code, "fault": fault.message}
                    )
                self._is_registered.clear()
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            self._accept(batch)

    def _accept(self, batch: codec.IntentBatch) -> None:
        for key in self._desired.accept(batch):
            self._note_owner(key)
            self._loop.request(key)
        self._tunnels.follow()
        self._tasks.sync()
        if not self._pruner.is_done:
            self._loop.request(pruning.PRUNE)

    def _note_owner(self, key: desired.Key) -> None:
        wanted = self._desired.get(key)
        if wanted is not None and isinstance(wanted.value, intent.ConnectionIntent):
            for tunnel in wanted.value.tunnels:
                self._owners[tunnel.tunnel_id] = key

    async def _reconcile(self, key: desired.Key) -> loop.Outcome:
        if key == pruning.PRUNE:
            await self._pruner.run()
            return loop.Done()
        wanted = self._desired.get(key)
        if wanted is None:
            return loop.Done()
        began = time.monotonic()
        try:
            done = await self._pass(key, wanted)
        except faults.Fault as fault:
            self._said.found(
                key, reconcile.Pass(is_present=True, fault=fault), self._applied.get(key, 0)
            )
            raise
        if done is None:
            return loop.again(0.1)
        self._count_drift(key, wanted, done)
        if done.fault is None and done.is_complete:
            self._applied[key] = wanted.generation
        self._said.found(key, done, self._applied.get(key, 0), began)
        self._follow(key, wanted)
        self._look_at_router(wanted, done)
        return reconcile.outcome(done)

    def _look_at_router(self, wanted: desired.Wanted, done: reconcile.Pass) -> None:
        """Have a new device of a tunnel get its address for BGP."""
        if done.has_new_device and isinstance(wanted.value, intent.ConnectionIntent):
            self._loop.request(desired.Key(intent.IntentKind.ROUTER, wanted.value.router_id))

    async def _pass(self, key: desired.Key, wanted: desired.Wanted) -> reconcile.Pass | None:
        """Bring one resource up to date; None while its removal has to wait for the pruning."""
        match key.kind:
            case intent.IntentKind.VPC:
                vpc = wanted.value if isinstance(wanted.value, intent.VpcIntent) else None
                return await self._reconciler.vpc(ids.VpcId(key.resource_id), vpc)
            case intent.IntentKind.ROUTER:
                router = wanted.value if isinstance(wanted.value, intent.RouterIntent) else None
                return await self._reconciler.router(ids.RouterId(key.resource_id), router)
            case intent.IntentKind.CONNECTION:
                if isinstance(wanted.value, intent.ConnectionIntent):
                    return await self._reconciler.connection(wanted.value)
                return await self._remove_connection(wanted)

    async def _remove_connection(self, wanted: desired.Wanted) -> reconcile.Pass | None:
        if isinstance(wanted.last, intent.ConnectionIntent):
            return await self._reconciler.remove_tunnels(
                [tunnel.tunnel_id for tunnel in wanted.last.tunnels]
            )
        # Its tunnels are unknown to this process: the pruning removes what nobody wants.
        return reconcile.Pass(is_present=False) if self._pruner.is_done else None

    def _count_drift(self, key: desired.Key, wanted: desired.Wanted, done: reconcile.Pass) -> None:
        if done.changed and self._applied.get(key) == wanted.generation:
            loop.DRIFT.labels("agent").inc()

    def _noticed(self, key: desired.Key) -> None:
        """Tell what the watch has noticed at once, and look at the resource."""
        self._said.noticed(key)
        self._loop.request(key)

    def _bgp_listeners(self) -> bgp_watch.Listeners:
        return bgp_watch.Listeners(
            look_again=self._loop.request,
            seen=self._said.heard_sessions,
            routes=self._outbox.put_routes,
        )

    def _follow(self, key: desired.Key, wanted: desired.Wanted) -> None:
        """Watch the daemon of a router that is set up, so that its death is noticed at once."""
        if key.kind is not intent.IntentKind.ROUTER or wanted.value is None:
            return
        router_id = ids.RouterId(key.resource_id)
        running = self._router_watches.get(router_id)
        if running is None or running.done():
            self._router_watches[router_id] = self._group.create_task(
                self._watch_router(key, router_id), name=f"watch:{router_id}"
            )

    async def _watch_router(self, key: desired.Key, router_id: ids.RouterId) -> None:
        await self._ports.routing.wait_gone(places.RouterPlace.of(self._node.mark, router_id))
        self._router_watches.pop(router_id, None)
        self._loop.request(key)

    async def _listen(self) -> None:
        """Turn what daemons say into looks at their connections."""
        async for event in self._ports.ike.events():
            key = self._owners.get(event.tunnel_id)
            if key is None:
                continue
            if event.kind is ike_port.IkeEventKind.DAEMON_GONE:
                self._negotiations.restarted(event.tunnel_id)
                self._said.lost_daemon(key, event.tunnel_id)
            if event.kind is ike_port.IkeEventKind.CHILD_RENEWED:
                self._rekeys[event.tunnel_id] += 1
            if event.kind is ike_port.IkeEventKind.TRAFFIC:
                self._negotiations.wants_to_go(event.tunnel_id)
            is_other_key_due = self._keys.heard(event)
            if (
                event.kind is not ike_port.IkeEventKind.LOG
                or self._negotiations.heard(event.tunnel_id, event.message, event.at, event.sa)
                or is_other_key_due
            ):
                self._loop.request(key)

    def _look(self, tunnel_id: ids.TunnelId) -> None:
        """Look at a tunnel's connection again."""
        key = self._owners.get(tunnel_id)
        if key is not None:
            self._loop.request(key)

    async def _report(self) -> None:
        """Tell news at once, measured values every second, traffic every few seconds."""
        next_pulse = next_heartbeat = 0.0
        while True:
            await self._is_registered.wait()
            await self._wait_for_news(next_pulse - time.monotonic())
            counters: tuple[codec.DeviceTraffic, ...] = ()
            pulses: tuple[observation.Pulse, ...] = ()
            if time.monotonic() >= next_pulse:
                pulses = await self._proofs.pulses()
                next_pulse = time.monotonic() + PULSE_SECONDS
            if time.monotonic() >= next_heartbeat:
                counters = await traffic.read(
                    self._node.mark,
                    self._ports,
                    self._desired,
                    self._tunnels,
                    self._outbox,
                    self._rekeys,
                )
                next_heartbeat = time.monotonic() + HEARTBEAT_SECONDS
            await self._tell(counters, pulses)

    async def _wait_for_news(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._outbox.has_news.wait()
        except TimeoutError:
            return

    async def _tell(
        self,
        counters: tuple[codec.DeviceTraffic, ...],
        pulses: tuple[observation.Pulse, ...],
    ) -> None:
        news, routes = self._outbox.take(), self._outbox.take_routes()
        steps = self._outbox.take_tasks()
        report = codec.NodeReport(
            node_id=self._node.node_id,
            observations=tuple(news.values()),
            traffic=counters,
            routes=routes,
            tasks=steps,
            pulses=pulses,
        )
        try:
            await self._control.report(report)
        except faults.Fault as fault:
            log.info("report not delivered", extra={"code": fault.code})
            self._outbox.put_back(set(news))
            self._outbox.put_routes_back(routes)
            self._outbox.put_tasks_back(each.task_id for each in steps)
            self._proofs.forget_told()
            await asyncio.sleep(_RETRY_SECONDS)
            return
        for key, told in news.items():
            if not told.is_present:
                self._drop(key, told)

    def _drop(self, key: desired.Key, told: observation.ResourceObservation) -> None:
        """Forget a resource that is gone, unless it is wanted again meanwhile."""
        wanted = self._desired.get(key)
        if wanted is None or wanted.value is not None or self._outbox.latest(key) != told:
            return
        self._desired.drop(key)
        self._outbox.drop(key)
        self._loop.forget(key)
        self._applied.pop(key, None)
        self._owners = {tunnel: owner for tunnel, owner in self._owners.items() if owner != key}

    async def _full_passes(self) -> None:
        """Look at everything now and then: no event that was lost may matter for long."""
        while True:
            await asyncio.sleep(FULL_PASS_SECONDS)
            for key in self._desired.known():
                self._loop.request(key, random.uniform(0, FULL_PASS_SECONDS / 5))  # noqa: S311

    def _registration(self) -> codec.NodeRegistration:
        return codec.NodeRegistration(
            node_id=self._node.node_id, zones=self._node.zones, driver=self._node.driver
        )
