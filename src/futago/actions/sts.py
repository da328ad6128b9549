"""Temporary credentials, and who one is."""

from __future__ import annotations

from typing import Annotated

import pydantic

from futago.actions import catalogue, faults, operation, principals, requests
from futago.protocols.rpc import timestamps
from futago.services import accounts, roles, sessions

_STS = catalogue.Product.STS


class AssumeRole(requests.Request):
    """Parameters of AssumeRole."""

    role_arn: principals.RoleArn
    role_session_name: principals.SessionName
    duration_seconds: (
        Annotated[
            requests.Integer,
            pydantic.Field(ge=sessions.MIN_SECONDS, le=sessions.MAX_SECONDS),
            requests.Vendor(invalid="InvalidParameter.DurationSeconds"),
        ]
        | None
    ) = None
    policy: principals.PolicyDocument | None = None
    external_id: Annotated[str, pydantic.Field(max_length=1224)] | None = None
    source_identity: principals.SessionName | None = None


class GetCallerIdentity(requests.Request):
    """Parameters of GetCallerIdentity."""


def assume_role(context: operation.Context, request: AssumeRole) -> catalogue.Answer:
    """Give temporary credentials that may do what a role may."""
    account_id, role_name = principals.role_of(request.role_arn)
    if account_id != context.scope.account_id:
        raise faults.VendorFault(
            "NoPermission",
            403,
            f"Role '{role_name}' of account {account_id} does not trust your account: roles are"
            " taken on by users of their own account.",
            field="RoleArn",
        )
    draft = sessions.SessionDraft(
        role_name=role_name,
        name=request.role_session_name,
        seconds=request.duration_seconds,
        boundary=request.policy,
    )
    made = sessions.assume_role(context.work, account_id, draft)
    answer: dict[str, catalogue.JSON] = {
        "AssumedRoleUser": {
            "Arn": f"acs:ram::{account_id}:assumed-role/{role_name}/{made.name}",
            "AssumedRoleId": f"{made.role_id}:{made.name}",
        },
        "Credentials": {
            "AccessKeyId": made.access_key_id,
            "AccessKeySecret": made.secret,
            "SecurityToken": made.token,
            "Expiration": timestamps.to_seconds_text(made.expires_at),
        },
    }
    if request.source_identity is not None:
        answer["SourceIdentity"] = request.source_identity
    return answer


def get_caller_identity(context: operation.Context, request: GetCallerIdentity) -> catalogue.Answer:
    """Tell the caller who it is."""
    del request
    who = context.principal
    common: dict[str, catalogue.JSON] = {"AccountId": who.account_id, "Arn": who.arn}
    if who.role_name is not None:
        role = roles.get(context.work, who.account_id, who.role_name)
        return {
            **common,
            "IdentityType": "AssumedRoleUser",
            "PrincipalId": f"{role.id}:{who.session_name}",
            "RoleId": role.id,
        }
    user = accounts.find_user(context.work, who.account_id, who.user_name)
    user_id = user.id if user else ""
    return {**common, "IdentityType": "RAMUser", "PrincipalId": user_id, "UserId": user_id}


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="AssumeRole",
        product=_STS,
        request=AssumeRole,
        handler=assume_role,
        mutating=True,
        resource="RoleArn",
    ),
    operation.Operation(
        name="GetCallerIdentity",
        product=_STS,
        request=GetCallerIdentity,
        handler=get_caller_identity,
        open_to_all=True,
    ),
)
