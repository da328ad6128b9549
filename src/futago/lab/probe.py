"""Small traffic for a lab: an echo, a ping, and flows that measure loss and interruption.

Run inside the lab, for example `futago lab exec dc1 -- python -m futago.lab.probe ping 10.20.0.10`.
The other end of `flows` is `echo`; `ping` needs nothing there. Reports are JSON on stdout.
Only the standard library, so that it starts fast.

Flows use sockets that are not connected: those of connected ones carry a random hash of the socket
through all namespaces of one kernel, and routers would spread by that instead of by five-tuple.
"""

from __future__ import annotations

import argparse
import json
import os
import selectors
import signal
import socket
import struct
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

ECHO_PORT = 7007
_LINGER_SECONDS = 1.0
_ECHO_SECONDS = 10.0
_SO_RCVBUFFORCE = 33
"""Source: socket(7); Python has no name for it."""
_ECHO_BUFFER_BYTES = 4 << 20
_ICMP_ECHO = 8
_REQUEST = struct.Struct("!II")
"""Run and number, so that an echo can tell two runs from the same port apart."""
_ANSWER = struct.Struct("!III")
"""Run, number, and how many requests of this flow had arrived."""


@dataclass(slots=True)
class Flow:
    """One stream of datagrams with a source port of its own."""

    connection: socket.socket
    sent: int = 0
    seen: set[int] = field(default_factory=set)
    last_number: int = 0
    arrived: int = 0
    """How many of the first `last_number` requests had arrived at the echo."""
    last: float = 0.0
    longest_gap: float = 0.0

    def heard(self, number: int, arrived: int, now: float) -> None:
        """Note an answer."""
        if self.last:
            self.longest_gap = max(self.longest_gap, now - self.last)
        self.last = now
        self.seen.add(number)
        if number > self.last_number:
            self.last_number, self.arrived = number, arrived

    @property
    def lost(self) -> int:
        """Requests without an answer."""
        return self.sent - len(self.seen)

    @property
    def lost_there(self) -> int:
        """Requests that did not arrive; those after the last answer count."""
        return self.sent - self.arrived

    @property
    def first_lost(self) -> int | None:
        """Number of the first request without an answer."""
        return next((each for each in range(1, self.sent + 1) if each not in self.seen), None)

    @property
    def lost_back(self) -> int:
        """Answers that did not arrive."""
        return self.arrived - len(self.seen)


class _Stop:
    """Set by a signal: report and end."""

    def __init__(self) -> None:
        self.is_set = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._set)

    def _set(self, _number: int, _frame: object) -> None:
        self.is_set = True


def echo(port: int) -> None:
    """Answer every datagram with the number of those that came before, until stopped."""
    arrived: dict[tuple[str, int], tuple[int, int]] = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        # What is measured is the network: a busy machine must not lose datagrams here.
        server.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _ECHO_BUFFER_BYTES)
        server.bind(("0.0.0.0", port))  # noqa: S104 - inside a namespace of the lab
        while True:
            data, sender = server.recvfrom(2048)
            if len(data) != _REQUEST.size:
                continue
            run, number = _REQUEST.unpack(data)
            last_run, count = arrived.get(sender, (run, 0))
            count = count + 1 if run == last_run else 1
            arrived[sender] = (run, count)
            server.sendto(_ANSWER.pack(run, number, count), sender)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which flows to run. Times in seconds."""

    target: str
    port: int
    count: int
    first_port: int
    """Source port of the first flow; 0 lets the kernel choose all."""
    interval: float
    seconds: float


def flows(plan: Plan) -> dict[str, object]:
    """Send datagrams in several flows until the time is over or a signal comes, and report.

    Waits for a first answer, so that an echo that is still starting does not count as loss, and
    writes "sending" to standard error then.
    """
    stop = _Stop()
    _wait_for_echo(plan)
    run = os.getpid()
    running = [_open(plan, number) for number in range(plan.count)]
    sys.stderr.write("sending\n")
    sys.stderr.flush()
    with selectors.DefaultSelector() as selector:
        for flow in running:
            selector.register(flow.connection, selectors.EVENT_READ, flow)
        end = time.monotonic() + plan.seconds
        due = time.monotonic()
        while not stop.is_set and time.monotonic() < end:
            # One after the other: a moment without a way would else cost all flows or none.
            for flow in running:
                _send(flow, plan, run)
                due += plan.interval / plan.count
                _collect(selector, run, due)
        _collect(selector, run, time.monotonic() + _LINGER_SECONDS)
    now = time.monotonic()
    report = [_flow_report(flow, now) for flow in running]
    for flow in running:
        flow.connection.close()
    return {"flows": report}


def ping(target: str, count: int, interval: float) -> dict[str, object]:
    """Send ICMP echo requests and count the answers."""
    mark = os.getpid() & 0xFFFF
    answered: set[int] = set()
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw:
        raw.setblocking(False)
        due = time.monotonic()
        for number in range(count):
            raw.sendto(_echo_request(mark, number), (target, 0))
            due += interval
            _answers(raw, mark, answered, due, count)
        _answers(raw, mark, answered, time.monotonic() + _LINGER_SECONDS, count)
    return {"sent": count, "received": len(answered)}


def _open(plan: Plan, number: int) -> Flow:
    connection = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    connection.setblocking(False)
    connection.bind(("0.0.0.0", plan.first_port + number if plan.first_port else 0))  # noqa: S104
    return Flow(connection)


def _wait_for_echo(plan: Plan) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as greeter:
        greeter.settimeout(0.1)
        deadline = time.monotonic() + _ECHO_SECONDS
        while time.monotonic() < deadline:
            try:
                greeter.sendto(_REQUEST.pack(0, 0), (plan.target, plan.port))
                greeter.recv(64)
            except OSError:
                continue
            return


def _send(flow: Flow, plan: Plan, run: int) -> None:
    flow.sent += 1
    try:
        flow.connection.sendto(_REQUEST.pack(run, flow.sent), (plan.target, plan.port))
    except OSError:
        # No route at this moment: a lost datagram like any other.
        return


def _collect(selector: selectors.BaseSelector, run: int, until: float) -> None:
    while (left := until - time.monotonic()) > 0:
        for key, _ in selector.select(left):
            flow: Flow = key.data
            answered, number, arrived = _ANSWER.unpack(flow.connection.recv(_ANSWER.size))
            if answered == run:
                flow.heard(number, arrived, time.monotonic())


def _flow_report(flow: Flow, now: float) -> dict[str, object]:
    gap = max(flow.longest_gap, now - _LINGER_SECONDS - flow.last if flow.last else 0.0)
    return {
        "port": flow.connection.getsockname()[1],
        "sent": flow.sent,
        "lost": flow.lost,
        "lost_there": flow.lost_there,
        "lost_back": flow.lost_back,
        "first_lost": flow.first_lost,
        "longest_gap_seconds": round(gap, 3) if flow.last else None,
    }


def _echo_request(mark: int, number: int) -> bytes:
    body = struct.pack("!BBHHH", _ICMP_ECHO, 0, 0, mark, number) + b"futago"
    total = sum(struct.unpack(f"!{len(body) // 2}H", body))
    total = (total >> 16) + (total & 0xFFFF)
    checksum = ~(total + (total >> 16)) & 0xFFFF
    return body[:2] + struct.pack("!H", checksum) + body[4:]


def _answers(
    raw: socket.socket, mark: int, answered: set[int], until: float, expected: int
) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(raw, selectors.EVENT_READ)
        while len(answered) < expected and (left := until - time.monotonic()) > 0:
            if not selector.select(left):
                return
            packet = raw.recv(2048)
            start = (packet[0] & 0x0F) * 4
            kind, _, _, owner, number = struct.unpack("!BBHHH", packet[start : start + 8])
            if kind == 0 and owner == mark:
                answered.add(number)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the verbs; exit code 1 when nothing answered a ping."""
    given = _parser().parse_args(arguments)
    if given.verb == "echo":
        echo(given.port)
        return 0
    if given.verb == "ping":
        report = ping(given.target, given.count, given.interval)
    else:
        plan = Plan(
            target=given.target,
            port=given.port,
            count=given.flows,
            first_port=given.first_port,
            interval=given.interval,
            seconds=given.seconds,
        )
        report = flows(plan)
    sys.stdout.write(json.dumps(report) + "\n")
    return 1 if report.get("received") == 0 else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="probe")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("echo").add_argument("--port", type=int, default=ECHO_PORT)
    pinging = verbs.add_parser("ping")
    pinging.add_argument("target")
    pinging.add_argument("--count", type=int, default=5)
    pinging.add_argument("--interval", type=float, default=0.05)
    flowing = verbs.add_parser("flows")
    flowing.add_argument("target")
    flowing.add_argument("--port", type=int, default=ECHO_PORT)
    flowing.add_argument("--first-port", type=int, default=0)
    flowing.add_argument("--flows", type=int, default=16)
    flowing.add_argument("--interval", type=float, default=0.02)
    flowing.add_argument("--seconds", type=float, default=3600.0)
    return parser


if __name__ == "__main__":
    sys.exit(main())
