"""Why a service says no: one fault for each rule that needs other resources to be checked.

Rules on a value alone are faults of `domain`.
"""

from __future__ import annotations

from typing import ClassVar

from futago.domain import faults

_SOON: faults.Retry = faults.BACKOFF


class CustomerGatewayNotFound(faults.NotFound):
    """No customer gateway of this account and region has the id."""

    code = "CustomerGateway.NotFound"


class CustomerGatewayInUse(faults.Conflict):
    """A tunnel refers to the customer gateway."""

    code = "CustomerGateway.InUse"


class CustomerGatewayAddressTaken(faults.Conflict):
    """Another customer gateway of the account has the address."""

    code = "CustomerGateway.AddressTaken"


class ConnectionNotFound(faults.NotFound):
    """No connection of this account and region has the id."""

    code = "Connection.NotFound"


class ConnectionBusy(faults.Conflict):
    """The node has not yet applied the last change of the connection."""

    code = "Connection.Busy"
    retry: ClassVar[faults.Retry] = _SOON


class ConnectionAttached(faults.Conflict):
    """The connection is attached and cannot be deleted."""

    code = "Connection.Attached"


class ConnectionAlreadyAttached(faults.Conflict):
    """The connection is attached already; it can be attached once."""

    code = "Connection.AlreadyAttached"


class ConnectionNotAttached(faults.Conflict):
    """The operation needs an attached connection."""

    code = "Connection.NotAttached"


class PartnerDown(faults.Conflict):
    """An edit would interrupt traffic, because the other tunnel cannot carry it meanwhile."""

    code = "Tunnel.PartnerDown"


class TunnelNotFound(faults.NotFound):
    """The connection has no such tunnel."""

    code = "Tunnel.NotFound"


class CenNotFound(faults.NotFound):
    """No CEN of this account has the id."""

    code = "Cen.NotFound"


class CenInUse(faults.Conflict):
    """The CEN still has a transit router."""

    code = "Cen.InUse"


class RouterNotFound(faults.NotFound):
    """No transit router of this account and region has the id."""

    code = "Router.NotFound"


class RouterExists(faults.Conflict):
    """A CEN has one transit router in a region."""

    code = "Router.Exists"


class RouterInUse(faults.Conflict):
    """The transit router still has attachments."""

    code = "Router.InUse"


class RouterDeleting(faults.Conflict):
    """The transit router is being deleted."""

    code = "Router.Deleting"


class RouterHasNoCidr(faults.Conflict):
    """A VPN attachment needs an address block on its router."""

    code = "Router.HasNoCidr"


class NoPrivateAddresses(faults.Conflict):
    """No zone has a private gateway address in the blocks of the router."""

    code = "Router.NoPrivateAddresses"


class RouterCidrNotFound(faults.NotFound):
    """The router has no such address block."""

    code = "RouterCidr.NotFound"


class RouterCidrInvalid(faults.Invalid):
    """The address block breaks a rule on its size or place."""

    code = "RouterCidr.Invalid"


class RouterCidrOverlap(faults.Conflict):
    """The address block shares addresses with another one or with an attached VPC."""

    code = "RouterCidr.Overlap"


class RouterCidrAllocated(faults.Conflict):
    """A VPN attachment has reserved addresses of the block."""

    code = "RouterCidr.Allocated"


class AttachmentNotFound(faults.NotFound):
    """No attachment of this account and region has the id."""

    code = "Attachment.NotFound"


class AttachmentDetaching(faults.Conflict):
    """The attachment is being removed."""

    code = "Attachment.Detaching"
    retry: ClassVar[faults.Retry] = _SOON


class AttachmentHasAssociation(faults.Conflict):
    """The attachment is associated with a route table."""

    code = "Attachment.HasAssociation"


class AttachmentHasPropagation(faults.Conflict):
    """The attachment propagates to a route table."""

    code = "Attachment.HasPropagation"


class RouteTableNotFound(faults.NotFound):
    """No route table of this account and region, or of this router, has the id."""

    code = "RouteTable.NotFound"


class AssociationExists(faults.Conflict):
    """The attachment is associated already; one association is the limit."""

    code = "Association.Exists"


class AssociationNotFound(faults.NotFound):
    """The attachment is not associated with the table."""

    code = "Association.NotFound"


class PropagationExists(faults.Conflict):
    """The attachment propagates to the table already."""

    code = "Propagation.Exists"


class PropagationNotFound(faults.NotFound):
    """The attachment does not propagate to the table."""

    code = "Propagation.NotFound"


class DestinationExists(faults.Conflict):
    """The connection has a destination route for the prefix already."""

    code = "Destination.Exists"


class DestinationNotFound(faults.NotFound):
    """The connection has no such destination route."""

    code = "Destination.NotFound"


class DestinationForbidden(faults.Invalid):
    """The prefix would catch traffic that the service itself needs."""

    code = "Destination.Forbidden"


class VpcNotFound(faults.NotFound):
    """No VPC of this account and region has the id."""

    code = "Vpc.NotFound"


class VpcInUse(faults.Conflict):
    """The VPC is attached or has vSwitches."""

    code = "Vpc.InUse"


class VpcDeleting(faults.Conflict):
    """The VPC is being deleted."""

    code = "Vpc.Deleting"


class VpcAlreadyAttached(faults.Conflict):
    """The VPC is attached already; it can be attached once."""

    code = "Vpc.AlreadyAttached"


class VSwitchNotFound(faults.NotFound):
    """No vSwitch of this account and region has the id."""

    code = "VSwitch.NotFound"


class VSwitchOverlap(faults.Conflict):
    """The prefix shares addresses with another vSwitch of the VPC."""

    code = "VSwitch.Overlap"


class VSwitchInvalid(faults.Invalid):
    """The prefix lies outside the VPC, or is too small or too large."""

    code = "VSwitch.Invalid"


class VSwitchInUse(faults.Conflict):
    """An attachment uses the vSwitch."""

    code = "VSwitch.InUse"


class ZoneNotFound(faults.NotFound):
    """No node offers the zone."""

    code = "Zone.NotFound"


class NodeOnlyOne(faults.Unsupported):
    """A second node: several hosts are not supported yet."""

    code = "Node.OnlyOne"


class NodeNotFound(faults.NotFound):
    """No node has registered with the id."""

    code = "Node.NotFound"


class AccessKeyNotFound(faults.NotFound):
    """The account has no such access key."""

    code = "AccessKey.NotFound"


class TooManyAccessKeys(faults.QuotaExceeded):
    """A user has as many access keys as fit."""

    code = "AccessKey.TooMany"


class AccountNotFound(faults.NotFound):
    """No account has the id."""

    code = "Account.NotFound"


class OnlyFirstAccount(faults.Forbidden):
    """The operation is for the account that the installation began with."""

    code = "Account.OnlyFirst"


class UserNotFound(faults.NotFound):
    """The account has no such user."""

    code = "User.NotFound"


class UserExists(faults.Conflict):
    """The account has a user of this name."""

    code = "User.Exists"


class UserInUse(faults.Conflict):
    """The user has access keys, or is the last administrator."""

    code = "User.InUse"


class PolicyNotFound(faults.NotFound):
    """The user or role has no policy of this name."""

    code = "Policy.NotFound"


class TooManyPolicies(faults.QuotaExceeded):
    """The user or role has as many policies as fit."""

    code = "Policy.TooMany"


class RoleNotFound(faults.NotFound):
    """The account has no such role."""

    code = "Role.NotFound"


class RoleExists(faults.Conflict):
    """The account has a role of this name."""

    code = "Role.Exists"


class RoleOfService(faults.Forbidden):
    """The role belongs to a service, or to nobody who may take it on."""

    code = "Role.Service"


class RoleDeletionNotFound(faults.NotFound):
    """No deletion of a role was started under the id."""

    code = "RoleDeletion.NotFound"


class ServiceNameUnknown(faults.Invalid):
    """No service of this name has a role."""

    code = "ServiceName.Unknown"


class QuotaFull(faults.QuotaExceeded):
    """A limit of the account is reached."""

    code = "Quota"


class TooManyPrefixes(faults.QuotaExceeded):
    """A side of a connection has more traffic selectors than the account may use."""

    code = "Quota.Prefixes"


class UnknownQuota(faults.Invalid):
    """No limit has the name."""

    code = "Quota.Unknown"
