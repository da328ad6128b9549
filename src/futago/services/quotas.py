"""Limits on numbers of resources: the field's defaults, and what an operator sets instead.

Source: vendor guide "Quotas"; vendor operation CreateTransitRouterCidr.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from futago.domain import bgp
from futago.services import bgp_changes, refusals
from futago.store import quotas, schema, unit_of_work


class QuotaCode(StrEnum):
    """What is limited."""

    VPN_ATTACHMENTS_PER_ROUTER = "vpn-attachments-per-router"
    CUSTOMER_GATEWAYS_PER_REGION = "customer-gateways-per-region"
    CIDRS_PER_ROUTER = "cidrs-per-router"
    CONNECTIONS_PER_REGION = "connections-per-region"
    DESTINATIONS_PER_CONNECTION = "destinations-per-connection"
    PREFIXES_PER_SIDE = "prefixes-per-side"
    """Traffic selectors of a connection, of each side."""
    VSWITCHES_PER_VPC = "vswitches-per-vpc"
    CUSTOM_TABLES_PER_ROUTER = "custom-tables-per-router"
    ENTRIES_PER_TABLE = "entries-per-table"
    """Static routes only."""
    TAGS_PER_RESOURCE = "tags"
    BGP_PREFIXES_PER_PEER = "bgp-prefixes-per-peer"
    """Routes that one BGP session takes; further ones are refused and named."""
    WEBHOOKS = "webhooks"
    CAPTURES_RUNNING = "packet-captures-running"
    CAPTURE_MEBIBYTES = "packet-capture-mebibytes"
    """What is kept of captures of an account, in MiB; at the limit no further one starts."""


DEFAULTS: Final = {
    QuotaCode.VPN_ATTACHMENTS_PER_ROUTER: 50,
    QuotaCode.CUSTOMER_GATEWAYS_PER_REGION: 100,
    QuotaCode.CIDRS_PER_ROUTER: 5,
    QuotaCode.CONNECTIONS_PER_REGION: 100,
    QuotaCode.DESTINATIONS_PER_CONNECTION: 100,
    QuotaCode.PREFIXES_PER_SIDE: 5,
    QuotaCode.VSWITCHES_PER_VPC: 24,
    QuotaCode.CUSTOM_TABLES_PER_ROUTER: 20,
    QuotaCode.ENTRIES_PER_TABLE: 200,
    QuotaCode.TAGS_PER_RESOURCE: 20,
    QuotaCode.BGP_PREFIXES_PER_PEER: bgp.DEFAULT_PREFIX_LIMIT,
    QuotaCode.WEBHOOKS: 10,
    QuotaCode.CAPTURES_RUNNING: 4,
    QuotaCode.CAPTURE_MEBIBYTES: 64,
}


BOUNDS: Final = {QuotaCode.BGP_PREFIXES_PER_PEER: (1, 20_000)}
"""Least and greatest value of limits that have them: beyond it routes take too long to change."""


def limit(work: unit_of_work.UnitOfWork, account_id: str, code: QuotaCode) -> int:
    """Give the limit of an account."""
    found = quotas.limit(work.session, account_id, code.value)
    return DEFAULTS[code] if found is None else found


def set_limit(work: unit_of_work.UnitOfWork, account_id: str, code: QuotaCode, value: int) -> None:
    """Give an account another limit than the default."""
    work.session.merge(schema.QuotaLimitRow(account_id=account_id, code=code.value, value=value))
    if code is QuotaCode.BGP_PREFIXES_PER_PEER:
        work.session.flush()
        bgp_changes.limit_changed(work, account_id)


def check(work: unit_of_work.UnitOfWork, account_id: str, code: QuotaCode, used: int) -> None:
    """Refuse one more than the limit.

    Raises:
        QuotaFull: As many as the limit are there already.
    """
    maximum = limit(work, account_id, code)
    if used >= maximum:
        raise refusals.QuotaFull(
            f"The limit {code.value} of {maximum} is reached; delete one first, "
            "or have the operator raise the limit.",
            quota=code.value,
            limit=maximum,
        )


def check_prefixes(
    work: unit_of_work.UnitOfWork, account_id: str, sides: Iterable[Sequence[object]]
) -> None:
    """Refuse more traffic selectors on a side than the limit.

    Raises:
        TooManyPrefixes: A side has more.
    """
    code = QuotaCode.PREFIXES_PER_SIDE
    longest = max(len(side) for side in sides)
    maximum = limit(work, account_id, code)
    if longest > maximum:
        raise refusals.TooManyPrefixes(
            f"A side of the connection has {longest} prefixes and the limit {code.value} is "
            f"{maximum}; name larger prefixes, or have the operator raise the limit.",
            quota=code.value,
            limit=maximum,
        )
