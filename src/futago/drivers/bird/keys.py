"""TCP-MD5 keys of BIRD's sessions, in memory only.

BIRD inherits a file that has no name and no disk below it, as a descriptor whose path its
configuration includes. It lives as long as BIRD does, so BIRD finds its keys at every `configure`,
also after the agent has gone, and nothing is left of them when BIRD dies.
"""

from __future__ import annotations

import os
from pathlib import Path

from futago.ports import routing
from futago.protocols.bird import sessions


def make_file() -> int:
    """Make an empty file for keys; the caller hands it on and closes it."""
    return os.memfd_create("futago-keys", os.MFD_CLOEXEC)


def replace(pid: int, text: str) -> None:
    """Give a running BIRD new keys; it reads them when it is told to configure.

    Raises:
        DaemonFailed: This BIRD was started without a file for keys.
    """
    try:
        # Opened anew, so that the position which BIRD reads from is not moved.
        handle = os.open(Path(f"/proc/{pid}/fd/{sessions.KEYS_DESCRIPTOR}"), os.O_WRONLY)
    except FileNotFoundError as exc:
        raise routing.DaemonFailed(
            f"BIRD with pid {pid} has no place for keys; end it, the agent starts another.",
            pid=pid,
        ) from exc
    try:
        os.ftruncate(handle, 0)
        os.write(handle, text.encode())
    finally:
        os.close(handle)
