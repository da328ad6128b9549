"""Connections with BGP in the simulated service, and what tests ask of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from futago.messages import codec
from futago.plan import intent
from futago.store import schema
from futago.testing import simulation

KEY = "s3cret-Key!"
CIDRS = ("169.254.10.0/30", "169.254.11.0/30")


@dataclass
class Peers:
    """Two customer gateways that speak BGP; the first has a key."""

    cloud: Any
    gateway_ids: tuple[str, str]

    def values(self, *cidrs: str, **more: Any) -> list[dict[str, Any]]:
        """Give the entries of both tunnels."""
        return [
            {
                "TunnelIndex": index,
                "CustomerGatewayId": gateway_id,
                "TunnelBgpConfig": {"TunnelCidr": cidr, **more},
            }
            for index, (gateway_id, cidr) in enumerate(
                zip(self.gateway_ids, cidrs or CIDRS, strict=True), start=1
            )
        ]

    def create(self, *cidrs: str, **more: Any) -> str:
        """Create a connection with BGP."""
        made = self.cloud.call(
            "CreateVpnAttachment",
            LocalSubnet="0.0.0.0/0",
            RemoteSubnet="0.0.0.0/0",
            EnableTunnelsBgp=True,
            TunnelOptionsSpecification=self.values(*cidrs, **more),
        )
        return str(made["VpnConnectionId"])


@dataclass
class Attached:
    """A connection with BGP on a router."""

    cloud: Any
    node: simulation.ObedientNode
    connection_id: str
    attachment_id: str
    router_id: str
    peers: Peers

    @property
    def options(self) -> list[dict[str, Any]]:
        """Give the tunnels as they are described."""
        shown = self.described["TunnelOptionsSpecification"]["TunnelOptions"]
        return list(shown)

    @property
    def tunnel_ids(self) -> list[str]:
        """Give the ids of the tunnels in their order."""
        return [each["TunnelId"] for each in self.options]

    @property
    def described(self) -> Any:
        """Describe the connection."""
        return self.cloud.call("DescribeVpnConnection", VpnConnectionId=self.connection_id)

    @property
    def plug(self) -> intent.VpnPlug:
        """Give the connection as its router has it."""
        plugs = self.node.routers[self.router_id].vpns
        return next(each for each in plugs if each.connection_id == self.connection_id)

    def digests(self) -> list[str]:
        """Give the digests of the tunnels as the node has them: equal ones are not reloaded."""
        with self.node.database.read() as unit:
            key = (simulation.NODE, "connection", self.connection_id)
            text = unit.session.get_one(schema.IntentRow, key).intent_json
        wanted = cast(
            "intent.ConnectionIntent",
            codec.decode_intent(intent.IntentKind.CONNECTION, text or "{}"),
        )
        return [tunnel.digest for tunnel in wanted.tunnels]


def attach(cloud: Any, node: simulation.ObedientNode, frame: Any, connection_id: str) -> str:
    """Attach a connection, and give the id of the attachment."""
    made = cloud.call(
        "CreateTransitRouterVpnAttachment",
        TransitRouterId=frame.router_id,
        CenId=frame.cen_id,
        VpnId=connection_id,
        AutoPublishRouteEnabled=True,
    )
    node.settle()
    return str(made["TransitRouterAttachmentId"])
