"""`futago lab site`: data centers, their devices and what they announce."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from ipaddress import IPv4Network
from pathlib import Path
from typing import TypeVar

import click

from futago.devices import linux_routing, overrides, peer_configuration
from futago.domain import net
from futago.lab import client, device, options, record, sites

_Verb = TypeVar("_Verb", bound=Callable[..., None])


def _bgp_options(verb: _Verb) -> _Verb:
    """Add the options that say how a site speaks BGP."""
    for option in (
        click.option("--bgp-key", default=None, help="TCP-MD5 key, as in the customer gateways."),
        click.option("--no-bfd", is_flag=True, help="Speak BGP without BFD."),
        click.option(
            "--bgp-daemon",
            type=click.Choice([each.value for each in linux_routing.RoutingDaemon]),
            default=None,
            help="Who speaks BGP. Default: bird.",
        ),
        click.option("--asn", default=None, help="Speak BGP as this AS number, plain or dotted."),
    ):
        verb = option(verb)
    return verb


@click.group()
def site() -> None:
    """Data centers."""


@site.command()
@options.directory_option
@click.argument("name")
@click.option("--address", "addresses", multiple=True, required=True, help="Twice: one per tunnel.")
@click.option("--network", required=True, help="Prefix of the data center.")
@_bgp_options
@click.option("--behind-nat", is_flag=True, help="The addresses are those of a NAT router.")
def add(
    directory: Path | None,
    name: str,
    addresses: tuple[str, ...],
    network: str,
    *,
    behind_nat: bool,
    **bgp: str | bool | None,
) -> None:
    """Add a data center."""
    with record.locked(options.chosen(directory)) as known:
        made = sites.plan(known, name, addresses, network, _bgp(**bgp), is_behind_nat=behind_nat)
        sites.add(known, made)


@site.command()
@options.directory_option
@click.argument("name")
@_bgp_options
def bgp(directory: Path | None, name: str, **values: str | bool | None) -> None:
    """Have a data center speak BGP from its next `apply` on, or no more without --asn."""
    with record.locked(options.chosen(directory)) as known:
        found = known.site(name)
        record.save(known.with_site(dataclasses.replace(found, bgp=_bgp(**values))))


@site.command()
@options.directory_option
@click.argument("name")
@click.option("--connection", required=True, help="Id of an attached connection: vco-...")
@click.option("--set", "changes", multiple=True, metavar="tunnelN.NAME=VALUE", help="Differ.")
@click.option("--cloud-prefix", "prefixes", multiple=True, help="Prefix behind the router.")
@click.option("--passive", is_flag=True, help="Wait for the gateway to start.")
@click.option("--any-remote", is_flag=True, help="Accept the gateway from any address.")
@click.option("--routing-only", is_flag=True, help="Leave the tunnels as they are.")
def apply(
    directory: Path | None,
    name: str,
    connection: str,
    changes: tuple[str, ...],
    prefixes: tuple[str, ...],
    **habits: bool,
) -> None:
    """Configure a data center's device from the downloaded peer configuration."""
    with record.locked(options.chosen(directory)) as known:
        found = known.site(name)
        downloaded = peer_configuration.parse(client.download(known, connection))
        act = device.apply_routing if habits["routing_only"] else device.apply
        act(
            known,
            found,
            overrides.apply(downloaded, changes),
            device.Habits(
                cloud_prefixes=_cloud_prefixes(downloaded, prefixes),
                is_passive=habits["passive"],
                accepts_any_remote=habits["any_remote"],
            ),
        )


@site.command()
@options.directory_option
@click.argument("name")
@click.argument("prefixes", nargs=-1, required=True, metavar="PREFIX...")
@click.option(
    "--count", type=click.IntRange(1, 100_000), default=1, help="So many in a row from each PREFIX."
)
def announce(directory: Path | None, name: str, prefixes: tuple[str, ...], count: int) -> None:
    """Announce more prefixes by BGP, beside the data center's own network."""
    with record.locked(options.chosen(directory)) as known:
        found = known.site(name)
        old = found.bgp.announced if found.bgp else ()
        device.announce(known, found, dict.fromkeys([*old, *_rows(prefixes, count)]))


@site.command()
@options.directory_option
@click.argument("name")
@click.argument("prefixes", nargs=-1, metavar="[PREFIX...]")
@click.option("--count", type=click.IntRange(1, 100_000), default=1, help="As for announce.")
def withdraw(directory: Path | None, name: str, prefixes: tuple[str, ...], count: int) -> None:
    """Withdraw prefixes that were announced on demand; without PREFIX all of them."""
    with record.locked(options.chosen(directory)) as known:
        found = known.site(name)
        old = found.bgp.announced if found.bgp else ()
        gone = set(_rows(prefixes, count)) if prefixes else set(old)
        device.announce(known, found, [each for each in old if each not in gone])


def _bgp(**values: str | bool | None) -> record.SiteBgp | None:
    daemon, key, asn = values["bgp_daemon"], values["bgp_key"], values["asn"]
    if asn is None:
        if daemon or key or values["no_bfd"]:
            raise sites.BadSite(
                "A site without --asn speaks no BGP; give --asn, or leave the other options of BGP."
            )
        return None
    if key is not None:
        linux_routing.BgpKey(str(key))
    return record.SiteBgp(
        asn=net.parse_asn(str(asn)),
        daemon=linux_routing.RoutingDaemon(str(daemon))
        if daemon
        else linux_routing.RoutingDaemon.BIRD,
        has_bfd=not values["no_bfd"],
        key=str(key) if key is not None else None,
    )


def _rows(texts: tuple[str, ...], count: int) -> list[IPv4Network]:
    """Read prefixes, each with those that follow it."""
    found: list[IPv4Network] = []
    for text in texts:
        first = net.parse_prefix(text)
        start, step = int(first.network_address), first.num_addresses
        if start + count * step > 1 << 32:
            raise sites.BadSite(f"{count} prefixes from {first} on do not fit into IPv4.")
        found += [IPv4Network((start + number * step, first.prefixlen)) for number in range(count)]
    return found


def _cloud_prefixes(
    downloaded: peer_configuration.PeerConfiguration, texts: tuple[str, ...]
) -> tuple[IPv4Network, ...]:
    given = tuple(net.parse_prefix(text) for text in texts)
    return given or tuple(each for each in downloaded.tunnels[0].remote_ts if each != net.ANY)
