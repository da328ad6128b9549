"""`futago check`: is the host right."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from futago.runtime import check as host_check
from futago.runtime import findings, options


@click.command()
@options.config_file
@options.as_json
def check(file: Path, *, as_json: bool) -> None:
    """Say what this host can do, and what to do about the rest."""
    rows = host_check.run(file)
    click.echo(findings.render_json(rows) if as_json else findings.render_table(rows))
    if findings.has_failures(rows):
        sys.exit(1)
