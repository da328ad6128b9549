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
    "Connection.AlreadyAttached": ("Vco.StatusNotSupport", 400),
    "Connection.Attached": ("Vco.StatusNotSupport", 400),
    "Connection.Busy": ("VpnConnection.Configuring", 400),
    "Connection.MixedRoutingMode": ("IllegalParam.LocalSubnet", 400),
    "Connection.NotAttached": ("Vco.StatusNotSupport", 400),
    "Connection.NotFound": ("InvalidVpnConnectionInstanceId.NotFound", 404),
    "Connection.NotTwoTunnels": ("IllegalParam.TunnelOptionsSpecification", 400),
    "Connection.SeveralPrefixesNeedIkev2": ("ModifyIkeV1WithMultiRoutes.Invalid", 400),
    "CustomerGateway.AddressTaken": ("InvalidIpAddress.AlreadyExist", 400),
    "CustomerGateway.InUse": ("DependencyViolation.VpnConnection", 400),
    "CustomerGateway.NotFound": ("InvalidCustomerGatewayInstanceId.NotFound", 404),
    "Destination.Exists": ("VpnRouteEntry.AlreadyExists", 400),
    "Destination.Forbidden": ("IllegalParam.RouteDest", 400),
    "Destination.NotFound": ("InvalidRouteEntry.NotFound", 400),
    "Prefix.Malformed": ("IllegalParam.RouteDest", 400),
    "Quota": ("Resource.QuotaFull", 400),
    "Tunnel.NotFound": ("IllegalParam.TunnelId", 400),
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
    "Attachment.NotFound": ("InvalidTransitRouterAttachmentId.NotFound", 400),
    "Cen.InUse": ("InvalidOperation.AttachedChildInstanceExist", 400),
    "Cen.NotFound": ("InvalidCenId.NotFound", 400),
    "Connection.AlreadyAttached": ("InvalidStatus.ResourceStatus", 400),
    "Connection.Busy": ("IncorrectStatus.Status", 400),
    "Connection.NotAttached": ("InvalidStatus.ResourceStatus", 400),
    "Connection.NotFound": ("InvalidVpnConnectionInstanceId.NotFound", 400),
    "Placement.NoCapacity": ("OperationFailed.AllocateCidrFailed", 400),
    "Prefix.Malformed": ("IllegalParam.Cidr", 400),
    "Prefix.Overlap": ("OverLappingExist.Cidr", 400),
    "Propagation.Exists": ("OperationUnsupported.EnablePropagation", 400),
    "Propagation.NotFound": ("OperationUnsupported.DisablePropagation", 400),
    "Quota": ("QuotaExceeded", 400),
    "RouteTable.NotFound": ("InvalidRouteTableId.NotFound", 404),
    "Router.Deleting": ("IncorrectStatus.TransitRouterInstance", 400),
    "Router.Exists": ("InstanceExist.TransitRouterInstance", 400),
    "Router.HasNoCidr": ("OperationFailed.AllocateCidrFailed", 400),
    "Router.InUse": ("InvalidOperation.AttachedChildInstanceExist", 400),
    "Router.NotFound": ("InvalidTransitRouterId.NotFound", 400),
    "RouterCidr.Allocated": ("OperationFailed.CidrBlockAllocated", 400),
    "RouterCidr.Invalid": ("IllegalParam.Cidr", 400),
    "RouterCidr.NotFound": ("OperationFailed.CidrNotExist", 400),
    "RouterCidr.Overlap": ("OverLappingExist.Cidr", 400),
    "VSwitch.NotFound": ("InvalidVSwitchId.NotFound", 404),
    "Vpc.AlreadyAttached": ("IncorrectStatus.Vpc", 400),
    "Vpc.Deleting": ("IncorrectStatus.Vpc", 400),
    "Vpc.NotFound": ("InvalidVpcId.NotFound", 404),
    "Zone.NotFound": ("IllegalParam.ZoneId", 400),
}

FUTAGO: Codes = {"Quota.Unknown": ("IllegalParam.QuotaCode", 400)}


def of_product(product: catalogue.Product, fault_code: str) -> tuple[str, int] | None:
    """Find the code and HTTP status that a product has for a fault."""
    match product:
        case catalogue.Product.VPC:
            return VPC.get(fault_code)
        case catalogue.Product.CBN:
            return CBN.get(fault_code)
        case catalogue.Product.FUTAGO:
            return FUTAGO.get(fault_code)
        case _:
            assert_never(product)
