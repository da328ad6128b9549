"""Configuration of a Linux device: strongSwan for the tunnels, BIRD or FRRouting for the routes.

A device gets two tunnels, and BGP inside both when the connection has it and the device speaks it,
else one static route over both. The kernel spreads flows by five-tuple; a hook of
the IKE daemon takes the device of a dead tunnel out of service, and BIRD's static route follows.

Two data planes: `xfrm` for kernels with ESP and XFRM interfaces (one daemon), `userspace` for
those without (one daemon per tunnel, since libipsec tells tunnels apart by selector only).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Final, assert_never

from futago.devices import linux_routing, linux_text, peer_configuration
from futago.domain import faults

HOOK: Final = "child-changed"
"""The daemon's hook; its file needs the execute permission."""
SWANCTL: Final = "swanctl.conf"
STRONGSWAN: Final = "strongswan.conf"
BIRD: Final = "bird.conf"
FRR: Final = "frr.conf"
COMMANDS: Final = "README.txt"


class DataPlane(StrEnum):
    """Who encrypts."""

    XFRM = "xfrm"
    USERSPACE = "userspace"


class NoPrefixes(faults.Invalid):
    """The device would route nothing to the cloud."""

    code = "Device.NoPrefixes"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinuxDevice:
    """What the device is, apart from the connection."""

    data_plane: DataPlane
    directory: str
    """Where the files will lie; the hook is called by its full path."""
    router_address: IPv4Address
    """Its address in the data center; BIRD's router id."""
    cloud_prefixes: tuple[IPv4Network, ...]
    """Routed into the tunnels; none are needed with BGP."""
    devices: tuple[str, ...] = ("tunnel1", "tunnel2")
    """Names of the tunnel devices, in the order of the tunnels."""
    speaker: linux_routing.Speaker | None = None
    """How it speaks BGP, if it does."""
    router_namespace: str | None = None
    """Where the tunnel devices are, if not beside the daemon."""
    is_passive: bool = False
    """Wait for the gateway to start."""
    accepts_any_remote: bool = False
    """Accept the gateway from whichever address it has; implies waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedFile:
    """A file for the device; `path` is relative to its directory."""

    path: str
    text: str = field(repr=False)
    secret: bool = False
    """Holds keys: readable by its owner only."""


def render(
    configuration: peer_configuration.PeerConfiguration, device: LinuxDevice
) -> tuple[RenderedFile, ...]:
    """Write all files of a device.

    With `userspace`, each tunnel has a directory of its own (`tunnel1/`, `tunnel2/`).
    """
    match device.data_plane:
        case DataPlane.XFRM:
            daemons = _one_daemon(configuration, device)
        case DataPlane.USERSPACE:
            daemons = _daemon_per_tunnel(configuration, device)
        case _:
            assert_never(device.data_plane)
    shared = (
        RenderedFile(path=HOOK, text=linux_text.hook(device.directory, _switch(device))),
        *routing_files(configuration, device),
        RenderedFile(path=COMMANDS, text=_commands(configuration, device)),
    )
    return daemons + shared


def routing_files(
    configuration: peer_configuration.PeerConfiguration, device: LinuxDevice
) -> tuple[RenderedFile, ...]:
    """Write the files of the routing daemon alone.

    Raises:
        NoPrefixes: Without BGP, nothing would be routed into the tunnels.
    """
    routing = bgp_routing(configuration, device)
    if routing is None:
        if not device.cloud_prefixes:
            raise NoPrefixes(
                "No cloud prefix was given, so nothing would be routed into the tunnels; "
                "name the prefixes behind the transit router."
            )
        text = linux_routing.bird_static(
            device.router_address, device.cloud_prefixes, device.devices
        )
        return (RenderedFile(path=BIRD, text=text),)
    speaker = routing.speaker
    is_frr = speaker.daemon is linux_routing.RoutingDaemon.FRR
    announced = linux_routing.announcement(speaker.daemon, routing.asn, speaker.announced)
    return (
        RenderedFile(
            path=FRR if is_frr else BIRD,
            text=linux_routing.render(routing),
            secret=speaker.key is not None,
        ),
        RenderedFile(path=linux_routing.ANNOUNCED, text=announced),
    )


def bgp_routing(
    configuration: peer_configuration.PeerConfiguration, device: LinuxDevice
) -> linux_routing.Routing | None:
    """Say how the device will route with BGP: None unless both ends speak it."""
    if device.speaker is None:
        return None
    sessions = tuple(
        linux_routing.Session(device=name, bgp=tunnel.bgp)
        for name, tunnel in zip(device.devices, configuration.tunnels, strict=True)
        if tunnel.bgp is not None
    )
    if not sessions:
        return None
    return linux_routing.Routing(
        router_id=device.router_address,
        speaker=device.speaker,
        sessions=sessions,
        cloud_prefixes=device.cloud_prefixes,
    )


def _one_daemon(
    configuration: peer_configuration.PeerConfiguration, device: LinuxDevice
) -> tuple[RenderedFile, ...]:
    tunnels = [
        linux_text.Connection(
            name=name, tunnel=tunnel, if_id=number, behavior=_behavior(device, name)
        )
        for number, (name, tunnel) in enumerate(
            zip(device.devices, configuration.tunnels, strict=True), 1
        )
    ]
    return (
        RenderedFile(path=SWANCTL, text=linux_text.swanctl(tunnels), secret=True),
        RenderedFile(path=STRONGSWAN, text=linux_text.strongswan(directory=None)),
    )


def _daemon_per_tunnel(
    configuration: peer_configuration.PeerConfiguration, device: LinuxDevice
) -> tuple[RenderedFile, ...]:
    files: list[RenderedFile] = []
    for number, (name, tunnel) in enumerate(
        zip(device.devices, configuration.tunnels, strict=True), 1
    ):
        connection = linux_text.Connection(
            name=name, tunnel=tunnel, if_id=None, behavior=_behavior(device, name)
        )
        place = f"tunnel{number}"
        files += [
            RenderedFile(
                path=f"{place}/{SWANCTL}", text=linux_text.swanctl([connection]), secret=True
            ),
            RenderedFile(
                path=f"{place}/{STRONGSWAN}",
                text=linux_text.strongswan(directory=f"{device.directory}/{place}"),
            ),
        ]
    return tuple(files)


def _behavior(device: LinuxDevice, name: str) -> linux_text.Behavior:
    return linux_text.Behavior(
        updown=f"{device.directory}/{HOOK} {name}",
        is_passive=device.is_passive or device.accepts_any_remote,
        accepts_any_remote=device.accepts_any_remote,
    )


def _switch(device: LinuxDevice) -> linux_text.Switch:
    """Choose how the hook takes a device out of service; XFRM interfaces have no carrier to set."""
    place = f"-n {device.router_namespace} " if device.router_namespace else ""
    match device.data_plane:
        case DataPlane.XFRM:
            return linux_text.Switch(ip=f"ip {place}link set dev", on="up", off="down")
        case DataPlane.USERSPACE:
            return linux_text.Switch(
                ip=f"ip {place}link set dev", on="carrier on", off="carrier off"
            )


def _commands(configuration: peer_configuration.PeerConfiguration, device: LinuxDevice) -> str:
    routing = _routing_commands(device.directory, bgp_routing(configuration, device))
    match device.data_plane:
        case DataPlane.XFRM:
            return linux_text.xfrm_commands(device.directory, device.devices, routing)
        case DataPlane.USERSPACE:
            return linux_text.userspace_commands(device.directory, device.devices, routing)


def _routing_commands(
    directory: str, routing: linux_routing.Routing | None
) -> linux_text.RoutingCommands:
    announced = linux_routing.ANNOUNCED
    if routing is None:
        return _bird_commands(directory, (), f"install -m 0644 {directory}/{BIRD} /etc/bird/")
    addresses = tuple(
        f"ip address add {each.bgp.interface} dev {each.device}" for each in routing.sessions
    )
    if routing.speaker.daemon is linux_routing.RoutingDaemon.BIRD:
        files = f"{directory}/{BIRD} {directory}/{announced}"
        return _bird_commands(directory, addresses, f"install -m 0640 -g bird {files} /etc/bird/")
    return linux_text.RoutingCommands(
        install=(
            "sed -i 's/^bgpd=no/bgpd=yes/; s/^bfdd=no/bfdd=yes/' /etc/frr/daemons",
            f"install -m 0640 -o frr -g frr {directory}/{FRR} /etc/frr/frr.conf",
            "systemctl restart frr",
            f"vtysh -f {directory}/{announced}",
            "vtysh -c 'write memory'",
        ),
        run=f"zebra, staticd, bfdd, bgpd; vtysh -f {directory}/{FRR} -f {directory}/{announced}",
        check="Check with: swanctl --list-sas; vtysh -c 'show bgp summary'; ip route",
        addresses=addresses,
    )


def _bird_commands(
    directory: str, addresses: tuple[str, ...], install: str
) -> linux_text.RoutingCommands:
    return linux_text.RoutingCommands(
        install=(install, "systemctl restart bird"),
        run=f"bird -c {directory}/{BIRD} -s {directory}/bird.ctl",
        check="Check with: swanctl --list-sas; ip route show proto bird",
        addresses=addresses,
    )
