"""Access keys of users: made, switched off and on, and deleted.

A key is exchanged by making the second one, switching the first off, and deleting it when nothing
complains. Without a UserName the caller's own keys are meant.
"""

from __future__ import annotations

from enum import StrEnum
from typing import assert_never

from futago.actions import catalogue, operation, principals, requests
from futago.protocols.rpc import timestamps
from futago.services import access, refusals

_FUTAGO = catalogue.Product.FUTAGO


class Status(StrEnum):
    """Whether a key is of use."""

    ACTIVE = "Active"
    INACTIVE = "Inactive"


class OfUser(requests.Request):
    """Parameters of CreateAccessKey and ListAccessKeys."""

    user_name: principals.UserName | None = None


class UpdateAccessKey(OfUser):
    """Parameters of UpdateAccessKey."""

    user_access_key_id: str
    status: Status


class DeleteAccessKey(OfUser):
    """Parameters of DeleteAccessKey."""

    user_access_key_id: str


def create(context: operation.Context, request: OfUser) -> catalogue.Answer:
    """Make an access key; its secret is in this answer and nowhere else."""
    user_name = _user_name(context, request)
    made = access.create_access_key(context.work, context.scope.account_id, user_name)
    return {
        "AccessKey": {
            "AccessKeyId": made.access_key_id,
            "AccessKeySecret": made.secret,
            "Status": Status.ACTIVE.value,
            "CreateDate": timestamps.to_seconds_text(context.scope.now),
        }
    }


def update(context: operation.Context, request: UpdateAccessKey) -> catalogue.Answer:
    """Switch an access key on or off."""
    account_id, key_id = context.scope.account_id, request.user_access_key_id
    _require_own(context, request, key_id)
    match request.status:
        case Status.ACTIVE:
            access.enable_access_key(context.work, account_id, key_id)
        case Status.INACTIVE:
            access.disable_access_key(context.work, account_id, key_id)
        case _:
            assert_never(request.status)
    return {}


def delete(context: operation.Context, request: DeleteAccessKey) -> catalogue.Answer:
    """Delete an access key."""
    _require_own(context, request, request.user_access_key_id)
    access.delete_access_key(context.work, context.scope.account_id, request.user_access_key_id)
    return {}


def list_all(context: operation.Context, request: OfUser) -> catalogue.Answer:
    """List the access keys of a user, without their secrets."""
    found = access.list_access_keys(
        context.work, context.scope.account_id, _user_name(context, request)
    )
    keys = [
        {
            "AccessKeyId": view.access_key_id,
            "UserName": view.user_name,
            "Status": (Status.ACTIVE if view.active else Status.INACTIVE).value,
            "CreateDate": timestamps.to_seconds_text(view.created_at),
        }
        for view in found
    ]
    return {"AccessKeys": {"AccessKey": keys}}


def _user_name(context: operation.Context, request: OfUser) -> str:
    return request.user_name or context.principal.user_name


def _require_own(context: operation.Context, request: OfUser, key_id: str) -> None:
    user_name = _user_name(context, request)
    keys = access.list_access_keys(context.work, context.scope.account_id, user_name)
    if key_id not in {view.access_key_id for view in keys}:
        raise refusals.AccessKeyNotFound(
            f"User '{user_name}' has no access key '{key_id[:64]}': list the keys of the user,"
            " or send the UserName that it belongs to.",
            value=key_id,
        )


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="CreateAccessKey",
        product=_FUTAGO,
        request=OfUser,
        handler=create,
        mutating=True,
        resource="UserName",
    ),
    operation.Operation(
        name="UpdateAccessKey",
        product=_FUTAGO,
        request=UpdateAccessKey,
        handler=update,
        mutating=True,
        resource="UserAccessKeyId",
    ),
    operation.Operation(
        name="DeleteAccessKey",
        product=_FUTAGO,
        request=DeleteAccessKey,
        handler=delete,
        mutating=True,
        resource="UserAccessKeyId",
    ),
    operation.Operation(name="ListAccessKeys", product=_FUTAGO, request=OfUser, handler=list_all),
)
