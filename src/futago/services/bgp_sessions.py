"""BGP sessions of a connection with what is wrong with them and with their routes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from futago.domain import bgp
from futago.plan import bgp_conditions as conditions
from futago.services import access, connections, quotas, views
from futago.store import attachments, bgp_routes, schema, unit_of_work, vpcs


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionReport:
    """The session of one tunnel; None in place of values while BGP is off."""

    tunnel: views.TunnelView
    condition: conditions.Condition | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionReport:
    """All sessions of a connection."""

    connection_id: str
    import_limit: int
    sessions: tuple[SessionReport, ...]
    conditions: tuple[conditions.Condition, ...]
    """About routes, which both sessions share."""


def describe(
    work: unit_of_work.UnitOfWork, scope: access.Scope, connection_id: str
) -> ConnectionReport:
    """Say how the sessions of a connection are, and what somebody should look at.

    Raises:
        ConnectionNotFound: Not in this account and region.
    """
    view = connections.describe_connection(work, scope, connection_id)
    limit = quotas.limit(work, scope.account_id, quotas.QuotaCode.BGP_PREFIXES_PER_PEER)
    is_on = view.connection.bgp_enabled and view.attachment is not None
    return ConnectionReport(
        connection_id=view.connection.id,
        import_limit=limit,
        sessions=tuple(
            SessionReport(tunnel=tunnel, condition=of_tunnel(work, tunnel))
            for tunnel in view.tunnels
            if tunnel.bgp is not None
        ),
        conditions=tuple(_of_routes(work, view, limit)) if is_on else (),
    )


def of_tunnel(
    work: unit_of_work.UnitOfWork, tunnel: views.TunnelView
) -> conditions.Condition | None:
    """Say why the session of a tunnel is not up; None when it is, or when nobody knows."""
    values = tunnel.bgp
    if values is None or values.facts is None:
        return None
    if tunnel.facts.child_installed is None:
        # The node is silent; what it said last describes another moment.
        return None
    gateway = work.session.get_one(schema.CustomerGatewayRow, tunnel.customer_gateway_id)
    return conditions.of_session(
        conditions.Session(
            facts=values.facts,
            local_asn=values.local_asn,
            peer_asn=values.peer_asn,
            peer_address=values.peer_address,
            has_key=gateway.auth_key_version > 0,
            is_tunnel_up=tunnel.facts.child_installed,
        )
    )


def _of_routes(
    work: unit_of_work.UnitOfWork, view: views.ConnectionView, limit: int
) -> Iterator[conditions.Condition]:
    attachment = attachments.of_resource(work.session, view.connection.id)
    if attachment is None:
        return
    refused = _refused(work, attachment)
    taken = max(
        (each.bgp.facts.imported for each in view.tunnels if each.bgp and each.bgp.facts), default=0
    )
    found = [conditions.of_limit(taken, refused.get(bgp.Refusal.PREFIX_LIMIT), limit)]
    found += [conditions.of_refused(each, view.connection.local_asn) for each in refused.values()]
    if attachment.account_id == view.connection.account_id:
        # What else is on a router is for its owner to see.
        found.append(_overlaps(work, view.connection.id, attachment))
    yield from (each for each in found if each is not None)


def _refused(
    work: unit_of_work.UnitOfWork, attachment: schema.AttachmentRow
) -> dict[bgp.Refusal, conditions.Refused]:
    known = {reason.value: reason for reason in bgp.Refusal}
    return {
        known[each.reason]: conditions.Refused(
            reason=known[each.reason], count=each.count, some=each.some
        )
        for each in bgp_routes.refused(work.session, attachment.id, conditions.NAMED)
        if each.reason in known
    }


def _overlaps(
    work: unit_of_work.UnitOfWork, connection_id: str, attachment: schema.AttachmentRow
) -> conditions.Condition | None:
    """Compare what the connection learned with all that the router has from others."""
    names = {
        row.id: row.resource_id for row in attachments.of_router(work.session, attachment.router_id)
    }
    announced: list[conditions.Announced] = []
    learned = (bgp_routes.Group.LEARNED,)
    for row in bgp_routes.of_attachments(work.session, tuple(names), learned):
        path = bgp_routes.route_of(row).as_path
        announced.append(
            conditions.Announced(
                prefix=row.prefix,
                owner=names[row.attachment_id],
                origin_asn=path[-1] if path else 0,
            )
        )
    own = [each for each in announced if each.owner == connection_id]
    others = [each for each in announced if each.owner != connection_id]
    for vpc_id, inside in vpcs.vswitches_of(work.session, tuple(names.values())).items():
        others += [conditions.Announced(prefix=each.prefix, owner=vpc_id) for each in inside]
    return conditions.of_overlaps(own, others) if own else None
