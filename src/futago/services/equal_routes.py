"""How many connections may share the traffic to one prefix.

The limit is the field's and fixed, unlike quotas of accounts: a route takes no more next hops.
Source: vendor guide "Quotas", ECMP-capable VPN attachments per transit router.
"""

from __future__ import annotations

from ipaddress import IPv4Network

from futago.domain import forwarding
from futago.services import refusals
from futago.store import attachments, schema, unit_of_work


def require_room(
    work: unit_of_work.UnitOfWork, attachment: schema.AttachmentRow, prefix: IPv4Network
) -> None:
    """Refuse one more connection with a destination route to a prefix on a router.

    Raises:
        QuotaFull: As many as may share its traffic have one.
    """
    used = attachments.count_destinations(
        work.session, attachment.router_id, prefix, besides=attachment.resource_id
    )
    if used >= forwarding.MAX_EQUAL_ATTACHMENTS:
        raise refusals.QuotaFull(
            f"{used} connections of {attachment.router_id} have a route to {prefix}, and no more "
            "can share its traffic; this limit is fixed. Use another prefix, or remove the route "
            "of another connection first.",
            limit=forwarding.MAX_EQUAL_ATTACHMENTS,
            value=str(prefix),
        )
