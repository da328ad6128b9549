"""The hops of a path, each looked at on its own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from futago.plan import path_model as model

_PEER_REMEDY: Final = "Look at the device there: its routes, its filters, its own host."


class Hop(StrEnum):
    """A place that a packet passes."""

    VSWITCH = "vswitch"
    VPC_ATTACHMENT = "vpc-attachment"
    VPN_ATTACHMENT = "vpn-attachment"
    ASSOCIATION = "association"
    ROUTE = "route"
    FLOWS = "protected-flows"
    TUNNEL = "tunnel"
    BGP = "bgp"
    PEER = "peer"


class HopState(StrEnum):
    """What is known of a hop."""

    OK = "ok"
    BROKEN = "broken"
    UNKNOWN = "unknown"


class PathCode(StrEnum):
    """What is broken."""

    NO_VSWITCH = "NotInVSwitch"
    VPC_NOT_ATTACHED = "VpcNotAttached"
    VPC_KEEPS = "VpcSendsPrivateOnly"
    VPN_NOT_ATTACHED = "ConnectionNotAttached"
    NO_ASSOCIATION = "NoAssociation"
    NO_ROUTE = "NoRoute"
    NOT_PROPAGATED = "NotPropagated"
    BLACKHOLE = "Blackhole"
    OTHER_NEXT_HOP = "OtherNextHop"
    REFUSED = "RouteRefused"
    OUTSIDE_FLOWS = "OutsideProtectedFlows"
    VPN_TO_VPN = "VpnToVpn"
    TUNNELS_DOWN = "TunnelsDown"
    BGP_DOWN = "BgpDown"
    NOT_ANNOUNCED = "NotAnnounced"
    NODE_SILENT = "NodeSilent"
    PEER_UNSEEN = "PeerUnseen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What was found at one hop."""

    hop: Hop
    resource_id: str
    text: str
    state: HopState = HopState.OK
    code: PathCode | None = None
    remedy: str = ""
    choices: tuple[model.Tunnel, ...] = ()
    """The tunnels between which flows are spread."""


def vswitch(world: model.World) -> Step:
    """Look for the near address in a vSwitch."""
    vpc = world.vpc
    found = vpc.vswitch(world.near) if vpc else None
    if vpc is not None and found is not None:
        text = f"{world.near} lies in {vpc.vswitches[found]}."
        return Step(hop=Hop.VSWITCH, resource_id=found, text=text)
    if world.near_behind:
        return Step(
            hop=Hop.VPN_ATTACHMENT,
            resource_id=world.near_behind,
            state=HopState.BROKEN,
            code=PathCode.VPN_TO_VPN,
            text=f"{world.near} lies behind {world.near_behind}: a transit router refuses traffic"
            " between connections (the policy with priority 5000).",
            remedy="Connect the data centers with each other, or move one behind a VPC.",
        )
    where = f"VPC {vpc.vpc_id}" if vpc else "any VPC of the account"
    return Step(
        hop=Hop.VSWITCH,
        resource_id=vpc.vpc_id if vpc else "",
        state=HopState.BROKEN,
        code=PathCode.NO_VSWITCH,
        text=f"{world.near} lies in no vSwitch of {where}.",
        remedy="Create a vSwitch around it, or test the address of a host that there is.",
    )


def vpc_attachment(vpc: model.Vpc, vpn: model.Vpn) -> Step:
    """Look whether the VPC is on the router of the connection."""
    if vpc.attachment_id is None:
        elsewhere = f"; it is attached to {vpc.other_router_id}" if vpc.other_router_id else ""
        return Step(
            hop=Hop.VPC_ATTACHMENT,
            resource_id=vpc.vpc_id,
            state=HopState.BROKEN,
            code=PathCode.VPC_NOT_ATTACHED,
            text=f"VPC {vpc.vpc_id} is not attached to the router of {vpn.connection_id}"
            f" ({vpn.router_id or 'it has none'}){elsewhere}.",
            remedy="Attach the VPC with CreateTransitRouterVpcAttachment.",
        )
    return Step(
        hop=Hop.VPC_ATTACHMENT,
        resource_id=vpc.attachment_id,
        text=f"VPC {vpc.vpc_id} is attached to {vpn.router_id}.",
    )


def vpc_sends(world: model.World, vpc: model.Vpc) -> Step:
    """Look whether the VPC gives the packet to the router."""
    is_private = any(world.far in prefix for prefix in model.PRIVATE)
    if vpc.sends_everything or is_private:
        return Step(
            hop=Hop.VPC_ATTACHMENT,
            resource_id=vpc.attachment_id or "",
            text=f"The VPC sends {world.far} to the router.",
        )
    return Step(
        hop=Hop.VPC_ATTACHMENT,
        resource_id=vpc.attachment_id or "",
        state=HopState.BROKEN,
        code=PathCode.VPC_KEEPS,
        text=f"The VPC sends {', '.join(map(str, model.PRIVATE))} to the router, and {world.far} is"
        " in none of them.",
        remedy="Set AutoPublishRouteEnabled of the VPC's attachment: then it sends everything.",
    )


def vpn_attachment(vpn: model.Vpn) -> Step:
    """Look whether the connection is on a router."""
    if vpn.attachment_id is None:
        return Step(
            hop=Hop.VPN_ATTACHMENT,
            resource_id=vpn.connection_id,
            state=HopState.BROKEN,
            code=PathCode.VPN_NOT_ATTACHED,
            text=f"{vpn.connection_id} is not attached to a transit router.",
            remedy="Attach it with CreateTransitRouterVpnAttachment.",
        )
    return Step(
        hop=Hop.VPN_ATTACHMENT,
        resource_id=vpn.attachment_id,
        text=f"{vpn.connection_id} is attached to {vpn.router_id}.",
    )


def association(attachment_id: str, table: model.Table | None) -> Step:
    """Look in which table a packet is looked up."""
    if table is None:
        return Step(
            hop=Hop.ASSOCIATION,
            resource_id=attachment_id,
            state=HopState.BROKEN,
            code=PathCode.NO_ASSOCIATION,
            text=f"{attachment_id} is associated with no route table, so what comes from it is"
            " dropped.",
            remedy="Call AssociateTransitRouterAttachmentWithRouteTable.",
        )
    return Step(
        hop=Hop.ASSOCIATION,
        resource_id=table.table_id,
        text=f"What comes from {attachment_id} is looked up in {table.table_id}.",
    )


def flows(world: model.World) -> Step:
    """Look whether the protected data flows cover both addresses."""
    vpn = world.vpn
    is_local = any(world.near in each for each in vpn.local_ts)
    is_remote = any(world.far in each for each in vpn.remote_ts)
    if is_local and is_remote:
        return Step(
            hop=Hop.FLOWS,
            resource_id=vpn.connection_id,
            text=f"{vpn.connection_id} takes {world.near} and {world.far}.",
        )
    address, side, flows = (
        (world.far, "remote", vpn.remote_ts) if is_local else (world.near, "local", vpn.local_ts)
    )
    return Step(
        hop=Hop.FLOWS,
        resource_id=vpn.connection_id,
        state=HopState.BROKEN,
        code=PathCode.OUTSIDE_FLOWS,
        text=f"{address} is in none of the {side} networks of {vpn.connection_id}:"
        f" {', '.join(map(str, flows))}.",
        remedy="Add it on both ends with ModifyVpnAttachmentAttribute and at the device.",
    )


def tunnels(vpn: model.Vpn) -> Step:
    """Say which tunnels carry."""
    if vpn.is_silent:
        return Step(
            hop=Hop.TUNNEL,
            resource_id=vpn.connection_id,
            state=HopState.UNKNOWN,
            code=PathCode.NODE_SILENT,
            text="The node says nothing, so nobody knows whether the tunnels are up.",
            remedy="Look whether the agent runs.",
            choices=vpn.tunnels,
        )
    carrying = vpn.carrying
    if not carrying:
        why = ", ".join(f"{each.tunnel_id} {each.reason or 'down'}" for each in vpn.tunnels)
        return Step(
            hop=Hop.TUNNEL,
            resource_id=vpn.connection_id,
            state=HopState.BROKEN,
            code=PathCode.TUNNELS_DOWN,
            text=f"No tunnel of {vpn.connection_id} is up ({why}), so its routes are withdrawn.",
            remedy="DiagnoseVpnConnections says why, with both sides' values.",
            choices=vpn.tunnels,
        )
    names = " and ".join(each.tunnel_id for each in carrying)
    spread = "flows are spread over" if len(carrying) > 1 else "everything goes through"
    return Step(
        hop=Hop.TUNNEL,
        resource_id=carrying[0].tunnel_id if len(carrying) == 1 else vpn.connection_id,
        text=f"{spread[:1].upper()}{spread[1:]} {names}.",
        choices=vpn.tunnels,
    )


def peer(world: model.World) -> Step:
    """Say that the data center itself cannot be seen."""
    return Step(
        hop=Hop.PEER,
        resource_id=world.vpn.connection_id,
        state=HopState.UNKNOWN,
        code=PathCode.PEER_UNSEEN,
        text=f"What the data center does with packets to {world.far} cannot be seen from here.",
        remedy=_PEER_REMEDY,
    )


def announcement(world: model.World) -> Step:
    """Say whether the data center knows the way back."""
    vpn = world.vpn
    around = model.covering(world.near, vpn.announced)
    if not vpn.has_bgp:
        return Step(
            hop=Hop.PEER,
            resource_id=vpn.connection_id,
            state=HopState.UNKNOWN,
            code=PathCode.PEER_UNSEEN,
            text=f"Without BGP only the device knows whether it has a route to {world.near}.",
            remedy=_PEER_REMEDY,
        )
    if around and vpn.has_session:
        return Step(
            hop=Hop.BGP,
            resource_id=vpn.connection_id,
            text=f"The peer is told {around[0]}.",
        )
    return Step(
        hop=Hop.BGP,
        resource_id=vpn.connection_id,
        state=HopState.BROKEN,
        code=PathCode.NOT_ANNOUNCED if vpn.has_session else PathCode.BGP_DOWN,
        text=f"Nothing around {world.near} is announced to the peer: {_why_silent(vpn)}.",
        remedy="Set AutoPublishRouteEnabled of the VPN attachment, and have the VPC propagate to"
        " the table with which that is associated.",
    )


def _why_silent(vpn: model.Vpn) -> str:
    if not vpn.has_session:
        return "no BGP session stands"
    if not vpn.announces:
        return "route synchronization of the attachment is off"
    return "the associated table has no such route that may be announced"
