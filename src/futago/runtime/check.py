"""`futago check`: what this host can do, as rows with advice.

Each probe asks the system itself rather than guessing from versions, changes nothing that it does
not undo, and answers within seconds.
"""

from __future__ import annotations

from pathlib import Path

from futago.domain import faults
from futago.runtime import findings, host_probes, service_probes, settings, settings_file


def run(file: Path) -> tuple[findings.Row, ...]:
    """Look at settings and host."""
    try:
        chosen = settings_file.load(file)
    except faults.Fault as fault:
        row = findings.fail("settings", fault.message, "Correct the file, then check again.")
        return (row, *host_probes.rows(settings.Node()))
    return (
        _settings_row(file, chosen),
        *host_probes.rows(chosen.node),
        *service_probes.rows(chosen),
    )


def _settings_row(file: Path, chosen: settings.Settings) -> findings.Row:
    if not chosen.node.zones:
        return findings.warn(
            "settings",
            f"{file} names no zone, so no tunnel can be placed",
            "Add a [[node.zones]] table with uplink and public_pools.",
        )
    return findings.ok("settings", f"{file} is valid")
