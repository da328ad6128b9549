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
_BUFFER = 1 << 26
"""Bytes that the sender may have on the way: with the usual number it waits for the queue of the
tunnel, which the kernel counts as the sender's across namespaces, and there is no flood."""
_SO_SNDBUFFORCE = 32
_UDP_SEGMENT = 103
"""The kernel cuts one send into datagrams (udp(7)): sending must cost less than encrypting."""


def flood(target: str, seconds: float) -> float:
    """Send until the time is over; gives the offered bits per second."""
    sent = 0
    began = time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.SOL_SOCKET, _SO_SNDBUFFORCE, _BUFFER)
        sender.setsockopt(socket.IPPROTO_UDP, _UDP_SEGMENT, SIZE)
        while time.monotonic() - began < seconds:
            try:
                sender.sendto(bytes(_BATCH * SIZE), (target, PORT))
            except OSError:
                continue  # no room or no route at this moment
            sent += _BATCH
    return sent * (SIZE + HEADERS) * 8 / seconds


if __name__ == "__main__":
    sys.stdout.write(f"{flood(sys.argv[1], float(sys.argv[2])):.0f}\n")
