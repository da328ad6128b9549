"""Sealing of secrets at rest."""

from __future__ import annotations

from typing import Protocol


class Sealer(Protocol):
    """Makes bytes unreadable for whoever has the database but not the key."""

    def seal(self, clear: bytes, context: bytes) -> bytes:
        """Seal a secret for the place that the context names."""

    def unseal(self, sealed: bytes, context: bytes) -> bytes:
        """Open what was sealed for the same place."""
