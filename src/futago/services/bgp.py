"""Rules of BGP that need other resources, and sessions as nodes get them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from futago.domain import bgp, connection, ids, net
from futago.plan import intent
from futago.services import bgp_refusals, quotas
from futago.store import bgp as rows
from futago.store import gateways, schema, unit_of_work


def require_speakers(value: connection.VpnConnection, peers: Mapping[str, gateways.Peer]) -> None:
    """Refuse BGP with a customer gateway that cannot speak it.

    Args:
        value: The connection as it shall be.
        peers: Its customer gateways by id.
    Raises:
        GatewayWithoutAsn: A customer gateway has no AS number.
        SameAsn: A customer gateway has the number of our side.
    """
    if not value.bgp_enabled:
        return
    for tunnel in value.tunnels:
        gateway_id = tunnel.customer_gateway_id
        asn = peers[gateway_id].asn
        if asn is None:
            raise bgp_refusals.GatewayWithoutAsn(
                f"Customer gateway {gateway_id} of tunnel {int(tunnel.index)} has no AS number,"
                " which BGP needs; create a customer gateway with Asn and give it to the tunnel.",
                gateway_id=gateway_id,
            )
        if asn == value.local_asn:
            raise bgp_refusals.SameAsn(
                f"AS number {asn} is that of customer gateway {gateway_id}, and sessions are"
                " external: choose another local number.",
                gateway_id=gateway_id,
            )


def require_free_cidrs(
    work: unit_of_work.UnitOfWork,
    owner_id: str,
    router_id: str,
    value: connection.VpnConnection,
) -> None:
    """Refuse tunnel CIDRs that another connection of the router uses.

    Args:
        work: Transaction.
        owner_id: Account that asks; ids of others are not told.
        router_id: Where the connection is, or shall be, attached.
        value: The connection as it shall be.
    Raises:
        TunnelCidrTaken: They meet in one place, where a block can be there once.
    """
    if not value.bgp_enabled:
        return
    cidrs = [tunnel.bgp.cidr.network for tunnel in value.tunnels if tunnel.bgp]
    met = rows.cidr_holder(work.session, router_id, cidrs, value.id)
    if met is None:
        return
    holder, cidr = met
    name = holder.id if holder.account_id == owner_id else "a connection of another account"
    raise bgp_refusals.TunnelCidrTaken(
        f"Tunnel CIDR {cidr} of {value.id} is in use by {name} on {router_id};"
        " give the tunnel another /30 inside 169.254.0.0/16.",
        value=str(cidr),
    )


def limits(work: unit_of_work.UnitOfWork, account_ids: Collection[str]) -> dict[str, int]:
    """Give the prefix limits of several accounts."""
    code = quotas.QuotaCode.BGP_PREFIXES_PER_PEER
    row = schema.QuotaLimitRow
    found = work.session.scalars(
        sa.select(row).where(row.code == code.value, row.account_id.in_(account_ids))
    )
    own = {each.account_id: each.value for each in found}
    return {each: own.get(each, quotas.DEFAULTS[code]) for each in account_ids}


def to_intent(speaker: rows.Speaker, import_limit: int) -> intent.BgpIntent:
    """Compile one session."""
    values = bgp.TunnelBgp.of(net.TunnelCidr(speaker.cidr), speaker.local_address)
    return intent.BgpIntent(
        tunnel_id=ids.TunnelId(speaker.tunnel_id),
        local_asn=speaker.local_asn,
        peer_asn=speaker.peer_asn,
        local_address=values.local_address,
        peer_address=values.peer_address,
        key_id=speaker.gateway_id if speaker.key_version else None,
        key_version=speaker.key_version,
        import_limit=import_limit,
    )
