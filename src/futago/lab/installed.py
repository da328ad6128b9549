"""What a site's device runs, and where its files are.

`device.json` beside the rendered files says what runs where, so that a part that was killed can be
started again without the document that configured it.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from futago.domain import faults
from futago.lab import record, registry

_FILE: Final = "device.json"


class NotApplied(faults.Invalid):
    """The site's device has no configuration yet."""

    code = "Lab.NotApplied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tunnel:
    """What a device runs for one tunnel."""

    number: int
    """Its place in the configuration, from 1; the directory is named after it."""
    tunnel_id: str
    outside: str
    """Namespace of the IKE daemon."""
    device: str
    """In the router's namespace."""
    address: str | None = None
    """Of the device, with the length of its network; with BGP only."""
    peer: str | None = None
    """The other end of the BGP session."""


def tunnels_of(lab: record.Lab, site: record.Site) -> tuple[Tunnel, ...]:
    """Say what a site's device should run.

    Raises:
        NotApplied: Nothing yet.
    """
    found = load(directory_of(lab, site))
    if not found:
        raise NotApplied(
            f"Site {site.name} runs no tunnels; configure it with "
            f"`futago lab site apply {site.name} --connection vco-...`."
        )
    return found


def directory_of(lab: record.Lab, site: record.Site) -> Path:
    """Give the directory of a device's files."""
    return lab.directory / "sites" / site.name


def socket_of(lab: record.Lab, site: record.Site, number: int) -> str:
    """Give the address of the control socket of a tunnel's daemon."""
    return f"unix://{short_path(lab, site)}/tunnel{number}/vici"


def short_path(lab: record.Lab, site: record.Site) -> Path:
    """Give a short name of that directory."""
    # Sockets have paths of at most 107 bytes; a lab's directory may be anywhere.
    return registry.runtime_directory(lab.mark) / f"site-{site.name}"


def remember(directory: Path, tunnels: Sequence[Tunnel]) -> None:
    """Write down what a device runs."""
    members = [dataclasses.asdict(each) for each in tunnels]
    record.write_private(directory / _FILE, json.dumps(members, indent=2) + "\n")


def load(directory: Path) -> tuple[Tunnel, ...]:
    """Say what a device in a directory should run: none when it was never configured."""
    try:
        raw = json.loads((directory / _FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    return tuple(Tunnel(**each) for each in raw)
