"""What users and roles may do: policies are put, shown, listed and deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from futago.actions import catalogue, operation, paging, principals, requests
from futago.protocols.rpc import timestamps
from futago.services import policies

_FUTAGO = catalogue.Product.FUTAGO
_KINDS = policies.HolderKind


class UserPolicies(requests.Request):
    """Parameters of ListUserPolicies."""

    user_name: principals.UserName


class UserPolicy(UserPolicies):
    """Parameters of GetUserPolicy and DeleteUserPolicy."""

    policy_name: principals.PolicyName


class PutUserPolicy(UserPolicy):
    """Parameters of PutUserPolicy."""

    policy_document: principals.PolicyDocument


class RolePolicies(requests.Request):
    """Parameters of ListRolePolicies."""

    role_name: principals.RoleName


class RolePolicy(RolePolicies):
    """Parameters of GetRolePolicy and DeleteRolePolicy."""

    policy_name: principals.PolicyName


class PutRolePolicy(RolePolicy):
    """Parameters of PutRolePolicy."""

    policy_document: principals.PolicyDocument


class ListPolicies(requests.Request, requests.Paged):
    """Parameters of ListPolicies."""


def put(context: operation.Context, request: PutUserPolicy | PutRolePolicy) -> catalogue.Answer:
    """Give a policy to a user or role, instead of the one of this name."""
    holder = _holder(context, request)
    policies.put(context.work, holder, request.policy_name, request.policy_document)
    return {}


def get(context: operation.Context, request: UserPolicy | RolePolicy) -> catalogue.Answer:
    """Show a policy of a user or role."""
    view = policies.get(context.work, _holder(context, request), request.policy_name)
    return {"Policy": _policy(view)}


def delete(context: operation.Context, request: UserPolicy | RolePolicy) -> catalogue.Answer:
    """Take a policy away from a user or role."""
    policies.delete(context.work, _holder(context, request), request.policy_name)
    return {}


def list_of(context: operation.Context, request: UserPolicies | RolePolicies) -> catalogue.Answer:
    """List the policies of a user or role."""
    found = policies.list_of(context.work, _holder(context, request))
    return {"Policies": {"Policy": [_policy(view) for view in found]}}


def list_all(context: operation.Context, request: ListPolicies) -> catalogue.Answer:
    """List all policies of the account."""
    found = policies.list_all(context.work, context.scope.account_id, paging.by_number(request))
    return {
        **paging.numbered(request, found.total),
        "Policies": {"Policy": [_policy(view) for view in found.items]},
    }


def _holder(context: operation.Context, request: UserPolicies | RolePolicies) -> policies.Holder:
    account_id = context.scope.account_id
    if isinstance(request, UserPolicies):
        return policies.Holder(kind=_KINDS.USER, account_id=account_id, name=request.user_name)
    return policies.Holder(kind=_KINDS.ROLE, account_id=account_id, name=request.role_name)


def _policy(view: policies.PolicyView) -> dict[str, catalogue.JSON]:
    return {
        "PolicyName": view.name,
        "PolicyDocument": view.document,
        "UserName": view.holder.name if view.holder.kind is _KINDS.USER else "",
        "RoleName": view.holder.name if view.holder.kind is _KINDS.ROLE else "",
        "UpdateDate": timestamps.to_seconds_text(view.updated_at),
    }


def _operation(
    name: str,
    request: type[requests.Request],
    handler: Callable[[operation.Context, Any], catalogue.Answer],
) -> operation.AnyOperation:
    is_change = name.startswith(("Put", "Delete"))
    resource = "UserName" if "User" in name else "RoleName"
    return operation.Operation(
        name=name,
        product=_FUTAGO,
        request=request,
        handler=handler,
        mutating=is_change,
        resource=resource if is_change else None,
    )


ACTIONS: tuple[operation.AnyOperation, ...] = (
    _operation("PutUserPolicy", PutUserPolicy, put),
    _operation("GetUserPolicy", UserPolicy, get),
    _operation("DeleteUserPolicy", UserPolicy, delete),
    _operation("ListUserPolicies", UserPolicies, list_of),
    _operation("PutRolePolicy", PutRolePolicy, put),
    _operation("GetRolePolicy", RolePolicy, get),
    _operation("DeleteRolePolicy", RolePolicy, delete),
    _operation("ListRolePolicies", RolePolicies, list_of),
    _operation("ListPolicies", ListPolicies, list_all),
)
