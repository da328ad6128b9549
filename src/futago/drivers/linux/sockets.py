"""The netlink sockets of a node, one per namespace, opened when first needed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from futago.drivers.linux import counters, namespaces, rtnl
from futago.ports import network


@dataclass(slots=True, kw_only=True)
class _Opened:
    identity: int
    netlink: rtnl.Rtnl
    counters: counters.CounterFile | None = None

    def close(self) -> None:
        self.netlink.close()
        if self.counters is not None:
            self.counters.close()


class Sockets:
    """Keeps what is open, and lets go of a namespace that was replaced by another of its name."""

    def __init__(self) -> None:
        self._opened: dict[str | None, _Opened] = {}
        self._opening = asyncio.Lock()

    async def netlink(self, namespace: str | None) -> rtnl.Rtnl:
        """Give the netlink socket of a namespace; None is the agent's own."""
        return (await self._of(namespace)).netlink

    async def counters(self, namespace: str) -> counters.CounterFile:
        """Give the open counters of a namespace."""
        opened = await self._of(namespace)
        async with self._opening:
            if opened.counters is None:
                opened.counters = await counters.CounterFile.open(namespace)
        return opened.counters

    def drop(self, namespace: str | None) -> None:
        """Close what is open in a namespace: as long as it is, the namespace cannot end."""
        opened = self._opened.pop(namespace, None)
        if opened is not None:
            opened.close()

    def close(self) -> None:
        """Close everything."""
        for namespace in tuple(self._opened):
            self.drop(namespace)

    async def _of(self, namespace: str | None) -> _Opened:
        async with self._opening:
            identity = namespaces.identity(namespace)
            opened = self._opened.get(namespace)
            if opened is not None and opened.identity == identity:
                return opened
            self.drop(namespace)
            if identity is None:
                raise network.NamespaceMissing(
                    f"Namespace {namespace} does not exist; create it first.",
                    namespace=namespace or "",
                )
            raw = await namespaces.inside(namespace, namespaces.open_netlink)
            opened = _Opened(identity=identity, netlink=await rtnl.Rtnl.on(*raw))
            self._opened[namespace] = opened
            return opened
