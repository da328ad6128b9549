"""The IKE daemons of a site's device and their tunnel devices.

Each daemon makes a TUN `ipsec0` in its outside namespace. The TUN moves to the router's namespace
under the name that the routing daemon knows, and a placeholder of the old name takes its place,
because the daemon looks the name up when it installs a policy. The placeholder goes before a daemon
is started again; else the new one would make `ipsec1`.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network
from pathlib import Path
from typing import Final

from futago.devices import linux, linux_text
from futago.domain import net
from futago.lab import installed, netns, record, shell, wait

PROGRAM: Final = "charon-systemd"

CHARON: Final = f"/usr/sbin/{PROGRAM}"
_TUN: Final = "ipsec0"
_SELECTORS: Final = "lo"
"""Where addresses of the local prefixes are, which userspace ESP wants to have."""
_OWN_ADDRESS: Final = "169.254.0.2/32"
"""Not the router's own 169.254.0.1, whose ICMP errors the device would take for its own."""
_START_SECONDS: Final = 10.0


def start(site: record.Site, directory: Path, tunnels: Sequence[installed.Tunnel]) -> None:
    """Start daemons and put their devices in place, out of service."""
    for tunnel in tunnels:
        _remove_placeholder(tunnel.outside)
        # A count of child SAs that a killed daemon left would keep the device in service.
        (directory / f"{tunnel.device}.children").unlink(missing_ok=True)
        _start_daemon(tunnel.outside, directory / f"tunnel{tunnel.number}")
    for tunnel in tunnels:
        _wait_listening(directory / f"tunnel{tunnel.number}")
    for tunnel in tunnels:
        _place_tun(site, tunnel)


def represent(tunnel: installed.Tunnel, prefixes: Iterable[IPv4Network]) -> None:
    """Put an address of each local prefix beside the daemon; else it refuses the child SA."""
    netns.ip(tunnel.outside, f"address flush dev {_SELECTORS} scope global")
    for prefix in prefixes:
        if prefix != net.ANY:
            netns.ip(tunnel.outside, f"address add {prefix[0]}/32 dev {_SELECTORS}")


def stop(site: record.Site, *, at_once: bool = False) -> None:
    """End all daemons of a site; SAs are closed, unless it is done at once."""
    netns.end_processes(site.outsides, programs=[PROGRAM], at_once=at_once)
    for outside in site.outsides:
        _remove_placeholder(outside)


def is_running(tunnel: installed.Tunnel) -> bool:
    """Tell whether a tunnel has its daemon."""
    return PROGRAM in netns.running_programs(tunnel.outside)


def load(directory: Path, tunnels: Sequence[installed.Tunnel]) -> None:
    """Give running daemons their connections; active ones start."""
    for tunnel in tunnels:
        _load(tunnel.outside, directory / f"tunnel{tunnel.number}")


def _remove_placeholder(outside: str) -> None:
    if netns.exists(outside) and _TUN in netns.device_names(outside):
        netns.ip(outside, f"link delete {_TUN}")


def _start_daemon(outside: str, directory: Path) -> None:
    (directory / "vici").unlink(missing_ok=True)
    command = ["env", f"STRONGSWAN_CONF={directory / linux.STRONGSWAN}", CHARON]
    netns.detach(outside, command, directory / "output.log")


def _wait_listening(directory: Path) -> None:
    """Wait until a daemon has finished with its TUN and answers: only then may the TUN move."""
    wait.eventually(lambda: _is_listening(directory / "vici"), within=_START_SECONDS)


def _is_listening(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
    return True


def _place_tun(site: record.Site, tunnel: installed.Tunnel) -> None:
    outside, device = tunnel.outside, tunnel.device
    wait.eventually(lambda: _TUN in netns.device_names(outside), within=_START_SECONDS)
    netns.ip(outside, f"link set {_TUN} netns {site.router} name {device}")
    netns.ip(outside, f"tuntap add mode tun name {_TUN}")
    netns.ip(outside, f"link set {_TUN} up")
    netns.batch(
        site.router,
        [
            f"link set {device} mtu {linux_text.TUNNEL_MTU} up",
            # Out of service until the daemon's hook reports a child SA.
            f"link set {device} carrier off",
        ],
    )
    give_address(site, tunnel)


def give_address(site: record.Site, tunnel: installed.Tunnel) -> None:
    """Give a tunnel's device the address of its BGP session, else any.

    Without one, loose reverse-path filtering drops what comes out of a device that is not (yet) a
    next hop of the way back.
    """
    netns.ip(site.router, f"address add {tunnel.address or _OWN_ADDRESS} dev {tunnel.device}")


def _load(outside: str, directory: Path) -> None:
    environment = ["env", f"SWANCTL_DIR={directory}"]
    command = ["swanctl", "--load-all", "--noprompt", "--file", str(directory / linux.SWANCTL)]
    shell.run(
        netns.inside(outside, [*environment, *command, "--uri", f"unix://{directory / 'vici'}"])
    )
