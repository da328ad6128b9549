"""Connections with BGP in a lab: made through the API, seen through it and in the kernel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any, Final

from futago.devices import overrides, peer_configuration
from futago.lab import client, device, record, wait
from futago.testing import lab_traffic, labs

ASN: Final = 65010
VSWITCH_PREFIX: Final = next(labs.VPC_PREFIX.subnets(new_prefix=24))
"""A network of the VPC, which a router announces by its vSwitches."""
UP: Final = ["success", "success"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateways:
    """How customer gateways differ from the site that they stand for."""

    asn: int = ASN
    key: str | None = None


USUAL: Final = Gateways()


@dataclass(frozen=True, slots=True)
class Speaking:
    """A connection with BGP, and the data center at its end."""

    rig: labs.Rig
    peering: labs.Peering

    @property
    def site(self) -> record.Site:
        """Give the data center as the lab has it now."""
        return self.rig.lab.site(self.peering.site.name)

    def statuses(self) -> list[str]:
        """Read whether the API calls the sessions up, by tunnel."""
        tunnels = self.rig.cloud.tunnels(self.peering.connection_id)
        return [each["TunnelBgpConfig"].get("BgpStatus", "") for each in tunnels]

    def sessions(self) -> Any:
        """Read sessions and conditions."""
        return self.rig.cloud.call(
            "DescribeBgpSessions", VpnConnectionId=self.peering.connection_id
        )

    def conditions(self) -> set[str]:
        """Name what the API says is wrong."""
        found = self.sessions()
        of_sessions = [each for session in found["Sessions"] for each in session["Conditions"]]
        return {each["Code"] for each in [*found["Conditions"], *of_sessions]}

    def learned(self) -> dict[str, list[str]]:
        """Read the routes that the API shows as learned, with the tunnels that lead there."""
        return {
            each["RouteDest"]: sorted(each["NextHopTunnelIdList"])
            for each in self._routes()
            if each["Source"] == "VPN_BGP"
        }

    def announced(self) -> set[str]:
        """Read the prefixes that the API shows as given to the data center."""
        return {each["RouteDest"] for each in self._routes() if each["Source"] == "CLOUD"}

    def _routes(self) -> list[Any]:
        answer = self.rig.cloud.call(
            "DescribeVcoRouteEntries",
            VpnConnectionId=self.peering.connection_id,
            RouteEntryType="bgp",
            PageSize=50,
        )
        return list(answer["VcoRouteEntries"])

    def wait_up(self) -> None:
        """Wait until both sessions are up and both ends route by both tunnels."""
        self.rig.wait_established(self.peering)

        def look() -> bool:
            seen = self.statuses()
            if seen != UP:
                raise wait.NotYet(f"{seen}, {self.sessions()}")
            return True

        wait.eventually(look, within=labs.SETTLE_SECONDS)
        wait.eventually(
            lambda: (
                lab_traffic.route_devices(self.site.router, VSWITCH_PREFIX) == set(device.DEVICES)
            ),
            within=labs.SETTLE_SECONDS,
        )
        self.wait_learned(self.site.network)

    def wait_learned(self, *prefixes: IPv4Network) -> None:
        """Wait until the kernel of the transit router has routes of the site by both tunnels."""
        wanted = set(self.rig.devices(self.peering))

        def look() -> bool:
            for prefix in prefixes:
                seen = lab_traffic.route_devices(self.rig.router, prefix)
                if seen != wanted:
                    raise wait.NotYet(f"{prefix}: {seen}, not {wanted}")
            return True

        wait.eventually(look, within=labs.SETTLE_SECONDS)

    def announce(self, prefixes: Sequence[IPv4Network]) -> None:
        """Have the site announce exactly these prefixes beside its own."""
        with record.locked(self.rig.directory) as known:
            device.announce(known, known.site(self.site.name), prefixes)

    def apply(self, changes: Sequence[str] = (), *, routing_only: bool = False) -> None:
        """Configure the site from the download."""
        act = device.apply_routing if routing_only else device.apply
        with record.locked(self.rig.directory) as known:
            found = peer_configuration.parse(client.download(known, self.peering.connection_id))
            habits = device.Habits(cloud_prefixes=())
            act(known, known.site(self.site.name), overrides.apply(found, changes), habits)

    def switch_on(self) -> None:
        """Turn BGP on in a connection that is up, and have the site take the routing over."""
        entries = [
            {"TunnelId": tunnel_id, "TunnelBgpConfig": values}
            for tunnel_id, values in zip(self.peering.tunnel_ids, values_of(self.site), strict=True)
        ]
        self.rig.cloud.call(
            "ModifyVpnAttachmentAttribute",
            VpnConnectionId=self.peering.connection_id,
            EnableTunnelsBgp=True,
            TunnelOptionsSpecification=entries,
        )
        self.apply(routing_only=True)

    def change_key(self, key: str) -> None:
        """Give the customer gateways another key."""
        for gateway_id in self.peering.gateway_ids:
            self.rig.cloud.call(
                "ModifyCustomerGatewayAttribute", CustomerGatewayId=gateway_id, AuthKey=key
            )

    def disconnect(self) -> None:
        """Delete the connection with everything that belongs to it."""
        self.rig.detach(self.peering.attachment_id)
        self.rig.delete(self.peering)


def connect(
    rig: labs.Rig, bgp: record.SiteBgp, gateways: Gateways = USUAL, changes: Sequence[str] = ()
) -> Speaking:
    """Make a site that speaks BGP and a connection to it; its sessions may still be coming up."""
    site = rig.new_site(bgp)
    gateway_ids = make_gateways(rig, site, gateways)
    connection_id = rig.cloud.call(
        "CreateVpnAttachment",
        LocalSubnet="0.0.0.0/0",
        RemoteSubnet="0.0.0.0/0",
        EffectImmediately=True,
        EnableTunnelsBgp=True,
        TunnelOptionsSpecification=[
            {"CustomerGatewayId": gateway_id, "TunnelIndex": index, "TunnelBgpConfig": values}
            for index, (gateway_id, values) in enumerate(
                zip(gateway_ids, values_of(site), strict=True), 1
            )
        ],
    )["VpnConnectionId"]
    peering = labs.Peering(
        site=site,
        connection_id=connection_id,
        attachment_id=rig.attach_again(connection_id, announces=True),
        gateway_ids=gateway_ids,
        tunnel_ids=tuple(each["TunnelId"] for each in rig.cloud.tunnels(connection_id)),
    )
    rig.plug("Vpn", peering.attachment_id)
    made = Speaking(rig, peering)
    made.apply(changes)
    return made


def connect_silent(rig: labs.Rig, bgp: record.SiteBgp, gateways: Gateways = USUAL) -> Speaking:
    """Make a site that could speak BGP and a connection to it without; both tunnels are up."""
    site = rig.new_site(bgp)
    peering = rig.attach_through(site, make_gateways(rig, site, gateways), announces=True)
    rig.plug("Vpn", peering.attachment_id)
    rig.configure(peering)
    rig.wait_established(peering)
    return Speaking(rig, peering)


def make_gateways(rig: labs.Rig, site: record.Site, gateways: Gateways) -> tuple[str, ...]:
    """Make the customer gateways of a site."""
    key = {"AuthKey": gateways.key} if gateways.key else {}
    return tuple(
        rig.cloud.call(
            "CreateCustomerGateway", IpAddress=str(address), Asn=str(gateways.asn), **key
        )["CustomerGatewayId"]
        for address in site.addresses
    )


def values_of(site: record.Site) -> list[dict[str, str]]:
    """Give BGP values of both tunnels that no other site of the lab has."""
    third = site.network.network_address.packed[2]
    return [{"TunnelCidr": f"169.254.{third + number}.0/30"} for number in range(2)]
