"""Builds the console's page into the package, and refuses to build a package without it.

An editable install skips it: there `make console` builds the page into the source tree.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PAGE = "src/futago/api/static/index.html"
HINT = "install Node.js with npm, or build from a released source archive, which has the page"


class ConsoleHook(BuildHookInterface):
    """Runs npm where the page is missing and its sources are there."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build the page before the files are collected."""
        if version == "editable":
            return
        root = Path(self.root)
        if not (root / PAGE).is_file():
            self._build(root / "console")
        if not (root / PAGE).is_file():
            raise RuntimeError(f"The console's page {PAGE} is missing after its build.")

    def _build(self, sources: Path) -> None:
        npm = shutil.which("npm")
        if npm is None or not (sources / "package.json").is_file():
            raise RuntimeError(f"The console's page {PAGE} is missing: {HINT}.")
        for arguments in (["ci", "--no-audit", "--no-fund"], ["run", "types"], ["run", "build"]):
            subprocess.run([npm, "--silent", *arguments], cwd=sources, check=True)
