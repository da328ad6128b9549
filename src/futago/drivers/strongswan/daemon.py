"""The daemon of one tunnel: its process, its device, and two control connections.

One connection carries commands. The other carries events; it asks for the daemon's log only while
the tunnel has no child SA, so that an idle tunnel with dead peer detection costs nothing. What was
logged meanwhile is read from the log file once the child SA is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from futago.domain import ids, ike
from futago.drivers.strongswan import (
    alerts,
    arming,
    associations,
    child_renewal,
    client,
    configuration,
    device,
    early_packets,
    faults,
    files,
    log_lines,
    process,
    rehearsal,
    selectors,
    signs,
    tun_hold,
)
from futago.plan import intent, observation, places
from futago.ports import ike as ike_port
from futago.protocols.error_notify import alerts as error_notify
from futago.protocols.vici import messages

READY_SECONDS: Final = 10.0
EXIT_SECONDS: Final = 3.0
_RETRY_SECONDS: Final = 0.005


Report = Callable[[ids.TunnelId, ike_port.IkeEventKind, str, str], None]
"""Takes the tunnel, what happened, and for a line its text and its IKE SA."""


class TunnelDaemon:
    """Drives one tunnel's daemon; knows nothing that cannot be found again."""

    def __init__(self, tunnel_id: ids.TunnelId, directory: Path, report: Report) -> None:
        self._tunnel_id = tunnel_id
        self._files = files.Files(directory)
        self._signs = signs.Signs(tunnel_id, self._files)
        self._report = report
        self._process: process.DaemonProcess | None = None
        self.sas: Final = associations.Associations(tunnel_id, self._files)
        self._events: client.Client | None = None
        self._alerts: alerts.Listener | None = None
        self._trap: arming.Trap | None = None
        self._is_logging = False
        self._has_lines = False
        self._log_offset = 0
        self._changing = asyncio.Lock()
        self._connecting = asyncio.Lock()
        self._settling = asyncio.Lock()

    async def observe(self, place: places.TunnelPlace) -> observation.DaemonFacts:
        """Say what is there."""
        if self._find() is None:
            return replace(observation.NO_DAEMON, was_up=self._files.was_up())
        self._files.bound_log()
        is_placed = await device.is_complete(place)
        try:
            async with asyncio.timeout(client.DEADLINE_SECONDS):
                await self._watch()
                sas = await self.sas.facts()
        except (faults.NoAnswer, TimeoutError):
            sas = None
        if any(sa.children_installed for sa in sas or ()):
            self._files.forget_carried()
        return observation.DaemonFacts(
            is_running=True,
            is_device_placed=is_placed,
            loaded=self._files.read_loaded(),
            sas=sas,
            was_up=self._files.carried.exists(),
            is_armed=self._trap is not None and self._trap.is_open,
            is_refusing=self._files.refusing.exists() and not self._changing.locked(),
        )

    async def answers(self) -> bool:
        """Tell whether the daemon answers; one that does not run has nothing to say."""
        return self._find() is None or await self._answers()

    async def kill(self) -> None:
        """End the process at once; its end is reported as if it had come by itself."""
        running = self._find()
        if running is not None:
            running.signal(signal.SIGKILL)
            await running.ended(EXIT_SECONDS)

    async def arm(self, place: places.TunnelPlace) -> None:
        """Let routes lead to the device, and tell of packets that enter it."""
        self._release_trap()
        self._trap = await arming.arm(place, self._files, self._on_packet)

    async def disarm(self, place: places.TunnelPlace) -> None:
        """Wait for packets no longer; without a child SA no route leads to the device."""
        self._release_trap()
        await arming.disarm(place, self._files)

    def _release_trap(self) -> None:
        if self._trap is not None:
            self._trap.close()
        self._trap = None

    def _on_packet(self) -> None:
        self._report(self._tunnel_id, ike_port.IkeEventKind.TRAFFIC, "", "")

    def last_heard(self) -> datetime | None:
        """Say when the peer last sent a protected IKE message."""
        return self._signs.last()

    async def start(self, place: places.TunnelPlace, executable: Path) -> None:
        """Run the daemon and place its device, unless both are done."""
        async with self._changing:
            if not await self._complete(place):
                self._files.note_carried()
                await self._end_process()
                # Reading the link makes the kernel and BIRD notice a lost carrier at once.
                await device.look(place)
                await device.remove_placeholder(place)
                self._files.prepare(place)
                self._adopt(await process.spawn(executable, self._files, place.namespace))
                await self._await_answer()
                await device.settle(place)
            self._files.point_hook_at(place)
            if self._process is not None:
                tun_hold.hold(self._process.key.pid)
            await self._watch()

    async def stop(self, place: places.TunnelPlace) -> None:
        """Close the SAs, end the daemon, remove what it left."""
        self._release_trap()
        async with self._changing:
            await self._end_process()
            await device.remove_placeholder(place)
            await device.remove_placed(place.namespace, selectors.DEVICE)
            placed = self._files.read_device()
            if placed is not None:
                await device.remove_placed(*placed)
            self._files.remove()

    async def load(
        self, place: places.TunnelPlace, tunnel: intent.TunnelIntent, psk: ike.PresharedKey
    ) -> None:
        """Load key and configuration; established SAs stay."""
        async with self._changing:
            self._files.point_hook_at(place)
            commands = await self.sas.connected()
            await selectors.represent(place, tunnel)
            await device.fit(place, tunnel.esp_profile)
            await commands.command("load-shared", configuration.shared_key(tunnel, psk))
            await self._load(tunnel)
            self._files.write_loaded(tunnel.digest)

    @contextlib.asynccontextmanager
    async def rehearsing(self) -> AsyncIterator[client.Client]:
        """Give a connection of its own: the daemon answers a rehearsal only when it is over."""
        own = await client.connect(self._files.socket)
        try:
            yield own
        finally:
            own.close()

    async def keep_only(
        self, place: places.TunnelPlace, tunnel: intent.TunnelIntent, unique_id: str
    ) -> bool:
        """Have one IKE SA carry the tunnel, and close the others; tell whether it does."""
        async with self._changing:
            kept = await self.sas.find(unique_id)
            if kept is None:
                return False
            await self.renew_child(place, max(kept.children, key=int))
            surplus = await self.sas.surplus_of(unique_id, kept.children)
            if not surplus:
                return False
            # SAs go on without the connection under which they came up. A peer that starts again
            # whatever is closed finds none for a moment, and its daemon leaves it at that.
            self._files.refusing.touch(mode=0o600)
            commands = await self.sas.connected()
            await commands.command("unload-conn", {"name": self._tunnel_id.encode()})
            try:
                await self.sas.close_politely(surplus)
            finally:
                await self._load(tunnel)
            return True

    async def replace_sas(
        self, place: places.TunnelPlace, tunnel: intent.TunnelIntent, *, keeps_ike: bool
    ) -> None:
        """Negotiate with what is loaded, and close what was there once the new carries.

        A peer may answer the closing of an IKE SA with starting another one, whose first packets
        would meet a peer that has not set it up yet. So it finds no connection meanwhile.
        """
        async with early_packets.delivered(place, self.sas.read):
            newer = await self.sas.replace(keeps_ike=keeps_ike)
        if newer is not None:
            await self.keep_only(place, tunnel, newer)

    async def _load(self, tunnel: intent.TunnelIntent) -> None:
        settings = configuration.connection(tunnel, self._files.directory)
        await (await self.sas.connected()).command("load-conn", settings)
        self._files.refusing.unlink(missing_ok=True)

    async def renew_child(self, place: places.TunnelPlace, only: str | None = None) -> None:
        """Renew the child SA and report what the daemon logs about it."""
        commands = await self.sas.connected()
        async with early_packets.delivered(place, self.sas.read):
            lines = await child_renewal.renew(commands, self._files, self._tunnel_id, only)
        for sa, text in lines:
            self._report(self._tunnel_id, ike_port.IkeEventKind.LOG, text, sa)

    async def settle(self) -> list[log_lines.Line]:
        """Follow the log only while there is no child SA, and close surplus SAs.

        Returns:
            Lines about failures that were logged while nobody followed.
        """
        async with self._settling:
            followed = self._events
            if followed is None or not followed.is_open:
                return []
            sas = await self.sas.facts()
            await self.sas.prune(configuration.surplus(sas))
            has_child = any(sa.children_installed for sa in sas)
            if has_child and self._has_lines:
                self._has_lines = False
                return self._missed_lines()
            if has_child and self._is_logging:
                # Read before: what comes meanwhile may be told twice, but never not at all.
                offset = self._files.log_size()
                await followed.unregister("log")
                self._is_logging, self._log_offset = False, offset
            elif not has_child and not self._is_logging:
                await followed.register("log")
                self._is_logging = True
                return self._missed_lines()
            return []

    def release(self) -> None:
        """Let go of the daemon, which goes on."""
        self._release_trap()
        self._disconnect()
        if self._process is not None:
            self._process.release()
            self._process = None

    def _find(self) -> process.DaemonProcess | None:
        if self._process is not None and self._process.is_running:
            return self._process
        found = process.find(self._files)
        if found is not None:
            self._adopt(found)
        return found

    def _adopt(self, found: process.DaemonProcess) -> None:
        self._process = found
        found.when_ended(self._on_end)

    def _on_end(self) -> None:
        self._disconnect()
        self._process = None
        self._report(self._tunnel_id, ike_port.IkeEventKind.DAEMON_GONE, "", "")

    async def _complete(self, place: places.TunnelPlace) -> bool:
        """Finish what an earlier agent began; tell whether that was possible."""
        if self._find() is None and not self._find_unrecorded():
            return False
        placed = await device.look(place)
        if placed is None:
            if await device.look_inside(place) is not device.Inside.TUN:
                return False
            await self._await_answer()
            await device.settle(place)
            return True
        if not placed.is_up:
            await device.raise_up(place)
        await device.ensure_placeholder(place)
        return True

    def _find_unrecorded(self) -> bool:
        if not self._files.directory.exists():
            return False
        found = process.find_unrecorded(self._files)
        if found is not None:
            self._adopt(found)
        return found is not None

    async def _end_process(self) -> None:
        if self._find() is None and not self._find_unrecorded():
            return
        # Should this fail, the peer learns it from silence; the process has to go all the same.
        with contextlib.suppress(faults.NoAnswer, faults.StopFailed, faults.CommandFailed):
            await self.sas.terminate()
        running = self._process
        self._disconnect()
        if running is None:
            return
        running.when_ended(None)
        for number in (signal.SIGTERM, signal.SIGKILL):
            running.signal(number)
            if await running.ended(EXIT_SECONDS):
                self._process = None
                return
        raise faults.StopFailed(
            f"Process {running.key.pid} of {self._tunnel_id} does not end, even when killed.",
            tunnel_id=self._tunnel_id,
        )

    async def _await_answer(self) -> None:
        try:
            async with asyncio.timeout(READY_SECONDS):
                while not await self._answers():
                    if self._process is None or not self._process.is_running:
                        raise faults.StartFailed(
                            f"The IKE daemon of {self._tunnel_id} ended while it started; "
                            f"see {self._files.log} and {self._files.output}.",
                            tunnel_id=self._tunnel_id,
                        )
                    await asyncio.sleep(_RETRY_SECONDS)
        except TimeoutError as exc:
            raise faults.StartFailed(
                f"The IKE daemon of {self._tunnel_id} did not answer within {READY_SECONDS} s; "
                f"see {self._files.log}.",
                tunnel_id=self._tunnel_id,
            ) from exc

    async def _answers(self) -> bool:
        try:
            await (await self.sas.connected()).command("version")
        except faults.NoAnswer:
            return False
        return True

    async def _watch(self) -> None:
        """Have the event connection open, and the log followed if need be."""
        async with self._connecting:
            if self._events is not None and self._events.is_open:
                return
            opened = await client.connect(self._files.socket, self._on_event, self._on_lost)
            self._is_logging, self._log_offset = False, self._files.log_size()
            self._events = opened
            await opened.register("ike-updown")
            await opened.register("child-updown")
            await opened.register("child-rekey")
            self._alerts = await alerts.listen(self._files.alerts, self._on_alert)
        await self.settle()

    def _disconnect(self) -> None:
        self.sas.disconnect()
        if self._events is not None:
            self._events.close()
        if self._alerts is not None:
            self._alerts.close()
        self._events = self._alerts = None

    def _on_event(self, name: str, message: messages.Message) -> None:
        if name == "log":
            if messages.text(message, "ikesa-name") == rehearsal.name(self._tunnel_id):
                return  # a rehearsal; its outcome is told by whoever ordered it
            text, sa = messages.text(message, "msg"), messages.text(message, "ikesa-uniqueid")
            self._report(self._tunnel_id, ike_port.IkeEventKind.LOG, text, sa)
        else:
            if name == "ike-updown" and configuration.has_authenticated(message, self._tunnel_id):
                self._report(self._tunnel_id, ike_port.IkeEventKind.AUTHENTICATED, "", "")
            is_renewal = name == "child-rekey"
            self._has_lines = self._has_lines or is_renewal
            kinds = ike_port.IkeEventKind
            kind = kinds.CHILD_RENEWED if is_renewal else kinds.SA_CHANGED
            self._report(self._tunnel_id, kind, "", "")

    def _on_alert(self, _alert: error_notify.Alert) -> None:
        self._has_lines = True
        self._report(self._tunnel_id, ike_port.IkeEventKind.SA_CHANGED, "", "")

    def _on_lost(self) -> None:
        self._report(self._tunnel_id, ike_port.IkeEventKind.SA_CHANGED, "", "")

    def _missed_lines(self) -> list[log_lines.Line]:
        offset, self._log_offset = self._log_offset, self._files.log_size()
        return log_lines.telling_after(self._files, offset, self._tunnel_id)
