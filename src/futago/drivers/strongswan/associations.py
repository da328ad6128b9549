"""The SAs of one tunnel's daemon, through the control connection that carries commands."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from futago.domain import ids
from futago.drivers.strongswan import client, configuration, faults, files, rekeying, renewal
from futago.plan import observation

TERMINATE_SECONDS: Final = 1.5
GONE_SECONDS: Final = 3.0
PRUNE_SECONDS: Final = 60.0
REFUSE_SECONDS: Final = 1.0
"""How long new IKE SAs are refused after surplus ones were closed."""
SWITCH_SECONDS: Final = 0.2
"""How long packets by the old child SA may be on their way."""
_RETRY_SECONDS: Final = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Surplus:
    """What a tunnel does not need, by the daemon's unique ids."""

    sas: frozenset[str] = frozenset()
    children: frozenset[str] = frozenset()
    """Under the IKE SA that stays."""

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return bool(self.sas or self.children)


class Associations:
    """Lists, starts, replaces and closes SAs; connects when it needs to."""

    def __init__(self, tunnel_id: ids.TunnelId, paths: files.Files) -> None:
        self._tunnel_id = tunnel_id
        self._files = paths
        self._commands: client.Client | None = None
        self._connecting = asyncio.Lock()
        self._next_prune = 0.0

    async def connected(self) -> client.Client:
        """Give the control connection."""
        async with self._connecting:
            if self._commands is None or not self._commands.is_open:
                self._commands = await client.connect(self._files.socket)
            return self._commands

    async def read(self) -> renewal.Listed:
        """Give the daemon's `list-sa` events of this tunnel."""
        # Without "noblock", which leaves out an SA that is just being worked on.
        commands = await self.connected()
        only = {"ike": self._tunnel_id.encode()}
        return (await commands.command("list-sas", only, stream="list-sa")).streamed

    async def facts(self) -> tuple[observation.IkeSaFacts, ...]:
        """Give what there is."""
        return _facts(await self.read())

    def disconnect(self) -> None:
        """Close the connection."""
        if self._commands is not None:
            self._commands.close()
        self._commands = None

    async def initiate(self) -> None:
        """Start negotiating, unless that is under way or done."""
        listed = await self.read()
        if any(sa.children_installed for sa in _facts(listed)):
            return
        if any(configuration.is_under_way(sa) for sa in listed):
            return
        await self._start_negotiation()

    async def replace(self, *, keeps_ike: bool) -> str | None:
        """Negotiate with what is loaded; close the old where that is a child SA, or all there is.

        Returns:
            Unique id of a new IKE SA that carries beside the old ones.
        """
        before = renewal.carriers(await self.read())
        await self._start_negotiation()
        is_there = await renewal.wait_for_new(self.read, before, keeps_ike=keeps_ike)
        if not is_there:
            await self.terminate(before.sas)
            return None
        if not keeps_ike:
            newer = renewal.carriers(await self.read()).sas - before.sas
            return max(newer, key=int, default=None)
        commands = await self.connected()
        for unique_id in before.children:
            arguments = {"child-id": unique_id.encode(), "timeout": b"-1"}
            with contextlib.suppress(faults.CommandFailed):  # gone meanwhile
                await commands.command("terminate", arguments)
        return None

    async def rekey(self, *, includes_ike: bool) -> bool:
        """Renew the child SA, and the IKE SA if wanted; tell whether new ones came."""
        commands = await self.connected()
        return await rekeying.rekey(commands, self.read, includes_ike=includes_ike)

    async def _start_negotiation(self) -> None:
        commands = await self.connected()
        await commands.command(
            "initiate",
            {
                "ike": self._tunnel_id.encode(),
                "child": configuration.child_name(self._tunnel_id).encode(),
                "timeout": b"-1",
            },
        )

    async def terminate(self, only: frozenset[str] | None = None) -> None:
        """Close the SAs that there are (or some of them) and wait until they are gone.

        New ones may stand in their place at once, where the peer starts by itself. A silent peer
        is not waited for long.
        """
        # A connection of its own: the daemon answers only when all is done.
        own = await client.connect(self._files.socket)
        try:
            present = {sa.unique_id for sa in _facts(await self.read())}
            closed = present if only is None else present & only
            for unique_id in closed:
                await self._terminate_one(own, unique_id)
            async with asyncio.timeout(GONE_SECONDS):
                await self._wait_until_gone(closed)
        except TimeoutError as exc:
            raise faults.StopFailed(
                f"SAs of {self._tunnel_id} are still there {GONE_SECONDS} s after closing them.",
                tunnel_id=self._tunnel_id,
            ) from exc
        finally:
            own.close()

    async def find(self, unique_id: str) -> observation.IkeSaFacts | None:
        """Give an IKE SA that carries traffic; None where there is none of this number."""
        for sa in await self.facts():
            if sa.unique_id == unique_id and sa.children:
                return sa
        return None

    async def surplus_of(self, kept: str, before: Sequence[str]) -> Surplus:
        """Give what is there beside one IKE SA that has taken over; none while it has not.

        Args:
            kept: The IKE SA that shall stay.
            before: Its child SAs before they were renewed. With another one both ends send
                through it. Without, it is enough that ours is the newest: what comes in by the
                others is taken until the peer has agreed to their end.
        """
        await self._wait_until_renewed(kept)
        sas = [sa for sa in await self.facts() if sa.is_established]
        children = [child for sa in sas if sa.unique_id == kept for child in sa.children]
        others = [child for sa in sas if sa.unique_id != kept for child in sa.children]
        if not children:
            return Surplus()
        newest = max(children, key=int)
        is_newest = max(map(int, children)) > max(map(int, others), default=0)
        is_renewed = newest not in before
        if not (is_newest and (is_renewed or len(children) == 1)):
            return Surplus()
        return Surplus(
            sas=frozenset(sa.unique_id for sa in sas if sa.unique_id != kept),
            children=frozenset(children) - {newest},
        )

    async def close_politely(self, surplus: Surplus) -> None:
        """Close SAs with the peer's consent, and give it a moment to start others in reply."""
        commands = await self.connected()
        for name, numbers in (("child-id", surplus.children), ("ike-id", surplus.sas)):
            for number in numbers:
                arguments = {name: number.encode(), "timeout": b"-1"}
                with contextlib.suppress(faults.CommandFailed):  # gone meanwhile
                    await commands.command("terminate", arguments)
        with contextlib.suppress(TimeoutError):  # a dead peer: retransmissions end it
            async with asyncio.timeout(GONE_SECONDS):
                await self._wait_until_gone(set(surplus.sas))
        await asyncio.sleep(REFUSE_SECONDS)

    async def prune(self, surplus: tuple[str, ...]) -> None:
        """Close surplus SAs, rarely: a peer may answer each closing with a new initiation."""
        now = asyncio.get_running_loop().time()
        if not surplus or now < self._next_prune:
            return
        self._next_prune = now + PRUNE_SECONDS
        commands = await self.connected()
        for unique_id in surplus:
            arguments = {"ike-id": unique_id.encode(), "force": b"yes", "timeout": b"-1"}
            await commands.command("terminate", arguments)

    async def _wait_until_renewed(self, unique_id: str) -> None:
        """Wait until the peer has taken the old child SA down, for then it sends by the new one.

        Under version 1 nothing tells that, and the peer does it at once.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + GONE_SECONDS
        while loop.time() < deadline:
            if not configuration.is_changing(await self.read(), unique_id):
                break
            await asyncio.sleep(_RETRY_SECONDS)
        await asyncio.sleep(SWITCH_SECONDS)

    async def _wait_until_gone(self, unique_ids: set[str]) -> None:
        while True:
            if unique_ids.isdisjoint(sa.unique_id for sa in _facts(await self.read())):
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


def _facts(listed: renewal.Listed) -> tuple[observation.IkeSaFacts, ...]:
    return tuple(sa for one in listed for sa in configuration.facts(one))
