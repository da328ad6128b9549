"""Sends UDP datagrams as fast as one process can: `python -m futago.testing.flood ADDRESS SECONDS`.

Prints how many bits per second it offered. Only the standard library.
"""

from __future__ import annotations

import socket
import sys
import time

PORT = 9
"""Discard."""
SIZE = 1300
HEADERS = 28
_BATCH = 20


def flood(target: str, seconds: float) -> float:
    """Send until the time is over; gives the offered bits per second."""
    sent = 0
    began = time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        while time.monotonic() - began < seconds:
            for _ in range(_BATCH):
                try:
                    sender.sendto(bytes(SIZE), (target, PORT))
                except OSError:
                    continue  # no room or no route at this moment
                sent += 1
    return sent * (SIZE + HEADERS) * 8 / seconds


if __name__ == "__main__":
    sys.stdout.write(f"{flood(sys.argv[1], float(sys.argv[2])):.0f}\n")
