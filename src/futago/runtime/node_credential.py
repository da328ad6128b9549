"""The secret that an agent shows to the control plane, in a file that only its user can read."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from futago.domain import faults

_BYTES = 32


class NoCredential(faults.Unavailable):
    """The node's credential is not there yet, or cannot be read."""

    code = "NodeCredential.Unreadable"


class OpenCredential(faults.Forbidden):
    """Others can read the node's credential."""

    code = "NodeCredential.TooOpen"


def ensure(path: Path) -> str:
    """Read the credential; make it when there is none. The caller holds the first-start lock."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(_BYTES) + "\n")
        fresh.replace(path)
    return read(path)


def read(path: Path) -> str:
    """Read the credential.

    Raises:
        NoCredential: The file is missing, unreadable or empty.
        OpenCredential: Group or others can read it.
    """
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise NoCredential(
            f"Node credential {path} cannot be read; the control plane makes it at its first "
            "start, so start that first, or copy its file here (node.credential_file)."
        ) from exc
    if stat.S_IMODE(mode) & 0o077:
        raise OpenCredential(
            f"Node credential {path} can be read by others; run `chmod 600 {path}`."
        )
    if not text:
        raise NoCredential(f"Node credential {path} is empty; remove it and start `futago` again.")
    return text
