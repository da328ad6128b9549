"""`futago lab`: an Internet, data centers and VPC hosts in namespaces of their own."""

from __future__ import annotations

import os
from ipaddress import IPv4Network
from pathlib import Path

import click

from futago.domain import net
from futago.lab import (
    control,
    fault_commands,
    hosts,
    life,
    netns,
    options,
    overview,
    record,
    site_commands,
    sites,
    teardown,
)


@click.group()
def lab() -> None:
    """Build and use a lab in network namespaces; the host's own network is never touched."""


@lab.command()
@options.directory_option
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
@options.directory_option
@click.option("--mark", default=None, help="The lab's mark, if its directory is gone.")
@click.option("--keep-log", is_flag=True, help="Leave futago.log in the directory.")
def down(directory: Path | None, mark: str | None, *, keep_log: bool) -> None:
    """Take a lab down: processes, namespaces and files."""
    if mark is None:
        mark = record.load(options.chosen(directory)).mark
    life.remove(mark, keeps_log=keep_log)
    click.echo(f"Lab {mark} is gone.")


@lab.command()
def prune() -> None:
    """Remove labs whose control plane or directory is gone."""
    for mark in list(teardown.stale()):
        life.remove(mark, keeps_log=True)
        click.echo(f"Lab {mark} is gone.")


@lab.command()
@options.directory_option
def status(directory: Path | None) -> None:
    """Show sites, tunnels, hosts and faults."""
    click.echo(overview.status(record.load(options.chosen(directory))))


@lab.command(name="exec", context_settings={"ignore_unknown_options": True})
@options.directory_option
@click.argument("name")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def execute(directory: Path | None, name: str, command: tuple[str, ...]) -> None:
    """Run a command in a host or device.

    NAME is a site (its host), a VPC host, SITE-router, SITE-outside1, SITE-outside2, internet or
    node.
    """
    namespace = record.load(options.chosen(directory)).namespace_of(name)
    arguments = netns.inside(namespace, command)
    os.execvp(arguments[0], arguments)  # noqa: S606 - the command takes this one's place


lab.add_command(fault_commands.fault)
lab.add_command(site_commands.site)


@lab.group()
def host() -> None:
    """Hosts of a VPC."""


@host.command(name="add")
@options.directory_option
@click.argument("name")
@click.option("--vpc", required=True, help="Id of a VPC that is attached or has a vSwitch.")
@click.option("--vswitch", required=True, help="Id of its vSwitch.")
@click.option("--address", default=None, help="Default: the tenth free address or a later one.")
def add_host(
    directory: Path | None, name: str, vpc: str, vswitch: str, address: str | None
) -> None:
    """Attach a host to a vSwitch."""
    with record.locked(options.chosen(directory)) as known:
        click.echo(str(hosts.add(known, name, vpc, vswitch, address).address))


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
