"""Codes of our faults in the words of each product.

The same fault is said differently by the two products: what VPC answers with 404, CBN often answers
with 400. Codes that only one action uses stand beside that action. A fault without an entry falls
back to its kind.
Source: the vendor's error lists of both products, June 2024.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from futago.actions import catalogue

Codes = Mapping[str, tuple[str, int]]

VPC: Codes = {
    "Address.Malformed": ("InvalidIpAddress.WrongFormat", 400),
    "Address.Reserved": ("InvalidIpAddress.WrongFormat", 400),
    "Bgp.Disabled": ("OperationUnsupported.EnableBgp", 400),
    "Bgp.GatewayWithoutAsn": ("MissingParam.CustomerGatewayAsn", 400),
    "Bgp.SameAsn": ("IllegalParam.LocalAsn", 400),
    "Bgp.SameTunnelCidr": ("IllegalParam.TunnelCidr", 400),
    "Bgp.TunnelCidrMissing": ("MissingParameter.TunnelCidr", 400),
    "Bgp.TunnelCidrTaken": ("IllegalParam.TunnelCidr", 400),
    "BgpAddress.Invalid": ("IllegalParam.LocalBgpIp", 400),
    "Connection.AlreadyAttached": ("Vco.StatusNotSupport", 400),
    "Connection.Attached": ("Vco.StatusNotSupport", 400),
    "Connection.BgpNeedsDestinationMode": ("OperationUnsupported.EnableBgp", 400),
    "Connection.Busy": ("VpnConnection.Configuring", 400),
    "Connection.MixedRoutingMode": ("IllegalParam.LocalSubnet", 400),
    "Connection.NotAttached": ("Vco.StatusNotSupport", 400),
    "Connection.NotFound": ("InvalidVpnConnectionInstanceId.NotFound", 404),
    "Connection.NotTwoTunnels": ("IllegalParam.TunnelOptionsSpecification", 400),
    "Connection.SeveralPrefixesNeedIkev2": ("ModifyIkeV1WithMultiRoutes.Invalid", 400),
    "Connection.AlgorithmNeedsIkev2": ("InvalidParameter", 400),
    "CustomerGateway.AddressTaken": ("InvalidIpAddress.AlreadyExist", 400),
    "CustomerGateway.InUse": ("DependencyViolation.VpnConnection", 400),
    "CustomerGateway.NotFound": ("InvalidCustomerGatewayInstanceId.NotFound", 404),
    "Destination.Exists": ("VpnRouteEntry.AlreadyExists", 400),
    "Destination.Forbidden": ("IllegalParam.RouteDest", 400),
    "Destination.NotFound": ("InvalidRouteEntry.NotFound", 400),
    "Grant.InUse": ("IncorrectStatus.cbnStatus", 400),
    "Grant.Invalid": ("Invalid.Grant", 400),
    "Grant.Missing": ("Forbidden", 403),
    "Grant.NotFound": ("InvalidInstanceId.NotFound", 404),
    "Grant.PayerFixed": ("InvalidParameter", 400),
    "Prefix.Malformed": ("IllegalParam.RouteDest", 400),
    "Quota": ("Resource.QuotaFull", 400),
    "Quota.Prefixes": ("QuotaExceeded.PolicyBasedRoute", 400),
    "Resource.NotFound": ("InvalidInstanceId.NotFound", 404),
    "ResourceGroup.Exists": ("EntityAlreadyExists.ResourceGroup", 409),
    "ResourceGroup.NotFound": ("InvalidResourceGroupId", 400),
    "Tunnel.NotFound": ("IllegalParam.TunnelId", 400),
    "Tunnel.PartnerDown": ("OperationDenied.PartnerTunnelDown", 400),
    "VSwitch.InUse": ("DependencyViolation", 400),
    "VSwitch.Invalid": ("InvalidCidrBlock.Malformed", 400),
    "VSwitch.NotFound": ("InvalidVSwitchId.NotFound", 404),
    "VSwitch.Overlap": ("InvalidCidrBlock.Overlapped", 400),
    "Vpc.AlreadyAttached": ("DependencyViolation", 400),
    "Vpc.Deleting": ("IncorrectVpcStatus", 400),
    "Vpc.InUse": ("DependencyViolation", 400),
    "Vpc.NotFound": ("InvalidVpcId.NotFound", 404),
    "Zone.NotFound": ("InvalidZoneId.NotFound", 404),
}

CBN: Codes = {
    "Association.Exists": ("AssociationExist.TransitRouterTable", 400),
    "Association.NotFound": ("IncorrectStatus.AttachmentOrRouteTable", 400),
    "Attachment.Detaching": ("IncorrectStatus.Status", 400),
    "Attachment.HasAssociation": ("OperationFailed.RouteTableAssociationExist", 400),
    "Attachment.HasPropagation": ("OperationFailed.RouteTablePropagationExist", 400),
    "Attachment.HasRouteEntry": ("OperationFailed.RouteEntryExist", 400),
    "Attachment.NotFound": ("InvalidTransitRouterAttachmentId.NotFound", 400),
    "Attachment.ZonesInvalid": ("IllegalParam.AddOrRemoveZoneMappings", 400),
    "Bgp.TunnelCidrTaken": ("OverLappingExist.Cidr", 400),
    "Cen.InUse": ("InvalidOperation.AttachedChildInstanceExist", 400),
    "Cen.NotFound": ("InvalidCenId.NotFound", 400),
    "Connection.AlreadyAttached": ("InvalidStatus.ResourceStatus", 400),
    "Connection.Busy": ("IncorrectStatus.Status", 400),
    "Connection.NotAttached": ("InvalidStatus.ResourceStatus", 400),
    "Connection.NotFound": ("InvalidVpnConnectionInstanceId.NotFound", 400),
    "Grant.InUse": ("IncorrectStatus.Cen", 400),
    "Grant.Invalid": ("IllegalParam.CenId", 400),
    "Grant.Missing": ("OperationUnsupported.VpnAttachment", 400),
    "Grant.NotFound": ("InvalidInstanceId.NotFound", 404),
    "Grant.PayerFixed": ("InvalidParameter", 400),
    "Placement.NoCapacity": ("OperationFailed.AllocateCidrFailed", 400),
    "Prefix.Malformed": ("IllegalParam.Cidr", 400),
    "Prefix.Overlap": ("OverLappingExist.Cidr", 400),
    "Propagation.Exists": ("OperationUnsupported.EnablePropagation", 400),
    "Propagation.NotFound": ("OperationUnsupported.DisablePropagation", 400),
    "Quota": ("QuotaExceeded", 400),
    "RouteEntry.Deleting": ("IncorrectStatus.Status", 400),
    "RouteEntry.Exists": ("OperationFailed.CreateRouteEntryWithSameDestinationCidrBlock", 400),
    "RouteEntry.Forbidden": ("IllegalParam.TransitRouterDestinationCidrBlock", 400),
    "RouteEntry.Learned": ("OperationFailed.DeleteTransitRouterRouteEntry", 400),
    "RouteEntry.NextHopNotFound": ("InvalidTransitRouterRouteEntryNextHopId.NotFound", 400),
    "RouteEntry.NotFound": ("IllegalParam.TransitRouterRouteEntryId", 400),
    "RouteEntry.PrefixNotFound": ("InvalidDestinationCidrBlock.NotFound", 400),
    "Resource.NotFound": ("InvalidInstanceId.NotFound", 404),
    "ResourceGroup.Exists": ("EntityAlreadyExists.ResourceGroup", 409),
    "ResourceGroup.NotFound": ("InvalidResourceGroupId", 400),
    "RouteTable.Busy": ("IncorrectStatus.Status", 400),
    "RouteTable.Deleting": ("IncorrectStatus.TransitRouterRouteTable", 400),
    "RouteTable.HasAssociation": ("OperationFailed.DeleteRouteTableWithAssociation", 400),
    "RouteTable.HasEntry": ("OperationFailed.DeleteRouteTableWithRouteEntry", 400),
    "RouteTable.HasPropagation": ("OperationFailed.DeleteRouteTableWithPropagation", 400),
    "RouteTable.IsSystem": ("OperationFailed.DeleteSystemRouteTable", 400),
    "RouteTable.NotFound": ("InvalidRouteTableId.NotFound", 404),
    "Router.Deleting": ("IncorrectStatus.TransitRouterInstance", 400),
    "Router.Exists": ("InstanceExist.TransitRouterInstance", 400),
    "Router.HasNoCidr": ("OperationFailed.AllocateCidrFailed", 400),
    "Router.NoPrivateAddresses": ("OperationFailed.AllocateCidrFailed", 400),
    "Router.HasTables": ("OperationFailed.DeleteTransitRouter", 400),
    "Router.InUse": ("InvalidOperation.AttachedChildInstanceExist", 400),
    "Router.NotFound": ("InvalidTransitRouterId.NotFound", 400),
    "RouterCidr.Allocated": ("OperationFailed.CidrBlockAllocated", 400),
    "RouterCidr.Invalid": ("IllegalParam.Cidr", 400),
    "RouterCidr.NotFound": ("OperationFailed.CidrNotExist", 400),
    "RouterCidr.Overlap": ("OverLappingExist.Cidr", 400),
    "VSwitch.Invalid": ("IllegalParam.VSwitchId", 400),
    "VSwitch.NotFound": ("InvalidVSwitchId.NotFound", 404),
    "Vpc.AlreadyAttached": ("IncorrectStatus.Vpc", 400),
    "Vpc.Deleting": ("IncorrectStatus.Vpc", 400),
    "Vpc.NotFound": ("InvalidVpcId.NotFound", 404),
    "Zone.NotFound": ("IllegalParam.ZoneId", 400),
}

RAM: Codes = {
    "AccessKey.NotFound": ("EntityNotExist.User.AccessKey", 404),
    "AccessKey.TooMany": ("LimitExceeded.User.AccessKey", 409),
    "Account.NotFound": ("EntityNotExist.Account", 404),
    "Account.OnlyFirst": ("NoPermission", 403),
    "Policy.Malformed": ("MalformedPolicyDocument", 400),
    "Policy.NotFound": ("EntityNotExist.Policy", 404),
    "Policy.TooMany": ("LimitExceeded.User.Policy", 409),
    "Role.Exists": ("EntityAlreadyExists.Role", 409),
    "Role.NotFound": ("EntityNotExist.Role", 404),
    "Role.Service": ("NoPermission.ServiceLinkedRole", 403),
    "RoleDeletion.NotFound": ("EntityNotExist.DeletionTask", 404),
    "ServiceName.Unknown": ("InvalidParameter.ServiceName", 400),
    "User.Exists": ("EntityAlreadyExists.User", 409),
    "User.InUse": ("DeleteConflict.User.AccessKey", 409),
    "User.NotFound": ("EntityNotExist.User", 404),
}
"""Also what STS says, and our own actions on users, since tools know these words."""

RESOURCE_MANAGER: Codes = {**RAM}

FUTAGO: Codes = {
    **RAM,
    "Capture.BadOffset": ("IllegalParam.Offset", 400),
    "Capture.Invalid": ("IllegalParam.PacketCapture", 400),
    "Capture.NotKept": ("IncorrectStatus.PacketCapture", 400),
    "Capture.TooLarge": ("IllegalParam.PacketCapture", 400),
    "Connection.Busy": VPC["Connection.Busy"],
    "Connection.NotAttached": VPC["Connection.NotAttached"],
    "Connection.NotFound": VPC["Connection.NotFound"],
    "Device.BadBgpKey": ("IllegalParam.AuthKey", 400),
    "Device.NoPrefixes": ("MissingParameter", 400),
    "Device.SeveralBgpKeys": ("IllegalParam.AuthKey", 400),
    "PeerConfiguration.Incomplete": ("Vco.StatusNotSupport", 400),
    "Path.Foreign": ("OperationUnsupported.TestPath", 400),
    "Path.NotThrough": ("IllegalParam.Destination", 400),
    "Probe.BadAddress": ("IllegalParam.ProbeAddress", 400),
    "Probe.OutsideSelectors": ("IllegalParam.ProbeAddress", 400),
    "Quota": VPC["Quota"],
    "Quota.Unknown": ("IllegalParam.QuotaCode", 400),
    "Task.NotFound": ("InvalidTaskId.NotFound", 404),
    "Task.Waiting": ("OperationConflict.TunnelTask", 409),
    "Tunnel.NotFound": VPC["Tunnel.NotFound"],
    "Webhook.NotFound": ("InvalidWebhookId.NotFound", 404),
    "Webhook.Off": ("IncorrectStatus.Webhook", 400),
}


def of_product(product: catalogue.Product, fault_code: str) -> tuple[str, int] | None:
    """Find the code and HTTP status that a product has for a fault."""
    match product:
        case catalogue.Product.VPC:
            return VPC.get(fault_code)
        case catalogue.Product.CBN:
            return CBN.get(fault_code)
        case catalogue.Product.RAM | catalogue.Product.STS:
            return RAM.get(fault_code)
        case catalogue.Product.RESOURCE_MANAGER:
            return RESOURCE_MANAGER.get(fault_code)
        case catalogue.Product.FUTAGO:
            return FUTAGO.get(fault_code)
        case _:
            assert_never(product)
