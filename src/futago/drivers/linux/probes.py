"""Probes of all tunnels of a node: one raw socket per router, and the addresses that they need.

A configured source is given to the tunnel's device as one end of a point-to-point pair whose other
end is the target: the route to the target that comes with it is what lets reverse-path filtering
accept the answers. A point-to-point pair is also the mark by which such addresses are found again.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from futago.drivers.linux import icmp, namespaces, rtnl, sockets
from futago.plan import places
from futago.ports import network
from futago.ports import probes as probes_port

_Pair = tuple[IPv4Address, IPv4Address]


@dataclass(slots=True)
class _Router:
    identity: int
    echo: icmp.EchoSocket
    ready: dict[str, tuple[int, _Pair]] = field(default_factory=dict)
    """Device to its number and the pair that it has."""
    places: dict[str, tuple[places.TunnelPlace, IPv4Address]] = field(default_factory=dict)
    """Device to its tunnel and the target that may answer."""


class LinuxProbes:
    """Implements `ports.probes.Probes` with ICMP echo."""

    def __init__(self) -> None:
        self._sockets = sockets.Sockets()
        self._routers: dict[str, _Router] = {}
        self._on_answer: probes_port.OnAnswer | None = None

    def listen(self, on_answer: probes_port.OnAnswer) -> None:
        """Have answers reported from now on."""
        self._on_answer = on_answer

    async def send(self, probe: probes_port.Probe) -> None:
        """Send a probe; one that cannot be sent is one without an answer."""
        namespace = probe.place.router_namespace
        if namespace is None:
            return
        with contextlib.suppress(network.NamespaceMissing, network.DeviceMissing):
            router = await self._router(namespace)
            await self._send(router, namespace, probe)

    async def close(self) -> None:
        """Close the sockets."""
        for namespace in tuple(self._routers):
            self._drop(namespace)
        self._sockets.close()

    async def _send(self, router: _Router, namespace: str, probe: probes_port.Probe) -> None:
        device, path = probe.place.device, probe.path
        pair = (path.source, path.target)
        known = router.ready.get(device)
        if known is None or known[1] != pair:
            index = await _prepare(await self._sockets.netlink(namespace), device, pair)
            known = router.ready[device] = (index, pair)
        router.places[device] = (probe.place, path.target)
        try:
            router.echo.send((device, known[0]), path.source, path.target, probe.number)
        except OSError:
            # Most likely the device was replaced; the next probe looks anew.
            router.ready.pop(device, None)

    async def _router(self, namespace: str) -> _Router:
        identity = namespaces.identity(namespace)
        found = self._routers.get(namespace)
        if found is not None and found.identity == identity:
            return found
        self._drop(namespace)
        if identity is None:
            raise network.NamespaceMissing(
                f"Namespace {namespace} does not exist; create it first.", namespace=namespace
            )

        def on_reply(device: str, sender: IPv4Address, number: int, at: float) -> None:
            self._report(namespace, device, sender, (number, at))

        made = _Router(identity, await icmp.EchoSocket.open(namespace, on_reply))
        self._routers[namespace] = made
        return made

    def _report(
        self, namespace: str, device: str, sender: IPv4Address, answer: tuple[int, float]
    ) -> None:
        router = self._routers.get(namespace)
        found = None if router is None else router.places.get(device)
        if found is not None and found[1] == sender and self._on_answer is not None:
            self._on_answer(found[0], *answer)

    def _drop(self, namespace: str) -> None:
        gone = self._routers.pop(namespace, None)
        if gone is not None:
            gone.echo.close()
        self._sockets.drop(namespace)


async def _prepare(netlink: rtnl.Rtnl, device: str, pair: _Pair) -> int:
    """Make a device able to send from the source, and give its number."""
    source, target = pair
    link = await netlink.require(device)
    for old in await netlink.pairs(link.index) - {pair}:
        await netlink.delete_pair(link.index, *old)
    addresses = await netlink.addresses(link.index)
    if not any(own.ip == source and target in own.network for own in addresses):
        await netlink.add_point_to_point(link.index, source, target)
    return link.index
