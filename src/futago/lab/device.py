"""The device of a site: an IKE daemon per tunnel and BIRD, as a customer would run them.

Each daemon makes a TUN `ipsec0` in its outside namespace. The TUN moves to the router's namespace
under the name that BIRD knows, and a placeholder of the old name takes its place, because the
daemon looks the name up when it installs a policy. The placeholder goes before a daemon is started
again; else the new one would make `ipsec1`.
"""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Final

from futago.devices import linux, linux_text, peer_configuration
from futago.domain import faults, net
from futago.lab import netns, record, registry, shell, wait

DEVICES: Final = ("tun1", "tun2")
CHARON: Final = "/usr/sbin/charon-systemd"
PROGRAMS: Final = ("charon-systemd", "bird")

_TUN: Final = "ipsec0"
_SELECTORS: Final = "lo"
"""Where addresses of the local prefixes are, which userspace ESP wants to have."""
_START_SECONDS: Final = 10.0


class WrongSite(faults.Invalid):
    """The connection's customer gateways are not this site's addresses."""

    code = "Lab.WrongSite"


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How a site's device behaves, apart from what was downloaded."""

    cloud_prefixes: tuple[IPv4Network, ...]
    is_passive: bool = False
    accepts_any_remote: bool = False


def apply(
    lab: record.Lab,
    site: record.Site,
    configuration: peer_configuration.PeerConfiguration,
    habits: Habits,
) -> None:
    """Make a site's device run a configuration; what it ran before ends first."""
    outsides = [_outside_of(site, tunnel) for tunnel in configuration.tunnels]
    if len(set(outsides)) != len(outsides):
        raise WrongSite(
            "Both tunnels end at the same address of the site; give them two customer gateways "
            "(one address for both tunnels is not available yet)."
        )
    stop(lab, site)
    directory = _write_files(lab, site, configuration, habits)
    for number, outside in enumerate(outsides, 1):
        _start_daemon(outside, directory / f"tunnel{number}")
    for number in (1, 2):
        _wait_listening(directory / f"tunnel{number}")
    for outside in outsides:
        _represent(outside, configuration.tunnels[0].local_ts)
    for number, outside in enumerate(outsides, 1):
        _place_tun(outside, site.router, DEVICES[number - 1])
    _start_bird(site, directory)
    for number, outside in enumerate(outsides, 1):
        _load(outside, directory / f"tunnel{number}")


def stop(lab: record.Lab, site: record.Site) -> None:
    """End a site's daemons; SAs are closed towards the gateway."""
    netns.end_processes((*site.outsides, site.router), programs=PROGRAMS)
    for outside in site.outsides:
        if netns.exists(outside) and _TUN in netns.device_names(outside):
            netns.ip(outside, f"link delete {_TUN}")
    shutil.rmtree(directory_of(lab, site), ignore_errors=True)


def directory_of(lab: record.Lab, site: record.Site) -> Path:
    """Give the directory of a device's files."""
    return lab.directory / "sites" / site.name


def socket_of(lab: record.Lab, site: record.Site, number: int) -> str:
    """Give the address of the control socket of a tunnel's daemon."""
    return f"unix://{_short_path(lab, site)}/tunnel{number}/vici"


def _short_path(lab: record.Lab, site: record.Site) -> Path:
    # Sockets have paths of at most 107 bytes; a lab's directory may be anywhere.
    return registry.runtime_directory(lab.mark) / f"site-{site.name}"


def _outside_of(site: record.Site, tunnel: peer_configuration.PeerTunnel) -> str:
    if tunnel.local not in site.addresses:
        raise WrongSite(
            f"Tunnel {tunnel.tunnel_id} ends at {tunnel.local}, but site {site.name} has "
            f"{site.addresses[0]} and {site.addresses[1]}; apply it to the site of its customer "
            "gateways.",
            value=str(tunnel.local),
        )
    return site.outsides[site.addresses.index(tunnel.local)]


def _write_files(
    lab: record.Lab,
    site: record.Site,
    configuration: peer_configuration.PeerConfiguration,
    habits: Habits,
) -> Path:
    short = _short_path(lab, site)
    real = directory_of(lab, site)
    real.mkdir(mode=0o700, parents=True)
    short.unlink(missing_ok=True)
    short.symlink_to(real)
    device = linux.LinuxDevice(
        data_plane=linux.DataPlane.USERSPACE,
        directory=str(short),
        router_address=site.router_address,
        cloud_prefixes=habits.cloud_prefixes,
        devices=DEVICES,
        router_namespace=site.router,
        is_passive=habits.is_passive,
        accepts_any_remote=habits.accepts_any_remote,
    )
    write(real, linux.render(configuration, device))
    return short


def write(directory: Path, files: Iterable[linux.RenderedFile]) -> None:
    """Write rendered files below a directory."""
    for file in files:
        path = directory / file.path
        path.parent.mkdir(mode=0o700, exist_ok=True)
        mode = 0o600 if file.secret else 0o755 if file.path == linux.HOOK else 0o644
        record.write_private(path, file.text, mode)


def _start_daemon(outside: str, directory: Path) -> None:
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


def _place_tun(outside: str, router: str, device: str) -> None:
    wait.eventually(lambda: _TUN in netns.device_names(outside), within=_START_SECONDS)
    netns.ip(outside, f"link set {_TUN} netns {router} name {device}")
    netns.ip(outside, f"tuntap add mode tun name {_TUN}")
    netns.ip(outside, f"link set {_TUN} up")
    netns.batch(
        router,
        [
            f"link set {device} mtu {linux_text.TUNNEL_MTU} up",
            # Out of service until the daemon's hook reports a child SA.
            f"link set {device} carrier off",
        ],
    )


def _represent(outside: str, prefixes: Iterable[IPv4Network]) -> None:
    """Put an address of each local prefix beside the daemon; else it refuses the child SA."""
    netns.ip(outside, f"address flush dev {_SELECTORS} scope global")
    for prefix in prefixes:
        if prefix != net.ANY:
            netns.ip(outside, f"address add {prefix[0]}/32 dev {_SELECTORS}")


def _start_bird(site: record.Site, directory: Path) -> None:
    control = directory / "bird.ctl"
    command = ["bird", "-c", str(directory / linux.BIRD), "-s", str(control)]
    shell.run(netns.inside(site.router, [*command, "-P", str(directory / "bird.pid")]))


def _load(outside: str, directory: Path) -> None:
    environment = ["env", f"SWANCTL_DIR={directory}"]
    command = ["swanctl", "--load-all", "--noprompt", "--file", str(directory / linux.SWANCTL)]
    shell.run(
        netns.inside(outside, [*environment, *command, "--uri", f"unix://{directory / 'vici'}"])
    )
