"""The vendor's spelling of states, kinds and failures.

Each function is total, as in `spelling`. States are written; those that lists can be narrowed by
are read as well.
Source: vendor operations DescribeVpnConnection, DiagnoseVpnConnections and the CBN list operations.
"""

from __future__ import annotations

from typing import assert_never

from futago.actions import spelling
from futago.domain import health, status
from futago.plan import failures, remedies
from futago.services import views


def write_connection_state(value: status.ConnectionState) -> str:
    """Spell `State` of a connection."""
    match value:
        case status.ConnectionState.INIT:
            return "init"
        case status.ConnectionState.ATTACHING:
            return "attaching"
        case status.ConnectionState.ATTACHED:
            return "attached"
        case status.ConnectionState.UPDATING:
            return "updating"
        case status.ConnectionState.DETACHING:
            return "detaching"
        case _:
            assert_never(value)


def write_tunnel_state(value: status.TunnelState) -> str:
    """Spell `State` of a tunnel."""
    match value:
        case status.TunnelState.ACTIVE:
            return "active"
        case status.TunnelState.UPDATING:
            return "updating"
        case status.TunnelState.DELETING:
            return "deleting"
        case _:
            assert_never(value)


def write_sa_status(value: health.SaStatus) -> str:
    """Spell `Status` of a tunnel or connection."""
    match value:
        case health.SaStatus.NO_IKE_SA:
            return "ike_sa_not_established"
        case health.SaStatus.NO_CHILD_SA:
            return "ipsec_sa_not_established"
        case health.SaStatus.CHILD_SA:
            return "ipsec_sa_established"
        case _:
            assert_never(value)


def write_bgp_status(value: status.SessionStatus) -> str:
    """Spell `BgpStatus` of a tunnel; what nobody knows is left empty."""
    match value:
        case status.SessionStatus.ESTABLISHED:
            return "success"
        case status.SessionStatus.DOWN:
            return "failed"
        case status.SessionStatus.UNKNOWN:
            return ""
        case _:
            assert_never(value)


def write_attachment_status(value: status.AttachmentStatus) -> str:
    """Spell `Status` of an attachment."""
    match value:
        case status.AttachmentStatus.ATTACHING:
            return "Attaching"
        case status.AttachmentStatus.ATTACHED:
            return "Attached"
        case status.AttachmentStatus.DETACHING:
            return "Detaching"
        case _:
            assert_never(value)


def read_attachment_status(text: str) -> status.AttachmentStatus:
    """Read `Status` of an attachment."""
    for value in status.AttachmentStatus:
        if write_attachment_status(value) == text:
            return value
    raise spelling.unknown("the status", "Attaching, Attached, Detaching")


def write_resource_status(value: status.ResourceStatus) -> str:
    """Spell `Status` of a transit router or route table."""
    match value:
        case status.ResourceStatus.CREATING:
            return "Creating"
        case status.ResourceStatus.ACTIVE:
            return "Active"
        case status.ResourceStatus.DELETING:
            return "Deleting"
        case _:
            assert_never(value)


def read_resource_status(text: str) -> status.ResourceStatus:
    """Read `Status` of a transit router or route table."""
    for value in status.ResourceStatus:
        if write_resource_status(value) == text:
            return value
    raise spelling.unknown("the status", "Creating, Active, Deleting")


def write_vpc_status(value: status.ResourceStatus) -> str:
    """Spell `Status` of a VPC or vSwitch."""
    match value:
        case status.ResourceStatus.CREATING:
            return "Pending"
        case status.ResourceStatus.ACTIVE | status.ResourceStatus.DELETING:
            # The vendor has no third word; one that is being deleted is still listed as there.
            return "Available"
        case _:
            assert_never(value)


def write_association_status(value: status.BindingStatus) -> str:
    """Spell `Status` of an association."""
    match value:
        case status.BindingStatus.ADDING:
            return "Associating"
        case status.BindingStatus.ACTIVE:
            return "Active"
        case status.BindingStatus.REMOVING:
            return "Dissociating"
        case _:
            assert_never(value)


def read_association_status(text: str) -> status.BindingStatus:
    """Read `Status` of an association."""
    for value in status.BindingStatus:
        if write_association_status(value) == text:
            return value
    raise spelling.unknown("the status", "Associating, Active, Dissociating")


def write_propagation_status(value: status.BindingStatus) -> str:
    """Spell `Status` of a propagation."""
    match value:
        case status.BindingStatus.ADDING:
            return "Enabling"
        case status.BindingStatus.ACTIVE:
            return "Active"
        case status.BindingStatus.REMOVING:
            return "Disabling"
        case _:
            assert_never(value)


def read_propagation_status(text: str) -> status.BindingStatus:
    """Read `Status` of a propagation."""
    for value in status.BindingStatus:
        if write_propagation_status(value) == text:
            return value
    raise spelling.unknown("the status", "Enabling, Active, Disabling")


def write_entry_status(value: status.EntryStatus) -> str:
    """Spell `TransitRouterRouteEntryStatus`."""
    match value:
        case status.EntryStatus.ADDING:
            return "Creating"
        case status.EntryStatus.ACTIVE:
            return "Active"
        case status.EntryStatus.SHADOWED:
            return "Candidate"
        case status.EntryStatus.REJECTED:
            return "Rejected"
        case status.EntryStatus.REMOVING:
            return "Deleting"
        case _:
            assert_never(value)


def write_attachment_kind(value: views.AttachmentKind) -> str:
    """Spell the type of an attached resource."""
    match value:
        case views.AttachmentKind.VPC:
            return "VPC"
        case views.AttachmentKind.VPN:
            return "VPN"
        case _:
            assert_never(value)


def write_failure(value: failures.FailureCode) -> str:
    """Spell `FailedReasonCode`; our codes are the vendor's words already."""
    return value.value


def explain_failure(value: failures.FailureCode) -> str:
    """Say `FailedReason`."""
    return remedies.of(value).meaning


def write_severity(value: failures.Severity) -> str:
    """Spell `Severity` of a reason."""
    match value:
        case failures.Severity.CRITICAL:
            return "Critical"
        case failures.Severity.WARNING:
            return "Warn"
        case _:
            assert_never(value)
