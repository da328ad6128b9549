"""The control plane and node of a lab: settings, start, access key, readiness.

The API listens on loopback of the host, the agent works inside the node's namespace.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from ipaddress import IPv4Network
from pathlib import Path
from typing import Final

import httpx

from futago.domain import faults
from futago.lab import record, registry, shell, teardown, topology, wait

REGION_ID: Final = "lab-1"
ZONES: Final = {
    "lab-1-a": IPv4Network("198.51.100.32/27"),
    "lab-1-b": IPv4Network("198.51.100.64/27"),
}
"""Zones to their pools of gateway addresses."""

PRIVATE_POOLS: Final = {
    "lab-1-a": IPv4Network("10.99.0.0/25"),
    "lab-1-b": IPv4Network("10.99.0.128/25"),
}
"""Zones to their private gateway addresses; a router needs the block 10.99.0.0/24 to use them."""

_READY_SECONDS: Final = 30.0
_LOG_LINES: Final = 20


class NotReady(faults.Unavailable):
    """The control plane ended or did not get ready."""

    code = "Lab.NotReady"


def free_endpoint() -> str:
    """Find a free port on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def write_settings(lab: record.Lab, pools: Mapping[str, IPv4Network]) -> None:
    """Write the settings of the control plane and the node."""
    runtime = registry.runtime_directory(lab.mark) / "node"
    values: dict[str, dict[str, str | bool | list[str]]] = {
        "region": {"id": REGION_ID, "name": "Lab"},
        "api": {"listen": lab.endpoint},
        "store": {
            "state_directory": str(lab.directory / "state"),
            "runtime_directory": str(runtime),
        },
        "logs": {"level": "info", "format": "json"},
        "node": {"id": "node-1", "mark": lab.mark, "network_namespace": lab.node},
        # Receivers of a lab run on the same host.
        "webhooks": {"allow_http": True, "allowed_networks": ["127.0.0.0/8"]},
    }
    lines: list[str] = []
    for section, members in values.items():
        lines.append(f"[{section}]")
        # JSON's texts, truth values and lists of texts are also TOML's.
        lines += [f"{key} = {json.dumps(value)}" for key, value in members.items()]
    for zone, pool in pools.items():
        lines += ["[[node.zones]]", f'id = "{zone}"', f'uplink = "{topology.UPLINK}"']
        lines.append(f'public_pools = ["{pool}"]')
        lines.append(f'private_pools = ["{PRIVATE_POOLS[zone]}"]')
    record.write_private(lab.settings_file, "\n".join(lines) + "\n")
    for directory in (lab.directory / "state", runtime):
        directory.mkdir(mode=0o700, exist_ok=True)


def start(lab: record.Lab) -> None:
    """Start the control plane in the background."""
    log = log_file(lab.directory)
    log.touch(mode=0o600)
    with log.open("ab") as output:
        subprocess.run(
            ["setsid", "--fork", *_futago(), "up", "--config", str(lab.settings_file)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=_environment(),
            timeout=shell.DEADLINE_SECONDS,
            check=True,
        )


def wait_ready(lab: record.Lab) -> None:
    """Wait until the API answers and the node works."""

    def look() -> bool:
        if not teardown.processes_naming(str(lab.settings_file)):
            raise NotReady(f"The control plane ended: {_last_lines(lab)}")
        try:
            answer = httpx.get(f"http://{lab.endpoint}/readyz", timeout=5.0, trust_env=False)
        except httpx.TransportError as exc:
            raise wait.NotYet(str(exc)) from exc
        if answer.status_code != httpx.codes.OK:
            raise wait.NotYet(f"/readyz says {answer.status_code}: {answer.text[:300]}")
        return True

    wait.eventually(look, within=_READY_SECONDS)


def create_access_key(lab: record.Lab) -> tuple[str, str]:
    """Make an access key; gives its id and its secret."""
    arguments = ["access-key", "create", "--config", str(lab.settings_file), "--json"]
    made = json.loads(shell.run([*_futago(), *arguments], environment=_environment()))
    return made["access_key_id"], made["access_key_secret"]


def make_console_password(lab: record.Lab) -> str:
    """Make a password with which the administrator enters the console."""
    arguments = ["user", "set-password", "--config", str(lab.settings_file), "--json"]
    made = json.loads(shell.run([*_futago(), *arguments], environment=_environment()))
    password: str = made["password"]
    return password


def log_file(directory: Path) -> Path:
    """Give the log of a lab's control plane."""
    return directory / "futago.log"


def _futago() -> list[str]:
    return [sys.executable, "-m", "futago"]


def _environment() -> dict[str, str]:
    """Give the environment without overrides of settings that are meant for other installations."""
    return {key: value for key, value in os.environ.items() if not key.startswith("FUTAGO_")}


def _last_lines(lab: record.Lab) -> str:
    text = log_file(lab.directory).read_text(encoding="utf-8", errors="replace")
    return "\n".join(text.splitlines()[-_LOG_LINES:]) or "it wrote no log"
