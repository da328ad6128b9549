"""The lab's command line, as a person would type it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from futago.lab import wait

FUTAGO = [sys.executable, "-m", "futago"]
PROBE = [sys.executable, "-m", "futago.lab.probe"]
_SECONDS = 60


class LabError(Exception):
    """A verb of the lab failed."""


class Laboratory:
    """One running lab."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def up(self) -> None:
        """Build it."""
        self._futago("up", "--detach")

    def down(self) -> None:
        """Take it down."""
        self._futago("down")

    @property
    def facts(self) -> dict[str, Any]:
        """Content of lab.json."""
        return json.loads((self.directory / "lab.json").read_text(encoding="utf-8"))

    def apply(self, site: str, connection_id: str, *prefixes: str) -> None:
        """Configure a site from the download."""
        options = [word for prefix in prefixes for word in ("--cloud-prefix", prefix)]
        self._futago("site", "apply", site, "--connection", connection_id, *options)

    def speak_bgp(self, site: str, connection_id: str, asn: str) -> None:
        """Have a site speak BGP in the tunnels that it has."""
        self._futago("site", "bgp", site, "--asn", asn)
        self._futago("site", "apply", site, "--connection", connection_id, "--routing-only")

    def add_host(self, name: str, vpc_id: str, vswitch_id: str) -> str:
        """Attach a host and return its address."""
        return self._futago("host", "add", name, "--vpc", vpc_id, "--vswitch", vswitch_id).strip()

    def fault(self, site: str, *words: str) -> None:
        """Disturb or restore a site."""
        self._futago("fault", site, *words)

    def run(self, name: str, *command: str) -> str:
        """Run a command in a host or device and return its output."""
        return self._futago("exec", name, "--", *command)

    def ping(self, name: str, target: str, count: int = 10) -> dict[str, int]:
        """Ping from a host."""
        return json.loads(self.run(name, *PROBE, "ping", target, "--count", str(count)))

    @contextlib.contextmanager
    def background(self, name: str, *command: str) -> Iterator[subprocess.Popen[str]]:
        """Run a command in a host for the time of a block."""
        arguments = [*FUTAGO, "lab", "exec", "--dir", str(self.directory), name, "--", *command]
        with subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.terminate()
                process.communicate(timeout=10)

    @contextlib.contextmanager
    def flows(self, name: str, target: str, count: int) -> Iterator[list[dict[str, Any]]]:
        """Run probe flows for the time of a block; the report is complete after it."""
        report: list[dict[str, Any]] = []
        words = ["flows", target, "--flows", str(count), "--first-port", "30000"]
        arguments = [*FUTAGO, "lab", "exec", "--dir", str(self.directory), name, "--"]
        with subprocess.Popen(
            [*arguments, *PROBE, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                _wait_started(process)
                yield report
            finally:
                process.terminate()
                output, _ = process.communicate(timeout=15)
        report += json.loads(output)["flows"]

    def iperf(self, source: str, sink: str, target: str) -> float:
        """Measure with eight parallel streams; gives Mbit/s received."""
        with self.background(sink, "iperf3", "-s", "-1"):
            command = ["iperf3", "-J", "-c", target, "-P", "8", "-t", "2"]
            shown = wait.eventually(lambda: self._iperf_try(source, command), within=10)
        return round(shown["end"]["sum_received"]["bits_per_second"] / 1e6, 1)

    def _iperf_try(self, source: str, command: list[str]) -> dict[str, Any]:
        try:
            shown = json.loads(self.run(source, *command))
        except LabError as exc:
            raise wait.NotYet(str(exc)) from exc
        if "error" in shown:
            raise wait.NotYet(shown["error"])
        return shown

    def _futago(self, verb: str, *words: str) -> str:
        place = ["--dir", str(self.directory)]
        head = [verb, *place] if verb not in ("site", "host") else [verb, words[0], *place]
        rest = words if verb not in ("site", "host") else words[1:]
        done = subprocess.run(
            [*FUTAGO, "lab", *head, *rest],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        if done.returncode:
            raise LabError(f"lab {' '.join((*head, *rest))}: {done.stderr.strip()[-2000:]}")
        return done.stdout


def _wait_started(process: subprocess.Popen[str]) -> None:
    """Wait for the line that the flows write once they send."""
    stream = process.stderr
    assert stream is not None
    line = stream.readline()
    assert line.strip() == "sending", line + stream.read()
