"""A lab for the time of a block, and progress on standard output."""

from __future__ import annotations

import contextlib
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from pathlib import Path

from futago.lab import control, life, record


@contextlib.contextmanager
def laboratory(pools: Mapping[str, IPv4Network] = control.ZONES) -> Iterator[record.Lab]:
    """Build a lab; it is taken down however the block ends."""
    with tempfile.TemporaryDirectory(prefix="futago-bench-") as directory:
        lab = life.make(Path(directory) / "lab", pools)
        say(f"lab {lab.mark} is up")
        try:
            yield lab
        finally:
            say(f"taking lab {lab.mark} down")
            with _uninterrupted():
                life.remove(lab.mark, keeps_log=False)


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ignore impatience: what is left half removed would stay."""
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    for each in before:
        signal.signal(each, signal.SIG_IGN)
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def say(text: str) -> None:
    """Show progress."""
    print(f"   {time.strftime('%H:%M:%S')} {text}", flush=True)
