"""The helper processes behind faults that a packet filter cannot produce.

`delay DEVICE MS` makes a TUN to which the lab leads what arrives by a device; each packet is held
and given back to the kernel, which then routes it as if nothing had been. `flap DEVICE` cuts a
device every other second. Each runs inside the namespace of its device and ends with it.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import selectors
import signal
import struct
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from futago.lab import record

MODULE: Final = "futago.lab.disturber"
DELAY_MAX_MS: Final = 10_000

_PHASE_SECONDS: Final = 1.0
_TUNSETIFF: Final = 0x400454CA
_TUN_WITHOUT_HEADER: Final = 0x1001
_MTU: Final = 65535
_DUMMY_ADDRESS: Final = "192.0.0.8"
"""Source: RFC 7600."""
_HELD_MAX: Final = 20_000
"""Packets; those beyond are lost, as in any queue."""


@dataclass(frozen=True, slots=True)
class Task:
    """What one helper does."""

    trouble: record.Trouble
    device: str
    amount: int = 0

    @property
    def words(self) -> list[str]:
        """Give its arguments."""
        return [self.trouble.value, self.device, str(self.amount)]

    @property
    def tun(self) -> str:
        """Name the TUN that holds packets."""
        return f"late-{self.device}"[:15]

    @property
    def detour(self) -> list[str]:
        """Give the `ip` commands that lead packets to the TUN, before any other rule."""
        # One table per device; a rule whose table is empty leads nowhere and the next one counts.
        table = 1000 + sum(self.device.encode()) % 1000
        return [
            # Reverse-path filtering, loose as it is, refuses devices without any address.
            f"address replace {_DUMMY_ADDRESS}/32 dev {self.tun}",
            f"route replace default dev {self.tun} table {table}",
            f"rule add pref 10 iif {self.device} lookup {table}",
        ]


def read(words: Sequence[str]) -> Task | None:
    """Recognize a helper by the arguments of its process."""
    if MODULE not in words:
        return None
    trouble, device, amount = words[words.index(MODULE) + 1 :][:3]
    return Task(record.Trouble(trouble), device, int(amount))


def whole(device: str) -> str:
    """Write the packet filter that undoes a flap."""
    return f"table inet {_table(device)}\ndelete table inet {_table(device)}\n"


def cut(device: str) -> str:
    """Write the packet filter of a flap's bad second."""
    return (
        whole(device) + f"table inet {_table(device)} {{\n"
        "  chain arriving {\n    type filter hook prerouting priority -400; policy accept;\n"
        f'    iifname "{device}" drop\n  }}\n'
        "  chain leaving {\n    type filter hook postrouting priority -400; policy accept;\n"
        f'    oifname "{device}" drop\n  }}\n}}\n'
    )


def _table(device: str) -> str:
    return "flap_" + device.replace("-", "_")


def delay(task: Task) -> None:
    """Hold packets until ended."""
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    request = struct.pack("16sH14x", task.tun.encode(), _TUN_WITHOUT_HEADER)
    fcntl.ioctl(descriptor, _TUNSETIFF, request)
    subprocess.run(["ip", "link", "set", task.tun, "mtu", str(_MTU), "up"], check=True)
    seconds = task.amount / 1000
    held: deque[tuple[float, bytes]] = deque()
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while True:
            left = max(held[0][0] - time.monotonic(), 0) if held else None
            if selector.select(left):
                _take(descriptor, held, seconds)
            _give_back(descriptor, held)


def _take(descriptor: int, held: deque[tuple[float, bytes]], seconds: float) -> None:
    due = time.monotonic() + seconds
    while True:
        try:
            packet = os.read(descriptor, _MTU)
        except BlockingIOError:
            return
        if len(held) < _HELD_MAX:
            held.append((due, packet))


def _give_back(descriptor: int, held: deque[tuple[float, bytes]]) -> None:
    now = time.monotonic()
    while held and held[0][0] <= now:
        os.write(descriptor, held.popleft()[1])


def flap(task: Task) -> None:
    """Cut and mend in turn until ended."""
    due = time.monotonic()
    for text in itertools.cycle([cut(task.device), whole(task.device)]):
        subprocess.run(["nft", "-f", "-"], input=text, text=True, check=True)
        due += _PHASE_SECONDS
        time.sleep(max(due - time.monotonic(), 0))


def main() -> int:
    """Run one of the tasks until the namespace or the lab ends it."""
    task = read([MODULE, *sys.argv[1:]])
    if task is None:
        return 2
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if task.trouble is record.Trouble.DELAY:
        delay(task)
    else:
        flap(task)
    return 0


if __name__ == "__main__":
    sys.exit(main())
