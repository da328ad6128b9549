"""A data center that speaks BGP with a transit router through both tunnels.

host ─ device dcN ═══ two tunnels, BGP and BFD inside ═══ transit router ─ VPC ─ host app1
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from ipaddress import IPv4Network
from typing import Any, Final

from futago.devices import overrides, peer_configuration
from futago.lab import client, device, record, sites, wait
from futago.testing import lab_traffic, labs

SITE_ASN: Final = 65010
KEY: Final = "s3cret#Key;{}'"
_BLOCK: Final = 40


class Speaking:
    """A connection whose BGP is switched on after it is up."""

    def __init__(
        self, rig: labs.Rig, number: int, bgp: record.SiteBgp, auth_key: str | None = None
    ) -> None:
        self.rig = rig
        self.bgp = bgp
        self._auth_key = auth_key or bgp.key
        self._number = number
        self.peering = self._connect(self._new_site())

    @property
    def site(self) -> record.Site:
        """The data center as the lab remembers it."""
        return self.rig.lab.site(self.peering.site.name)

    def switch_on(self) -> None:
        """Enable BGP in the connection and have the device take the routing over."""
        entries = [
            {
                "TunnelId": tunnel_id,
                "TunnelBgpConfig": {"TunnelCidr": f"169.254.{self._number}.{_BLOCK + 4 * end}/30"},
            }
            for end, tunnel_id in enumerate(self.peering.tunnel_ids)
        ]
        self.rig.cloud.call(
            "ModifyVpnAttachmentAttribute",
            VpnConnectionId=self.peering.connection_id,
            EnableTunnelsBgp=True,
            TunnelOptionsSpecification=entries,
        )
        with record.locked(self.rig.directory) as known:
            text = client.download(known, self.peering.connection_id)
            downloaded = overrides.apply(peer_configuration.parse(text), ())
            device.apply_routing(known, self.site, downloaded, device.Habits(cloud_prefixes=()))

    def announce(self, prefixes: Iterable[IPv4Network]) -> None:
        """Have the device announce these prefixes beside its own network."""
        with record.locked(self.rig.directory) as known:
            device.announce(known, known.site(self.site.name), prefixes)

    def statuses(self) -> list[str]:
        """Read what the API says of both sessions."""
        tunnels = self.rig.cloud.tunnels(self.peering.connection_id)
        return [each["TunnelBgpConfig"].get("BgpStatus", "") for each in tunnels]

    def wait_sessions(self, *wanted: str) -> None:
        """Wait until the API says this of both sessions."""

        def look() -> bool:
            seen = self.statuses()
            if seen != list(wanted):
                raise wait.NotYet(f"{seen}")
            return True

        wait.eventually(look, within=labs.SETTLE_SECONDS)

    def wait_routed(self, prefix: IPv4Network, *, numbers: Iterable[int] = (1, 2)) -> None:
        """Wait until the router forwards a prefix over these tunnels, and over no others."""
        names = {self.rig.devices(self.peering)[number - 1] for number in numbers}
        wait.eventually(
            lambda: lab_traffic.route_devices(self.rig.router, prefix) == names,
            within=labs.SETTLE_SECONDS,
        )

    def routes(self) -> list[Any]:
        """List what the API says that the connection learned and announces."""
        answer = self.rig.cloud.call(
            "DescribeVcoRouteEntries",
            VpnConnectionId=self.peering.connection_id,
            RouteEntryType="bgp",
            PageSize=50,
        )
        return list(answer["VcoRouteEntries"])

    def change_key(self, key: str) -> None:
        """Give the customer gateways another key."""
        for gateway_id in self.peering.gateway_ids:
            self.rig.cloud.call(
                "ModifyCustomerGatewayAttribute", CustomerGatewayId=gateway_id, AuthKey=key
            )

    def wait_told(self, code: str) -> None:
        """Wait until the API names this condition, of a session or of the connection."""

        def look() -> bool:
            seen = self.conditions()
            if code not in seen:
                raise wait.NotYet(f"{sorted(seen)}")
            return True

        wait.eventually(look, within=labs.SETTLE_SECONDS)

    def conditions(self) -> set[str]:
        """Read the codes of all conditions."""
        shown = self.rig.cloud.call(
            "DescribeBgpSessions", VpnConnectionId=self.peering.connection_id
        )
        told = [shown["Conditions"], *(each["Conditions"] for each in shown["Sessions"])]
        return {str(each["Code"]) for several in told for each in several}

    def imported(self) -> list[int]:
        """Read how many prefixes each session has taken."""
        shown = self.rig.cloud.call(
            "DescribeBgpSessions", VpnConnectionId=self.peering.connection_id
        )
        return [int(each["Learned"]) for each in shown["Sessions"]]

    def _new_site(self) -> record.Site:
        addresses = [f"203.0.113.{10 * self._number + end}" for end in (1, 2)]
        with record.locked(self.rig.directory) as known:
            network = f"192.168.{10 * self._number}.0/24"
            made = sites.plan(known, f"dc{self._number}", addresses, network, self.bgp)
            sites.add(known, made)
        return made

    def _connect(self, site: record.Site) -> labs.Peering:
        key = {} if self._auth_key is None else {"AuthKey": self._auth_key}
        gateway_ids = tuple(
            self.rig.cloud.call(
                "CreateCustomerGateway", IpAddress=str(address), Asn=self.bgp.asn, **key
            )["CustomerGatewayId"]
            for address in site.addresses
        )
        peering = self.rig.attach_through(site, gateway_ids)
        self.rig.plug("Vpn", peering.attachment_id)
        self.rig.configure(peering)
        self.rig.wait_established(peering)
        return peering

    def end(self) -> None:
        """Delete the connection."""
        self.rig.detach(self.peering.attachment_id)
        self.rig.delete(dataclasses.replace(self.peering, site=self.site))
