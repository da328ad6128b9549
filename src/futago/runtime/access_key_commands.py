"""`futago access-key`: the keys that sign calls, managed where the database is."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import click

from futago.runtime import logs, options, settings_file, storage
from futago.services import access
from futago.store import unit_of_work


@click.group()
def access_key() -> None:
    """Create, list and disable access keys."""


@access_key.command()
@options.config_file
@click.option("--user", default="admin", show_default=True, help="Name of the user.")
@options.as_json
def create(file: Path, user: str, *, as_json: bool) -> None:
    """Create an access key; its secret is shown this once."""
    with _store(file) as database, database.begin() as work:
        made = access.create_access_key(work, access.ensure_bootstrap_account(work), user)
    if as_json:
        fields = {"access_key_id": made.access_key_id, "access_key_secret": made.secret}
        click.echo(json.dumps(fields))
        return
    click.echo(f"access key id:     {made.access_key_id}")
    click.echo(f"access key secret: {made.secret}")


@access_key.command("list")
@options.config_file
@options.as_json
def list_keys(file: Path, *, as_json: bool) -> None:
    """List access keys without their secrets."""
    with _store(file) as database, database.begin() as work:
        keys = access.list_access_keys(work, access.ensure_bootstrap_account(work))
    rows = [
        {
            "access_key_id": key.access_key_id,
            "user": key.user_name,
            "active": key.active,
            "created_at": key.created_at.isoformat(),
        }
        for key in keys
    ]
    if as_json:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        state = "active" if row["active"] else "disabled"
        click.echo(f"{row['access_key_id']}  {state:8}  {row['created_at']}  {row['user']}")


@access_key.command()
@options.config_file
@click.argument("access_key_id")
def disable(file: Path, access_key_id: str) -> None:
    """Make an access key useless from the next call on."""
    with _store(file) as database, database.begin() as work:
        account_id = access.ensure_bootstrap_account(work)
        access.disable_access_key(work, account_id, access_key_id)
    click.echo(f"{access_key_id} is disabled.")


@contextlib.contextmanager
def _store(file: Path) -> Iterator[unit_of_work.Database]:
    chosen = settings_file.load(file)
    logs.set_up(chosen.logs)
    storage.prepare(chosen)
    with contextlib.closing(storage.open_database(chosen, None)) as database:
        yield database
