"""`futago account` and `futago user`: who owns resources and who may use them.

Whoever can read the database may do everything, so that these commands ask for no permission.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from futago.runtime import account_options, options
from futago.services import (
    access,
    accounts,
    console_factors,
    console_passwords,
    console_sessions,
    pages,
)


@click.group()
def account() -> None:
    """Create and list accounts."""


@account.command("create")
@options.config_file
@click.option("--name", default="", help="Name for people.")
@options.as_json
def create_account(file: Path, name: str, *, as_json: bool) -> None:
    """Create an account with its administrator, the user `admin`."""
    with account_options.store(file) as database, database.begin() as work:
        view = accounts.create(work, name)
    account_options.show({"account_id": view.id, "name": view.name}, as_json=as_json)


@account.command("list")
@options.config_file
@options.as_json
def list_accounts(file: Path, *, as_json: bool) -> None:
    """List accounts, oldest first."""
    with account_options.store(file) as database, database.begin() as work:
        account_options.chosen(work, None)
        found = accounts.list_accounts(work, pages.ALL)
    rows = [
        {"account_id": view.id, "name": view.name, "created_at": view.created_at.isoformat()}
        for view in found.items
    ]
    lines = [f"{row['account_id']}  {row['created_at']}  {row['name']}" for row in rows]
    account_options.show_all(rows, lines, as_json=as_json)


@click.group()
def user() -> None:
    """Create, list and delete users; set their passwords for the console."""


@user.command("create")
@options.config_file
@account_options.account
@click.option("--administrator", is_flag=True, help="May do everything in the account.")
@click.argument("name")
def create_user(file: Path, account: str | None, name: str, *, administrator: bool) -> None:
    """Create a user, who may do nothing until there is a policy."""
    draft = accounts.UserDraft(name=name, is_administrator=administrator)
    with account_options.store(file) as database, database.begin() as work:
        accounts.create_user(work, account_options.chosen(work, account), draft)
    click.echo(f"User {name} is created.")


@user.command("list")
@options.config_file
@account_options.account
@options.as_json
def list_users(file: Path, account: str | None, *, as_json: bool) -> None:
    """List the users of an account."""
    with account_options.store(file) as database, database.begin() as work:
        account_id = account_options.chosen(work, account)
        found = accounts.list_users(work, account_id, pages.ALL)
    rows = [
        {
            "name": view.name,
            "administrator": view.is_administrator,
            "created_at": view.created_at.isoformat(),
        }
        for view in found.items
    ]
    lines = [
        f"{'administrator' if row['administrator'] else 'user':13}"
        f"  {row['created_at']}  {row['name']}"
        for row in rows
    ]
    account_options.show_all(rows, lines, as_json=as_json)


@user.command("delete")
@options.config_file
@account_options.account
@click.argument("name")
def delete_user(file: Path, account: str | None, name: str) -> None:
    """Delete a user without access keys."""
    with account_options.store(file) as database, database.begin() as work:
        accounts.delete_user(work, account_options.chosen(work, account), name)
    click.echo(f"User {name} is deleted.")


@user.command("set-password")
@options.config_file
@account_options.account
@click.option("--stdin", "from_stdin", is_flag=True, help="Read it from standard input.")
@options.as_json
@click.argument("name", default=access.ADMINISTRATOR)
def set_password(
    file: Path, account: str | None, name: str, *, from_stdin: bool, as_json: bool
) -> None:
    """Set the password of a user (admin) for the console; one that is made up is shown this once.

    All sessions of the user end.
    """
    given = sys.stdin.readline().rstrip("\n") if from_stdin else None
    with account_options.store(file) as database, database.begin() as work:
        account_id = account_options.chosen(work, account)
        password = console_passwords.make(work) if given is None else given
        console_passwords.put(work, account_id, name, password)
    fields = {"account_id": account_id, "user_name": name}
    shown = {"password": password} if given is None else {}
    account_options.show(fields | shown, as_json=as_json)


@user.command("remove-second-factor")
@options.config_file
@account_options.account
@click.argument("name", default=access.ADMINISTRATOR)
def remove_second_factor(file: Path, account: str | None, name: str) -> None:
    """Forget the second factor of a user (admin) who lost it; the password alone opens then.

    All sessions of the user end.
    """
    with account_options.store(file) as database, database.begin() as work:
        account_id = account_options.chosen(work, account)
        accounts.get_user(work, account_id, name)
        had_one = console_factors.remove(work, account_id, name)
        console_sessions.close_all(work, account_id, name)
    click.echo(f"User {name} has no second factor {'any more' if had_one else 'and had none'}.")
