"""Small traffic for a lab: an echo, a ping, and flows that measure loss and interruption.

Run inside the lab, for example `futago lab exec dc1 -- python -m futago.lab.probe ping 10.20.0.10`.
The other end of `flows` is `echo`; `ping` needs nothing there. Reports are JSON on stdout.
Only the standard library, so that it starts fast.
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
_ICMP_ECHO = 8
_NUMBER = struct.Struct("!I")


@dataclass(slots=True)
class Flow:
    """One stream of datagrams with a source port of its own."""

    connection: socket.socket
    sent: int = 0
    seen: set[int] = field(default_factory=set)
    last: float = 0.0
    longest_gap: float = 0.0

    def heard(self, number: int, now: float) -> None:
        """Note an answer."""
        if self.last:
            self.longest_gap = max(self.longest_gap, now - self.last)
        self.last = now
        self.seen.add(number)


class _Stop:
    """Set by a signal: report and end."""

    def __init__(self) -> None:
        self.is_set = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._set)

    def _set(self, _number: int, _frame: object) -> None:
        self.is_set = True


def echo(port: int) -> None:
    """Answer every datagram, until stopped by a signal."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("0.0.0.0", port))  # noqa: S104 - inside a namespace of the lab
        while True:
            data, sender = server.recvfrom(2048)
            server.sendto(data, sender)


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

    Writes "sending" to standard error once it does.
    """
    stop = _Stop()
    running = [_open(plan, number) for number in range(plan.count)]
    sys.stderr.write("sending\n")
    sys.stderr.flush()
    with selectors.DefaultSelector() as selector:
        for flow in running:
            selector.register(flow.connection, selectors.EVENT_READ, flow)
        end = time.monotonic() + plan.seconds
        due = time.monotonic()
        while not stop.is_set and time.monotonic() < end:
            for flow in running:
                _send(flow)
            due += plan.interval
            _collect(selector, due)
        _collect(selector, time.monotonic() + _LINGER_SECONDS)
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
    connection.connect((plan.target, plan.port))
    return Flow(connection)


def _send(flow: Flow) -> None:
    flow.sent += 1
    try:
        flow.connection.send(_NUMBER.pack(flow.sent))
    except OSError:
        # No route at this moment: a lost datagram like any other.
        return


def _collect(selector: selectors.BaseSelector, until: float) -> None:
    while (left := until - time.monotonic()) > 0:
        for key, _ in selector.select(left):
            flow: Flow = key.data
            try:
                number = _NUMBER.unpack(flow.connection.recv(64))[0]
            except OSError:
                # ICMP errors show up here; the loss is counted anyway.
                continue
            flow.heard(number, time.monotonic())


def _flow_report(flow: Flow, now: float) -> dict[str, object]:
    gap = max(flow.longest_gap, now - _LINGER_SECONDS - flow.last if flow.last else 0.0)
    return {
        "port": flow.connection.getsockname()[1],
        "sent": flow.sent,
        "lost": flow.sent - len(flow.seen),
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
