"""Runs the benchmarks: `python benchmarks/run.py [--only PREFIX]`.

Prints a table and writes results.json, a list of {name, value, unit, goal, ok}. A benchmark that
fails costs its own figures only. Exit code 1 when a goal is missed or a benchmark failed.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time
import traceback
from types import ModuleType

import api
import console
import failover
import figures
import httpx
import hundred
import negotiations
import setup_time
import throughput
import truth

from futago.domain import faults

MODULES = (negotiations, truth, setup_time, throughput, hundred, failover, api, console)
FAILURES = (
    AssertionError,
    LookupError,
    OSError,
    ValueError,
    faults.Fault,
    httpx.HTTPError,
    subprocess.SubprocessError,
)


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("--only", default="", metavar="PREFIX", help="prefix of figures' names")
    only = parser.parse_args().only
    # Terminating unwinds like an interruption does, so that labs are taken down.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    chosen = [each for each in MODULES if any(name.startswith(only) for name in each.NAMES)]
    if not chosen:
        names = ", ".join(name for each in MODULES for name in each.NAMES)
        parser.error(f"no figure starts with {only!r}; there are {names}")
    found: list[figures.Figure] = []
    all_ran = True
    try:
        for module in chosen:
            all_ran = _run(module, only, found) and all_ran
    except KeyboardInterrupt:
        all_ran = False
        print("interrupted", file=sys.stderr)
    finally:
        print()
        for figure in found:
            print(figure.row())
        figures.write(found)
    return 0 if all_ran and all(figure.ok for figure in found) else 1


def _run(module: ModuleType, only: str, found: list[figures.Figure]) -> bool:
    started = time.monotonic()
    print(f"== {(module.__doc__ or '').splitlines()[0]}", flush=True)
    try:
        for figure in module.run(lambda name: name.startswith(only)):
            if figure.name.startswith(only):
                print(f"   {figure.row()}", flush=True)
                found.append(figure)
    except FAILURES:
        traceback.print_exc()
        return False
    finally:
        print(f"   took {time.monotonic() - started:.0f} s", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
