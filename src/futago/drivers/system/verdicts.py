"""The memory of probes in a file that only the agent's user can read."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from futago.domain import ids
from futago.messages import codec
from futago.plan import liveness

log = logging.getLogger(__name__)
_MODE = 0o600


class FileVerdicts:
    """Implements `ports.verdicts.VerdictMemory`. The file is replaced as a whole at each change."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def known(self) -> Mapping[ids.TunnelId, liveness.Remembered]:
        """Give what was kept last; nothing when it cannot be read."""
        try:
            found = codec.VERDICTS.validate_json(self._path.read_bytes())
        except (FileNotFoundError, ValidationError):
            return {}
        return {each.path.tunnel_id: each for each in found}

    def keep(self, verdicts: Mapping[ids.TunnelId, liveness.Remembered]) -> None:
        """Keep this instead of what was there; a disk that is full costs the memory only."""
        fresh = self._path.with_suffix(".new")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(fresh, flags, _MODE), "wb") as file:
                file.write(codec.VERDICTS.dump_json(tuple(verdicts.values())))
            fresh.replace(self._path)
        except OSError as exc:
            log.warning("verdicts not kept", extra={"fault": str(exc)})
