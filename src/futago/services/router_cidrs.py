"""Address blocks of transit routers, and the rules on them.

Source: vendor operation CreateTransitRouterCidr.
"""

from __future__ import annotations

import ipaddress
import itertools
from collections.abc import Sequence
from ipaddress import IPv4Network
from typing import Final

from futago.domain import ids, net
from futago.services import access, drafts, quotas, refusals, views
from futago.store import (
    attachments,
    connections,
    route_entries,
    routers,
    schema,
    unit_of_work,
    vpcs,
)

_SHORTEST: Final = 16
_LONGEST: Final = 24
PART_LENGTH: Final = 28
_RESERVED_PARTS: Final = 3
"""Source: vendor operations CreateTransitRouterCidr and ListTransitRouterCidrAllocation."""
_FORBIDDEN: Final = (
    net.SHARED,
    net.LINK_LOCAL,
    IPv4Network("127.0.0.0/8"),
    IPv4Network("224.0.0.0/4"),
)


def add(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    router: schema.RouterRow,
    draft: drafts.RouterCidrDraft,
) -> schema.RouterCidrRow:
    """Give a router an address block."""
    _require_valid(draft.prefix)
    _require_free(work, router, draft.prefix, besides=None)
    used = len(routers.cidrs_of(work.session, (router.id,))[router.id])
    quotas.check(work, router.account_id, quotas.QuotaCode.CIDRS_PER_ROUTER, used)
    row = schema.RouterCidrRow(
        id=work.new_id(ids.IdKind.ROUTER_CIDR),
        router_id=router.id,
        prefix=draft.prefix,
        name=draft.name or "",
        description=draft.description or "",
        publish=draft.publish,
        created_at=scope.now,
    )
    work.session.add(row)
    work.session.flush()
    return row


def modify(
    work: unit_of_work.UnitOfWork,
    router: schema.RouterRow,
    cidr_id: str,
    patch: drafts.RouterCidrPatch,
) -> schema.RouterCidrRow:
    """Change an address block."""
    row = _find(work, router, cidr_id)
    if patch.prefix is not None and patch.prefix != row.prefix:
        _require_unallocated(work, row)
        _require_valid(patch.prefix)
        _require_free(work, router, patch.prefix, besides=row.id)
        row.prefix = patch.prefix
    row.name = row.name if patch.name is None else patch.name
    row.description = row.description if patch.description is None else patch.description
    row.publish = row.publish if patch.publish is None else patch.publish
    work.session.flush()
    return row


def remove(work: unit_of_work.UnitOfWork, router: schema.RouterRow, cidr_id: str) -> None:
    """Take an address block away."""
    row = _find(work, router, cidr_id)
    _require_unallocated(work, row)
    work.session.delete(row)
    work.session.flush()


def view(row: schema.RouterCidrRow) -> views.RouterCidrView:
    """Show an address block."""
    return views.RouterCidrView(
        id=ids.RouterCidrId(row.id),
        router_id=ids.RouterId(row.router_id),
        prefix=row.prefix,
        name=row.name,
        description=row.description,
        publish=row.publish,
    )


def _find(
    work: unit_of_work.UnitOfWork, router: schema.RouterRow, cidr_id: str
) -> schema.RouterCidrRow:
    row = work.session.get(schema.RouterCidrRow, cidr_id)
    if row is None or row.router_id != router.id:
        raise refusals.RouterCidrNotFound(
            f"{router.id} has no address block {cidr_id!r}; list its blocks.", value=cidr_id
        )
    return row


def allocations(
    work: unit_of_work.UnitOfWork, router: schema.RouterRow, row: schema.RouterCidrRow
) -> tuple[views.CidrAllocationView, ...]:
    """Give what is in use of a block: three parts from the first VPN attachment on, and addresses.

    Addresses are told by the part that they are in.
    """
    first = attachments.first_vpn_since(work.session, router.id, row.created_at)
    if first is None:
        return ()
    parts = itertools.islice(row.prefix.subnets(new_prefix=PART_LENGTH), _RESERVED_PARTS)
    used = [(first, part) for part in parts]
    return tuple(
        views.CidrAllocationView(
            cidr=view(row),
            prefix=part,
            attachment_id=ids.AttachmentId(user.id),
            attachment_name=user.name,
        )
        for user, part in (*used, *private_users(work, router.id, row.prefix))
    )


def private_users(
    work: unit_of_work.UnitOfWork, router_id: str, block: IPv4Network
) -> list[tuple[schema.AttachmentRow, IPv4Network]]:
    """Give the attachments with gateway addresses of a block, and the part of each address."""
    private = connections.private_on(work.session, router_id)
    attached = {row.resource_id: row for row in attachments.of_router(work.session, router_id)}
    found: set[tuple[str, IPv4Network]] = set()
    for connection_id, tunnels in connections.tunnels_of(work.session, private).items():
        for tunnel in tunnels:
            address = tunnel.row.gateway_address
            if address is not None and address in block:
                part = IPv4Network((address, PART_LENGTH), strict=False)
                found.add((connection_id, part))
    return [(attached[connection_id], part) for connection_id, part in sorted(found)]


def assignable(block: IPv4Network) -> Sequence[IPv4Network]:
    """Give what gateway addresses may be taken from: all but the reserved parts."""
    parts = itertools.islice(block.subnets(new_prefix=PART_LENGTH), _RESERVED_PARTS, None)
    return list(ipaddress.collapse_addresses(parts))


def _require_valid(prefix: IPv4Network) -> None:
    forbidden = next((each for each in _FORBIDDEN if prefix.overlaps(each)), None)
    if not _SHORTEST <= prefix.prefixlen <= _LONGEST or forbidden is not None:
        raise refusals.RouterCidrInvalid(
            f"{prefix} cannot be an address block: "
            + (f"it shares addresses with {forbidden}" if forbidden else "its size does not fit")
            + f"; use a prefix of /{_SHORTEST} to /{_LONGEST} of private addresses.",
            field="prefix",
            value=str(prefix),
        )


def _require_free(
    work: unit_of_work.UnitOfWork,
    router: schema.RouterRow,
    prefix: IPv4Network,
    besides: str | None,
) -> None:
    blocks = {
        row.prefix: row.id
        for row in routers.cidrs_of_cen(work.session, router.cen_id)
        if row.id != besides
    }
    others = {**blocks, **vpcs.prefixes_on_router(work.session, router.id)}
    for route in route_entries.of_router(work.session, router.id):
        # The default route names nothing.
        if route.prefix != net.ANY:
            others.setdefault(route.prefix, f"the static route {route.id}")
    met = net.overlapping(prefix, others)
    if met is not None:
        raise refusals.RouterCidrOverlap(
            f"{prefix} shares addresses with {met} of {others[met]}; use a free block.",
            field="prefix",
            value=str(prefix),
        )


def _require_unallocated(work: unit_of_work.UnitOfWork, row: schema.RouterCidrRow) -> None:
    user = attachments.first_vpn_since(work.session, row.router_id, row.created_at)
    if user is not None:
        raise refusals.RouterCidrAllocated(
            f"{row.prefix} has addresses reserved by {user.id}; delete that attachment first.",
            attachment_id=user.id,
        )
