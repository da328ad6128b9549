"""The routing daemon of a site's device: BIRD, or FRRouting as a second implementation.

Each runs in the namespace of the site's router with sockets and files of its own, so that any
number of them run side by side and none is the host's.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Sequence
from ipaddress import IPv4Network
from pathlib import Path
from typing import Final

from futago.devices import linux, linux_routing
from futago.domain import faults
from futago.lab import installed, netns, record, shell, wait

FRR_PROGRAMS: Final = ("zebra", "staticd", "bfdd", "bgpd")
PROGRAMS: Final = ("bird", *FRR_PROGRAMS)

_FRR: Final = Path("/usr/lib/frr")
_START_SECONDS: Final = 10.0
_ROUTE_OWNERS: Final = ("bird", "bgp", "196")
"""196 is FRR's static. Source: FRR, zebra/rt_netlink.h."""


class NoFrr(faults.Unavailable):
    """FRRouting is not installed."""

    code = "Lab.FrrMissing"


class NoRouting(faults.Invalid):
    """The site's device speaks no BGP now."""

    code = "Lab.NoBgp"


def start(site: record.Site, directory: Path) -> None:
    """Run the daemon whose configuration is in a directory, and wait until it has read it."""
    if (directory / linux.FRR).exists():
        _start_frr(site, directory)
    else:
        command = ["bird", "-c", str(directory / linux.BIRD), "-s", str(directory / "bird.ctl")]
        shell.run(netns.inside(site.router, [*command, "-P", str(directory / "bird.pid")]))


def stop(site: record.Site, *, at_once: bool = False) -> None:
    """End the daemon; its routes go with it, unless it cannot even do that."""
    netns.end_processes([site.router], programs=PROGRAMS, at_once=at_once)
    if netns.exists(site.router):
        for owner in _ROUTE_OWNERS:
            netns.ip(site.router, f"route flush proto {owner}")


def is_running(site: record.Site) -> bool:
    """Tell whether the site's router has a routing daemon."""
    return not netns.running_programs(site.router).isdisjoint(PROGRAMS)


def announce(
    site: record.Site,
    directory: Path,
    bgp: record.SiteBgp,
    before: Collection[IPv4Network],
    after: Collection[IPv4Network],
) -> None:
    """Have the running daemon announce other networks than before."""
    path = directory / linux_routing.ANNOUNCED
    whole = linux_routing.announcement(bgp.daemon, bgp.asn, after)
    if bgp.daemon is linux_routing.RoutingDaemon.FRR:
        change = linux_routing.announcement(bgp.daemon, bgp.asn, after, before)
        record.write_private(path, change)
        shell.run(_vtysh_command(site, directory, ["-f", str(path)]))
    record.write_private(path, whole)
    if bgp.daemon is linux_routing.RoutingDaemon.BIRD:
        said = _birdc(directory, "configure")
        if "Reconfigur" not in said:
            raise shell.CommandFailed(f"BIRD refused its new configuration: {said.strip()}")


def reset(site: record.Site, directory: Path, chosen: Collection[installed.Tunnel]) -> None:
    """Close the BGP sessions inside some tunnels and let them come back.

    Raises:
        NoRouting: There are none.
    """
    speaking = [each for each in chosen if each.peer]
    if not speaking:
        raise no_bgp(site)
    if (directory / linux.FRR).exists():
        arguments = [word for each in speaking for word in ("-c", f"clear bgp {each.peer}")]
        shell.run(_vtysh_command(site, directory, arguments))
    else:
        for each in speaking:
            _birdc(directory, "restart", each.device)


def no_bgp(site: record.Site) -> NoRouting:
    """Explain that a site has no BGP."""
    return NoRouting(
        f"Site {site.name} speaks no BGP; add a site with --asn, and apply a connection that has "
        "BGP to it."
    )


def sessions(site: record.Site, directory: Path) -> str:
    """Show the daemon's BGP sessions as it prints them."""
    if (directory / linux.FRR).exists():
        return shell.run(_vtysh_command(site, directory, ["-c", "show bgp summary"]))
    return _birdc(directory, "show", "protocols")


def _birdc(directory: Path, *words: str) -> str:
    return shell.run(["birdc", "-s", str(directory / "bird.ctl"), *words])


def _start_frr(site: record.Site, directory: Path) -> None:
    if not (_FRR / "bgpd").exists():
        raise NoFrr("FRRouting is not installed; install Debian's package frr, or use BIRD.")
    place = directory / "frr"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(mode=0o700)
    for program in FRR_PROGRAMS:
        netns.detach(site.router, _frr_command(program, place), place / f"{program}.out")
        # Each serves its terminal last; the ones after zebra look for zebra's socket.
        wait.eventually((place / f"{program}.vty").exists, within=_START_SECONDS)
    for name in (linux.FRR, linux_routing.ANNOUNCED):
        shell.run(_vtysh_command(site, directory, ["-f", str(directory / name)]))


def _frr_command(program: str, place: Path) -> list[str]:
    own = {"bfdd": ["--bfdctl", f"{place}/bfdd.sock"], "bgpd": ["-p", "179"]}
    return [
        str(_FRR / program),
        *("-u", "root", "-g", "frrvty", "-P", "0", "-f", "/dev/null"),
        *("-i", f"{place}/{program}.pid", "-z", f"{place}/zserv.api", "--vty_socket", str(place)),
        *("--log", f"file:{place}/{program}.log"),
        *own.get(program, []),
    ]


def _vtysh_command(site: record.Site, directory: Path, arguments: Sequence[str]) -> list[str]:
    place = str(directory / "frr")
    # The empty directory keeps vtysh from reading a configuration of the host's FRR.
    command = ["vtysh", "--vty_socket", place, "--config_dir", place, *arguments]
    return netns.inside(site.router, command)
