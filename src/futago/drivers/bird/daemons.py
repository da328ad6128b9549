"""The routing daemons of a node, each a BIRD with a directory of its own.

`<runtime>/routers/<router id>/` holds the configuration, the control socket, the pid file and the
log. The first line of the configuration carries its digest. The file `applied` repeats it and
exists only while BIRD is known to run that file: it goes before a new configuration is moved into
place, and comes when BIRD has taken it, so a crash in between makes the agent apply again.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from futago.domain import forwarding
from futago.drivers.bird import control, keys, observed, process
from futago.plan import intent, places
from futago.ports import routing
from futago.protocols.bird import config as bird_config
from futago.protocols.bird import replies, session, sessions, words

COMMAND_SECONDS: Final = 5.0
ROUTES_SECONDS: Final = 30.0
_POLL_SECONDS = 0.02
_NEXT_FILE = "bird.conf.next"
_APPLIED_FILE = "applied"
_DIGEST_LINE = re.compile(r"# futago ([0-9a-f]+)\n")
_EMPTY = forwarding.RoutingConfig(router_address=places.LINK_ROUTER_SIDE)


class BirdDaemons:
    """Drives one BIRD per transit router, in the router's namespace."""

    def __init__(self, runtime_dir: Path) -> None:
        self._root = runtime_dir.absolute() / "routers"

    async def observe(self, place: places.RouterPlace) -> routing.RoutingFacts:
        """Say what is there."""
        directory = self._directory(place)
        is_running = process.find(directory) is not None
        return routing.RoutingFacts(
            is_running=is_running,
            config=_read(directory / _APPLIED_FILE) if is_running else None,
        )

    async def start(self, place: places.RouterPlace) -> None:
        """Run BIRD with its last configuration, else an empty one; no-op when it runs."""
        directory = self._directory(place)
        if process.find(directory) is not None:
            return
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        (directory / _APPLIED_FILE).unlink(missing_ok=True)
        await self._launch(directory, place.namespace)
        async with control.connected(directory, seconds=COMMAND_SECONDS):
            pass  # the greeting says that it serves
        _record(directory)

    async def stop(self, place: places.RouterPlace) -> None:
        """End BIRD and remove its files; its kernel routes go too."""
        directory = self._directory(place)
        if not directory.exists():
            return
        if process.find(directory) is None and (process.NAMESPACES / place.namespace).exists():
            # A BIRD that was killed left its routes; only a BIRD tells them from others.
            await self.start(place)
        pidfd = process.open_pidfd(directory)
        if pidfd is not None:
            try:
                await _end(directory, pidfd)
            finally:
                os.close(pidfd)
        await asyncio.to_thread(shutil.rmtree, directory)

    async def apply(
        self,
        place: places.RouterPlace,
        config: forwarding.RoutingConfig,
        session_keys: Mapping[str, str],
    ) -> None:
        """Make BIRD run this configuration; a refused one leaves the old one in force."""
        routing.require_keys(config, session_keys)
        directory = self._running(place)
        _write(directory / _NEXT_FILE, _file_text(config))
        self._give_keys(directory, sessions.render_keys(config.sessions, session_keys))
        async with control.connected(directory, seconds=COMMAND_SECONDS) as connection:
            checked = await connection.ask(f'configure check "{_NEXT_FILE}"')
            if checked.code != session.CONFIGURATION_OK:
                raise _refused(place, checked)
            (directory / _APPLIED_FILE).unlink(missing_ok=True)
            (directory / _NEXT_FILE).replace(directory / process.CONFIG_FILE)
            accepted = await connection.ask("configure")
            if accepted.is_error:
                raise _refused(place, accepted)
            await _settle(connection)
        _record(directory)

    async def routes(
        self, place: places.RouterPlace, table: str
    ) -> tuple[routing.ActiveRoute, ...]:
        """Read the best routes of one of BIRD's tables, ordered by prefix."""
        directory = self._running(place)
        symbol = words.table_symbol(table)
        async with control.connected(directory, seconds=COMMAND_SECONDS) as connection:
            # What goes to the kernel has equal paths merged; other tables have no kernel protocol.
            kernel = words.kernel_symbol(table)
            reply = await connection.ask(f"show route table {symbol} export {kernel}")
            if reply.is_error and reply.code != replies.NETWORK_NOT_FOUND:
                reply = await connection.ask(f"show route table {symbol} primary")
        if reply.is_error and reply.code != replies.NETWORK_NOT_FOUND:
            raise routing.TableMissing(
                f"The routing daemon of {place.router_id} has no table {table!r}; "
                f"apply a configuration that has it (BIRD: {reply.text}).",
                table=table,
            )
        return tuple(
            routing.ActiveRoute(
                prefix=route.prefix, devices=tuple(hop.device for hop in route.next_hops)
            )
            for route in replies.routes(reply)
        )

    async def sessions(self, place: places.RouterPlace) -> tuple[routing.SessionFacts, ...]:
        """Read the state of all BGP sessions, ordered by name."""
        directory = self._running(place)
        async with control.connected(directory, seconds=COMMAND_SECONDS) as connection:
            return await observed.sessions(connection)

    async def session_routes(self, place: places.RouterPlace, name: str) -> routing.SessionRoutes:
        """Read what a session learned, refused and announces."""
        directory = self._running(place)
        async with control.connected(directory, seconds=ROUTES_SECONDS) as connection:
            return await observed.routes(connection, place, name)

    async def key_counts(self, place: places.RouterPlace) -> routing.KeyCounts:
        """Count wrongly signed segments, as the kernel does for the router's namespace."""
        pid = process.find(self._running(place))
        return observed.key_counts(pid) if pid is not None else routing.KeyCounts()

    async def ask_again(self, place: places.RouterPlace, name: str) -> None:
        """Have the peer of a session announce everything anew."""
        directory = self._running(place)
        async with control.connected(directory, seconds=COMMAND_SECONDS) as connection:
            await connection.ask(f"reload in {words.session_symbol(name)}")

    async def start_over(self, place: places.RouterPlace, name: str) -> None:
        """Close a session and open it again."""
        directory = self._running(place)
        async with control.connected(directory, seconds=COMMAND_SECONDS) as connection:
            await connection.ask(f"restart {words.session_symbol(name)}")

    async def wait_gone(self, place: places.RouterPlace) -> None:
        """Return when BIRD's process ends, or at once when there is none."""
        pidfd = process.open_pidfd(self._directory(place))
        if pidfd is None:
            return
        try:
            await process.wait_gone(pidfd)
        finally:
            os.close(pidfd)

    def _directory(self, place: places.RouterPlace) -> Path:
        return self._root / place.router_id

    def _running(self, place: places.RouterPlace) -> Path:
        directory = self._directory(place)
        if process.find(directory) is None:
            raise routing.DaemonNotRunning(
                f"The routing daemon of {place.router_id} does not run; start it first.",
                router_id=place.router_id,
            )
        return directory

    def _give_keys(self, directory: Path, text: str) -> None:
        pid = process.find(directory)
        if text and pid is not None:
            keys.replace(pid, text)

    async def _launch(self, directory: Path, namespace: str) -> None:
        file = directory / process.CONFIG_FILE
        text = _read(file)
        # Keys died with the last BIRD; the next configuration brings them along.
        if text is not None and sessions.KEYS_FILE not in text:
            try:
                return await process.launch(directory, namespace)
            except routing.DaemonFailed:
                # Most likely a damaged file: run empty, so that the agent can apply again.
                file.replace(directory / "bird.conf.failed")
        _write(file, _file_text(_EMPTY))
        return await process.launch(directory, namespace)


async def _settle(connection: control.Control) -> None:
    """Wait until BIRD has carried a new configuration out."""
    status = await connection.ask("show status")
    while replies.is_reconfiguring(status):
        await asyncio.sleep(_POLL_SECONDS)
        status = await connection.ask("show status")


async def _end(directory: Path, pidfd: int) -> None:
    try:
        async with control.connected(directory, seconds=COMMAND_SECONDS) as connection:
            await connection.ask("down")
        async with asyncio.timeout(COMMAND_SECONDS):
            await process.wait_gone(pidfd)
    except (routing.DaemonFailed, TimeoutError):
        process.kill(pidfd)
        async with asyncio.timeout(COMMAND_SECONDS):
            await process.wait_gone(pidfd)


def _file_text(config: forwarding.RoutingConfig) -> str:
    return f"# futago {intent.digest(config)}\n{bird_config.render(config)}"


def _record(directory: Path) -> None:
    """Note which configuration runs, as the configuration itself says."""
    digest = _DIGEST_LINE.match(_read(directory / process.CONFIG_FILE) or "")
    if digest is not None:
        _write(directory / _APPLIED_FILE, digest[1])


def _read(path: Path) -> str | None:
    try:
        return path.read_text()
    except FileNotFoundError:
        return None


def _write(path: Path, text: str) -> None:
    """Write a file so that it is seen complete or not at all."""
    aside = path.with_name(path.name + ".part")
    aside.write_text(text)
    aside.replace(path)


def _refused(place: places.RouterPlace, reply: session.Reply) -> routing.ConfigurationRefused:
    return routing.ConfigurationRefused(
        f"BIRD refused the configuration of {place.router_id}: {reply.text}. The earlier one stays "
        "in force; please report this with the intent of the router.",
        router_id=place.router_id,
        reply=reply.text,
    )
