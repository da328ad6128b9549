"""A private connection: addresses out of the router's block, and peers in a private network.

The lab's node has private pools inside 10.99.0.0/24, which is the block of the router.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

import pytest

from futago.lab import control, netns, record, sites, wait
from futago.testing import lab_traffic, labs

pytestmark = [pytest.mark.lab, pytest.mark.slow]

BLOCK = IPv4Network("10.99.0.0/24")
RESERVED = list(BLOCK.subnets(new_prefix=28))[:3]
DEFAULT = "0.0.0.0/0"
ENTRY = "TransitRouterRouteEntry"


@pytest.fixture
def private(rig: labs.Rig) -> Iterator[labs.Peering]:
    with record.locked(rig.directory) as known:
        site = sites.plan(known, "inner", ["10.77.0.1", "10.77.0.2"], "192.168.200.0/24")
        sites.add(known, site)
    peering = rig.connect(site, labs.Wish(network_type="private"))
    yield peering
    rig.disconnect(peering)


def test_a_private_connection_carries_traffic_between_private_addresses(
    rig: labs.Rig, private: labs.Peering
) -> None:
    rig.wait_up(private)
    rig.wait_settled(private)
    assert rig.ping(private) == lab_traffic.PINGS
    shown = rig.cloud.tunnels(private.connection_id)
    for each in shown:
        address = IPv4Address(each["InternetIp"])
        assert any(address in pool for pool in control.PRIVATE_POOLS.values())
        assert address in BLOCK
        assert not any(address in part for part in RESERVED)
    with rig.flows(private) as report:
        wait.eventually(lambda: all(rig.carried(private)), within=labs.SETTLE_SECONDS)
    assert lab_traffic.lost(report) == 0

    # What is meant for the block goes nowhere, although a default route leads into the tunnels.
    entry = {
        "TransitRouterRouteTableId": rig.frame.table_id,
        f"{ENTRY}DestinationCidrBlock": DEFAULT,
        f"{ENTRY}NextHopType": "Attachment",
        f"{ENTRY}NextHopId": private.attachment_id,
    }
    rig.cloud.call("CreateTransitRouterRouteEntry", **entry)
    wait.eventually(
        lambda: (
            set(lab_traffic.route_devices(rig.router, IPv4Network(DEFAULT)))
            == set(rig.devices(private))
        ),
        within=labs.SETTLE_SECONDS,
    )
    (route,) = json.loads(netns.ip(rig.router, f"-j route show table all {BLOCK}"))
    assert route["type"] == "blackhole"
    before = rig.entered(private)
    words = ["ping", "-c", "3", "-i", "0.2", "-W", "1", str(BLOCK[200])]
    answer = labs.run_inside(rig.frame.host.namespace, ["sh", "-c", '"$@" || true', "sh", *words])
    assert "100% packet loss" in answer
    assert rig.entered(private) == before
    rig.cloud.call("DeleteTransitRouterRouteEntry", **entry)
