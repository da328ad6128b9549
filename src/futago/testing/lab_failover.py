"""Failover in the lab: probes inside the tunnels, and one direction measured at a time.

The data center's end has a detection of its own. To see only the gateway's, the way back is pinned
to the partner tunnel while flows run from the VPC.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any, Final

from futago.lab import device, installed, netns, shell, wait
from futago.testing import lab_processes, lab_traffic, labs

_PAIRS: Final = (
    (IPv4Address("169.254.101.1"), IPv4Address("169.254.101.2")),
    (IPv4Address("169.254.102.1"), IPv4Address("169.254.102.2")),
)
"""Source at the gateway and target at the data center, per tunnel."""
_IKE_SA: Final = re.compile(r"^\S+: #(\d+),", re.MULTILINE)
ALIVE: Final = ["alive", "alive"]


@dataclass(frozen=True, slots=True)
class Failover:
    """What a test does with one connection to see it fail over."""

    rig: labs.Rig
    peering: labs.Peering

    def probe_inside(self) -> None:
        """Give each tunnel a pair of addresses of its own, and have the gateway probe by them."""
        router = self.peering.site.router
        for name, tunnel_id, (source, target) in zip(
            device.DEVICES, self.peering.tunnel_ids, _PAIRS, strict=True
        ):
            netns.ip(router, f"address replace {target} peer {source} dev {name}")
            self.rig.cloud.call(
                "SetProbeTarget",
                VpnConnectionId=self.peering.connection_id,
                TunnelId=tunnel_id,
                Target=str(target),
                Source=str(source),
            )
            self._wait_applied()
        self.wait_verdicts(ALIVE)

    def stop_probing(self) -> None:
        """Undo what `probe_inside` did."""
        for name, tunnel_id, (source, target) in zip(
            device.DEVICES, self.peering.tunnel_ids, _PAIRS, strict=True
        ):
            self.rig.cloud.call(
                "ClearProbeTarget",
                VpnConnectionId=self.peering.connection_id,
                TunnelId=tunnel_id,
            )
            self._wait_applied()
            with contextlib.suppress(shell.CommandFailed):  # gone with the device
                netns.ip(
                    self.peering.site.router, f"address delete {target} peer {source} dev {name}"
                )

    def probes(self) -> list[Any]:
        """Read what is known of both tunnels."""
        answer = self.rig.cloud.call("DescribeProbes", VpnConnectionId=self.peering.connection_id)
        found: list[Any] = answer["Probes"]
        return found

    def wait_verdicts(self, wanted: list[str]) -> None:
        """Wait until the API shows verdicts."""

        def look() -> bool:
            seen = [each["Verdict"] for each in self.probes()]
            if seen != wanted:
                raise wait.NotYet(f"{seen}, not {wanted}")
            return True

        wait.eventually(look, within=labs.SETTLE_SECONDS)

    @contextlib.contextmanager
    def pinned(self, number: int) -> Iterator[None]:
        """Have the data center use one tunnel only for the time of a block."""
        router, name = self.peering.site.router, device.DEVICES[number - 1]
        halves = list(labs.VPC_PREFIX.subnets())
        for half in halves:
            netns.ip(router, f"route add {half} dev {name}")
        try:
            yield
        finally:
            for half in halves:
                netns.ip(router, f"route delete {half} dev {name}")

    def flows(
        self, *, interval_seconds: float = lab_traffic.INTERVAL_SECONDS
    ) -> contextlib.AbstractContextManager[list[lab_traffic.FlowReport]]:
        """Send flows from the VPC to the data center, which must echo."""
        own = self.peering.site.host_address
        # A range of ports of its own for each data center: all flows leave one host.
        first_port = lab_traffic.FIRST_PORT + lab_traffic.FLOWS * own.packed[2]
        return lab_traffic.flows(
            self.rig.frame.host.namespace, own, first_port, interval_seconds=interval_seconds
        )

    def echo(self) -> contextlib.AbstractContextManager[None]:
        """Echo flows in the data center for the time of a block."""
        return lab_traffic.echo(self.peering.site.host)

    def next_hops(self) -> set[str]:
        """Name the gateway's devices in service towards the data center."""
        return lab_traffic.route_devices(self.rig.router, self.peering.site.network)

    def wait_next_hops(self, *numbers: int) -> None:
        """Wait until exactly these tunnels are next hops of the gateway."""
        wanted = {self.rig.devices(self.peering)[number - 1] for number in numbers}

        def look() -> bool:
            seen = self.next_hops()
            if seen != wanted:
                raise wait.NotYet(f"{seen}, not {wanted}")
            return True

        wait.eventually(look, within=labs.SETTLE_SECONDS)

    def kill_daemon(self, number: int) -> None:
        """Kill the gateway's IKE daemon of a tunnel."""
        lab_processes.kill(
            lab_processes.ike_daemon(self.rig.lab, self.peering.tunnel_ids[number - 1])
        )

    def close_from_site(self, number: int) -> None:
        """Have the data center close the SAs of a tunnel."""
        socket = installed.socket_of(self.rig.lab, self.peering.site, number)
        outside = self.peering.site.outsides[number - 1]
        listed = shell.run(["swanctl", "--list-sas", "--uri", socket])
        # The newest: older ones may be what the daemon of the gateway left when it was killed.
        newest = max(int(number) for number in _IKE_SA.findall(listed))
        words = ["swanctl", "--terminate", "--ike-id", str(newest), "--uri", socket]
        shell.run(netns.inside(outside, words))

    def _wait_applied(self) -> None:
        wait.eventually(
            lambda: self.rig.cloud.connection(self.peering.connection_id)["State"] == "attached",
            within=labs.SETTLE_SECONDS,
        )
