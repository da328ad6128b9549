"""Why a service says no to a change of route tables, static routes and zones."""

from __future__ import annotations

from typing import ClassVar

from futago.domain import faults

_SOON: faults.Retry = faults.BACKOFF


class RouteTableDeleting(faults.Conflict):
    """The route table is being deleted."""

    code = "RouteTable.Deleting"
    retry: ClassVar[faults.Retry] = _SOON


class RouteTableBusy(faults.Conflict):
    """The node has not yet taken over a change that the operation builds on."""

    code = "RouteTable.Busy"
    retry: ClassVar[faults.Retry] = _SOON


class RouteTableIsSystem(faults.Conflict):
    """The system table goes with its router only."""

    code = "RouteTable.IsSystem"


class RouteTableHasAssociation(faults.Conflict):
    """An attachment is associated with the route table."""

    code = "RouteTable.HasAssociation"


class RouteTableHasPropagation(faults.Conflict):
    """An attachment propagates to the route table."""

    code = "RouteTable.HasPropagation"


class RouteTableHasEntry(faults.Conflict):
    """The route table has static routes."""

    code = "RouteTable.HasEntry"


class RouteEntryNotFound(faults.NotFound):
    """No static route of this account and region is meant."""

    code = "RouteEntry.NotFound"


class RouteEntryPrefixNotFound(faults.NotFound):
    """The route table has no such static route."""

    code = "RouteEntry.PrefixNotFound"


class RouteEntryExists(faults.Conflict):
    """The route table has a static route to the prefix."""

    code = "RouteEntry.Exists"


class RouteEntryDeleting(faults.Conflict):
    """The static route is being removed."""

    code = "RouteEntry.Deleting"
    retry: ClassVar[faults.Retry] = _SOON


class RouteEntryLearned(faults.Conflict):
    """The route was learned; it goes with its propagation."""

    code = "RouteEntry.Learned"


class RouteEntryForbidden(faults.Invalid):
    """The prefix shares addresses with those that the service itself needs."""

    code = "RouteEntry.Forbidden"


class RouteEntryNextHopNotFound(faults.NotFound):
    """The router has no attachment with the id of the next hop."""

    code = "RouteEntry.NextHopNotFound"


class AttachmentHasRouteEntry(faults.Conflict):
    """A static route leads to the attachment."""

    code = "Attachment.HasRouteEntry"


class AttachmentZonesInvalid(faults.Invalid):
    """The change of zones names a mapping that is not there, or leaves none."""

    code = "Attachment.ZonesInvalid"


class RouterHasTables(faults.Conflict):
    """The transit router still has custom route tables."""

    code = "Router.HasTables"
