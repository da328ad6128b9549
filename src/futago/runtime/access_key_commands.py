"""`futago access-key`: the keys that sign calls, managed where the database is.

Whoever can read the database may do everything, so that these commands ask for no permission.
"""

from __future__ import annotations

from pathlib import Path

import click

from futago.runtime import account_options, options
from futago.services import access


@click.group()
def access_key() -> None:
    """Create, list, disable, enable and delete access keys."""


@access_key.command()
@options.config_file
@account_options.account
@click.option("--user", default=access.ADMINISTRATOR, show_default=True, help="Name of the user.")
@options.as_json
def create(file: Path, account: str | None, user: str, *, as_json: bool) -> None:
    """Create an access key; its secret is shown this once."""
    with account_options.store(file) as database, database.begin() as work:
        account_id = account_options.chosen(work, account)
        made = access.create_access_key(work, account_id, user)
    fields = {"access_key_id": made.access_key_id, "access_key_secret": made.secret}
    account_options.show(fields, as_json=as_json)


@access_key.command("list")
@options.config_file
@account_options.account
@click.option("--user", default=None, help="Only the keys of this user.")
@options.as_json
def list_keys(file: Path, account: str | None, user: str | None, *, as_json: bool) -> None:
    """List access keys without their secrets."""
    with account_options.store(file) as database, database.begin() as work:
        account_id = account_options.chosen(work, account)
        keys = access.list_access_keys(work, account_id, user)
    rows = [
        {
            "access_key_id": key.access_key_id,
            "user": key.user_name,
            "active": key.active,
            "created_at": key.created_at.isoformat(),
        }
        for key in keys
    ]
    lines = [
        f"{row['access_key_id']}  {'active' if row['active'] else 'disabled':8}"
        f"  {row['created_at']}  {row['user']}"
        for row in rows
    ]
    account_options.show_all(rows, lines, as_json=as_json)


@access_key.command()
@options.config_file
@account_options.account
@click.argument("access_key_id")
def disable(file: Path, account: str | None, access_key_id: str) -> None:
    """Make an access key useless from the next call on."""
    with account_options.store(file) as database, database.begin() as work:
        access.disable_access_key(work, account_options.chosen(work, account), access_key_id)
    click.echo(f"{access_key_id} is disabled.")


@access_key.command()
@options.config_file
@account_options.account
@click.argument("access_key_id")
def enable(file: Path, account: str | None, access_key_id: str) -> None:
    """Make a disabled access key useful again."""
    with account_options.store(file) as database, database.begin() as work:
        access.enable_access_key(work, account_options.chosen(work, account), access_key_id)
    click.echo(f"{access_key_id} is enabled.")


@access_key.command()
@options.config_file
@account_options.account
@click.argument("access_key_id")
def delete(file: Path, account: str | None, access_key_id: str) -> None:
    """Forget an access key and its secret."""
    with account_options.store(file) as database, database.begin() as work:
        access.delete_access_key(work, account_options.chosen(work, account), access_key_id)
    click.echo(f"{access_key_id} is deleted.")
