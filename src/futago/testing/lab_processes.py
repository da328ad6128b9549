"""Processes of a lab: found, watched and killed by tests."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from futago.drivers.strongswan import files
from futago.lab import installed, record, registry, shell, teardown, wait

ROLES: Final = ("agent", "api", "controller")
SUPERVISOR: Final = "up"
_COME_BACK_SECONDS: Final = 40.0
_SELECTORS: Final = re.compile(r"^ +local +(\d[\d./ ]*)\n +remote +(\d[\d./ ]*)$", re.MULTILINE)
_SA: Final = re.compile(r"^ *(\S+: #\d+, .*)$", re.MULTILINE)


def runtime(lab: record.Lab) -> Path:
    """Give the runtime directory of a lab's node."""
    return registry.runtime_directory(lab.mark) / "node"


def futago(lab: record.Lab) -> dict[str, int]:
    """Find the processes of Futago by role; `up` is the supervisor.

    Of a role with several processes it is the one that keeps the others.
    """
    found = _by_pid(lab)
    return {role: pid for pid, role in found.items() if found.get(teardown.parent_of(pid)) != role}


def workers(lab: record.Lab, role: str) -> list[int]:
    """Find the processes that a role has made."""
    found = _by_pid(lab)
    return [pid for pid in found if found[pid] == role == found.get(teardown.parent_of(pid))]


def _by_pid(lab: record.Lab) -> dict[int, str]:
    found = {}
    for pid in teardown.processes_naming(str(lab.settings_file)):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, ValueError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
            found[pid] = words[words.index("futago") + 1]
    return found


def kill(pid: int) -> None:
    """End a process as a crash does."""
    os.kill(pid, signal.SIGKILL)


def kill_role(lab: record.Lab, role: str) -> int:
    """Kill a role once it runs; gives its process id."""
    pid = wait.eventually(lambda: futago(lab).get(role, 0), within=_COME_BACK_SECONDS)
    kill(pid)
    return pid


@contextlib.contextmanager
def role_killed_within(lab: record.Lab, role: str, after_seconds: float) -> Iterator[None]:
    """Kill a role while a block runs."""
    timer = threading.Timer(after_seconds, kill_role, (lab, role))
    timer.start()
    try:
        yield
    finally:
        timer.join()


def wait_replaced(lab: record.Lab, role: str, old: int) -> int:
    """Wait until another process has a role."""

    def look() -> int:
        pid = futago(lab).get(role, old)
        return 0 if pid == old else pid

    return wait.eventually(look, within=_COME_BACK_SECONDS)


def ike_daemon(lab: record.Lab, tunnel_id: str) -> int:
    """Give the process id of a tunnel's IKE daemon; 0 while none is recorded."""
    text = _read(_tunnel(lab, tunnel_id).pid)
    return int(text.split()[0]) if text else 0


def routing_daemon(lab: record.Lab, router_id: str) -> int:
    """Give the process id of a router's BIRD; 0 while none is recorded."""
    pid = int(_read(runtime(lab) / "routers" / router_id / "bird.pid") or 0)
    return pid if pid and Path(f"/proc/{pid}").exists() else 0


def associations(lab: record.Lab, tunnel_id: str) -> tuple[str, ...]:
    """Read a tunnel's SAs as its daemon names them, with unique ids and SPIs but no ages."""
    return _associations(f"unix://{_tunnel(lab, tunnel_id).socket}")


def peer_associations(lab: record.Lab, site: record.Site, number: int) -> tuple[str, ...]:
    """Read the SAs of a data center's tunnel, as `associations` does at the gateway."""
    return _associations(installed.socket_of(lab, site, number))


def _associations(socket: str) -> tuple[str, ...]:
    try:
        shown = shell.run(["swanctl", "--list-sas", "--uri", socket])
    except shell.CommandFailed:
        return ()
    return tuple(sorted(_SA.findall(shown)))


def ike_associations(lab: record.Lab, tunnel_id: str) -> tuple[str, ...]:
    """Read a tunnel's IKE SAs alone; child SAs below them are renewed once soon after they come."""
    return tuple(line for line in associations(lab, tunnel_id) if "-child" not in line)


def selectors(lab: record.Lab, tunnel_id: str) -> list[tuple[frozenset[str], frozenset[str]]]:
    """Read the local and remote prefixes of each child SA of a tunnel."""
    socket = f"unix://{_tunnel(lab, tunnel_id).socket}"
    sides = _SELECTORS.findall(shell.run(["swanctl", "--list-sas", "--uri", socket]))
    return [(frozenset(local.split()), frozenset(remote.split())) for local, remote in sides]


def terminate(lab: record.Lab, tunnel_id: str) -> None:
    """Have the gateway's daemon drop a tunnel's SAs without waiting for the peer's answer."""
    socket = f"unix://{_tunnel(lab, tunnel_id).socket}"
    shell.run(["swanctl", "--terminate", "--ike", tunnel_id, "--force", "--uri", socket])


def _tunnel(lab: record.Lab, tunnel_id: str) -> files.Files:
    return files.Files(runtime(lab) / "tunnels" / tunnel_id)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""
