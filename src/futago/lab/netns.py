"""Network namespaces, links, addresses and routes of a lab.

Every function works inside named namespaces; none touches the host's own network. Processes of a
lab are found by the namespace that they run in, so that nothing has to be remembered about them.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from futago.lab import shell, wait

DIRECTORY: Final = Path("/run/netns")


@dataclass(frozen=True, slots=True)
class End:
    """One end of a link."""

    namespace: str
    device: str


def exists(name: str) -> bool:
    """Tell whether a namespace exists."""
    return (DIRECTORY / name).exists()


def with_prefix(prefix: str) -> tuple[str, ...]:
    """List namespaces whose name starts with a prefix."""
    if not DIRECTORY.is_dir():
        return ()
    return tuple(sorted(each.name for each in DIRECTORY.iterdir() if each.name.startswith(prefix)))


def create(name: str, sysctls: Mapping[str, str] | None = None) -> None:
    """Make a namespace with loopback up."""
    shell.run(["ip", "netns", "add", name])
    ip(name, "link set lo up")
    set_sysctls(name, sysctls or {})


def inside(name: str, command: Sequence[str]) -> list[str]:
    """Give the arguments that run a command inside a namespace."""
    return ["nsenter", f"--net={DIRECTORY / name}", "--", *command]


def ip(name: str, words: str) -> str:
    """Run `ip` for a namespace."""
    return shell.run(["ip", "-n", name, *words.split()])


def batch(name: str, lines: Iterable[str]) -> None:
    """Run several `ip` commands for a namespace in one process."""
    shell.run(["ip", "-n", name, "-batch", "-"], text="\n".join(lines) + "\n")


def set_sysctls(name: str, values: Mapping[str, str]) -> None:
    """Set kernel parameters of a namespace."""
    if values:
        pairs = [f"{key}={value}" for key, value in values.items()]
        shell.run(inside(name, ["sysctl", "-q", "-w", *pairs]))


def connect(left: End, right: End) -> None:
    """Link two namespaces by a veth pair and bring both ends up."""
    ip(
        left.namespace,
        f"link add {left.device} type veth peer name {right.device} netns {right.namespace}",
    )
    ip(left.namespace, f"link set {left.device} up")
    ip(right.namespace, f"link set {right.device} up")


def has_device(name: str, device: str) -> bool:
    """Tell whether a namespace has a device."""
    return device in device_names(name)


def device_names(name: str) -> tuple[str, ...]:
    """List the devices of a namespace."""
    lines = ip(name, "-o link show").splitlines()
    return tuple(line.split(":")[1].strip().partition("@")[0] for line in lines)


def processes(name: str) -> tuple[int, ...]:
    """List the processes that run inside a namespace."""
    if not exists(name):
        return ()
    return tuple(int(each) for each in shell.run(["ip", "netns", "pids", name]).split())


def running_programs(name: str) -> frozenset[str]:
    """Name the programs that run inside a namespace."""
    return frozenset(_program(pid) for pid in processes(name))


def words_of(pid: int) -> tuple[str, ...]:
    """Give the arguments of a process; none when it is gone."""
    try:
        text = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return ()
    return tuple(each.decode(errors="replace") for each in text.split(b"\0")) if text else ()


def end_processes(
    names: Iterable[str],
    *,
    programs: Collection[str] = (),
    grace: float = 5.0,
    at_once: bool = False,
) -> None:
    """End processes inside namespaces: ask, wait, then insist.

    Args:
        names: Namespaces.
        programs: End only processes of these names; none means all.
        grace: Seconds to wait before insisting.
        at_once: Do not ask: nothing can say good-bye to its peers.
    """
    spaces = tuple(names)

    def running() -> list[int]:
        found = [pid for name in spaces for pid in processes(name) if pid != os.getpid()]
        return [pid for pid in found if not programs or _program(pid) in programs]

    for number in (signal.SIGKILL,) if at_once else (signal.SIGTERM, signal.SIGKILL):
        for pid in running():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        with contextlib.suppress(wait.TooLate):
            wait.eventually(lambda: not running(), within=grace)
            return


def end(pid: int, *, within: float = 5.0) -> None:
    """Kill one process and wait until it is gone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    wait.eventually(lambda: not words_of(pid), within=within)


def _program(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def detach(name: str, command: Sequence[str], log: Path) -> None:
    """Run a command inside a namespace in the background, its output in a file."""
    with log.open("ab") as output:
        subprocess.run(
            ["setsid", "--fork", *inside(name, command)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            timeout=shell.DEADLINE_SECONDS,
            check=True,
        )


def delete(name: str) -> None:
    """Remove a namespace; its devices go with it."""
    if exists(name):
        shell.run(["ip", "netns", "delete", name])
