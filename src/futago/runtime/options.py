"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

DEFAULT_FILE: Final = "/etc/futago/futago.toml"

config_file = click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=DEFAULT_FILE,
    show_default=True,
    help="Settings file.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
parent = click.option("--parent", type=int, default=None, hidden=True)
