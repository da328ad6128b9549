"""Probes of the host itself: rights, kernel, programs, clock."""

from __future__ import annotations

import ctypes
import os
import re
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from futago.runtime import esp_probe, findings, host, settings

_SECONDS: Final = 5
_TUN: Final = Path("/dev/net/tun")
_NAMESPACES: Final = Path("/run/netns")
_OLDEST_BIRD: Final = (2, 0, 12)
_TIMEX_BYTES: Final = 512  # struct timex has 208 on 64-bit machines
_TIME_ERROR: Final = 5  # adjtimex(2): the clock is not synchronized


def rows(node: settings.Node) -> Iterator[findings.Row]:
    """Look at the host."""
    yield rights()
    yield tun()
    yield uplinks(node)
    yield kernel_esp(node.mark)
    yield programs()
    yield bird_version()
    yield clock()


def rights() -> findings.Row:
    """Root, with the capabilities for devices and namespaces."""
    name = "rights"
    if os.geteuid() != 0:
        return findings.fail(name, "not run as root", "Run it with sudo.")
    missing = [
        text
        for text, bit in (
            ("CAP_NET_ADMIN", host.CAP_NET_ADMIN),
            ("CAP_SYS_ADMIN", host.CAP_SYS_ADMIN),
        )
        if not host.has_capability(bit)
    ]
    if missing:
        return findings.fail(
            name,
            f"root without {' and '.join(missing)}: no devices or namespaces can be made",
            "Give this container the capability, or run on the host.",
        )
    return findings.ok(name, "root with CAP_NET_ADMIN and CAP_SYS_ADMIN")


def tun() -> findings.Row:
    """The device behind userspace ESP."""
    name = "tun device"
    try:
        is_device = stat.S_ISCHR(_TUN.stat().st_mode)
        os.close(os.open(_TUN, os.O_RDWR | os.O_CLOEXEC))
    except OSError as exc:
        return findings.fail(
            name,
            f"{_TUN}: {exc.strerror}",
            "Load the module `tun`, or pass the device into this container.",
        )
    if not is_device:
        return findings.fail(name, f"{_TUN} is no device", "Load the module `tun`.")
    return findings.ok(name, f"{_TUN} opens")


def uplinks(node: settings.Node) -> findings.Row:
    """The devices that zones name."""
    name = "uplinks"
    namespace = node.network_namespace
    if namespace and not (_NAMESPACES / namespace).exists():
        return findings.fail(
            name,
            f"network namespace {namespace} does not exist",
            "Correct node.network_namespace, or make the namespace first.",
        )
    present = _devices(namespace)
    named = [each for zone in node.zones for each in (zone.uplink, zone.private_uplink) if each]
    missing = [each for each in named if each not in present]
    if missing:
        return findings.fail(
            name,
            f"no device named {', '.join(missing)}; there are {', '.join(sorted(present))}",
            "Correct `uplink` and `private_uplink` of the zones.",
        )
    return findings.ok(name, ", ".join(named) or "none named")


def kernel_esp(mark: str) -> findings.Row:
    """Which ESP carries tunnels, and why."""
    name = "ESP"
    found = esp_probe.ask(mark)
    if found.works:
        return findings.ok(
            name, "userspace ESP is used; the kernel could (not used by this version)"
        )
    return findings.ok(name, f"userspace ESP is used: {found.reason}")


def programs() -> findings.Row:
    """The system's packages."""
    missing = host.missing_packages()
    if missing:
        return findings.fail(
            "packages",
            f"missing: {', '.join(missing)}",
            f"apt-get install --no-install-recommends {' '.join(missing)}",
        )
    return findings.ok("packages", "strongSwan with userspace ESP, BIRD, nftables, iproute2")


def bird_version() -> findings.Row:
    """BIRD 2 new enough for what is rendered."""
    name = "BIRD"
    text = _output("bird", "--version")
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    if found is None:
        return findings.fail(name, "bird does not tell its version", "Install package bird2.")
    version = tuple(int(part or 0) for part in found.groups())
    wanted = ".".join(str(part) for part in _OLDEST_BIRD)
    if version < _OLDEST_BIRD:
        return findings.fail(
            name, f"version {found[0]} is older than {wanted}", f"Install BIRD {wanted} or later."
        )
    return findings.ok(name, f"version {found[0]}")


def clock() -> findings.Row:
    """Signed calls are refused when clocks differ by more than some minutes."""
    buffer = ctypes.create_string_buffer(_TIMEX_BYTES)  # zero: asks, sets nothing
    state = ctypes.CDLL(None, use_errno=True).adjtimex(buffer)
    if state == _TIME_ERROR:
        return findings.warn(
            "clock",
            "the kernel does not know the clock to be synchronized",
            "Run a time service such as systemd-timesyncd or chrony.",
        )
    if state < 0:
        return findings.warn("clock", "the kernel does not say", "Check the time with `date -u`.")
    return findings.ok("clock", "synchronized")


def _devices(namespace: str) -> set[str]:
    if not namespace:
        return {name for _, name in socket.if_nameindex()}
    lines = _output("ip", "-n", namespace, "-o", "link", "show").splitlines()
    return {line.split(":")[1].strip().partition("@")[0] for line in lines}


def _output(program: str, *arguments: str) -> str:
    """Run a program and give all that it says; nothing when it is not there."""
    found = host.find(program)
    if found is None:
        return ""
    try:
        done = subprocess.run(
            [found, *arguments], capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout + done.stderr
