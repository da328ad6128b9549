"""Protected data flows through both tunnels, with the selectors of the downloaded configuration.

    host app1, host app2 ─ VPC ─ transit router ═══ two tunnels ═══ device ─ host

The local side covers app1 and not app2; the remote side covers the data center's host and a second
address of it, and not a third one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest

from futago.lab import netns, record, wait
from futago.testing import lab_processes, lab_traffic, labs

pytestmark = [pytest.mark.lab, pytest.mark.slow]

ANY = "0.0.0.0/0"
OUTSIDE = IPv4Address("10.20.0.77")
"""A second address of the VPC's host that no local prefix covers."""


@dataclass(frozen=True)
class Protected:
    """A connection with protected data flows whose device has been configured from the download."""

    rig: labs.Rig
    peering: labs.Peering
    remote: tuple[IPv4Network, IPv4Network]

    @property
    def near(self) -> record.Host:
        return self.rig.frame.host

    @property
    def far(self) -> IPv4Address:
        return self.peering.site.host_address

    def pings(self, target: IPv4Address, *, source: IPv4Address | None = None) -> str:
        words = ["ping", "-c", "2", "-i", "0.2", "-W", "1", str(target)]
        words += ["-I", str(source)] if source else []
        # No answer is an answer here.
        return labs.run_inside(self.near.namespace, ["sh", "-c", '"$@" || true', "sh", *words])


def halves(network: IPv4Network) -> tuple[IPv4Network, IPv4Network]:
    """The prefix of the data center's host and that of its second address."""
    first, *_, last = network.subnets(new_prefix=network.prefixlen + 2)
    return first, last


@pytest.fixture
def protected(rig: labs.Rig) -> Iterator[Protected]:
    site = rig.new_site()
    remote = halves(site.network)
    peering = rig.attach(site)
    rig.plug("Vpn", peering.attachment_id)
    modify(rig, peering, f"{rig.frame.host.address}/32,10.20.128.0/17", remote)
    with contextlib.ExitStack() as stack:
        for namespace, address in (
            (site.host, f"{remote[1][7]}/{site.network.prefixlen}"),
            (site.host, f"{site.network[100]}/{site.network.prefixlen}"),
            (rig.frame.host.namespace, f"{OUTSIDE}/24"),
        ):
            netns.ip(namespace, f"address add {address} dev eth0")
            stack.callback(netns.ip, namespace, f"address del {address} dev eth0")
        rig.configure(peering)
        yield Protected(rig, peering, remote)
    rig.detach(peering.attachment_id)
    rig.delete(peering)


def modify(
    rig: labs.Rig, peering: labs.Peering, local: str, remote: tuple[IPv4Network, ...]
) -> None:
    rig.cloud.call(
        "ModifyVpnAttachmentAttribute",
        VpnConnectionId=peering.connection_id,
        LocalSubnet=local,
        RemoteSubnet=",".join(map(str, remote)),
    )
    wait.eventually(
        lambda: rig.cloud.connection(peering.connection_id)["State"] == "attached",
        within=labs.SETTLE_SECONDS,
    )


def far_devices(protected: Protected, prefix: IPv4Network) -> set[str]:
    return lab_traffic.route_devices(protected.rig.router, prefix)


def wait_carrying(protected: Protected, count: int) -> None:
    """Wait until so many tunnels are next hops to both remote prefixes."""

    def look() -> bool:
        seen = [far_devices(protected, prefix) for prefix in protected.remote]
        if [len(each) for each in seen] != [count, count]:
            raise wait.NotYet(f"{seen}, {protected.rig.diagnoses(protected.peering)}")
        return True

    wait.eventually(look, within=labs.SETTLE_SECONDS)


def children(protected: Protected) -> list[Any]:
    """What each daemon has installed: local and remote prefixes of its child SAs."""
    return [
        lab_processes.selectors(protected.rig.lab, tunnel_id)
        for tunnel_id in protected.peering.tunnel_ids
    ]


def test_flows_of_several_prefixes_use_both_tunnels_and_nothing_else_does(
    protected: Protected,
) -> None:
    rig, peering = protected.rig, protected.peering
    rig.wait_established(peering)
    wait_carrying(protected, 2)
    rig.wait_settled(peering)
    second = protected.remote[1][7]
    for target in (protected.far, second):
        wait.eventually(
            lambda target=target: "0% packet loss" in protected.pings(target),
            within=labs.SETTLE_SECONDS,
        )
    # Both ends agree on one child SA with all prefixes.
    for installed in children(protected):
        assert installed
        for local, remote in installed:
            assert local == {f"{protected.near.address}/32", "10.20.128.0/17"}
            assert remote == set(map(str, protected.remote))

    with rig.flows(peering) as report:
        wait.eventually(lambda: all(rig.carried(peering)), within=labs.SETTLE_SECONDS)
    assert lab_traffic.lost(report) == 0

    # A source or a destination outside the flows: refused by ICMP where there is a route, and
    # nothing of it gets into a tunnel.
    before = rig.entered(peering)
    refused = protected.pings(protected.far, source=OUTSIDE)
    assert "Packet filtered" in refused
    assert "100% packet loss" in refused
    assert rig.entered(peering) == before

    # One tunnel is enough for both prefixes, and the count of selector pairs does not mislead the
    # carrier when a tunnel goes and returns.
    rig.cut(peering, 1)
    lab_processes.terminate(rig.lab, peering.tunnel_ids[0])
    wait_carrying(protected, 1)
    wait.eventually(lambda: "0% packet loss" in protected.pings(second), within=labs.SETTLE_SECONDS)
    rig.restore(peering)
    wait_carrying(protected, 2)


def test_a_connection_changes_between_flows_and_destination_mode(protected: Protected) -> None:
    rig, peering = protected.rig, protected.peering
    wait_carrying(protected, 2)
    modify(rig, peering, ANY, (IPv4Network(ANY),))
    rig.configure(peering)
    rig.wait_established(peering)
    # The automatic routes went with the flows.
    wait.eventually(
        lambda: [far_devices(protected, each) for each in protected.remote] == [set(), set()],
        within=labs.SETTLE_SECONDS,
    )
    rig.route(peering)
    rig.wait_up(peering)
    assert "0% packet loss" in protected.pings(protected.far, source=OUTSIDE)
    rig.unroute(peering)
    modify(rig, peering, "10.20.0.0/16", protected.remote)
    rig.configure(peering)
    rig.wait_established(peering)
    wait_carrying(protected, 2)
    wait.eventually(
        lambda: "0% packet loss" in protected.pings(protected.far, source=OUTSIDE),
        within=labs.SETTLE_SECONDS,
    )
