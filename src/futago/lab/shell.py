"""Running the system's own tools, with a deadline and an explained failure."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence

from futago.domain import faults

DEADLINE_SECONDS = 30.0


class CommandFailed(faults.Unavailable):
    """A tool of the system refused or did not answer."""

    code = "Lab.CommandFailed"


def run(
    arguments: Sequence[str],
    *,
    text: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run a tool, feed it text, and return what it printed."""
    try:
        done = subprocess.run(
            list(arguments),
            input=text,
            stdin=subprocess.DEVNULL if text is None else None,
            capture_output=True,
            text=True,
            env=environment,
            timeout=DEADLINE_SECONDS,
            check=True,
        )
    except FileNotFoundError as exc:
        raise CommandFailed(f"{arguments[0]} is not installed; install it.") from exc
    except subprocess.TimeoutExpired as exc:
        raise CommandFailed(
            f"{' '.join(arguments)!r} did not end within {DEADLINE_SECONDS:g} s."
        ) from exc
    except subprocess.CalledProcessError as exc:
        raise CommandFailed(
            f"{' '.join(arguments)!r} failed: {exc.stderr.strip() or exc.stdout.strip()}"
        ) from exc
    return done.stdout
