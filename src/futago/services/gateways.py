"""Customer gateways: what stands on the other side of a tunnel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from futago.domain import ids, net
from futago.services import (
    access,
    bgp_changes,
    drafts,
    filters,
    labels,
    pages,
    quotas,
    refusals,
    resource_groups,
    views,
)
from futago.store import gateways, schema, secrets, tags, unit_of_work


def create_customer_gateway(
    work: unit_of_work.UnitOfWork, scope: access.Scope, draft: drafts.CustomerGatewayDraft
) -> views.CustomerGatewayView:
    """Create a customer gateway.

    Raises:
        CustomerGatewayAddressTaken: The account has one with this address.
        QuotaFull: Too many customer gateways.
    """
    taken = gateways.find_by_address(work.session, scope, draft.address)
    if taken is not None:
        raise refusals.CustomerGatewayAddressTaken(
            f"{draft.address} is the address of {taken.id}; use that customer gateway, "
            "which can serve several tunnels.",
            field="address",
            value=str(draft.address),
        )
    used = gateways.count(work.session, scope)
    quotas.check(work, scope.account_id, quotas.QuotaCode.CUSTOMER_GATEWAYS_PER_REGION, used)
    row = schema.CustomerGatewayRow(
        id=work.new_id(ids.IdKind.CUSTOMER_GATEWAY),
        account_id=scope.account_id,
        region_id=scope.region_id,
        name=draft.label.name or "",
        description=draft.label.description or "",
        address=draft.address,
        asn=draft.asn,
        auth_key_version=1 if draft.auth_key else 0,
        resource_group=resource_groups.placed(work, scope, draft.label.resource_group),
        created_at=scope.now,
    )
    work.session.add(row)
    labels.keep(work, scope, row.id, draft.label.tags)
    if draft.auth_key:
        work.vault.put(secrets.Purpose.BGP_AUTH_KEY, row.id, draft.auth_key)
    work.session.flush()
    return _views(work, [row], reveal=False)[0]


def describe_customer_gateway(
    work: unit_of_work.UnitOfWork, scope: access.Scope, gateway_id: str, *, reveal: bool = False
) -> views.CustomerGatewayView:
    """Show a customer gateway."""
    return _views(work, [find(work, scope, gateway_id)], reveal=reveal)[0]


def list_customer_gateways(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    wanted: filters.CustomerGatewayFilter,
    page: pages.PageRequest,
    *,
    reveal: bool = False,
) -> pages.Page[views.CustomerGatewayView]:
    """List customer gateways, oldest first."""
    rows, total = gateways.search(work.session, scope, wanted, page)
    return pages.Page(items=tuple(_views(work, rows, reveal=reveal)), total=total)


def modify_customer_gateway(
    work: unit_of_work.UnitOfWork,
    scope: access.Scope,
    gateway_id: str,
    patch: drafts.CustomerGatewayPatch,
) -> views.CustomerGatewayView:
    """Change name, description or key of a customer gateway; sessions take a new key at once."""
    row = find(work, scope, gateway_id)
    if patch.name is not None:
        row.name = patch.name
    if patch.description is not None:
        row.description = patch.description
    if patch.auth_key is not None:
        _change_key(work, row, patch.auth_key)
    work.session.flush()
    return _views(work, [row], reveal=False)[0]


def delete_customer_gateway(
    work: unit_of_work.UnitOfWork, scope: access.Scope, gateway_id: str
) -> None:
    """Delete a customer gateway that no tunnel uses.

    Raises:
        CustomerGatewayInUse: A tunnel refers to it.
    """
    row = find(work, scope, gateway_id)
    user = gateways.a_user_of(work.session, gateway_id)
    if user is not None:
        raise refusals.CustomerGatewayInUse(
            f"{gateway_id} is the customer gateway of a tunnel of {user}; "
            "delete the connection or give its tunnel another customer gateway first.",
            connection_id=user,
        )
    work.vault.drop(secrets.Purpose.BGP_AUTH_KEY, (gateway_id,))
    tags.drop(work.session, (gateway_id,))
    work.session.delete(row)
    work.session.flush()


def find(
    work: unit_of_work.UnitOfWork, scope: access.Scope, gateway_id: str
) -> schema.CustomerGatewayRow:
    """Find the row of a customer gateway.

    Raises:
        CustomerGatewayNotFound: Not in this account and region.
    """
    row = gateways.find(work.session, scope, gateway_id)
    if row is None:
        raise _not_found(scope, gateway_id)
    return row


def peers(
    work: unit_of_work.UnitOfWork, scope: access.Scope, gateway_ids: Iterable[str]
) -> Mapping[str, gateways.Peer]:
    """Give what tunnels need of their customer gateways, by id.

    Raises:
        CustomerGatewayNotFound: One of them is not in this account and region.
    """
    found: dict[str, gateways.Peer] = {}
    for gateway_id in dict.fromkeys(gateway_ids):
        peer = gateways.peer(work.session, scope, gateway_id)
        if peer is None:
            raise _not_found(scope, gateway_id)
        found[gateway_id] = peer
    return found


def _not_found(scope: access.Scope, gateway_id: str) -> refusals.CustomerGatewayNotFound:
    return refusals.CustomerGatewayNotFound(
        f"There is no customer gateway {gateway_id!r} in region {scope.region_id}; "
        "create it or check the id.",
        value=gateway_id,
    )


def _change_key(
    work: unit_of_work.UnitOfWork, row: schema.CustomerGatewayRow, auth_key: str
) -> None:
    if auth_key != work.vault.get(secrets.Purpose.BGP_AUTH_KEY, row.id):
        work.vault.put(secrets.Purpose.BGP_AUTH_KEY, row.id, auth_key)
        bgp_changes.key_changed(work, row)


def _views(
    work: unit_of_work.UnitOfWork, rows: Sequence[gateways.GatewayColumns], *, reveal: bool
) -> list[views.CustomerGatewayView]:
    gateway_ids = [row.id for row in rows]
    tagged = labels.read(work, gateway_ids)
    keys = work.vault.get_all(secrets.Purpose.BGP_AUTH_KEY, gateway_ids) if reveal else {}
    return [
        views.CustomerGatewayView(
            id=ids.CustomerGatewayId(row.id),
            name=row.name,
            description=row.description,
            address=row.address,
            asn=net.Asn(row.asn) if row.asn is not None else None,
            auth_key=keys.get(row.id),
            resource_group=row.resource_group,
            tags=tagged[row.id],
            created_at=row.created_at,
        )
        for row in rows
    ]
