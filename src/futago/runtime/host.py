"""What a host must have before daemons can run on it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from futago.domain import faults

_SBIN: Final = "/usr/local/sbin:/usr/sbin:/sbin"
_PLUGIN: Final = "libstrongswan-kernel-libipsec.so"
_PLUGIN_PLACES: Final = ("/usr/lib/ipsec/plugins", "/usr/lib/strongswan/plugins")
PLUGIN_PACKAGE: Final = "libcharon-extra-plugins"

CAP_NET_ADMIN: Final = 12
CAP_SYS_ADMIN: Final = 21


@dataclass(frozen=True, slots=True)
class Program:
    """A program that Futago runs, and the Debian package that has it."""

    name: str
    package: str


PROGRAMS: Final = (
    Program("charon-systemd", "charon-systemd"),
    Program("swanctl", "strongswan-swanctl"),
    Program("bird", "bird2"),
    Program("nft", "nftables"),
    Program("ip", "iproute2"),
    Program("nsenter", "util-linux"),
    Program("sysctl", "procps"),
)


class NotRoot(faults.Forbidden):
    """The command drives the kernel and is not run as root."""

    code = "Host.NotRoot"


class MissingPackage(faults.Unsupported):
    """A program of the system is not installed."""

    code = "Host.MissingPackage"


def require(command: str) -> None:
    """Refuse to go on without root and the system's packages.

    Raises:
        NotRoot: Not run as root, or root without the right over the network.
        MissingPackage: Programs are missing; the sentence names all packages.
    """
    if os.geteuid() != 0 or not has_capability(CAP_NET_ADMIN):
        raise NotRoot(
            f"`{command}` makes network namespaces and devices, which needs root with "
            "CAP_NET_ADMIN; run it with sudo, or as the system service."
        )
    missing = missing_packages()
    if missing:
        raise MissingPackage(
            f"System packages are missing: {', '.join(missing)}; "
            f"install them with `apt-get install {' '.join(missing)}`."
        )


def missing_packages() -> list[str]:
    """Name the packages whose programs are not there."""
    missing = [program.package for program in PROGRAMS if find(program.name) is None]
    return missing if find_plugin() else [*missing, PLUGIN_PACKAGE]


def find(program: str) -> Path | None:
    """Find a program; system directories count even where PATH leaves them out."""
    found = shutil.which(program) or shutil.which(program, path=_SBIN)
    return Path(found) if found else None


def find_plugin() -> Path | None:
    """Find strongSwan's userspace ESP plugin."""
    places = (Path(place) / _PLUGIN for place in _PLUGIN_PLACES)
    return next((path for path in places if path.exists()), None)


def has_capability(bit: int) -> bool:
    """Tell whether this process has a capability in force."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) & (1 << bit))
    return False
