"""Options that several verbs of the lab have."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from futago.lab import registry

directory_option: Final = click.option(
    "--dir",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="The lab's directory. Needed only where several labs run.",
)


def chosen(directory: Path | None) -> Path:
    """Find the lab that a verb means."""
    return directory.absolute() if directory is not None else registry.only_directory()
