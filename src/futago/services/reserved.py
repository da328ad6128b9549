"""Addresses that the service itself needs, and that no route may therefore name."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network

from futago.domain import net
from futago.store import nodes, unit_of_work


def overlapping(
    work: unit_of_work.UnitOfWork, prefix: IPv4Network, besides: Iterable[IPv4Network] = ()
) -> IPv4Network | None:
    """Give a reserved block that shares addresses with a prefix.

    Args:
        work: The transaction.
        prefix: What a route shall lead to.
        besides: Blocks that are reserved in this place too.
    """
    pools = (
        pool
        for zone in nodes.zones(work.session)
        for pool in (*zone.public_pools, *zone.private_pools)
    )
    return net.overlapping(prefix, (net.SHARED, *besides, *pools))
