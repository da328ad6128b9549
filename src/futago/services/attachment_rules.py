"""What an attachment may not have any more when it is removed without force."""

from __future__ import annotations

from collections.abc import Sequence

from futago.services import refusals, routing_refusals
from futago.store import schema


def require_unrouted(row: schema.AttachmentRow, entries: Sequence[schema.RouteEntryRow]) -> None:
    """Refuse while a static route leads to an attachment.

    Raises:
        AttachmentHasRouteEntry: Names the route.
    """
    for entry in entries:
        if not entry.deleting:
            raise routing_refusals.AttachmentHasRouteEntry(
                f"The static route {entry.id} to {entry.prefix} leads to {row.id}; "
                "delete it first or delete with force.",
                entry_id=entry.id,
            )


def require_unbound(
    row: schema.AttachmentRow,
    associations: Sequence[schema.AssociationRow],
    propagations: Sequence[schema.PropagationRow],
) -> None:
    """Refuse while an attachment is bound to a table.

    Raises:
        AttachmentHasAssociation, AttachmentHasPropagation: Name the table.
    """
    for binding in associations:
        if not binding.deleting:
            raise refusals.AttachmentHasAssociation(
                f"{row.id} is associated with {binding.table_id}; "
                "dissociate it first or delete with force.",
                table_id=binding.table_id,
            )
    for propagation in propagations:
        if not propagation.deleting:
            raise refusals.AttachmentHasPropagation(
                f"{row.id} propagates to {propagation.table_id}; "
                "disable the propagation first or delete with force.",
                table_id=propagation.table_id,
            )
