"""Connections of one lab on which faults are provoked, several at once.

Each has two tunnels and so takes two faults side by side. What can prove that a peer lives differs:
a probe target, BFD under BGP, traffic, dead peer detection, or nothing at all.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterable, Sequence
from concurrent import futures
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any, Final

from futago.devices import overrides, peer_configuration
from futago.domain import ids
from futago.lab import (
    client,
    device,
    disruption,
    installed,
    netns,
    record,
    shell,
    topology,
    tunnels,
    wait,
)
from futago.plan import places
from futago.testing import lab_processes, lab_speakers, labs

WORKERS: Final = 6
BIRD: Final = "bird"
REPLACED_SECONDS: Final = 60.0
"""A frozen daemon has been replaced: the watchdog's patience, and a start on a busy machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How a bed is made."""

    name: str
    version: str = "ikev2"
    dpd: tuple[bool, bool] = (True, True)
    """By tunnel."""
    is_probed: bool = False
    has_bgp: bool = False
    has_device: bool = True
    is_attached: bool = True
    changes: tuple[str, ...] = ()
    """What the device does differently from what was downloaded."""
    is_routed: bool = False
    """The VPC reaches the data center by a static route."""


@dataclass(frozen=True, slots=True)
class Bed:
    """One connection with its data center, and what can happen to it."""

    rig: labs.Rig
    kind: Kind
    peering: labs.Peering

    # What is where

    @property
    def site(self) -> record.Site:
        """The data center."""
        return self.peering.site

    def tunnel_id(self, number: int) -> str:
        """Name a tunnel, from 1."""
        return self.peering.tunnel_ids[number - 1]

    def device(self, number: int) -> str:
        """Name the gateway's device of a tunnel."""
        return self.rig.devices(self.peering)[number - 1]

    def own_daemon(self, number: int) -> int:
        """Give the process of the gateway's IKE daemon once it runs."""
        tunnel_id = self.tunnel_id(number)
        return wait.eventually(
            lambda: lab_processes.ike_daemon(self.rig.lab, tunnel_id), within=labs.SETTLE_SECONDS
        )

    def freeze_until_replaced(self, number: int) -> None:
        """Freeze the own IKE daemon, and wait until the agent has put another in its place."""
        before = self.own_daemon(number)
        os.kill(before, signal.SIGSTOP)
        wait.eventually(lambda: self.own_daemon(number) != before, within=REPLACED_SECONDS)

    @property
    def vpc_device(self) -> str:
        """The router's device towards the VPC."""
        return places.VpcPlace.of(self.rig.mark, ids.VpcId(self.rig.frame.vpc_id)).device

    def remove_routes_until_repaired(self, number: int) -> None:
        """Take a tunnel's namespace its routes, and wait until the agent has given them back."""
        tunnel_id = ids.TunnelId(self.tunnel_id(number))
        namespace = places.TunnelPlace.of(self.rig.mark, tunnel_id, None).namespace
        netns.ip(namespace, "route flush table main")
        wait.eventually(
            lambda: netns.ip(namespace, "route show table main default"), within=REPLACED_SECONDS
        )

    # Faults outside and inside

    def cut(self, number: int, where: record.Where = record.Where.OUTSIDE) -> None:
        """Lose everything of a tunnel, both ways."""
        with record.locked(self.rig.directory) as known:
            disruption.lose(known, self.site, (number,), 100, where)

    def flap(self, number: int) -> None:
        """Lose everything of a tunnel every other second."""
        with record.locked(self.rig.directory) as known:
            trouble = record.Trouble.FLAP
            disruption.disturb(known, self.site, (number,), record.Where.OUTSIDE, trouble)

    def mend(self, number: int) -> None:
        """Undo what `cut` and `flap` did."""
        with record.locked(self.rig.directory) as known:
            disruption.restore(known, self.site, (number,))

    def filter(self, number: int, rule: str) -> None:
        """Drop some packets of a tunnel in the Internet.

        Args:
            number: The tunnel.
            rule: A match, in which {device} is the device towards the data center.
        """
        name = topology.outside_device(self.site, number)
        hook = "postrouting" if "oifname" in rule else "prerouting"
        table = self._table(number)
        self._nft(
            f"table inet {table} {{\n  chain lost {{\n"
            f"    type filter hook {hook} priority -390; policy accept;\n"
            f"    {rule.format(device=name)} drop\n  }}\n}}\n"
        )

    def unfilter(self, number: int) -> None:
        """Undo what `filter` did."""
        self._nft(f"table inet {self._table(number)}\ndelete table inet {self._table(number)}\n")

    # Faults of processes

    def peer_signal(self, number: int, what: signal.Signals) -> None:
        """Send a signal to the data center's IKE daemon of a tunnel."""
        self._signal(self.site.outsides[number - 1], tunnels.PROGRAM, what)

    def peer_routing_signal(self, what: signal.Signals) -> None:
        """Send a signal to the data center's routing daemon."""
        self._signal(self.site.router, BIRD, what)

    def kill_peer(self, number: int) -> None:
        """Kill the data center's IKE daemon; the gateway hears nothing of it."""
        device.kill(self.rig.lab, self.site, [number])

    def revive_peer(self) -> None:
        """Start again what of the data center is dead."""
        with record.locked(self.rig.directory) as known:
            device.revive(known, self.site)
        if self.kind.is_probed:
            self.give_targets()

    def give_targets(self) -> tuple[IPv4Address, ...]:
        """Give each tunnel device of the data center an address to probe; gives the sources."""
        third = self.site.network.network_address.packed[2]
        sources = tuple(IPv4Address(f"169.254.{third + number}.1") for number in (1, 2))
        for name, source in zip(device.DEVICES, sources, strict=True):
            words = f"address replace {source + 1} peer {source} dev {name}"
            netns.ip(self.site.router, words)
        return sources

    def forget_at_peer(self, number: int) -> None:
        """Have the data center drop its SAs without a word that arrives."""
        self.filter(number, 'iifname "{device}"')
        try:
            socket = installed.socket_of(self.rig.lab, self.site, number)
            outside = self.site.outsides[number - 1]
            words = ["swanctl", "--terminate", "--ike", self.tunnel_id(number), "--force"]
            words += ["--timeout", "1", "--uri", socket]
            with contextlib.suppress(shell.CommandFailed):
                shell.run(netns.inside(outside, words))
        finally:
            self.unfilter(number)

    def _signal(self, namespace: str, program: str, what: signal.Signals) -> None:
        for pid in netns.processes(namespace):
            words = netns.words_of(pid)
            if words and words[0].rpartition("/")[2].startswith(program):
                os.kill(pid, what)

    def _nft(self, text: str) -> None:
        shell.run(netns.inside(self.rig.lab.internet, ["nft", "-f", "-"]), text=text)

    def _table(self, number: int) -> str:
        return "truth_" + topology.outside_device(self.site, number).replace("-", "_")


def make_all(rig: labs.Rig, kinds: Iterable[Kind]) -> dict[str, Bed]:
    """Make beds side by side, up and running as far as they can be."""
    with futures.ThreadPoolExecutor(WORKERS) as pool:
        made = {kind.name: pool.submit(_make, rig, kind) for kind in kinds}
        return {name: each.result() for name, each in made.items()}


def remove_all(beds: Iterable[Bed]) -> None:
    """Remove the connections of beds, and end what they were done."""
    with futures.ThreadPoolExecutor(WORKERS) as pool:
        for each in [pool.submit(_remove, bed) for bed in beds]:
            each.result()


def _make(rig: labs.Rig, kind: Kind) -> Bed:
    site = rig.new_site(record.SiteBgp(asn=lab_speakers.ASN) if kind.has_bgp else None)
    gateway_ids = lab_speakers.make_gateways(rig, site, lab_speakers.USUAL)
    connection_id = rig.cloud.call("CreateVpnAttachment", **_wanted(kind, site, gateway_ids))[
        "VpnConnectionId"
    ]
    attachment_id = ""
    if kind.is_attached:
        attachment_id = rig.attach_again(connection_id, announces=kind.has_bgp)
    peering = labs.Peering(
        site=site,
        connection_id=connection_id,
        attachment_id=attachment_id,
        gateway_ids=gateway_ids,
        tunnel_ids=tuple(each["TunnelId"] for each in rig.cloud.tunnels(connection_id)),
    )
    if kind.has_bgp or kind.is_routed:
        rig.plug("Vpn", attachment_id)
    if kind.is_routed:
        rig.route(peering)
    bed = Bed(rig, kind, peering)
    if kind.has_device and kind.is_attached:
        _configure(bed)
    if kind.is_probed:
        _probe(bed)
    return bed


def _wanted(kind: Kind, site: record.Site, gateway_ids: Sequence[str]) -> dict[str, Any]:
    values: list[dict[str, str]] = lab_speakers.values_of(site) if kind.has_bgp else [{}, {}]
    return {
        "LocalSubnet": "0.0.0.0/0",
        "RemoteSubnet": "0.0.0.0/0",
        "EffectImmediately": True,
        "EnableTunnelsBgp": kind.has_bgp,
        "TunnelOptionsSpecification": [
            {
                "CustomerGatewayId": gateway_id,
                "TunnelIndex": index,
                "EnableDpd": kind.dpd[index - 1],
                "TunnelIkeConfig": {"IkeVersion": kind.version},
                **({"TunnelBgpConfig": values[index - 1]} if kind.has_bgp else {}),
            }
            for index, gateway_id in enumerate(gateway_ids, 1)
        ],
    }


def _configure(bed: Bed) -> None:
    with record.locked(bed.rig.directory) as known:
        found = peer_configuration.parse(client.download(known, bed.peering.connection_id))
        prefixes = () if bed.kind.has_bgp else (labs.VPC_PREFIX,)
        habits = device.Habits(cloud_prefixes=prefixes)
        changed = overrides.apply(found, bed.kind.changes)
        device.apply(known, known.site(bed.site.name), changed, habits)


def _probe(bed: Bed) -> None:
    """Give each tunnel a pair of addresses of its own, and have the gateway probe by them."""
    for number, source in enumerate(bed.give_targets(), 1):
        bed.rig.cloud.call(
            "SetProbeTarget",
            VpnConnectionId=bed.peering.connection_id,
            TunnelId=bed.tunnel_id(number),
            Target=str(source + 1),
            Source=str(source),
        )
        wait.eventually(lambda: _is_applied(bed), within=labs.SETTLE_SECONDS)


def _is_applied(bed: Bed) -> bool:
    return bool(bed.rig.cloud.connection(bed.peering.connection_id)["State"] == "attached")


def _remove(bed: Bed) -> None:
    if bed.kind.is_routed:
        bed.rig.unroute(bed.peering)
    if bed.kind.is_attached:
        is_plugged = bed.kind.has_bgp or bed.kind.is_routed
        bed.rig.detach(bed.peering.attachment_id, is_plugged=is_plugged)
    bed.rig.delete(bed.peering)
