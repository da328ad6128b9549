"""Asks the kernel whether it does ESP: install, read back, remove, in a namespace of its own."""

from __future__ import annotations

import secrets
import subprocess
from dataclasses import dataclass
from typing import Final

from futago.domain import faults
from futago.runtime import host

_SECONDS: Final = 5
_SPI: Final = "0xf0070001"
_STATE: Final = (
    "xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi {spi} reqid 1 mode tunnel if_id 1 "
    "auth-trunc hmac(sha256) {auth} 128 enc cbc(aes) {key}"
)


@dataclass(frozen=True, slots=True)
class EspSupport:
    """What the kernel answered."""

    works: bool
    reason: str


class Refused(faults.Unsupported):
    """The kernel, or `ip`, said no."""

    code = "EspProbe.Refused"


def ask(mark: str) -> EspSupport:
    """Try to install an ESP state and an XFRM interface."""
    program = host.find("ip")
    if program is None:
        return EspSupport(works=False, reason="the program ip is not installed")
    ip = str(program)
    namespace = f"{mark}-probe-{secrets.token_hex(3)}"
    try:
        _run(ip, "netns", "add", namespace)
    except Refused as exc:
        return EspSupport(works=False, reason=f"no namespace to try in: {exc.message}")
    try:
        return _try(ip, namespace)
    finally:
        _run(ip, "netns", "delete", namespace)


def _try(ip: str, namespace: str) -> EspSupport:
    state = _STATE.format(
        spi=_SPI, auth=f"0x{secrets.token_hex(32)}", key=f"0x{secrets.token_hex(32)}"
    )
    try:
        _run(ip, "-n", namespace, *state.split())
        if _SPI not in _run(ip, "-n", namespace, "xfrm", "state", "list"):
            return EspSupport(works=False, reason="an ESP state was accepted but is not there")
    except Refused as exc:
        return EspSupport(works=False, reason=f"the kernel refuses an ESP state: {exc.message}")
    link = ("link", "add", "probe0", "type", "xfrm", "dev", "lo", "if_id", "1")
    try:
        _run(ip, "-n", namespace, *link)
    except Refused as exc:
        return EspSupport(
            works=False, reason=f"the kernel refuses an XFRM interface: {exc.message}"
        )
    return EspSupport(works=True, reason="an ESP state and an XFRM interface were accepted")


def _run(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=True)
    except subprocess.CalledProcessError as exc:
        raise Refused(
            exc.stderr.strip().splitlines()[-1] if exc.stderr.strip() else "no reason"
        ) from exc
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise Refused(f"{command[0]} did not answer") from exc
    return done.stdout
