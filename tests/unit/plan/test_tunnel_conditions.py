"""What there is to know of a tunnel although nothing failed."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from futago.domain import connection, ids, ike
from futago.plan import observation, tunnel_conditions

TUNNEL = connection.Tunnel(
    id=ids.TunnelId("tun-" + "a" * 17),
    index=connection.TunnelIndex.ONE,
    customer_gateway_id=ids.CustomerGatewayId("cgw-" + "a" * 17),
    ike_profile=ike.IkeProfile(),
    esp_profile=ike.EspProfile(),
)


@pytest.mark.parametrize(
    ("gateway", "peer", "is_told"),
    [
        ("198.51.100.1", "192.168.1.1", True),
        ("198.51.100.1", "172.31.255.1", True),
        ("198.51.100.1", "203.0.113.1", False),
        ("10.99.0.1", "192.168.1.1", False),
        (None, "192.168.1.1", False),
    ],
)
def test_a_private_peer_of_a_public_gateway_is_told(
    gateway: str | None, peer: str, is_told: bool
) -> None:
    ours = None if gateway is None else IPv4Address(gateway)
    found = tunnel_conditions.of_tunnel(TUNNEL, ours, IPv4Address(peer))
    codes = [each.code for each in found]
    assert codes == ([tunnel_conditions.Code.PRIVATE_PEER_ADDRESS] if is_told else [])
    assert all(peer in each.message for each in found)


@pytest.mark.parametrize(
    ("ports", "told"),
    [((), None), ((4500,), None), ((500,), None), ((31234,), 31234), ((4500, 31234), 31234)],
)
def test_a_nat_is_told_by_the_port_that_it_puts_in_place(
    ports: tuple[int, ...], told: int | None
) -> None:
    sas = tuple(
        observation.IkeSaFacts(
            unique_id=str(number), is_established=True, children_installed=1, peer_port=port
        )
        for number, port in enumerate(ports)
    )
    facts = replace(observation.NO_DAEMON, sas=sas)
    assert facts.translated_port == told
    found = tunnel_conditions.of_tunnel(
        TUNNEL, None, IPv4Address("203.0.113.1"), translated_port=facts.translated_port
    )
    codes = [each.code for each in found]
    assert codes == ([tunnel_conditions.Code.PEER_BEHIND_NAT] if told else [])
    assert all(str(told) in each.message for each in found)


def test_an_attempt_that_was_not_answered_proves_no_nat() -> None:
    attempt = observation.IkeSaFacts(
        unique_id="1", is_established=False, children_installed=0, peer_port=31234
    )
    assert replace(observation.NO_DAEMON, sas=(attempt,)).translated_port is None
