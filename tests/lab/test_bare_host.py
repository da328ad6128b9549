"""`futago up` as on a host of its own: a namespace with one uplink and nothing else.

neighbour ─── uplink0 [ host: supervisor ─ api, controller, agent ]
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from futago.lab import wait

pytestmark = [pytest.mark.lab, pytest.mark.slow]

ROLES = ("agent", "api", "controller")
LISTEN = "127.0.0.1:8080"
READYZ = f"http://{LISTEN}/readyz"
ASK = "import sys, urllib.request as r; print(r.urlopen(sys.argv[1], timeout=3).read().decode())"


@dataclass(frozen=True)
class Host:
    namespace: str
    neighbour: str
    mark: str
    directory: Path

    @property
    def settings(self) -> Path:
        return self.directory / "futago.toml"

    @property
    def log(self) -> Path:
        return self.directory / "futago.log"

    def inside(self, *command: str) -> list[str]:
        return ["nsenter", f"--net=/run/netns/{self.namespace}", "--", *command]

    def futago(self, *words: str) -> list[str]:
        return self.inside(sys.executable, "-m", "futago", *words, "--config", str(self.settings))


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=10)


@pytest.fixture
def host() -> Iterator[Host]:
    run = secrets.token_hex(2)
    # Not tmp_path: sockets have short paths.
    directory = Path(tempfile.mkdtemp(prefix=f"fgt-{run}-"))
    made = Host(f"fgt-{run}-host", f"fgt-{run}-near", f"b{run[:3]}", directory)
    try:
        for name in (made.namespace, made.neighbour):
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        peer = ("peer", "name", "up0", "netns", made.neighbour)
        ip("-n", made.namespace, "link", "add", "uplink0", "type", "veth", *peer)
        for name, device, address in (
            (made.namespace, "uplink0", "198.18.0.1/24"),
            (made.neighbour, "up0", "198.18.0.2/24"),
        ):
            ip("-n", name, "address", "add", address, "dev", device)
            ip("-n", name, "link", "set", device, "up")
        write_settings(made)
        yield made
    finally:
        for name in (made.namespace, made.neighbour):
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)
        Path(f"/run/futago-{made.mark}.lock").unlink(missing_ok=True)
        shutil.rmtree(directory)


def write_settings(host: Host) -> None:
    host.settings.write_text(
        f"""
        [api]
        listen = "{LISTEN}"
        [store]
        state_directory = "{host.directory}/state"
        runtime_directory = "{host.directory}/run"
        [node]
        mark = "{host.mark}"
        [[node.zones]]
        id = "zone-a"
        uplink = "uplink0"
        public_pools = ["198.18.0.16/29"]
        [[node.zones]]
        id = "zone-b"
        uplink = "uplink0"
        public_pools = ["198.18.0.24/29"]
        """
    )


@pytest.fixture
def supervisor(host: Host) -> Iterator[subprocess.Popen[bytes]]:
    with host.log.open("wb") as log, subprocess.Popen(host.futago("up"), stderr=log) as process:
        try:
            wait_ready(host)
            yield process
        except BaseException:
            sys.stderr.write(host.log.read_text())
            raise
        finally:
            process.kill()
            process.wait(timeout=10)


def wait_ready(host: Host) -> None:
    """Wait until the API answers and the node was heard of."""

    def look() -> bool:
        command = host.inside(sys.executable, "-c", ASK, READYZ)
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
        assert done.returncode == 0, done.stderr[-300:]
        assert json.loads(done.stdout)["nodes"] == [{"node_id": "node-1", "is_fresh": True}]
        return True

    wait.eventually(look, within=40)


def roles(supervisor_pid: int) -> dict[str, int]:
    """Give the supervisor's children by role."""
    listed = Path(f"/proc/{supervisor_pid}/task/{supervisor_pid}/children").read_text().split()
    found = {}
    for pid in listed:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
        if "futago" in words:
            found[words[words.index("futago") + 1]] = int(pid)
    return found


def is_alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_every_role_comes_back_and_all_stop_together(
    host: Host, supervisor: subprocess.Popen[bytes]
) -> None:
    first = roles(supervisor.pid)
    assert sorted(first) == sorted(ROLES)
    for role in ROLES:
        os.kill(first[role], signal.SIGKILL)

        def came_back(role: str = role) -> bool:
            return roles(supervisor.pid).get(role, first[role]) != first[role]

        wait.eventually(came_back, within=20)
    wait_ready(host)
    last = roles(supervisor.pid)
    supervisor.send_signal(signal.SIGTERM)
    assert supervisor.wait(timeout=20) == 0
    assert not [role for role, pid in last.items() if is_alive(pid)]
    assert "Traceback" not in host.log.read_text()


def test_a_second_one_is_refused_with_a_sentence(
    host: Host, supervisor: subprocess.Popen[bytes]
) -> None:
    second = subprocess.run(
        host.futago("up"), capture_output=True, text=True, timeout=30, check=False
    )
    assert second.returncode == 4
    assert second.stderr == (
        f"futago: `futago up` already runs on state directory {host.directory}/state as process "
        f"{supervisor.pid}; stop it first, or set store.state_directory to another directory.\n"
    )


def test_the_host_check_finds_nothing_wrong(
    host: Host, supervisor: subprocess.Popen[bytes]
) -> None:
    done = subprocess.run(
        host.futago("check", "--json"), capture_output=True, text=True, timeout=60, check=False
    )
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert [row for row in rows.values() if row["state"] == "fail"] == []
    assert rows["API port"]["finding"] == f"{LISTEN}: `futago up` runs"
    assert rows["uplinks"]["finding"] == "uplink0, uplink0"
    assert rows["zone zone-a"]["finding"] == "8 of 8 gateway addresses are free"


def test_no_role_outlives_a_supervisor_that_is_killed(
    host: Host, supervisor: subprocess.Popen[bytes]
) -> None:
    before = roles(supervisor.pid)
    supervisor.kill()
    supervisor.wait(timeout=10)

    def all_ended() -> bool:
        return not [role for role, pid in before.items() if is_alive(pid)]

    wait.eventually(all_ended, within=20)


def test_a_taken_port_is_a_sentence(host: Host) -> None:
    listen = "import socket, sys; s = socket.create_server(('127.0.0.1', 8080)); print(flush=True)"
    command = host.inside(sys.executable, "-c", f"{listen}; sys.stdin.read()")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        other.stdout.readline()
        refused = subprocess.run(
            host.futago("up"), capture_output=True, text=True, timeout=30, check=False
        )
        other.stdin.close()
    assert refused.returncode == 4
    assert refused.stderr.startswith(
        "futago: Port 8080 of 127.0.0.1 is in use by another process; stop that process"
    )
