from __future__ import annotations

import copy
import json
from collections.abc import Callable
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from futago.devices import peer_configuration
from futago.domain import crypto, faults, net

DOWNLOADED = Path(__file__).parent / "golden" / "downloaded.json"


def document() -> dict[str, Any]:
    return json.loads(DOWNLOADED.read_text())


def first_tunnel(changed: dict[str, Any]) -> dict[str, Any]:
    return changed["VpnConnectionConfig"]["TunnelsConfig"]["TunnelConfig"][0]


def test_both_tunnels_are_read_from_the_point_of_view_of_the_device() -> None:
    first, second = peer_configuration.parse(document()).tunnels
    assert (first.local, first.remote) == (
        IPv4Address("203.0.113.10"),
        IPv4Address("198.51.100.33"),
    )
    assert second.remote == IPv4Address("198.51.100.65")
    assert first.ike_profile.encryption is crypto.Encryption.AES128
    assert first.ike_profile.version is crypto.IkeVersion.IKEV2
    assert first.esp_profile.pfs is crypto.DhGroup.GROUP2
    assert second.esp_profile.pfs is None
    assert second.local_identity.text == "dc1.example.com"
    assert first.local_ts == (net.ANY,)
    assert first.psk.reveal() == "k\"#;{}\\'~"


def with_bgp() -> dict[str, Any]:
    return json.loads(DOWNLOADED.with_name("downloaded-bgp.json").read_text())


def test_bgp_belongs_to_its_tunnel() -> None:
    first, second = peer_configuration.parse(with_bgp()).tunnels
    assert first.bgp is not None
    assert str(first.bgp.interface) == "169.254.10.2/30"
    assert (first.bgp.local_asn, first.bgp.peer_asn) == (65010, 123 * 65536 + 456)
    assert second.bgp is not None
    assert second.bgp.peer_address == IPv4Address("169.254.11.1")
    assert peer_configuration.parse(document()).tunnels[0].bgp is None


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("PeerBgpIp", "169.254.10.3", peer_configuration.MalformedPeerConfiguration),
        ("LocalBgpIp", "169.254.10.0", net.BadTunnelCidr),
        ("TunnelCidr", "10.0.0.0/30", net.BadTunnelCidr),
        ("LocalAsn", "0", net.MalformedAsn),
        ("PeerAsn", "", peer_configuration.IncompletePeerConfiguration),
    ],
)
def test_bgp_values_that_no_tunnel_can_have_are_refused(
    name: str, value: str, fault: type[faults.Fault]
) -> None:
    changed = with_bgp()
    changed["VpnConnectionConfig"]["BgpConfigs"]["BgpConfig"][0][name] = value
    with pytest.raises(fault):
        peer_configuration.parse(changed)


def test_a_key_is_not_shown() -> None:
    configuration = peer_configuration.parse(document())
    assert configuration.tunnels[0].psk.reveal() not in repr(configuration)


def test_an_unattached_connection_is_explained() -> None:
    changed = document()
    first_tunnel(changed)["Remote"] = ""
    with pytest.raises(
        peer_configuration.IncompletePeerConfiguration, match="attach the connection"
    ):
        peer_configuration.parse(changed)


def without(*path: str) -> Callable[[dict[str, Any]], None]:
    def change(tree: dict[str, Any]) -> None:
        for name in path[:-1]:
            tree = tree[name]
        del tree[path[-1]]

    return change


@pytest.mark.parametrize(
    ("change", "place"),
    [
        pytest.param(without("IkeConfig", "Psk"), "IkeConfig.Psk", id="key"),
        pytest.param(without("Local"), "Local", id="local"),
        pytest.param(without("IpsecConfig"), "IpsecConfig", id="ipsec"),
        pytest.param(without("TunnelId"), "TunnelId", id="tunnel id"),
    ],
)
def test_a_missing_part_is_named(change: Callable[[dict[str, Any]], None], place: str) -> None:
    changed = document()
    change(first_tunnel(changed))
    with pytest.raises(peer_configuration.IncompletePeerConfiguration) as refused:
        peer_configuration.parse(changed)
    assert (
        refused.value.context["field"]
        == f"VpnConnectionConfig.TunnelsConfig.TunnelConfig[1].{place}"
    )


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        pytest.param("IkeConfig", "IkeEncAlg", "sm4", id="encryption"),
        pytest.param("IkeConfig", "IkeLifetime", "a day", id="lifetime"),
        pytest.param("IpsecConfig", "IpsecPfs", "group3", id="group"),
    ],
)
def test_an_unknown_value_is_refused(part: str, name: str, value: str) -> None:
    changed = document()
    first_tunnel(changed)[part][name] = value
    with pytest.raises(peer_configuration.MalformedPeerConfiguration, match=name):
        peer_configuration.parse(changed)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param({}, id="empty"),
        pytest.param({"VpnConnectionConfig": []}, id="list"),
        pytest.param({"VpnConnectionConfig": {"TunnelsConfig": {}}}, id="no tunnels"),
        pytest.param(
            {"VpnConnectionConfig": {"TunnelsConfig": {"TunnelConfig": {"a": 1}}}}, id="no list"
        ),
    ],
)
def test_a_document_of_another_shape_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(faults.Invalid):
        peer_configuration.parse(broken)


def test_numbers_may_be_text() -> None:
    changed = copy.deepcopy(document())
    first_tunnel(changed)["IkeConfig"]["IkeLifetime"] = "3600"
    lifetime = peer_configuration.parse(changed).tunnels[0].ike_profile.lifetime
    assert lifetime.total_seconds() == 3600
