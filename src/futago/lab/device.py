"""The device of a site: an IKE daemon per tunnel and a routing daemon, as customers run them.

Configured from the downloaded document, killed, rebooted and started again.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Final

from futago.devices import linux, linux_routing, peer_configuration
from futago.domain import faults, net
from futago.lab import installed, netns, record, router, tunnels

DEVICES: Final = ("tun1", "tun2")


class WrongSite(faults.Invalid):
    """The connection's customer gateways are not this site's addresses."""

    code = "Lab.WrongSite"


class NothingComesIn(faults.Invalid):
    """The device would wait for what its NAT never lets in."""

    code = "Lab.NothingComesIn"


class OtherTunnels(faults.Invalid):
    """The device runs other tunnels than those of the configuration."""

    code = "Lab.OtherTunnels"


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
    """Make a site's device run a configuration; what it ran before ends first.

    Raises:
        WrongSite: The tunnels end elsewhere.
        NothingComesIn: The device is to wait for the gateway, and is behind NAT.
    """
    if site.nat is not None and (habits.is_passive or habits.accepts_any_remote):
        raise NothingComesIn(
            f"Site {site.name} is behind NAT, so only its device can start; leave --passive and "
            "--any-remote."
        )
    wanted = _tunnels(site, configuration)
    files = linux.render(_as_it_sees(site, configuration), _linux_device(lab, site, habits))
    stop(lab, site)
    directory = _write_files(lab, site, files)
    installed.remember(directory, wanted)
    tunnels.start(site, directory, wanted)
    for each in wanted:
        tunnels.represent(each, configuration.tunnels[0].local_ts)
    router.start(site, directory)
    tunnels.load(directory, wanted)


def apply_routing(
    lab: record.Lab,
    site: record.Site,
    configuration: peer_configuration.PeerConfiguration,
    habits: Habits,
) -> None:
    """Make the device route by a configuration; its tunnels stay as they are.

    Raises:
        NotApplied: There are no tunnels yet.
        OtherTunnels: The tunnels belong to another connection or end elsewhere.
    """
    wanted = _tunnels(site, configuration)
    if _ends(installed.tunnels_of(lab, site)) != _ends(wanted):
        raise OtherTunnels(
            f"Site {site.name} runs other tunnels than those of the configuration; apply it "
            "without --routing-only."
        )
    files = linux.routing_files(configuration, _linux_device(lab, site, habits))
    directory = installed.short_path(lab, site)
    router.stop(site)
    for name in (linux.BIRD, linux.FRR):
        (directory / name).unlink(missing_ok=True)
    write(directory, files)
    installed.remember(directory, wanted)
    for tunnel in wanted:
        netns.ip(site.router, f"address flush dev {tunnel.device}")
        tunnels.give_address(site, tunnel)
    router.start(site, directory)


def announce(lab: record.Lab, site: record.Site, prefixes: Iterable[IPv4Network]) -> record.Lab:
    """Have a site announce exactly these prefixes beside its own network, and remember them.

    Raises:
        NoRouting: The site has no BGP.
    """
    if site.bgp is None:
        raise router.no_bgp(site)
    bgp = dataclasses.replace(site.bgp, announced=tuple(prefixes))
    changed = dataclasses.replace(site, bgp=bgp)
    lab = lab.with_site(changed)
    record.save(lab)
    directory = installed.short_path(lab, site)
    if any(each.peer for each in installed.load(directory)):
        router.announce(site, directory, bgp, _networks(site), _networks(changed))
    return lab


def stop(lab: record.Lab, site: record.Site) -> None:
    """End a site's daemons and remove their files; SAs are closed towards the gateway."""
    tunnels.stop(site)
    router.stop(site)
    shutil.rmtree(installed.directory_of(lab, site), ignore_errors=True)


def kill(lab: record.Lab, site: record.Site, numbers: Collection[int]) -> None:
    """Kill the IKE daemons of a site's addresses: the gateway hears nothing of it."""
    for tunnel in _chosen(lab, site, numbers):
        netns.end_processes([tunnel.outside], programs=[tunnels.PROGRAM], at_once=True)


def reboot(lab: record.Lab, site: record.Site) -> None:
    """Lose all daemons, tunnel devices and routes of a device at once, and start it again."""
    installed.tunnels_of(lab, site)
    tunnels.stop(site, at_once=True)
    router.stop(site, at_once=True)
    revive(lab, site)


def revive(lab: record.Lab, site: record.Site) -> None:
    """Start what a device should run and does not."""
    directory = installed.short_path(lab, site)
    wanted = installed.load(directory)
    dead = [each for each in wanted if not tunnels.is_running(each)]
    tunnels.start(site, directory, dead)
    if wanted and not router.is_running(site):
        router.start(site, directory)
    tunnels.load(directory, dead)


def reset_bgp(lab: record.Lab, site: record.Site, numbers: Collection[int]) -> None:
    """Close the BGP sessions of a site's addresses; they come back by themselves."""
    router.reset(site, installed.short_path(lab, site), _chosen(lab, site, numbers))


def device_of(lab: record.Lab, site: record.Site, number: int) -> str:
    """Name the tunnel device of one of a site's addresses, from 1."""
    running = installed.load(installed.directory_of(lab, site))
    outside = site.outsides[number - 1]
    names = (each.device for each in running if each.outside == outside)
    # Without a configuration: what it will be when tunnels come in the order of the addresses.
    return next(names, DEVICES[number - 1])


def _chosen(lab: record.Lab, site: record.Site, numbers: Collection[int]) -> list[installed.Tunnel]:
    spaces = [site.outsides[number - 1] for number in numbers]
    return [each for each in installed.tunnels_of(lab, site) if each.outside in spaces]


def _ends(found: Iterable[installed.Tunnel]) -> list[tuple[str, str]]:
    return [(each.tunnel_id, each.outside) for each in found]


def _tunnels(
    site: record.Site, configuration: peer_configuration.PeerConfiguration
) -> tuple[installed.Tunnel, ...]:
    found: list[installed.Tunnel] = []
    for number, (name, each) in enumerate(zip(DEVICES, configuration.tunnels, strict=True), 1):
        bgp = each.bgp if site.bgp is not None else None
        found.append(
            installed.Tunnel(
                number=number,
                tunnel_id=str(each.tunnel_id),
                outside=_outside_of(site, each),
                device=name,
                address=str(bgp.interface) if bgp else None,
                peer=str(bgp.peer_address) if bgp else None,
            )
        )
    if len({each.outside for each in found}) != len(found):
        raise WrongSite(
            "Both tunnels end at the same address of the site; give them two customer gateways "
            "(one address for both tunnels is not available yet)."
        )
    return tuple(found)


def _outside_of(site: record.Site, tunnel: peer_configuration.PeerTunnel) -> str:
    if tunnel.local not in site.addresses:
        raise WrongSite(
            f"Tunnel {tunnel.tunnel_id} ends at {tunnel.local}, but site {site.name} has "
            f"{site.addresses[0]} and {site.addresses[1]}; apply it to the site of its customer "
            "gateways.",
            value=str(tunnel.local),
        )
    return site.outsides[site.addresses.index(tunnel.local)]


def _as_it_sees(
    site: record.Site, configuration: peer_configuration.PeerConfiguration
) -> peer_configuration.PeerConfiguration:
    """Put the device's own addresses where a NAT's stand; identities stay what was downloaded."""
    own = dict(zip(site.addresses, site.device_addresses, strict=True))
    return dataclasses.replace(
        configuration,
        tunnels=tuple(
            dataclasses.replace(each, local=own[each.local]) for each in configuration.tunnels
        ),
    )


def _linux_device(lab: record.Lab, site: record.Site, habits: Habits) -> linux.LinuxDevice:
    return linux.LinuxDevice(
        data_plane=linux.DataPlane.USERSPACE,
        directory=str(installed.short_path(lab, site)),
        router_address=site.router_address,
        cloud_prefixes=habits.cloud_prefixes,
        devices=DEVICES,
        speaker=_speaker(site),
        router_namespace=site.router,
        is_passive=habits.is_passive,
        accepts_any_remote=habits.accepts_any_remote,
    )


def _speaker(site: record.Site) -> linux_routing.Speaker | None:
    bgp = site.bgp
    if bgp is None:
        return None
    return linux_routing.Speaker(
        daemon=bgp.daemon,
        asn=net.Asn(bgp.asn),
        has_bfd=bgp.has_bfd,
        key=linux_routing.BgpKey(bgp.key) if bgp.key is not None else None,
        announced=_networks(site),
    )


def _networks(site: record.Site) -> tuple[IPv4Network, ...]:
    """All that a site announces."""
    more = site.bgp.announced if site.bgp else ()
    return (site.network, *(each for each in more if each != site.network))


def _write_files(lab: record.Lab, site: record.Site, files: Iterable[linux.RenderedFile]) -> Path:
    short, real = installed.short_path(lab, site), installed.directory_of(lab, site)
    real.mkdir(mode=0o700, parents=True)
    short.unlink(missing_ok=True)
    short.symlink_to(real)
    write(real, files)
    return short


def write(directory: Path, files: Iterable[linux.RenderedFile]) -> None:
    """Write rendered files below a directory."""
    for file in files:
        path = directory / file.path
        path.parent.mkdir(mode=0o700, exist_ok=True)
        mode = 0o600 if file.secret else 0o755 if file.path == linux.HOOK else 0o644
        record.write_private(path, file.text, mode)
