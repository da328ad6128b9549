"""A whole lab for tests: router, VPC and host, and connections to data centers.

dc1, dc2, ... ═══ two tunnels each ═══ transit router ─── VPC ─── app1, which echoes
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, Final

from futago.devices import overrides, peer_configuration
from futago.domain import ids
from futago.lab import client, device, disruption, netns, record, shell, sites, wait
from futago.plan import places
from futago.testing import lab_cloud, lab_processes, lab_settling, lab_traffic, lab_wishes

VPC_PREFIX: Final = IPv4Network("10.20.0.0/16")
SETTLE_SECONDS: Final = 40.0
"""How long a change may take on a busy machine, where a test measures nothing."""

_TAKEN: Final = frozenset({40})
_BOTH_UP: Final = [lab_cloud.ESTABLISHED, lab_cloud.ESTABLISHED]


Wish = lab_wishes.Wish
USUAL: Final = Wish()


@dataclass(frozen=True, slots=True, kw_only=True)
class Peering:
    """A connection with a data center."""

    site: record.Site
    connection_id: str
    attachment_id: str
    gateway_ids: tuple[str, ...]
    tunnel_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What connections are attached to."""

    router_id: str
    table_id: str
    vpc_id: str
    host: record.Host


class Rig:
    """A running lab with everything but connections."""

    def __init__(self, lab: record.Lab, cloud: lab_cloud.Cloud, frame: Frame) -> None:
        self.mark = lab.mark
        self.directory = lab.directory
        self.cloud = cloud
        self.frame = frame
        # An address holds numbers up to 47; some are taken by tests that name networks.
        self._numbers = iter(sorted({*range(3, 48)} - _TAKEN))
        self._settling = lab_settling.Settling(SETTLE_SECONDS)

    @property
    def lab(self) -> record.Lab:
        """What the lab remembers now."""
        return record.load(self.directory)

    def new_site(
        self, bgp: record.SiteBgp | None = None, *, is_behind_nat: bool = False
    ) -> record.Site:
        """Add a data center."""
        number = next(self._numbers)
        addresses = [f"203.0.113.{5 * number + end}" for end in (1, 2)]
        with record.locked(self.directory) as known:
            made = sites.plan(
                known,
                f"dc{number}",
                addresses,
                f"192.168.{5 * number}.0/24",
                bgp,
                is_behind_nat=is_behind_nat,
            )
            sites.add(known, made)
        return made

    def connect(self, site: record.Site, wish: Wish = USUAL) -> Peering:
        """Create, attach and plug a connection, route to it and configure its data center."""
        peering = self.attach(site, wish)
        self.plug("Vpn", peering.attachment_id)
        self.route(peering)
        self.configure(peering, is_passive=wish.is_peer_passive)
        return peering

    def attach(self, site: record.Site, wish: Wish = USUAL) -> Peering:
        """Create and attach a connection."""
        gateway_ids = tuple(
            self.cloud.call("CreateCustomerGateway", IpAddress=str(address))["CustomerGatewayId"]
            for address in site.addresses
        )
        return self.attach_through(site, gateway_ids, wish)

    def attach_through(
        self,
        site: record.Site,
        gateway_ids: tuple[str, ...],
        wish: Wish = USUAL,
        *,
        announces: bool = False,
    ) -> Peering:
        """Create and attach a connection with customer gateways that exist."""
        connection_id = self._create_connection(gateway_ids, wish)
        return Peering(
            site=site,
            connection_id=connection_id,
            attachment_id=self.attach_again(connection_id, announces=announces),
            gateway_ids=gateway_ids,
            tunnel_ids=tuple(each["TunnelId"] for each in self.cloud.tunnels(connection_id)),
        )

    def attach_again(self, connection_id: str, *, announces: bool = False) -> str:
        """Attach a connection that exists, and wait until it is; gives the attachment's id."""
        attachment_id: str = self.cloud.call(
            "CreateTransitRouterVpnAttachment",
            TransitRouterId=self.frame.router_id,
            VpnId=connection_id,
            AutoPublishRouteEnabled=announces,
        )["TransitRouterAttachmentId"]
        self._wait_attached("Vpn", attachment_id)
        wait.eventually(
            lambda: self.cloud.connection(connection_id)["State"] == "attached",
            within=SETTLE_SECONDS,
        )
        return attachment_id

    def detach(self, attachment_id: str, *, is_plugged: bool = True) -> None:
        """Unplug and remove an attachment of a connection and wait until it is gone."""
        if is_plugged:
            self._unplug(attachment_id)
        self.cloud.call("DeleteTransitRouterVpnAttachment", TransitRouterAttachmentId=attachment_id)
        wait.eventually(
            lambda: not self._attachment_states("Vpn", attachment_id), within=SETTLE_SECONDS
        )

    def configure(self, peering: Peering, *, is_passive: bool = False) -> None:
        """Configure the data center from the download."""
        with record.locked(self.directory) as known:
            downloaded = peer_configuration.parse(client.download(known, peering.connection_id))
            habits = device.Habits(cloud_prefixes=(VPC_PREFIX,), is_passive=is_passive)
            device.apply(known, peering.site, overrides.apply(downloaded, ()), habits)

    def disconnect(self, peering: Peering) -> None:
        """Delete a connection with everything that belongs to it."""
        self.unroute(peering)
        self.detach(peering.attachment_id)
        self.delete(peering)

    def delete(self, peering: Peering) -> None:
        """Delete a connection that is not attached."""
        self.cloud.call("DeleteVpnAttachment", VpnConnectionId=peering.connection_id)
        for gateway_id in peering.gateway_ids:
            self.cloud.call("DeleteCustomerGateway", CustomerGatewayId=gateway_id)
        device.stop(self.lab, peering.site)

    def wait_up(self, peering: Peering) -> None:
        """Wait until both tunnels are established and carry traffic, and pings pass."""
        self.wait_established(peering)
        self.wait_carrying(peering)
        wait.eventually(
            lambda: (
                lab_traffic.ping(peering.site.host, self.frame.host.address) == lab_traffic.PINGS
            ),
            within=SETTLE_SECONDS,
        )

    def wait_established(self, peering: Peering) -> None:
        """Wait until the API calls both tunnels established."""

        def look() -> bool:
            seen = self.cloud.statuses(peering.connection_id)
            if seen != _BOTH_UP:
                raise wait.NotYet(f"{seen}, {self.diagnoses(peering)}")
            return True

        wait.eventually(look, within=SETTLE_SECONDS)

    def wait_carrying(self, peering: Peering) -> None:
        """Wait until both ends spread traffic over both tunnels."""

        def look() -> bool:
            if not self.both_carry(peering):
                shown = netns.ip(self.router, "-br link show")
                raise wait.NotYet(f"{self._routes(peering)}\n{shown}")
            return True

        wait.eventually(look, within=SETTLE_SECONDS)

    def wait_settled(self, peering: Peering) -> None:
        """Wait until no association will go away by itself.

        When both ends start at once, a tunnel gets two IKE SAs. Either both stay, or the data
        center's end closes one of them ten seconds later. And the first child SA is renewed once,
        soon after it came up; the one before stays in the list for some seconds.
        """
        self._settling.wait(lambda: self._associations(peering))

    def both_carry(self, peering: Peering) -> bool:
        """Tell whether both ends spread traffic over both tunnels."""
        near, far = self._routes(peering)
        return near == set(device.DEVICES) and far == set(self.devices(peering))

    def _routes(self, peering: Peering) -> tuple[set[str], set[str]]:
        near = lab_traffic.route_devices(peering.site.router, VPC_PREFIX)
        return near, lab_traffic.route_devices(self.router, peering.site.network)

    def diagnoses(self, peering: Peering) -> list[str]:
        """Read why tunnels do not come up."""
        return [self.cloud.diagnosis(tunnel_id) for tunnel_id in peering.tunnel_ids]

    @property
    def router(self) -> str:
        """Namespace of the transit router."""
        router_id = ids.RouterId(self.frame.router_id)
        return places.RouterPlace.of(self.mark, router_id).namespace

    def place(self, tunnel_id: str) -> places.TunnelPlace:
        """Give the place of a tunnel."""
        router_id = ids.RouterId(self.frame.router_id)
        return places.TunnelPlace.of(self.mark, ids.TunnelId(tunnel_id), router_id)

    def devices(self, peering: Peering) -> tuple[str, ...]:
        """Name the gateway's devices of both tunnels."""
        return tuple(self.place(tunnel_id).device for tunnel_id in peering.tunnel_ids)

    def ping(self, peering: Peering) -> int:
        """Count the answers to pings from a data center to the VPC."""
        return lab_traffic.ping(peering.site.host, self.frame.host.address)

    def flows(
        self, peering: Peering, *, interval_seconds: float = lab_traffic.INTERVAL_SECONDS
    ) -> contextlib.AbstractContextManager[list[lab_traffic.FlowReport]]:
        """Send flows from a data center to the VPC for the time of a block."""
        target = self.frame.host.address
        return lab_traffic.flows(peering.site.host, target, interval_seconds=interval_seconds)

    def ways(self, peering: Peering, number: int) -> set[lab_traffic.Way]:
        """Name the directions of flows that a tunnel carries now."""
        near, far = peering.site.host_address, self.frame.host.address
        vpc = places.VpcPlace.of(self.mark, ids.VpcId(self.frame.vpc_id))
        there = lab_traffic.Crossing(
            namespace=peering.site.router, entry="lan0", source=near, target=far
        )
        back = lab_traffic.Crossing(
            namespace=self.router, entry=vpc.device, source=far, target=near
        )
        names = (device.DEVICES[number - 1], self.devices(peering)[number - 1])
        return lab_traffic.ways_by(there, back, names)

    def carried(self, peering: Peering) -> list[int]:
        """Read the bytes that came out of each tunnel."""
        return [self._counter(name, "rx", "bytes") for name in self.devices(peering)]

    def entered(self, peering: Peering) -> list[int]:
        """Read the packets that the router put into each tunnel."""
        return [self._counter(name, "tx", "packets") for name in self.devices(peering)]

    def modify_ike(self, peering: Peering, number: int, **settings: str) -> None:
        """Change settings of IKE at the gateway's end of a tunnel."""
        self.cloud.call(
            "ModifyTunnelAttribute",
            VpnConnectionId=peering.connection_id,
            TunnelId=peering.tunnel_ids[number - 1],
            TunnelOptionsSpecification={"TunnelIkeConfig": settings},
        )

    def cut(self, peering: Peering, number: int) -> None:
        """Lose every packet of a tunnel outside."""
        with record.locked(self.directory) as known:
            disruption.lose(known, peering.site, (number,), 100)

    def restore(self, peering: Peering) -> None:
        """Undo all faults of a data center."""
        with record.locked(self.directory) as known:
            disruption.restore(known, peering.site, (1, 2))

    def keep_logs(self, directory: Path) -> None:
        """Copy the logs of all daemons; keys are in none of them."""
        for root in (self.directory, lab_processes.runtime(self.lab)):
            for path in root.rglob("*"):
                if path.is_file() and (path.suffix == ".log" or path.name == "output"):
                    target = directory / root.name / path.relative_to(root)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(path, target)

    def plug(self, kind: str, attachment_id: str) -> None:
        """Wait for an attachment, then associate and propagate it; the kind is Vpn or Vpc."""
        self._wait_attached(kind, attachment_id)
        names = self._binding(attachment_id)
        self.cloud.call("AssociateTransitRouterAttachmentWithRouteTable", **names)
        self.cloud.call("EnableTransitRouterRouteTablePropagation", **names)
        self._wait_bindings(names, ["Active"])

    def route(self, peering: Peering) -> None:
        """Add the destination route to a data center."""
        self.cloud.call("CreateVcoRouteEntry", **self._destination(peering))

    def unroute(self, peering: Peering) -> None:
        """Remove the destination route to a data center."""
        self.cloud.call("DeleteVcoRouteEntry", **self._destination(peering))

    def _counter(self, device_name: str, direction: str, unit: str) -> int:
        shown = json.loads(netns.ip(self.router, f"-s -j link show dev {device_name}"))
        return int(shown[0]["stats64"][direction][unit])

    def _associations(self, peering: Peering) -> list[tuple[str, ...]]:
        return [lab_processes.associations(self.lab, each) for each in peering.tunnel_ids]

    def _create_connection(self, gateway_ids: Collection[str], wish: Wish) -> str:
        made: str = self.cloud.call(
            "CreateVpnAttachment",
            LocalSubnet="0.0.0.0/0",
            RemoteSubnet="0.0.0.0/0",
            EffectImmediately=wish.effect_immediately,
            NetworkType=wish.network_type,
            TunnelOptionsSpecification=wish.tunnels(gateway_ids),
        )["VpnConnectionId"]
        return made

    def _unplug(self, attachment_id: str) -> None:
        names = self._binding(attachment_id)
        self.cloud.call("DisableTransitRouterRouteTablePropagation", **names)
        self.cloud.call("DissociateTransitRouterAttachmentFromRouteTable", **names)
        self._wait_bindings(names, [])

    def _wait_bindings(self, names: dict[str, str], wanted: list[str]) -> None:
        for kind in ("Association", "Propagation"):

            def settled(kind: str = kind) -> bool:
                answer = self.cloud.call(f"ListTransitRouterRouteTable{kind}s", **names)
                return [each["Status"] for each in answer[f"TransitRouter{kind}s"]] == wanted

            wait.eventually(settled, within=SETTLE_SECONDS)

    def _binding(self, attachment_id: str) -> dict[str, str]:
        return {
            "TransitRouterAttachmentId": attachment_id,
            "TransitRouterRouteTableId": self.frame.table_id,
        }

    def _destination(self, peering: Peering) -> dict[str, Any]:
        return {
            "VpnConnectionId": peering.connection_id,
            "NextHop": peering.connection_id,
            "RouteDest": str(peering.site.network),
            "Weight": 100,
            "OverlayMode": "Ipsec",
        }

    def _attachment_states(self, kind: str, attachment_id: str) -> list[str]:
        answer = self.cloud.call(
            f"ListTransitRouter{kind}Attachments", TransitRouterAttachmentId=attachment_id
        )
        return [each["Status"] for each in answer["TransitRouterAttachments"]]

    def _wait_attached(self, kind: str, attachment_id: str) -> None:
        wait.eventually(
            lambda: self._attachment_states(kind, attachment_id) == ["Attached"],
            within=SETTLE_SECONDS,
        )


def never(check: Callable[[], object], *, seconds: float) -> None:
    """Watch for a while that a condition does not come true."""
    with contextlib.suppress(wait.TooLate):
        seen = wait.eventually(check, within=seconds)
        raise AssertionError(f"must not happen, but did: {seen!r}")


def run_inside(namespace: str, command: Sequence[str]) -> str:
    """Run a command inside a namespace and give what it prints."""
    return shell.run(netns.inside(namespace, command))
