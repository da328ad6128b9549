"""Policies that the system itself puts on transit routers, and that nobody can change.

There is one: from the first VPN attachment on, no route table of a router forwards from one VPN
attachment to another. The router's packet filter carries it out; here it is told.
Source: vendor guide "Create a VPN connection" (of a CEN), the policy of priority 5000.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from futago.domain import ids
from futago.plan import intent
from futago.services import access, facts, pages, refusals, views
from futago.store import attachments, routers, schema, unit_of_work

PRIORITY: Final = 5000
_ID_PREFIX: Final = "cenrmap-"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFilter:
    """Narrows a list of policies."""

    policy_id: str | None = None
    table_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemPolicy:
    """What leaves a route table from a VPN attachment to a VPN attachment is refused."""

    id: str
    cen_id: ids.CenId
    region_id: str
    table_id: ids.RouteTableId
    is_applied: bool
    """The router refuses the traffic already."""


def search(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    cen_id: str,
    wanted: PolicyFilter,
    page: pages.PageRequest,
) -> pages.Page[SystemPolicy]:
    """List the policies of a CEN's router in this region, by table.

    Raises:
        CenNotFound: Not in this account.
    """
    if routers.find_cen(work.session, scope, cen_id) is None:
        raise refusals.CenNotFound(
            f"There is no CEN {cen_id!r}; create it or check the id.", value=cen_id
        )
    router = routers.of_cen(work.session, cen_id, scope.region_id)
    found = [] if router is None else _of_router(work, router)
    return pages.cut(
        [
            each
            for each in found
            if wanted.table_id in {None, each.table_id} and wanted.policy_id in {None, each.id}
        ],
        page,
    )


def _of_router(work: unit_of_work.UnitOfWork, router: schema.RouterRow) -> list[SystemPolicy]:
    vpns = [
        row
        for row in attachments.of_router(work.session, router.id)
        if row.kind == views.AttachmentKind.VPN.value
    ]
    if not vpns:
        return []
    applied = facts.applied(work, intent.IntentKind.ROUTER, (router.id,))[router.id]
    return [
        SystemPolicy(
            id=_ID_PREFIX + hashlib.sha256(table.id.encode()).hexdigest()[:17],
            cen_id=ids.CenId(router.cen_id),
            region_id=router.region_id,
            table_id=ids.RouteTableId(table.id),
            is_applied=applied >= max(table.router_generation, vpns[0].router_generation),
        )
        for table in routers.tables_of(work.session, router.id)
        if not table.deleting
    ]
