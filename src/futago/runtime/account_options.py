"""What the commands on accounts, users and keys share."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from futago.runtime import logs, settings_file, storage
from futago.services import access, accounts
from futago.store import unit_of_work

account = click.option(
    "--account", default=None, help="Id of the account; the first one without it."
)


@contextlib.contextmanager
def store(file: Path) -> Iterator[unit_of_work.Database]:
    """Open the database of an installation, making it where it is missing."""
    chosen_settings = settings_file.load(file)
    logs.set_up(chosen_settings.logs)
    storage.prepare(chosen_settings)
    with contextlib.closing(storage.open_database(chosen_settings, None)) as database:
        yield database


def chosen(work: unit_of_work.UnitOfWork, account_id: str | None) -> str:
    """Give the account that is meant.

    Raises:
        AccountNotFound: There is none of this id.
    """
    first = access.ensure_bootstrap_account(work)
    return first if account_id is None else accounts.require_account(work, account_id)


def show(fields: Mapping[str, object], *, as_json: bool) -> None:
    """Print one thing: JSON, or a line for each of its fields."""
    if as_json:
        click.echo(json.dumps(fields))
        return
    width = max(map(len, fields)) + 1
    for name, value in fields.items():
        click.echo(f"{name.replace('_', ' ') + ':':{width}} {value}")


def show_all(rows: Sequence[Mapping[str, object]], lines: Sequence[str], *, as_json: bool) -> None:
    """Print several things: JSON, or lines."""
    if as_json:
        click.echo(json.dumps(rows))
        return
    for line in lines:
        click.echo(line)
