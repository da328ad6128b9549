"""Accounts and their users."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from futago.domain import policy
from futago.services import access, console_factors, pages, policies, refusals
from futago.store import access as access_rows
from futago.store import schema, schema_access, unit_of_work


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """An account."""

    id: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UserView:
    """A user."""

    id: str
    account_id: str
    name: str
    display_name: str
    comments: str
    is_administrator: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDraft:
    """A user to be made."""

    name: str
    display_name: str = ""
    comments: str = ""
    is_administrator: bool = False


def create(work: unit_of_work.UnitOfWork, name: str) -> AccountView:
    """Make an account with its administrator."""
    access.ensure_bootstrap_account(work)
    return _account(work.session.get_one(schema.AccountRow, access.create_account(work, name)))


def require_first(work: unit_of_work.UnitOfWork, account_id: str) -> None:
    """Let only the account pass that the installation began with.

    Raises:
        OnlyFirstAccount: It is another one.
    """
    first = access_rows.first_account(work.session)
    if first is None or first.id != account_id:
        raise refusals.OnlyFirstAccount(
            f"Account {account_id} may not do this: sign with a key of the account that the"
            " installation began with.",
        )


def list_accounts(
    work: unit_of_work.UnitOfWork, page: pages.PageRequest, keyword: str | None = None
) -> pages.Page[AccountView]:
    """List accounts, oldest first; a keyword is a part of id or name."""
    rows, total = access_rows.accounts(work.session, page, keyword)
    return pages.Page(items=tuple(_account(row) for row in rows), total=total)


def require_account(work: unit_of_work.UnitOfWork, account_id: str) -> str:
    """Check that an account exists.

    Raises:
        AccountNotFound: It does not.
    """
    if work.session.get(schema.AccountRow, account_id) is None:
        raise refusals.AccountNotFound(
            f"There is no account '{account_id[:64]}': list the accounts to see which there are.",
            value=account_id,
        )
    return account_id


def create_user(work: unit_of_work.UnitOfWork, account_id: str, draft: UserDraft) -> UserView:
    """Make a user, who may do nothing unless it is an administrator.

    Raises:
        UserExists: The name is taken.
        MalformedName: It breaks a rule.
    """
    policy.parse_holder_name(draft.name)
    if work.session.get(schema_access.UserRow, (account_id, draft.name)) is not None:
        raise refusals.UserExists(
            f"User '{draft.name}' exists: choose another name.", value=draft.name
        )
    row = access.add_user(work, account_id, draft.name, is_administrator=draft.is_administrator)
    row.display_name = draft.display_name or draft.name
    row.comments = draft.comments
    work.session.flush()
    return _user(row)


def get_user(work: unit_of_work.UnitOfWork, account_id: str, name: str) -> UserView:
    """Show a user.

    Raises:
        UserNotFound: The account has none of this name.
    """
    return _user(_row(work, account_id, name))


def find_user(work: unit_of_work.UnitOfWork, account_id: str, name: str) -> UserView | None:
    """Show a user, if there is one of this name."""
    row = work.session.get(schema_access.UserRow, (account_id, name))
    return _user(row) if row else None


def list_users(
    work: unit_of_work.UnitOfWork,
    account_id: str,
    page: pages.PageRequest,
    keyword: str | None = None,
) -> pages.Page[UserView]:
    """List the users of an account by name, of which a keyword is a part."""
    rows, total = access_rows.users(work.session, account_id, page, keyword)
    return pages.Page(items=tuple(_user(row) for row in rows), total=total)


def delete_user(work: unit_of_work.UnitOfWork, account_id: str, name: str) -> None:
    """Delete a user without keys, together with its policies.

    Raises:
        UserNotFound: The account has none of this name.
        UserInUse: The user has keys, or is the last administrator.
    """
    row = _row(work, account_id, name)
    if access_rows.keys_of(work.session, account_id, name):
        raise refusals.UserInUse(f"User '{name}' has access keys: delete them first.", value=name)
    others = access_rows.other_administrators(work.session, account_id, name)
    if row.is_administrator and not others:
        raise refusals.UserInUse(
            f"User '{name}' is the last administrator of the account: make another one first.",
            value=name,
        )
    access_rows.drop_grants(work.session, account_id, policies.HolderKind.USER, name)
    console_factors.remove(work, account_id, name)
    work.session.delete(row)
    work.session.flush()


def _row(work: unit_of_work.UnitOfWork, account_id: str, name: str) -> schema_access.UserRow:
    row = work.session.get(schema_access.UserRow, (account_id, name))
    if row is None:
        raise refusals.UserNotFound(
            f"There is no user '{name[:64]}': list the users to see which there are.", value=name
        )
    return row


def _account(row: schema.AccountRow) -> AccountView:
    return AccountView(id=row.id, name=row.name, created_at=row.created_at)


def _user(row: schema_access.UserRow) -> UserView:
    return UserView(
        id=row.id,
        account_id=row.account_id,
        name=row.name,
        display_name=row.display_name,
        comments=row.comments,
        is_administrator=row.is_administrator,
        created_at=row.created_at,
    )
