"""`futago config`: is the file right."""

from __future__ import annotations

import json
from pathlib import Path

import click

from futago.runtime import options, reference, settings_file


@click.group()
def config() -> None:
    """Check a settings file, or write one."""


@config.command("check")
@options.config_file
@options.as_json
def config_check(file: Path, *, as_json: bool) -> None:
    """Check a settings file together with the environment's overrides."""
    chosen = settings_file.load(file)
    if as_json:
        click.echo(json.dumps(chosen.model_dump(mode="json"), indent=2))
        return
    zones = ", ".join(zone.id for zone in chosen.node.zones) or "none yet"
    click.echo(f"{file} is valid; zones: {zones}.")


@config.command("example")
def config_example() -> None:
    """Print a settings file with every key, its default and its meaning."""
    click.echo(reference.example_toml(), nl=False)
