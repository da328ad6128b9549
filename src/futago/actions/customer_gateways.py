"""Customer gateways: the devices on the other side."""

from __future__ import annotations

from typing import Annotated

from futago.actions import catalogue, faults, fields, operation, paging, requests, tags
from futago.domain import net
from futago.protocols.rpc import timestamps
from futago.services import drafts, filters, gateways, views


class CreateCustomerGateway(requests.Request, requests.Idempotent, tags.Tagged):
    """Parameters of CreateCustomerGateway."""

    ip_address: fields.GatewayAddress
    asn: fields.Asn | None = None
    auth_key: fields.AuthKey | None = None
    name: fields.VpnName | None = None
    description: fields.VpnDescription | None = None
    resource_group_id: str | None = None


class OneCustomerGateway(requests.Request):
    """A customer gateway by id."""

    customer_gateway_id: str


class DeleteCustomerGateway(OneCustomerGateway, requests.Idempotent):
    """Parameters of DeleteCustomerGateway."""


class ModifyCustomerGatewayAttribute(OneCustomerGateway, requests.Idempotent):
    """Parameters of ModifyCustomerGatewayAttribute."""

    name: fields.VpnName | None = None
    description: fields.VpnDescription | None = None
    auth_key: fields.AuthKey | None = None
    ip_address: Annotated[str | None, requests.Vendor(invalid="IllegalParam.IpAddress")] = None
    asn: Annotated[str | None, requests.Vendor(invalid="IllegalParam.Asn")] = None


class DescribeCustomerGateways(
    requests.Request, requests.Paged, requests.Searched, tags.TaggedByTag
):
    """Parameters of DescribeCustomerGateways."""

    customer_gateway_id: str | None = None
    resource_group_id: str | None = None


def create(context: operation.Context, request: CreateCustomerGateway) -> catalogue.Answer:
    """Create a customer gateway."""
    if request.asn == net.DEFAULT_LOCAL_ASN:
        raise faults.VendorFault(
            "IllegalParam.Asn",
            400,
            f"Parameter Asn with the value '{request.asn}' is not valid: it is the number of our"
            " own side. Send the number of the device.",
            field="Asn",
        )
    if request.auth_key is not None and request.asn is None:
        raise _without_number("Send both.")
    view = gateways.create_customer_gateway(
        context.work,
        context.scope,
        drafts.CustomerGatewayDraft(
            address=request.ip_address,
            asn=request.asn,
            auth_key=request.auth_key,
            label=drafts.Label(
                name=request.name,
                description=request.description,
                tags=tags.to_drafts(request.tags),
                resource_group=request.resource_group_id,
            ),
        ),
    )
    return _changed(view)


def describe(context: operation.Context, request: OneCustomerGateway) -> catalogue.Answer:
    """Show a customer gateway."""
    view = gateways.describe_customer_gateway(
        context.work, context.scope, request.customer_gateway_id, reveal=True
    )
    return _described(view)


def list_all(context: operation.Context, request: DescribeCustomerGateways) -> catalogue.Answer:
    """List customer gateways without their keys."""
    found = gateways.list_customer_gateways(
        context.work,
        context.scope,
        filters.CustomerGatewayFilter(
            customer_gateway_id=request.customer_gateway_id,
            resource_group=request.resource_group_id,
            tags=tags.to_matches(request.tags),
            keyword=request.keyword,
        ),
        paging.by_number(request),
    )
    return {
        **paging.numbered(request, found.total),
        "CustomerGateways": {"CustomerGateway": [_described(view) for view in found.items]},
    }


def modify(context: operation.Context, request: ModifyCustomerGatewayAttribute) -> catalogue.Answer:
    """Change name, description or key; address and AS number never change."""
    before = gateways.describe_customer_gateway(
        context.work, context.scope, request.customer_gateway_id
    )
    fixed = (
        ("IpAddress", request.ip_address, str(before.address)),
        ("Asn", request.asn, str(before.asn or "")),
    )
    for name, given, current in fixed:
        if given is not None and given != current:
            raise faults.VendorFault(
                f"IllegalParam.{name}",
                400,
                f"Parameter {name} with the value '{given[:64]}' is not valid: it never changes."
                " Create another customer gateway and point the tunnel to it.",
                field=name,
            )
    if request.auth_key is not None and before.asn is None:
        raise _without_number("Create a customer gateway with both.")
    view = gateways.modify_customer_gateway(
        context.work,
        context.scope,
        request.customer_gateway_id,
        drafts.CustomerGatewayPatch(
            name=request.name, description=request.description, auth_key=request.auth_key
        ),
    )
    return {**_changed(view), "ResourceGroupId": view.resource_group or ""}


def delete(context: operation.Context, request: DeleteCustomerGateway) -> catalogue.Answer:
    """Delete a customer gateway that no tunnel uses."""
    gateways.delete_customer_gateway(context.work, context.scope, request.customer_gateway_id)
    return {}


def _without_number(remedy: str) -> faults.VendorFault:
    return faults.VendorFault(
        "OperationDenied.MissingAsn",
        400,
        f"Parameter Asn is missing: AuthKey protects BGP, which needs it. {remedy}",
        field="Asn",
    )


def _changed(view: views.CustomerGatewayView) -> dict[str, catalogue.JSON]:
    return {
        "CustomerGatewayId": view.id,
        "Name": view.name,
        "Description": view.description,
        "IpAddress": str(view.address),
        "CreateTime": timestamps.to_milliseconds(view.created_at),
    }


def _described(view: views.CustomerGatewayView) -> dict[str, catalogue.JSON]:
    answer: dict[str, catalogue.JSON] = {
        **_changed(view),
        "AuthKey": view.auth_key or "",
        "ResourceGroupId": view.resource_group or "",
        "Tags": {"Tag": tags.to_wire(view.tags)},
    }
    if view.asn is not None:
        answer["Asn"] = view.asn
    return answer


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="CreateCustomerGateway",
        product=catalogue.Product.VPC,
        request=CreateCustomerGateway,
        handler=create,
        mutating=True,
        requires_region=True,
        quota="customer-gateways-per-region",
        resource="CustomerGatewayId",
    ),
    operation.Operation(
        name="DescribeCustomerGateway",
        reveals_secrets=True,
        product=catalogue.Product.VPC,
        request=OneCustomerGateway,
        handler=describe,
        requires_region=True,
    ),
    operation.Operation(
        name="DescribeCustomerGateways",
        product=catalogue.Product.VPC,
        request=DescribeCustomerGateways,
        handler=list_all,
        requires_region=True,
    ),
    operation.Operation(
        name="ModifyCustomerGatewayAttribute",
        product=catalogue.Product.VPC,
        request=ModifyCustomerGatewayAttribute,
        handler=modify,
        mutating=True,
        requires_region=True,
        resource="CustomerGatewayId",
    ),
    operation.Operation(
        name="DeleteCustomerGateway",
        product=catalogue.Product.VPC,
        request=DeleteCustomerGateway,
        handler=delete,
        mutating=True,
        requires_region=True,
        resource="CustomerGatewayId",
    ),
)
