"""`futago lab`: an Internet, data centers and VPC hosts in namespaces of their own."""

from __future__ import annotations

import os
from ipaddress import IPv4Network
from pathlib import Path

import click

from futago.devices import overrides, peer_configuration
from futago.domain import faults, net
from futago.lab import (
    client,
    control,
    device,
    disruption,
    hosts,
    life,
    netns,
    overview,
    record,
    registry,
    sites,
    teardown,
)

_directory_option = click.option(
    "--dir",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="The lab's directory. Needed only where several labs run.",
)
_tunnel_option = click.option(
    "--tunnel", type=click.IntRange(1, 2), default=None, help="One tunnel only. Default: both."
)
_where_option = click.option(
    "--where", type=click.Choice(["outside", "inside"]), default="outside", show_default=True
)


class NotAvailable(faults.Unsupported):
    """The lab will do this later."""

    code = "Lab.NotAvailable"


@click.group()
def lab() -> None:
    """Build and use a lab in network namespaces; the host's own network is never touched."""


@lab.command()
@_directory_option
@click.option("--detach", is_flag=True, help="Return when the lab is ready.")
@click.option(
    "--pool",
    "pools",
    multiple=True,
    metavar="ZONE=PREFIX",
    help=f"Gateway addresses of a zone ({', '.join(control.ZONES)}), for example from "
    "198.18.0.0/15. Repeatable.",
)
def up(directory: Path | None, *, detach: bool, pools: tuple[str, ...]) -> None:
    """Build a lab with one data center, and run it until interrupted."""
    made = life.make(directory, _pools(pools))
    click.echo(overview.greeting(made))
    if detach:
        return
    life.stay(made, lambda: click.echo("Running until interrupted."))
    life.remove(made.mark, keeps_log=False)


@lab.command()
@_directory_option
@click.option("--mark", default=None, help="The lab's mark, if its directory is gone.")
@click.option("--keep-log", is_flag=True, help="Leave futago.log in the directory.")
def down(directory: Path | None, mark: str | None, *, keep_log: bool) -> None:
    """Take a lab down: processes, namespaces and files."""
    if mark is None:
        mark = record.load(_chosen(directory)).mark
    life.remove(mark, keeps_log=keep_log)
    click.echo(f"Lab {mark} is gone.")


@lab.command()
def prune() -> None:
    """Remove labs whose control plane or directory is gone."""
    for mark in list(teardown.stale()):
        life.remove(mark, keeps_log=True)
        click.echo(f"Lab {mark} is gone.")


@lab.command()
@_directory_option
def status(directory: Path | None) -> None:
    """Show sites, tunnels, hosts and faults."""
    click.echo(overview.status(record.load(_chosen(directory))))


@lab.command(name="exec", context_settings={"ignore_unknown_options": True})
@_directory_option
@click.argument("name")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def execute(directory: Path | None, name: str, command: tuple[str, ...]) -> None:
    """Run a command in a host or device.

    NAME is a site (its host), a VPC host, SITE-router, SITE-outside1, SITE-outside2, internet or
    node.
    """
    namespace = record.load(_chosen(directory)).namespace_of(name)
    arguments = netns.inside(namespace, command)
    os.execvp(arguments[0], arguments)  # noqa: S606 - the command takes this one's place


@lab.command()
@_directory_option
@click.argument("site_name", metavar="SITE")
@click.argument("kind", type=click.Choice(["cut", "lossy", "restore", *disruption.LATER]))
@click.argument("percent", type=int, required=False)
@_tunnel_option
@_where_option
def fault(
    directory: Path | None,
    site_name: str,
    kind: str,
    percent: int | None,
    tunnel: int | None,
    where: str,
) -> None:
    """Disturb the outside path of a site, or restore it."""
    if kind in disruption.LATER or where == "inside":
        raise NotAvailable(
            f"Fault {kind!r} {where} is not available yet; use cut, lossy or restore outside."
        )
    numbers = (1, 2) if tunnel is None else (tunnel,)
    with record.locked(_chosen(directory)) as known:
        found = known.site(site_name)
        if kind == "restore":
            disruption.restore(known, found, numbers)
        elif kind == "cut":
            disruption.lose(known, found, numbers, 100)
        else:
            disruption.lose(known, found, numbers, percent or 0)


@lab.group()
def site() -> None:
    """Data centers."""


@site.command()
@_directory_option
@click.argument("name")
@click.option("--address", "addresses", multiple=True, required=True, help="Twice: one per tunnel.")
@click.option("--network", required=True, help="Prefix of the data center.")
@click.option("--asn", default=None, hidden=True)
@click.option("--behind-nat", is_flag=True, hidden=True)
def add(
    directory: Path | None,
    name: str,
    addresses: tuple[str, ...],
    network: str,
    asn: str | None,
    *,
    behind_nat: bool,
) -> None:
    """Add a data center."""
    if asn is not None or behind_nat:
        raise NotAvailable("Sites with BGP or behind NAT are not available yet; leave the option.")
    with record.locked(_chosen(directory)) as known:
        sites.add(known, sites.plan(known, name, addresses, network))


@site.command()
@_directory_option
@click.argument("name")
@click.option("--connection", required=True, help="Id of an attached connection: vco-...")
@click.option("--set", "changes", multiple=True, metavar="tunnelN.NAME=VALUE", help="Differ.")
@click.option("--cloud-prefix", "prefixes", multiple=True, help="Prefix behind the router.")
@click.option("--passive", is_flag=True, help="Wait for the gateway to start.")
@click.option("--any-remote", is_flag=True, help="Accept the gateway from any address.")
def apply(
    directory: Path | None,
    name: str,
    connection: str,
    changes: tuple[str, ...],
    prefixes: tuple[str, ...],
    **habits: bool,
) -> None:
    """Configure a data center's device from the downloaded peer configuration."""
    with record.locked(_chosen(directory)) as known:
        found = known.site(name)
        downloaded = peer_configuration.parse(client.download(known, connection))
        device.apply(
            known,
            found,
            overrides.apply(downloaded, changes),
            device.Habits(
                cloud_prefixes=_cloud_prefixes(downloaded, prefixes),
                is_passive=habits["passive"],
                accepts_any_remote=habits["any_remote"],
            ),
        )


@lab.group()
def host() -> None:
    """Hosts of a VPC."""


@host.command(name="add")
@_directory_option
@click.argument("name")
@click.option("--vpc", required=True, help="Id of a VPC that is attached or has a vSwitch.")
@click.option("--vswitch", required=True, help="Id of its vSwitch.")
@click.option("--address", default=None, help="Default: the tenth free address or a later one.")
def add_host(
    directory: Path | None, name: str, vpc: str, vswitch: str, address: str | None
) -> None:
    """Attach a host to a vSwitch."""
    with record.locked(_chosen(directory)) as known:
        click.echo(str(hosts.add(known, name, vpc, vswitch, address).address))


def _chosen(directory: Path | None) -> Path:
    return directory.absolute() if directory is not None else registry.only_directory()


def _pools(texts: tuple[str, ...]) -> dict[str, IPv4Network]:
    pools = dict(control.ZONES)
    for text in texts:
        zone, _, prefix = text.partition("=")
        if zone not in pools:
            raise sites.BadSite(
                f"{zone!r} is not a zone of the lab; its zones: {', '.join(pools)}."
            )
        pools[zone] = net.parse_prefix(prefix)
    return pools


def _cloud_prefixes(
    downloaded: peer_configuration.PeerConfiguration, texts: tuple[str, ...]
) -> tuple[IPv4Network, ...]:
    given = tuple(net.parse_prefix(text) for text in texts)
    return given or tuple(each for each in downloaded.tunnels[0].remote_ts if each != net.ANY)
