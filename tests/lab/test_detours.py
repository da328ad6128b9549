"""The kernel sends what enters a lost tunnel by its partner, by the BFD packets that it sees."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import socket
import struct
import subprocess
from collections.abc import AsyncIterator, Iterator

import pytest

from futago.domain import forwarding
from futago.drivers.linux import detours, firewall, namespaces, nft

pytestmark = pytest.mark.lab

DEVICES = ("tun1", "tun2")
PAIR = frozenset(
    {
        forwarding.Detour(device="tun1", partner="tun2"),
        forwarding.Detour(device="tun2", partner="tun1"),
    }
)
ADMIN_DOWN, DOWN, INIT, UP = range(4)
BFD_PORT = 3784
DATA_PORT = 9999
VPC_HOST = bytes((10, 1, 0, 1))


def run(*words: str) -> None:
    subprocess.run(("ip", *words), check=True, timeout=10)


class Router:
    """A router's namespace with two tunnel devices, from whose other side the test reads."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self._tunnels: list[int] = []
        self._way_in: list[socket.socket] = []
        self._own: socket.socket

    def open(self) -> None:
        """Make devices and sockets; runs inside the namespace."""
        for number, device in enumerate(DEVICES, start=1):
            tunnel = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            fcntl.ioctl(tunnel, 0x400454CA, struct.pack("16sH14x", device.encode(), 0x1001))
            self._tunnels.append(tunnel)
            for words in (
                ("link", "set", "lo", "up"),
                ("addr", "add", f"169.254.10{number}.1/30", "dev", device),
                ("link", "set", device, "up"),
            ):
                run(*words)
        # Packets of a packet socket at the device have no priority, as forwarded ones.
        kind = socket.SOCK_DGRAM
        self._way_in = [socket.socket(socket.AF_PACKET, kind) for _ in DEVICES]
        self._own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def close(self) -> None:
        for tunnel in self._tunnels:
            os.close(tunnel)
        for opened in (*self._way_in, self._own):
            opened.close()

    def bfd(self, number: int, state: int) -> None:
        """Send a BFD packet of the router itself."""
        self._own.sendto(control(state), (f"169.254.10{number}.2", BFD_PORT))

    def forward(self, number: int, content: bytes = b"data", port: int = DATA_PORT) -> None:
        """Let a packet of a host behind the router leave by a tunnel."""
        udp = struct.pack("!HHHH", port, port, 8 + len(content), 0) + content
        heading = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0)
        target = bytes((169, 254, 100 + number, 2))
        packet = heading + VPC_HOST + target + udp
        self._way_in[number - 1].sendto(packet, (DEVICES[number - 1], 0x0800))

    def left_by(self) -> list[int]:
        """Count data by the device that it left by, in their order."""
        return [sum(is_data(packet) for packet in taken(tunnel)) for tunnel in self._tunnels]


def control(state: int) -> bytes:
    """Make a BFD packet. Source: RFC 5880 section 4.1."""
    return bytes((0x20, state << 6, 3, 24)) + bytes(20)


def taken(tunnel: int) -> Iterator[bytes]:
    with contextlib.suppress(BlockingIOError):
        while True:
            yield os.read(tunnel, 2000)


def is_data(packet: bytes) -> bool:
    return packet[0] >> 4 == 4 and packet[12:16] == VPC_HOST


@pytest.fixture
async def router() -> AsyncIterator[Router]:
    name = f"fgt-{secrets.token_hex(3)}"
    run("netns", "add", name)
    made = Router(name)
    try:
        await namespaces.inside(name, made.open)
        await firewall.apply(name, firewall.render(forwarding.PacketFilter(), "d1"))
        indexes = await namespaces.inside(name, detours.device_indexes)
        assert await nft.apply(name, detours.render(PAIR, indexes, lost_seconds=60)) is None
        yield made
    finally:
        made.close()
        run("netns", "del", name)


async def test_what_enters_a_tunnel_that_bfd_has_just_lost_leaves_by_its_partner(
    router: Router,
) -> None:
    router.bfd(1, UP)
    router.bfd(2, UP)
    router.forward(1)
    router.forward(2)
    assert router.left_by() == [1, 1]
    router.bfd(1, DOWN)
    router.forward(1)
    router.forward(2)
    assert router.left_by() == [0, 2]
    router.bfd(1, INIT)
    router.bfd(1, UP)
    router.forward(1)
    router.forward(2)
    assert router.left_by() == [1, 1]


async def test_a_session_that_never_was_up_begins_no_detour(router: Router) -> None:
    for state in (DOWN, INIT, DOWN, ADMIN_DOWN):
        router.bfd(1, state)
        router.forward(1)
        assert router.left_by() == [1, 0]


async def test_a_host_behind_the_router_cannot_begin_a_detour(router: Router) -> None:
    router.bfd(1, UP)
    router.forward(1, control(DOWN), BFD_PORT)
    router.forward(1)
    assert router.left_by() == [2, 0]


async def test_two_lost_tunnels_do_not_send_a_packet_to_and_fro(router: Router) -> None:
    for number in (1, 2):
        router.bfd(number, UP)
        router.bfd(number, DOWN)
    router.forward(1)
    assert router.left_by() == [0, 1]
