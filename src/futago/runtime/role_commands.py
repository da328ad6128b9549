"""`futago up` and the single roles."""

from __future__ import annotations

from pathlib import Path

import click

from futago.runtime import logs, options, roles, settings_file


@click.command()
@options.config_file
def up(file: Path) -> None:
    """Run API, controller and agent on this host, until SIGTERM or Ctrl-C."""
    chosen = settings_file.load(file)
    logs.set_up(chosen.logs)
    roles.run_all(chosen, file.absolute())


@click.command()
@options.config_file
@options.parent
def api(file: Path, parent: int | None) -> None:
    """Run the API only."""
    _run(roles.Role.API, file, parent)


@click.command()
@options.config_file
@options.parent
def controller(file: Path, parent: int | None) -> None:
    """Run the controller only."""
    _run(roles.Role.CONTROLLER, file, parent)


@click.command()
@options.config_file
@options.parent
def agent(file: Path, parent: int | None) -> None:
    """Run the agent of this host only."""
    _run(roles.Role.AGENT, file, parent)


def _run(role: roles.Role, file: Path, parent: int | None) -> None:
    chosen = settings_file.load(file)
    logs.set_up(chosen.logs)
    roles.run(role, chosen, parent)
