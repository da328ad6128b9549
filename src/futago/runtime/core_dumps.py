"""No core dump of a process that has keys in memory, nor of the daemons that it starts.

Source: getrlimit(2), core(5), and fs/coredump.c of the kernel: a limit of 1 byte is too small for a
file, and is the one limit that also keeps the kernel from piping a dump into a handler.
"""

from __future__ import annotations

import contextlib
import resource
from typing import Final

LIMIT_BYTES: Final = 1


def forbid() -> None:
    """Forbid core dumps of this process and all that descend from it."""
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    wanted = LIMIT_BYTES if most == resource.RLIM_INFINITY else min(LIMIT_BYTES, most)
    # A lower limit that somebody else has set cannot be raised, and need not be.
    with contextlib.suppress(ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (wanted, wanted))
