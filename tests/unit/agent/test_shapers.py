"""The rate that the agent gives a tunnel's device, with a network in memory."""

from __future__ import annotations

from futago.agent import shaping as shapers
from futago.domain import connection, ids
from futago.drivers.memory import network
from futago.plan import observation, places, shaping

PLACE = places.TunnelPlace.of("mm", ids.TunnelId("tun-1"), ids.RouterId("tr-1"))
NOTHING = observation.DeviceCounters(
    received_bytes=0, sent_bytes=0, received_packets=0, sent_packets=0
)


async def a_kernel() -> network.MemoryNetwork:
    kernel = network.MemoryNetwork("mm", {})
    assert PLACE.router_namespace is not None
    await kernel.create_namespace(PLACE.router_namespace, places.PlaceKind.ROUTER)
    return kernel


async def test_a_tunnel_starts_below_its_class_and_below_what_one_core_encrypts() -> None:
    kernel = await a_kernel()
    shaped = shapers.Shapers(kernel)
    for ceiling, expected in ((30_000_000, 30_000_000), (1_000_000_000, 30_000_000)):
        shaped.renew(PLACE.tunnel_id, ceiling)
        await shaped.look(PLACE, NOTHING)
        assert kernel.rates == {PLACE.device: expected}  # a renewal keeps what was measured


async def test_the_class_is_kept_with_the_shape() -> None:
    shaped = shapers.Shapers(await a_kernel())
    large = connection.TunnelBandwidth.LARGE.bits_per_second
    shaped.renew(PLACE.tunnel_id, large)
    shape = shaped.shape(PLACE.tunnel_id)
    assert shape is not None
    assert (shape.rate, shape.ceiling) == (shaping.START_RATE, large)
