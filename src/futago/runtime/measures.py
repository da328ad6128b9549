"""Where a process of the API counts its calls, and what `/metrics` of it shows.

Several processes count into files of one directory, each into its own; whichever is asked shows
the sums. A worker goes on with the file of the one whose place it took.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import prometheus_client
from prometheus_client import multiprocess, values

_DIRECTORY_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Where the library looks for the directory when it opens a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """The registries of one process."""

    counted: prometheus_client.CollectorRegistry
    """Of what this process counts."""
    shown: prometheus_client.CollectorRegistry
    """Of what it shows."""


def alone(registry: prometheus_client.CollectorRegistry = prometheus_client.REGISTRY) -> Measures:
    """Count in the memory of the only process, and show that process."""
    return Measures(counted=registry, shown=registry)


def prepare(directory: Path) -> None:
    """Make the directory, empty, before the processes start."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(mode=0o700, parents=True)


def of_worker(directory: Path, number: int) -> Measures:
    """Count in the file of a worker, and show the sums over all.

    Metrics that were made before, in this process, stay in its memory and are not shown.
    """
    os.environ[_DIRECTORY_VARIABLE] = str(directory)
    own_file = values.MultiProcessValue(lambda: number)  # type: ignore[no-untyped-call]
    values.ValueClass = own_file
    shown = prometheus_client.CollectorRegistry()
    multiprocess.MultiProcessCollector(shown, str(directory))  # type: ignore[no-untyped-call]
    return Measures(counted=prometheus_client.CollectorRegistry(), shown=shown)
