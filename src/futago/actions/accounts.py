"""Accounts and users: a product of our own, since the vendor's are made on its web pages."""

from __future__ import annotations

from typing import Annotated

from futago.actions import catalogue, fields, operation, paging, principals, requests
from futago.protocols.rpc import timestamps
from futago.services import accounts

_FUTAGO = catalogue.Product.FUTAGO

Label = Annotated[str, fields.reads(fields.label(128))]


class CreateAccount(requests.Request):
    """Parameters of CreateAccount."""

    account_name: Label = ""


class ListAccounts(requests.Request, requests.Paged, requests.Searched):
    """Parameters of ListAccounts."""


class CreateUser(requests.Request):
    """Parameters of CreateUser."""

    user_name: principals.UserName
    display_name: Label = ""
    comments: Label = ""


class OneUser(requests.Request):
    """Parameters of GetUser and DeleteUser."""

    user_name: principals.UserName


class ListUsers(requests.Request, requests.Paged, requests.Searched):
    """Parameters of ListUsers."""


def create_account(context: operation.Context, request: CreateAccount) -> catalogue.Answer:
    """Make an account with its administrator; only for the first account."""
    accounts.require_first(context.work, context.scope.account_id)
    view = accounts.create(context.work, request.account_name)
    return {"AccountId": view.id, "Account": _account(view)}


def list_accounts(context: operation.Context, request: ListAccounts) -> catalogue.Answer:
    """List all accounts; only for the first account."""
    accounts.require_first(context.work, context.scope.account_id)
    found = accounts.list_accounts(context.work, paging.by_number(request), request.keyword)
    return {
        **paging.numbered(request, found.total),
        "Accounts": [_account(view) for view in found.items],
    }


def create_user(context: operation.Context, request: CreateUser) -> catalogue.Answer:
    """Make a user, who may do nothing until there is a policy."""
    draft = accounts.UserDraft(
        name=request.user_name, display_name=request.display_name, comments=request.comments
    )
    view = accounts.create_user(context.work, context.scope.account_id, draft)
    return {"User": _user(view)}


def get_user(context: operation.Context, request: OneUser) -> catalogue.Answer:
    """Show a user."""
    view = accounts.get_user(context.work, context.scope.account_id, request.user_name)
    return {"User": _user(view)}


def list_users(context: operation.Context, request: ListUsers) -> catalogue.Answer:
    """List the users of the account."""
    page = paging.by_number(request)
    found = accounts.list_users(context.work, context.scope.account_id, page, request.keyword)
    return {
        **paging.numbered(request, found.total),
        "Users": {"User": [_user(view) for view in found.items]},
    }


def delete_user(context: operation.Context, request: OneUser) -> catalogue.Answer:
    """Delete a user without access keys, together with its policies."""
    accounts.delete_user(context.work, context.scope.account_id, request.user_name)
    return {}


def _account(view: accounts.AccountView) -> dict[str, catalogue.JSON]:
    return {
        "AccountId": view.id,
        "AccountName": view.name,
        "CreateDate": timestamps.to_seconds_text(view.created_at),
    }


def _user(view: accounts.UserView) -> dict[str, catalogue.JSON]:
    return {
        "UserId": view.id,
        "UserName": view.name,
        "DisplayName": view.display_name,
        "Comments": view.comments,
        "Administrator": view.is_administrator,
        "CreateDate": timestamps.to_seconds_text(view.created_at),
    }


ACTIONS: tuple[operation.AnyOperation, ...] = (
    operation.Operation(
        name="CreateAccount",
        product=_FUTAGO,
        request=CreateAccount,
        handler=create_account,
        mutating=True,
        resource="AccountId",
    ),
    operation.Operation(
        name="ListAccounts", product=_FUTAGO, request=ListAccounts, handler=list_accounts
    ),
    operation.Operation(
        name="CreateUser",
        product=_FUTAGO,
        request=CreateUser,
        handler=create_user,
        mutating=True,
        resource="UserName",
    ),
    operation.Operation(name="GetUser", product=_FUTAGO, request=OneUser, handler=get_user),
    operation.Operation(name="ListUsers", product=_FUTAGO, request=ListUsers, handler=list_users),
    operation.Operation(
        name="DeleteUser",
        product=_FUTAGO,
        request=OneUser,
        handler=delete_user,
        mutating=True,
        resource="UserName",
    ),
)
