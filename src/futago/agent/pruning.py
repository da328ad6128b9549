"""Removes what carries the node's mark and what no intent names, once after each start."""

from __future__ import annotations

import logging
from typing import Final

from futago.agent import apply, desired, reconcile
from futago.domain import ids
from futago.plan import intent, places

log = logging.getLogger(__name__)

PRUNE: Final = desired.Key(intent.IntentKind.CONNECTION, "")
"""Key under which the agent's loop prunes."""


class Pruner:
    """Compares the namespaces of this node with all intents."""

    def __init__(
        self,
        mark: str,
        ports: apply.Ports,
        wanted: desired.Desired,
        reconciler: reconcile.Reconciler,
    ) -> None:
        self._mark = mark
        self._ports = ports
        self._desired = wanted
        self._reconciler = reconciler
        self.is_done = False

    async def run(self) -> None:
        """Remove strays: tunnels first, then routers, then VPCs."""
        strays = await self._strays()
        if strays:
            log.info("pruning", extra={"resources": len(strays)})
        tunnels = [ids.TunnelId(name) for kind, name in strays if kind is places.PlaceKind.TUNNEL]
        await self._reconciler.remove_tunnels(tunnels)
        for kind, name in strays:
            if kind is places.PlaceKind.ROUTER:
                await self._reconciler.router(ids.RouterId(name), None)
        for kind, name in strays:
            if kind is places.PlaceKind.VPC:
                await self._reconciler.vpc(ids.VpcId(name), None)
        await self._ports.network.prune_underlay()
        self.is_done = True

    async def _strays(self) -> list[tuple[places.PlaceKind, str]]:
        wanted = self._wanted()
        found = [
            places.parse_namespace(self._mark, name)
            for name in sorted(await self._ports.network.namespaces())
        ]
        return [place for place in found if place is not None and place not in wanted]

    def _wanted(self) -> set[tuple[places.PlaceKind, str]]:
        wanted: set[tuple[places.PlaceKind, str]] = {
            (places.PlaceKind.TUNNEL, tunnel.tunnel_id)
            for connection in self._desired.connections()
            for tunnel in connection.tunnels
        }
        for key in self._desired.known():
            match key.kind:
                case intent.IntentKind.ROUTER:
                    wanted.add((places.PlaceKind.ROUTER, key.resource_id))
                case intent.IntentKind.VPC:
                    wanted.add((places.PlaceKind.VPC, key.resource_id))
                case intent.IntentKind.CONNECTION:
                    pass
        return wanted
