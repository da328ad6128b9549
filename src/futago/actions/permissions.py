"""Whether a caller may do what it asks.

Asked twice: before parameters are read, so that somebody without any right to an action learns
nothing about it, and again for each resource that the call is about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from futago.actions import arns, catalogue, faults
from futago.domain import policy

if TYPE_CHECKING:
    import pydantic

    from futago.store import unit_of_work

SHOWS_KEYS: Final = "vpc:DownloadVpnConnectionConfig"
"""Whoever is denied this sees no pre-shared key in any answer."""


def require_any(action: catalogue.AnyAction, principal: catalogue.Principal) -> None:
    """Check that there are resources on which the caller may do this.

    Raises:
        AccessDenied: There are none.
    """
    if not action.open_to_all and not principal.permissions.may_ever(action.permission):
        raise denied(action.permission, "*", principal, policy.Decision.NOT_ALLOWED)


def require(
    action: catalogue.AnyAction,
    principal: catalogue.Principal,
    request: pydantic.BaseModel,
    work: unit_of_work.UnitOfWork,
) -> None:
    """Check that the caller may do this to all resources that the call is about.

    Raises:
        AccessDenied: One of them is not allowed, or denied.
    """
    if action.open_to_all or principal.permissions == policy.ADMINISTRATOR:
        return
    asked = arns.Asked(
        action=action,
        request=request,
        principal=principal,
        connection_of=work.owner_of_tunnel,
    )
    for name in asked.names:
        decision = principal.permissions.decide(action.permission, name)
        if decision is not policy.Decision.ALLOWED:
            raise denied(action.permission, name, principal, decision)


def shows_keys(principal: catalogue.Principal, region_id: str, connection_id: str) -> bool:
    """Tell whether answers to a caller carry the pre-shared keys of a connection."""
    name = _connection(principal, region_id, connection_id)
    return principal.permissions.decide(SHOWS_KEYS, name) is not policy.Decision.DENIED


def require_keys(principal: catalogue.Principal, region_id: str, connection_id: str) -> None:
    """Check that a caller may see pre-shared keys, for answers that are nothing without them.

    Raises:
        AccessDenied: It may not.
    """
    if not shows_keys(principal, region_id, connection_id):
        name = _connection(principal, region_id, connection_id)
        raise denied(SHOWS_KEYS, name, principal, policy.Decision.DENIED)


def denied(
    permission: str,
    resource: str,
    principal: catalogue.Principal,
    decision: policy.Decision,
) -> faults.AccessDenied:
    """Say who was denied what."""
    is_explicit = decision is policy.Decision.DENIED
    is_session = principal.role_name is not None
    kind = "AssumedRoleUser" if is_session else "SubUser"
    by_boundary = is_session and principal.permissions.boundary is not None
    rule = "a policy denies it" if is_explicit else "no policy allows it"
    return faults.AccessDenied(
        f"{kind} {principal.user_name} of account {principal.account_id} may not {permission} on"
        f" {resource}: {rule}. Have an administrator change the policies.",
        {
            "AuthAction": permission,
            "AuthPrincipalType": kind,
            "AuthPrincipalOwnerId": principal.account_id,
            "AuthPrincipalDisplayName": principal.user_name,
            "NoPermissionType": "ExplicitDeny" if is_explicit else "ImplicitDeny",
            "PolicyType": "AssumeRolePolicy" if by_boundary else "AccountLevelIdentityBasedPolicy",
        },
    )


def _connection(principal: catalogue.Principal, region_id: str, connection_id: str) -> str:
    return f"acs:vpc:{region_id}:{principal.account_id}:vpnconnection/{connection_id}"
