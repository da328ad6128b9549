"""Roles, as RAM and resource management both show them, and our own actions that make them.

The two products differ in paging and in a few members only.
"""

from __future__ import annotations

import json
from typing import Annotated, Final

import pydantic

from futago.actions import catalogue, faults, fields, operation, paging, principals, requests
from futago.protocols.rpc import pages as wire_pages
from futago.protocols.rpc import timestamps
from futago.services import pages, roles, sessions

_RAM: Final = catalogue.Product.RAM
_RM: Final = catalogue.Product.RESOURCE_MANAGER
_FUTAGO: Final = catalogue.Product.FUTAGO
_MARK: Final = "roles:"


class CreateServiceLinkedRole(requests.Request):
    """Parameters of CreateServiceLinkedRole."""

    service_name: str
    custom_suffix: str | None = None
    description: Annotated[str, pydantic.Field(max_length=1024)] | None = None


class OneRole(requests.Request):
    """Parameters of GetRole and of what deletes a role."""

    role_name: principals.RoleName
    language: str | None = None


class OneTask(requests.Request):
    """Parameters of GetServiceLinkedRoleDeletionStatus."""

    deletion_task_id: Annotated[str, pydantic.Field(max_length=128)]


class OneService(requests.Request):
    """Parameters of GetServiceLinkedRoleTemplate."""

    service_name: str


class ListRolesByMarker(requests.Request):
    """Parameters of RAM's ListRoles."""

    marker: str | None = None
    max_items: Annotated[requests.Integer, pydantic.Field(ge=1, le=1000)] = 100
    tag: str | None = None


class ListRolesByNumber(requests.Request, requests.Paged):
    """Parameters of resource management's ListRoles."""

    language: str | None = None


class CreateRole(requests.Request):
    """Parameters of CreateRole."""

    role_name: principals.RoleName
    description: Annotated[str, fields.reads(fields.label(1024))] = ""
    max_session_duration: Annotated[
        requests.Integer, pydantic.Field(ge=3600, le=sessions.MAX_SECONDS)
    ] = roles.DEFAULT_SESSION_SECONDS


def create_service_role(
    context: operation.Context, request: CreateServiceLinkedRole
) -> catalogue.Answer:
    """Make the role of a service."""
    if request.custom_suffix is not None:
        roles.require_service(request.service_name)
        raise faults.VendorFault(
            "InvalidParameter.CustomSuffix.NotAllowed",
            400,
            f"Parameter CustomSuffix with the value '{request.custom_suffix[:64]}' is not allowed:"
            " the service has one role. Leave it out.",
            field="CustomSuffix",
        )
    view = roles.create_service_role(context.work, context.scope.account_id, request.service_name)
    return {"Role": _role(view, with_trust=True)}


def delete_service_role(context: operation.Context, request: OneRole) -> catalogue.Answer:
    """Start to delete the role of a service; the task fails while it is needed."""
    task = roles.delete_service_role(context.work, context.scope.account_id, request.role_name)
    return {"DeletionTaskId": task.task_id}


def deletion_status(context: operation.Context, request: OneTask) -> catalogue.Answer:
    """Show how the deletion of a service's role ended."""
    task = roles.deletion(context.work, context.scope.account_id, request.deletion_task_id)
    by_region: dict[str, list[str]] = {}
    for region_id, resource_id in task.usages:
        by_region.setdefault(region_id, []).append(resource_id)
    usages: list[catalogue.JSON] = [
        {"Region": region_id, "Resources": {"Resource": found}}
        for region_id, found in by_region.items()
    ]
    return {
        "Status": task.status.value,
        "Reason": {"Message": task.reason, "RoleUsages": {"RoleUsage": usages}},
    }


def service_role_template(context: operation.Context, request: OneService) -> catalogue.Answer:
    """Show what the role of a service looks like."""
    del context
    roles.require_service(request.service_name)
    descriptions = [{"Language": "en", "Description": roles.VPN_DESCRIPTION}]
    return {
        "ServiceLinkedRoleTemplate": {
            "ServiceName": roles.VPN_SERVICE,
            "RoleNamePrefix": roles.VPN_ROLE,
            "SystemPolicyName": roles.VPN_POLICY,
            "MultipleRolesAllowed": False,
            "RoleDescriptions": {"RoleDescription": descriptions},
        }
    }


def get(context: operation.Context, request: OneRole) -> catalogue.Answer:
    """Show a role."""
    view = roles.get(context.work, context.scope.account_id, request.role_name)
    return {"Role": _role(view, with_trust=True)}


def list_by_marker(context: operation.Context, request: ListRolesByMarker) -> catalogue.Answer:
    """List the roles of the account, page by marker."""
    offset = _offset(request.marker)
    page = pages.PageRequest(offset=offset, limit=request.max_items)
    found = roles.list_roles(context.work, context.scope.account_id, page)
    reached = offset + len(found.items)
    is_cut = bool(found.items) and reached < found.total
    return {
        "IsTruncated": is_cut,
        "Marker": wire_pages.encode_token(f"{_MARK}{reached}") if is_cut else "",
        "Roles": {"Role": [{**_role(view), "Tags": {"Tag": []}} for view in found.items]},
    }


def list_by_number(context: operation.Context, request: ListRolesByNumber) -> catalogue.Answer:
    """List the roles of the account, page by number."""
    page = paging.by_number(request)
    found = roles.list_roles(context.work, context.scope.account_id, page)
    return {
        **paging.numbered(request, found.total),
        "Roles": {"Role": [_role(view) for view in found.items]},
    }


def create(context: operation.Context, request: CreateRole) -> catalogue.Answer:
    """Make a role that users of the account take on."""
    draft = roles.RoleDraft(
        name=request.role_name,
        description=request.description,
        max_session_seconds=request.max_session_duration,
    )
    view = roles.create(context.work, context.scope.account_id, draft)
    return {"Role": _role(view, with_trust=True)}


def delete(context: operation.Context, request: OneRole) -> catalogue.Answer:
    """Delete a role with its policies and sessions."""
    roles.delete(context.work, context.scope.account_id, request.role_name)
    return {}


def _offset(marker: str | None) -> int:
    text = wire_pages.decode_token(marker) if marker else f"{_MARK}0"
    digits = text.removeprefix(_MARK)
    if digits == text or not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        raise wire_pages.BadToken("Marker is not one of ours: send that of the last answer.")
    return int(digits)


def _role(view: roles.RoleView, *, with_trust: bool = False) -> dict[str, catalogue.JSON]:
    is_service = view.service_name is not None
    names: dict[str, catalogue.JSON] = {
        "RoleId": view.id,
        "RoleName": view.name,
        "Arn": f"acs:ram::{view.account_id}:role/{_arn_name(view)}",
        "Description": view.description,
        "CreateDate": timestamps.to_seconds_text(view.created_at),
        "UpdateDate": timestamps.to_seconds_text(view.created_at),
        "MaxSessionDuration": view.max_session_seconds,
        "IsServiceLinkedRole": is_service,
        "AllowConsoleLogin": False,
        "RolePrincipalName": f"{view.name}@role.{view.account_id}.onaliyunservice.com",
    }
    if with_trust:
        names["AssumeRolePolicyDocument"] = _trust(view)
    if view.last_deletion is not None:
        names["LatestDeletionTask"] = {
            "DeletionTaskId": view.last_deletion.task_id,
            "CreateDate": timestamps.to_seconds_text(view.last_deletion.created_at),
        }
    return names


def _arn_name(view: roles.RoleView) -> str:
    # The vendor writes names of service roles in lower case there.
    return view.name.lower() if view.service_name is not None else view.name


def _trust(view: roles.RoleView) -> str:
    who = (
        {"Service": [view.service_name]}
        if view.service_name is not None
        else {"RAM": [f"acs:ram::{view.account_id}:root"]}
    )
    statement = {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": who}
    return json.dumps({"Statement": [statement], "Version": "1"}, separators=(",", ":"))


def _shared(product: catalogue.Product) -> tuple[operation.AnyOperation, ...]:
    return (
        operation.Operation(
            name="CreateServiceLinkedRole",
            product=product,
            request=CreateServiceLinkedRole,
            handler=create_service_role,
            mutating=True,
            resource="ServiceName",
        ),
        operation.Operation(
            name="DeleteServiceLinkedRole",
            product=product,
            request=OneRole,
            handler=delete_service_role,
            mutating=True,
            resource="RoleName",
        ),
        operation.Operation(
            name="GetServiceLinkedRoleDeletionStatus",
            product=product,
            request=OneTask,
            handler=deletion_status,
        ),
        operation.Operation(
            name="GetServiceLinkedRoleTemplate",
            product=product,
            request=OneService,
            handler=service_role_template,
        ),
        operation.Operation(name="GetRole", product=product, request=OneRole, handler=get),
    )


ACTIONS: tuple[operation.AnyOperation, ...] = (
    *_shared(_RAM),
    operation.Operation(
        name="ListRoles", product=_RAM, request=ListRolesByMarker, handler=list_by_marker
    ),
    *_shared(_RM),
    operation.Operation(
        name="ListRoles", product=_RM, request=ListRolesByNumber, handler=list_by_number
    ),
    operation.Operation(
        name="CreateRole",
        product=_FUTAGO,
        request=CreateRole,
        handler=create,
        mutating=True,
        resource="RoleName",
    ),
    operation.Operation(
        name="DeleteRole",
        product=_FUTAGO,
        request=OneRole,
        handler=delete,
        mutating=True,
        resource="RoleName",
    ),
)
