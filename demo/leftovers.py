"""Looking for what should be gone: namespaces, devices, processes, files."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from futago.lab import netns, registry
from futago.plan import places


def of_resources(lab: dict[str, Any], resource_ids: Iterable[str]) -> list[str]:
    """Find what carries one of these ids."""
    mark = lab["mark"]
    tails = [each.rpartition("-")[2] for each in resource_ids]
    kinds = [f"{mark}-{kind.value}-" for kind in places.PlaceKind]
    spaces = [name for kind in kinds for name in netns.with_prefix(kind)]
    found = [f"namespace {name}" for name in spaces]
    for name in netns.with_prefix(f"{mark}-"):
        with contextlib.suppress(OSError):
            found += [
                f"device {device} in {name}"
                for device in netns.device_names(name)
                if any(tail[:10] in device for tail in tails)
            ]
    found += _processes(tails)
    for directory in (Path(lab["directory"]) / "state", registry.runtime_directory(mark)):
        found += [
            f"file {path}"
            for path in directory.rglob("*")
            if any(tail in path.name for tail in tails)
        ]
    return found


def of_mark(mark: str, directory: Path) -> list[str]:
    """Find what carries a lab's mark after it was taken down."""
    found = [f"namespace {name}" for name in netns.with_prefix(f"{mark}-")]
    found += [
        f"file {path}" for path in (registry.runtime_directory(mark), directory) if path.exists()
    ]
    return found + _processes([str(registry.runtime_directory(mark)), str(directory)])


def _processes(words: Iterable[str]) -> list[str]:
    wanted = list(words)
    found = []
    for each in Path("/proc").iterdir():
        if not each.name.isdigit() or int(each.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            arguments = (
                (each / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            )
            if "demo.story" not in arguments and any(word in arguments for word in wanted):
                found.append(f"process {each.name}: {arguments[:120]}")
    return found
