"""No packet between 576 and 1500 bytes is lost silently, in either direction, DF or not."""

from __future__ import annotations

import subprocess
from ipaddress import IPv4Address

import pytest

from futago.domain import mtu
from futago.lab import netns
from futago.testing import labs

pytestmark = [pytest.mark.lab, pytest.mark.slow]

SIZES = (576, 1280, mtu.USER_MTU - 1, mtu.USER_MTU, mtu.USER_MTU + 1, 1422, 1423, 1472, 1500)
HEADERS = 28
"""IPv4 and ICMP."""
TOLD = ("Frag needed", "essage too long")


def ping(namespace: str, target: IPv4Address, size: int, *, may_fragment: bool) -> str:
    """Send one request of a size; say whether it was answered, or the sender told why not."""
    words = ["ping", "-n", "-c", "1", "-W", "5", "-s", str(size - HEADERS)]
    how = ["-M", "dont" if may_fragment else "do", str(target)]
    done = subprocess.run(
        netns.inside(namespace, [*words, *how]),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    if done.returncode == 0:
        return "answered"
    said = done.stdout + done.stderr
    return "told" if any(word in said for word in TOLD) else said


@pytest.mark.parametrize("peer_mtu", [mtu.USER_MTU, 1500])
def test_every_size_passes_or_its_sender_is_told(
    rig: labs.Rig, peering: labs.Peering, peer_mtu: int
) -> None:
    site = peering.site
    ways = (
        (rig.frame.host.namespace, site.host_address),
        (site.host, rig.frame.host.address),
    )
    for device in ("tun1", "tun2"):
        netns.ip(site.router, f"link set {device} mtu {peer_mtu}")
    try:
        for namespace, target in ways:
            for size in SIZES:
                # First without DF: afterwards the sender knows the path and splits by itself.
                assert ping(namespace, target, size, may_fragment=True) == "answered", size
                seen = ping(namespace, target, size, may_fragment=False)
                assert seen in {"answered", "told"}, (size, seen)
                assert seen == "answered" or size > mtu.USER_MTU, (size, seen)
    finally:
        for device in ("tun1", "tun2"):
            netns.ip(site.router, f"link set {device} mtu {mtu.USER_MTU}")
