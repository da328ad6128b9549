"""Private connections: gateway addresses out of the blocks of their transit router.

An address has to be in a block of the router, behind the three parts that the router keeps, and in
a private pool of a zone, because only those reach the node. A table that learns from such a
connection gets each published block as a blackhole: what is meant for a gateway address never takes
another route, such as a default route into a tunnel.
Source: vendor guide "Transit router CIDR blocks"; CreateTransitRouterCidr, PublishCidrRoute.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network

from futago.domain import connection, ids, placement
from futago.services import marks, refusals, router_cidrs
from futago.store import connections, routers, schema, unit_of_work
from futago.store import nodes as node_rows


def zone_pools(
    work: unit_of_work.UnitOfWork, bound: schema.ConnectionRow, router: schema.RouterRow
) -> list[placement.ZonePool]:
    """Give what each zone offers a connection on a router.

    Raises:
        NoPrivateAddresses: A private connection, and no zone shares addresses with a block.
    """
    zones = node_rows.zones(work.session)
    if bound.network_type == connection.NetworkType.PUBLIC.value:
        return [_zone_pool(zone, zone.public_pools) for zone in zones]
    blocks = [row.prefix for row in routers.cidrs_of(work.session, (router.id,))[router.id]]
    free = [part for block in blocks for part in router_cidrs.assignable(block)]
    found = [_zone_pool(zone, placement.common(zone.private_pools, free)) for zone in zones]
    if not any(zone.pools for zone in found):
        offered = ", ".join(str(pool) for zone in zones for pool in zone.private_pools)
        raise refusals.NoPrivateAddresses(
            f"{bound.id} is private, so its gateway addresses come from the blocks of {router.id} "
            f"({', '.join(map(str, blocks))}) as far as zones have them in their private pools "
            f"({offered or 'none'}); there is no common address. Add a block inside the pools, or "
            "have the operator add a pool.",
            router_id=router.id,
        )
    return found


def learned_blocks(
    work: unit_of_work.UnitOfWork, router_id: str, connection_ids: Iterable[str]
) -> Sequence[schema.RouterCidrRow]:
    """Give the blocks that a table has as blackholes which learns from these connections."""
    if connections.private_on(work.session, router_id).isdisjoint(connection_ids):
        return ()
    blocks = routers.cidrs_of(work.session, (router_id,))[router_id]
    return [block for block in blocks if block.publish]


def blocks_changed(work: unit_of_work.UnitOfWork, router: schema.RouterRow) -> None:
    """Have the node look at a router whose blocks its tables may have."""
    if connections.private_on(work.session, router.id):
        marks.router_changed(work, router)


def _zone_pool(zone: schema.ZoneRow, pools: tuple[IPv4Network, ...]) -> placement.ZonePool:
    return placement.ZonePool(
        node_id=ids.NodeId(zone.node_id), zone_id=ids.ZoneId(zone.id), pools=pools
    )
