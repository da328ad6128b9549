from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network

import pytest

from futago.domain import connection, crypto, ids, ike, net

ONE, TWO = connection.TunnelIndex
A, B = IPv4Network("10.0.0.0/8"), IPv4Network("172.16.0.0/16")


def _tunnel(index: connection.TunnelIndex, version=crypto.IkeVersion.IKEV2) -> connection.Tunnel:
    return connection.Tunnel(
        id=ids.TunnelId(f"tun-{int(index)}"),
        index=index,
        customer_gateway_id=ids.CustomerGatewayId("cgw-1"),
        ike_profile=ike.IkeProfile(version=version),
        esp_profile=ike.EspProfile(),
    )


def _connection(**members: object) -> connection.VpnConnection:
    return connection.VpnConnection(
        **{
            "id": ids.ConnectionId("vco-1"),
            "account_id": ids.AccountId("1"),
            "name": "",
            "local_ts": (net.ANY,),
            "remote_ts": (net.ANY,),
            "tunnels": (_tunnel(ONE), _tunnel(TWO)),
            **members,
        }
    )


def test_roles_follow_the_order() -> None:
    first, second = _connection().tunnels
    assert first.role is connection.TunnelRole.PRIMARY
    assert second.role is connection.TunnelRole.SECONDARY


@pytest.mark.parametrize(
    "indices",
    [
        pytest.param((), id="none"),
        pytest.param((ONE,), id="one"),
        pytest.param((ONE, ONE), id="one twice"),
        pytest.param((TWO, ONE), id="in another order"),
        pytest.param((ONE, TWO, TWO), id="three"),
    ],
)
def test_a_connection_has_exactly_two_tunnels_in_order(indices) -> None:
    with pytest.raises(connection.NotTwoTunnels):
        _connection(tunnels=tuple(_tunnel(index) for index in indices))


@pytest.mark.parametrize(("local", "remote"), [((net.ANY,), (A,)), ((A,), (net.ANY,))])
def test_everything_on_one_side_only_is_refused(local, remote) -> None:
    with pytest.raises(connection.MixedRoutingMode):
        _connection(local_ts=local, remote_ts=remote)


@pytest.mark.parametrize(("local", "remote"), [((A, B), (A,)), ((A,), (A, B))])
def test_several_prefixes_need_ikev2_in_both_tunnels(local, remote) -> None:
    assert not _connection(local_ts=local, remote_ts=remote).is_destination_mode
    tunnels = (_tunnel(ONE), _tunnel(TWO, crypto.IkeVersion.IKEV1))
    with pytest.raises(connection.SeveralPrefixesNeedIkev2):
        _connection(local_ts=local, remote_ts=remote, tunnels=tunnels)


def test_everything_on_both_sides_is_destination_mode() -> None:
    assert _connection().is_destination_mode
    assert not _connection(local_ts=(A,), remote_ts=(B,)).is_destination_mode


def test_a_tunnel_is_found_by_its_id() -> None:
    value = _connection()
    assert value.tunnel(ids.TunnelId("tun-2")) == value.tunnels[1]
    assert value.tunnel(ids.TunnelId("tun-3")) is None


def test_a_change_is_checked_as_a_new_value_is() -> None:
    with pytest.raises(connection.MixedRoutingMode):
        replace(_connection(), local_ts=(A,))
