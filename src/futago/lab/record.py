"""What a lab remembers: one JSON file in its directory, readable by its owner only.

Clients read it to find the endpoint and the access key; the verbs of the lab read it to find the
namespaces. It is replaced atomically.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any, Final, TypedDict

from futago.devices import linux_routing
from futago.domain import faults

FILE: Final = "lab.json"


class NoLab(faults.NotFound):
    """There is no lab in a directory."""

    code = "Lab.NotFound"


class UnknownName(faults.NotFound):
    """The lab has nothing of that name."""

    code = "Lab.UnknownName"


class NameTaken(faults.Conflict):
    """The lab has something of that name already."""

    code = "Lab.NameTaken"


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteBgp:
    """How a site's device speaks BGP once its connection has it."""

    asn: int
    daemon: linux_routing.RoutingDaemon = linux_routing.RoutingDaemon.BIRD
    has_bfd: bool = True
    key: str | None = field(default=None, repr=False)
    announced: tuple[IPv4Network, ...] = ()
    """Beside the site's own network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteNat:
    """The router that translates what a site's device sends."""

    namespace: str
    addresses: tuple[IPv4Address, IPv4Address]
    """What the device itself has, in the order of the site's outside addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A data center."""

    name: str
    addresses: tuple[IPv4Address, IPv4Address]
    network: IPv4Network
    router_address: IPv4Address
    host_address: IPv4Address
    outsides: tuple[str, str]
    """Namespaces of the two outside addresses."""
    router: str
    """Namespace of the device that routes; both tunnel devices end there."""
    host: str
    """Namespace of the host."""
    bgp: SiteBgp | None = None
    nat: SiteNat | None = None
    """None: the device has the outside addresses itself."""

    @property
    def device_addresses(self) -> tuple[IPv4Address, IPv4Address]:
        """Give the addresses from which the device sends, as it sees them."""
        return self.addresses if self.nat is None else self.nat.addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A host of a VPC."""

    name: str
    address: IPv4Address
    namespace: str
    vpc_id: str
    vswitch_id: str


class Where(StrEnum):
    """On which side of the encryption a fault is."""

    OUTSIDE = "outside"
    """In the Internet: what is lost is encrypted, IKE included."""
    INSIDE = "inside"
    """At the device's end of the tunnel: IKE goes on."""


class Trouble(StrEnum):
    """What a lasting fault does to packets."""

    LOSS = "loss"
    """The amount is the share that is lost, in percent; 100 cuts."""
    DELAY = "delay"
    """The amount is what a round trip takes longer, in milliseconds."""
    FLAP = "flap"
    """Cut for a second, whole for a second; no amount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disruption:
    """A lasting fault on one tunnel of a site."""

    site: str
    tunnel: int
    """1 or 2: which of the site's addresses carries it."""
    where: Where
    trouble: Trouble
    amount: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    """A lab."""

    mark: str
    directory: Path
    endpoint: str
    region_id: str
    access_key_id: str = ""
    access_key_secret: str = field(default="", repr=False)
    console_password: str = field(default="", repr=False)
    sites: tuple[Site, ...] = ()
    hosts: tuple[Host, ...] = ()
    disruptions: tuple[Disruption, ...] = ()

    @property
    def internet(self) -> str:
        """Namespace of the lab's Internet."""
        return f"{self.mark}-x-internet"

    @property
    def node(self) -> str:
        """Namespace in which the gateway node works."""
        return f"{self.mark}-x-node"

    @property
    def console_url(self) -> str:
        """Where the web console is."""
        return f"http://{self.endpoint}/console/"

    @property
    def settings_file(self) -> Path:
        """Settings of the control plane and the node."""
        return self.directory / "futago.toml"

    def site(self, name: str) -> Site:
        """Find a site."""
        found = next((each for each in self.sites if each.name == name), None)
        if found is None:
            known = ", ".join(each.name for each in self.sites) or "none"
            raise UnknownName(f"The lab has no site {name!r}; its sites: {known}.", value=name)
        return found

    def with_site(self, site: Site) -> Lab:
        """Replace a site of the same name."""
        sites = tuple(site if each.name == site.name else each for each in self.sites)
        return dataclasses.replace(self, sites=sites)

    def namespace_of(self, name: str) -> str:
        """Find the namespace behind a name.

        A site's name means its host; `NAME-router`, `NAME-outside1` and `NAME-outside2` mean its
        device, `NAME-nat` what translates for it; `internet` and `node` are the lab's own.
        """
        spaces = {"internet": self.internet, "node": self.node}
        for site in self.sites:
            spaces[site.name] = site.host
            spaces[f"{site.name}-router"] = site.router
            for number, outside in enumerate(site.outsides, 1):
                spaces[f"{site.name}-outside{number}"] = outside
            if site.nat is not None:
                spaces[f"{site.name}-nat"] = site.nat.namespace
        spaces |= {host.name: host.namespace for host in self.hosts}
        if name not in spaces:
            raise UnknownName(
                f"The lab has nothing named {name!r}; known: {', '.join(spaces)}.", value=name
            )
        return spaces[name]

    def refuse_taken(self, name: str) -> None:
        """Refuse a name that a site or host of this lab has."""
        names = {site.name for site in self.sites} | {host.name for host in self.hosts}
        if name in names | {"internet", "node"}:
            raise NameTaken(f"The lab has a {name!r} already; choose another name.", value=name)


@contextlib.contextmanager
def locked(directory: Path) -> Iterator[Lab]:
    """Read a lab's file and keep other verbs from changing it meanwhile."""
    if not (directory / FILE).exists():
        raise _no_lab(directory)
    with (directory / ".lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield load(directory)


def save(lab: Lab) -> None:
    """Write a lab's file."""
    members = dataclasses.asdict(lab) | {
        "sites": [_site_members(site) for site in lab.sites],
        "console_url": lab.console_url,
        "metrics_url": f"http://{lab.endpoint}/metrics",
    }
    text = json.dumps(members, default=str, indent=2) + "\n"
    write_private(lab.directory / FILE, text)


def write_private(path: Path, text: str, mode: int = 0o600) -> None:
    """Replace a file atomically; only its owner can read it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def load(directory: Path) -> Lab:
    """Read a lab's file."""
    path = directory / FILE
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        raise _no_lab(directory) from exc
    return Lab(
        mark=raw["mark"],
        directory=Path(raw["directory"]),
        endpoint=raw["endpoint"],
        region_id=raw["region_id"],
        access_key_id=raw["access_key_id"],
        access_key_secret=raw["access_key_secret"],
        console_password=raw.get("console_password", ""),
        sites=tuple(_site(each) for each in raw["sites"]),
        hosts=tuple(
            Host(**(each | {"address": IPv4Address(each["address"])})) for each in raw["hosts"]
        ),
        disruptions=tuple(
            Disruption(
                site=each["site"],
                tunnel=each["tunnel"],
                where=Where(each["where"]),
                trouble=Trouble(each["trouble"]),
                amount=each["amount"],
            )
            for each in raw["disruptions"]
        ),
    )


def _no_lab(directory: Path) -> NoLab:
    return NoLab(f"There is no lab in {directory}; make one with `futago lab up`.")


class _RawSite(TypedDict):
    name: str
    addresses: list[str]
    network: str
    router_address: str
    host_address: str
    namespaces: dict[str, str]
    bgp: dict[str, Any] | None
    nat: dict[str, Any] | None


def _site_members(site: Site) -> dict[str, object]:
    """Write a site as scripts outside read it: all namespaces by their part, under one key."""
    members = dataclasses.asdict(site)
    outsides = {f"outside{n}": name for n, name in enumerate(members.pop("outsides"), 1)}
    members["namespaces"] = outsides | {part: members.pop(part) for part in ("router", "host")}
    return members


def _site(raw: _RawSite) -> Site:
    first, second = (IPv4Address(each) for each in raw["addresses"])
    spaces = raw["namespaces"]
    return Site(
        name=raw["name"],
        addresses=(first, second),
        network=IPv4Network(raw["network"]),
        router_address=IPv4Address(raw["router_address"]),
        host_address=IPv4Address(raw["host_address"]),
        outsides=(spaces["outside1"], spaces["outside2"]),
        router=spaces["router"],
        host=spaces["host"],
        bgp=_bgp(raw["bgp"]) if raw["bgp"] else None,
        nat=_nat(raw["nat"]) if raw["nat"] else None,
    )


def _nat(raw: dict[str, Any]) -> SiteNat:
    first, second = (IPv4Address(each) for each in raw["addresses"])
    return SiteNat(namespace=raw["namespace"], addresses=(first, second))


def _bgp(raw: dict[str, Any]) -> SiteBgp:
    return SiteBgp(
        asn=raw["asn"],
        daemon=linux_routing.RoutingDaemon(raw["daemon"]),
        has_bfd=raw["has_bfd"],
        key=raw["key"],
        announced=tuple(IPv4Network(each) for each in raw["announced"]),
    )
