"""The comparison: a gateway that `bare_setup.sh` makes by hand in a lab's namespaces."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import scene

from futago.lab import netns, record, shell, topology

ADDRESSES = ("198.51.100.201", "198.51.100.202")
"""In the node's network, outside of the zones' pools."""

_SCRIPT = Path(__file__).with_name("bare_setup.sh")
_SECONDS = 60.0
_ROUTER_SYSCTLS = {
    "net.ipv4.ip_forward": "1",
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv4.conf.default.rp_filter": "0",
}


class BareGateway:
    """Up to two tunnels by hand, and the router that they end at."""

    def __init__(self, lab: record.Lab, site: record.Site) -> None:
        self._lab = lab
        self._site = site
        self._directory = lab.directory / "bare"
        self.router = f"{lab.mark}-x-bare"
        netns.create(self.router, _ROUTER_SYSCTLS)

    def set_up(self, numbers: Sequence[int] = (1, 2)) -> None:
        """Run the script; returns when its last command is done."""
        tunnels = [
            ",".join(
                (
                    str(number),
                    ADDRESSES[number - 1],
                    scene.GATEWAY_NAMES[number - 1],
                    str(self._site.addresses[number - 1]),
                )
            )
            for number in numbers
        ]
        places = [str(self._directory), self._lab.node, self.router]
        subprocess.run(
            ["sh", str(_SCRIPT), *places, scene.PSK, *tunnels], timeout=_SECONDS, check=True
        )

    def tear_down(self) -> None:
        """Close the SAs and remove the tunnels; the router stays."""
        spaces = [f"{self.router}{number}" for number in (1, 2)]
        netns.end_processes(spaces)
        for space, address in zip(spaces, ADDRESSES, strict=True):
            if netns.exists(space):
                netns.delete(space)
                netns.ip(self._lab.node, f"neigh del proxy {address} dev {topology.UPLINK}")
        shell.run(["rm", "-rf", str(self._directory)])
