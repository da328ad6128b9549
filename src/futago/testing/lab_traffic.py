"""Traffic of lab tests: flows that run beside a test, and which tunnel each of them takes."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from futago.lab import netns, probe, shell

FLOWS: Final = 16
INTERVAL_SECONDS: Final = 0.02
"""Between two datagrams of a flow."""
PINGS: Final = 10
FIRST_PORT: Final = 30000
THERE: Final = "there"
BACK: Final = "back"
_END_SECONDS: Final = 20.0
_PROBE: Final = (sys.executable, "-m", "futago.lab.probe")


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowReport:
    """What one flow saw."""

    port: int
    sent: int
    lost: int
    lost_there: int
    lost_back: int
    first_lost: int | None
    """Number of the first datagram that was lost, from 1."""
    longest_gap_seconds: float | None
    """None when nothing was ever answered."""

    @property
    def gap(self) -> float:
        """Longest interruption in seconds; no answer at all counts as endless."""
        return float("inf") if self.longest_gap_seconds is None else self.longest_gap_seconds


@dataclass(frozen=True, slots=True)
class Way:
    """One direction of one flow: a tunnel carries directions, not flows."""

    port: int
    direction: str


@contextlib.contextmanager
def echo(namespace: str) -> Iterator[None]:
    """Answer flows in a namespace for the time of a block."""
    with subprocess.Popen(netns.inside(namespace, [*_PROBE, "echo"])) as process:
        try:
            yield
        finally:
            process.kill()
            process.wait(_END_SECONDS)


@contextlib.contextmanager
def flows(
    namespace: str,
    target: IPv4Address,
    first_port: int = FIRST_PORT,
    *,
    interval_seconds: float = INTERVAL_SECONDS,
) -> Iterator[list[FlowReport]]:
    """Send flows from a namespace for the time of a block; the report is complete after it."""
    words = ["flows", str(target), "--flows", str(FLOWS), "--first-port", str(first_port)]
    words += ["--interval", str(interval_seconds)]
    report: list[FlowReport] = []
    with subprocess.Popen(
        netns.inside(namespace, [*_PROBE, *words]),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            _wait_started(process)
            yield report
        finally:
            process.terminate()
            output, _ = process.communicate(timeout=_END_SECONDS)
    report += [FlowReport(**each) for each in json.loads(output)["flows"]]


def ping(namespace: str, target: IPv4Address, count: int = PINGS) -> int:
    """Count the answers to pings from a namespace."""
    command = [*_PROBE, "ping", str(target), "--count", str(count)]
    done = subprocess.run(
        netns.inside(namespace, command),
        capture_output=True,
        text=True,
        timeout=shell.DEADLINE_SECONDS,
        check=False,
    )
    return int(json.loads(done.stdout)["received"])


def route_devices(namespace: str, prefix: IPv4Network) -> set[str]:
    """Name the devices in service by which a prefix is routed, in any table."""
    shown = netns.ip(namespace, f"-o route show table all {prefix}")
    hops = [hop for line in shown.splitlines() for hop in line.split("\\") if " dev " in hop]
    in_service = [hop.split() for hop in hops if "linkdown" not in hop]
    return {words[words.index("dev") + 1] for words in in_service}


def lost(report: Sequence[FlowReport]) -> int:
    """Count what was lost of all flows; flows that sent nothing prove nothing."""
    if len(report) != FLOWS or not all(each.sent for each in report):
        raise AssertionError(f"not every flow sent something: {report}")
    return sum(each.lost for each in report)


def ways_with_loss(report: Sequence[FlowReport]) -> set[Way]:
    """Name the directions that lost something."""
    there = {Way(each.port, THERE) for each in report if each.lost_there}
    return there | {Way(each.port, BACK) for each in report if each.lost_back}


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """A router on the way, seen by what enters it."""

    namespace: str
    entry: str
    source: IPv4Address
    target: IPv4Address

    def device(self, source_port: int, target_port: int) -> str:
        """Ask the kernel which device a datagram would leave by."""
        shown = netns.ip(
            self.namespace,
            f"-j route get {self.target} from {self.source} iif {self.entry} ipproto udp "
            f"sport {source_port} dport {target_port}",
        )
        return str(json.loads(shown)[0]["dev"])


def ways_by(there: Crossing, back: Crossing, devices: Sequence[str]) -> set[Way]:
    """Name the directions of all flows that the two routers send by some of their devices."""
    ports = range(FIRST_PORT, FIRST_PORT + FLOWS)
    taken = {Way(port, THERE) for port in ports if there.device(port, probe.ECHO_PORT) in devices}
    return taken | {
        Way(port, BACK) for port in ports if back.device(probe.ECHO_PORT, port) in devices
    }


def _wait_started(process: subprocess.Popen[str]) -> None:
    """Wait for the line that the flows write once they send."""
    stream = process.stderr
    line = stream.readline() if stream else ""
    if line.strip() != "sending":
        raise AssertionError(f"the probe did not start: {line}{stream.read() if stream else ''}")
