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
from pathlib import Path
from typing import Final

from futago.domain import ids, ike
from futago.drivers.strongswan import (
    alerts,
    child_renewal,
    client,
    configuration,
    device,
    faults,
    files,
    log_lines,
    process,
    rehearsal,
    renewal,
    selectors,
    tun_hold,
)
from futago.plan import intent, observation, places
from futago.ports import ike as ike_port
from futago.protocols.error_notify import alerts as error_notify
from futago.protocols.vici import messages

READY_SECONDS: Final = 10.0
TERMINATE_SECONDS: Final = 1.5
EXIT_SECONDS: Final = 3.0
PRUNE_SECONDS: Final = 60.0
_RETRY_SECONDS: Final = 0.005


Report = Callable[[ids.TunnelId, ike_port.IkeEventKind, str, str], None]
"""Takes the tunnel, what happened, and for a line its text and its IKE SA."""


class TunnelDaemon:
    """Drives one tunnel's daemon; knows nothing that cannot be found again."""

    def __init__(self, tunnel_id: ids.TunnelId, directory: Path, report: Report) -> None:
        self._tunnel_id = tunnel_id
        self._files = files.Files(directory)
        self._report = report
        self._process: process.DaemonProcess | None = None
        self._commands: client.Client | None = None
        self._events: client.Client | None = None
        self._alerts: alerts.Listener | None = None
        self._is_logging = False
        self._has_lines = False
        self._log_offset = 0
        self._next_prune = 0.0
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
                listed = await self._list()
        except (faults.NoAnswer, TimeoutError):
            listed = None
        sas = None if listed is None else _facts(listed)
        if any(sa.children_installed for sa in sas or ()):
            self._files.forget_carried()
        return observation.DaemonFacts(
            is_running=True,
            is_device_placed=is_placed,
            loaded=self._files.read_loaded(),
            sas=sas,
            was_up=self._files.carried.exists(),
        )

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
            commands = await self._connected()
            await selectors.represent(place, tunnel)
            await device.fit(place, tunnel.esp_profile)
            await commands.command("load-shared", configuration.shared_key(tunnel, psk))
            await commands.command(
                "load-conn", configuration.connection(tunnel, self._files.directory)
            )
            self._files.write_loaded(tunnel.digest)

    async def initiate(self) -> None:
        """Start negotiating, unless that is under way or done."""
        listed = await self._list()
        if any(sa.children_installed for sa in _facts(listed)):
            return
        if any(configuration.is_under_way(sa) for sa in listed):
            return
        await self._start_negotiation()

    async def replace_sas(self, *, keeps_ike: bool) -> None:
        """Negotiate with what is loaded, and close what was there once the new carries."""
        before = renewal.carriers(await self._list())
        await self._start_negotiation()
        is_there = await renewal.wait_for_new(self._list, before, keeps_ike=keeps_ike)
        if not (is_there and keeps_ike):
            await self.terminate(before.sas)
            return
        commands = await self._connected()
        for unique_id in before.children:
            arguments = {"child-id": unique_id.encode(), "timeout": b"-1"}
            with contextlib.suppress(faults.CommandFailed):  # gone meanwhile
                await commands.command("terminate", arguments)

    async def _start_negotiation(self) -> None:
        commands = await self._connected()
        await commands.command(
            "initiate",
            {
                "ike": self._tunnel_id.encode(),
                "child": configuration.child_name(self._tunnel_id).encode(),
                "timeout": b"-1",
            },
        )

    @contextlib.asynccontextmanager
    async def rehearsing(self) -> AsyncIterator[client.Client]:
        """Give a connection of its own: the daemon answers a rehearsal only when it is over."""
        own = await client.connect(self._files.socket)
        try:
            yield own
        finally:
            own.close()

    async def renew_child(self) -> None:
        """Renew the child SA and report what the daemon logs about it."""
        commands = await self._connected()
        lines = await child_renewal.renew(commands, self._files, self._tunnel_id)
        for sa, text in lines:
            self._report(self._tunnel_id, ike_port.IkeEventKind.LOG, text, sa)

    async def terminate(self, only: frozenset[str] | None = None) -> None:
        """Close the SAs that there are (or some of them) and wait until they are gone.

        New ones may stand in their place at once, where the peer starts by itself. A silent peer
        is not waited for long.
        """
        # A connection of its own: the daemon answers only when all is done.
        own = await client.connect(self._files.socket)
        try:
            present = {sa.unique_id for sa in _facts(await self._list())}
            closed = present if only is None else present & only
            for unique_id in closed:
                await self._terminate_one(own, unique_id)
            async with asyncio.timeout(EXIT_SECONDS):
                await self._wait_until_gone(closed)
        except TimeoutError as exc:
            raise faults.StopFailed(
                f"SAs of {self._tunnel_id} are still there {EXIT_SECONDS} s after closing them.",
                tunnel_id=self._tunnel_id,
            ) from exc
        finally:
            own.close()

    async def settle(self) -> list[log_lines.Line]:
        """Follow the log only while there is no child SA, and close surplus SAs.

        Returns:
            Lines about failures that were logged while nobody followed.
        """
        async with self._settling:
            followed = self._events
            if followed is None or not followed.is_open:
                return []
            sas = _facts(await self._list())
            await self._prune(configuration.surplus(sas))
            has_child = any(sa.children_installed for sa in sas)
            if has_child and self._has_lines:
                self._has_lines = False
                return self._missed_lines()
            if has_child and self._is_logging:
                await followed.unregister("log")
                self._is_logging, self._log_offset = False, self._files.log_size()
            elif not has_child and not self._is_logging:
                await followed.register("log")
                self._is_logging = True
                return self._missed_lines()
            return []

    def release(self) -> None:
        """Let go of the daemon, which goes on."""
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
            await self.terminate()
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
            await (await self._connected()).command("version")
        except faults.NoAnswer:
            return False
        return True

    async def _connected(self) -> client.Client:
        async with self._connecting:
            if self._commands is None or not self._commands.is_open:
                self._commands = await client.connect(self._files.socket)
            return self._commands

    async def _list(self) -> tuple[messages.Message, ...]:
        # Without "noblock", which leaves out an SA that is just being worked on.
        commands = await self._connected()
        only = {"ike": self._tunnel_id.encode()}
        return (await commands.command("list-sas", only, stream="list-sa")).streamed

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
        for opened in (self._commands, self._events):
            if opened is not None:
                opened.close()
        if self._alerts is not None:
            self._alerts.close()
        self._commands = self._events = self._alerts = None

    def _on_event(self, name: str, message: messages.Message) -> None:
        if name == "log":
            if messages.text(message, "ikesa-name") == rehearsal.name(self._tunnel_id):
                return  # a rehearsal; its outcome is told by whoever ordered it
            text, sa = messages.text(message, "msg"), messages.text(message, "ikesa-uniqueid")
            self._report(self._tunnel_id, ike_port.IkeEventKind.LOG, text, sa)
        else:
            self._has_lines = self._has_lines or name == "child-rekey"
            self._report(self._tunnel_id, ike_port.IkeEventKind.SA_CHANGED, "", "")

    def _on_alert(self, _alert: error_notify.Alert) -> None:
        self._has_lines = True
        self._report(self._tunnel_id, ike_port.IkeEventKind.SA_CHANGED, "", "")

    def _on_lost(self) -> None:
        self._report(self._tunnel_id, ike_port.IkeEventKind.SA_CHANGED, "", "")

    def _missed_lines(self) -> list[log_lines.Line]:
        offset, self._log_offset = self._log_offset, self._files.log_size()
        return log_lines.telling_after(self._files, offset, self._tunnel_id)

    async def _prune(self, surplus: tuple[str, ...]) -> None:
        """Close surplus SAs, rarely: a peer may answer each closing with a new initiation."""
        now = asyncio.get_running_loop().time()
        if not surplus or now < self._next_prune:
            return
        self._next_prune = now + PRUNE_SECONDS
        commands = await self._connected()
        for unique_id in surplus:
            arguments = {"ike-id": unique_id.encode(), "force": b"yes", "timeout": b"-1"}
            await commands.command("terminate", arguments)

    async def _wait_until_gone(self, unique_ids: set[str]) -> None:
        while True:
            if unique_ids.isdisjoint(sa.unique_id for sa in _facts(await self._list())):
                return
            await asyncio.sleep(_RETRY_SECONDS)

    async def _terminate_one(self, own: client.Client, unique_id: str) -> None:
        try:
            await own.command(
                "terminate",
                {
                    "ike-id": unique_id.encode(),
                    "force": b"yes",
                    "timeout": str(int(TERMINATE_SECONDS * 1000)).encode(),
                },
                deadline_seconds=TERMINATE_SECONDS + client.DEADLINE_SECONDS,
            )
        except faults.CommandFailed:
            return  # gone meanwhile; if not, the caller's wait tells


def _facts(listed: tuple[messages.Message, ...]) -> tuple[observation.IkeSaFacts, ...]:
    return tuple(sa for one in listed for sa in configuration.facts(one))
