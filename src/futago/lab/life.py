"""Making a lab and taking it down."""

from __future__ import annotations

import dataclasses
import signal
import threading
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network
from pathlib import Path
from typing import Final

from futago.domain import faults
from futago.lab import control, record, registry, sites, teardown, topology

FIRST_SITE: Final = ("dc1", ("203.0.113.10", "203.0.113.20"), "192.168.10.0/24")
_LOOK_SECONDS: Final = 1.0


class LabExists(faults.Conflict):
    """The directory holds a lab already."""

    code = "Lab.Exists"


def make(directory: Path | None, pools: Mapping[str, IPv4Network]) -> record.Lab:
    """Build a lab; what was built is removed again when a part fails."""
    if directory is not None and (directory / record.FILE).exists():
        raise LabExists(f"{directory} holds a lab already; take it down with `futago lab down`.")
    mark = registry.claim_mark()
    chosen = (directory or Path(f"lab-{mark}")).absolute()
    chosen.mkdir(mode=0o700, parents=True, exist_ok=True)
    registry.remember(mark, chosen)
    try:
        return _build(mark, chosen, pools)
    except BaseException:
        remove(mark, keeps_log=True)
        raise


def _build(mark: str, directory: Path, pools: Mapping[str, IPv4Network]) -> record.Lab:
    lab = record.Lab(
        mark=mark,
        directory=directory,
        endpoint=control.free_endpoint(),
        region_id=control.REGION_ID,
    )
    record.save(lab)
    topology.build(lab, (*pools.values(), *control.PRIVATE_POOLS.values()))
    control.write_settings(lab, pools)
    control.start(lab)
    name, addresses, network = FIRST_SITE
    lab = sites.add(lab, sites.plan(lab, name, addresses, network))
    control.wait_ready(lab)
    key_id, secret = control.create_access_key(lab)
    lab = dataclasses.replace(
        lab,
        access_key_id=key_id,
        access_key_secret=secret,
        console_password=control.make_console_password(lab),
    )
    record.save(lab)
    return lab


def remove(mark: str, *, keeps_log: bool) -> None:
    """Take a lab down, whatever is left of it."""
    directory = registry.directory_of(mark)
    teardown.remove(mark)
    if directory is not None:
        teardown.forget(directory, keeps_log=keeps_log)


def stay(lab: record.Lab, announce: Callable[[], None]) -> None:
    """Return when interrupted, or when the control plane ended.

    Args:
        lab: A lab that was made.
        announce: Called once an interruption would be noticed.
    """
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    announce()
    while not asked.wait(_LOOK_SECONDS):
        if not teardown.is_alive(lab.directory):
            return
