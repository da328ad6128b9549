"""Sealed secrets, each bound to its purpose and owner.

The binding is part of the seal: a sealed value copied to another row does not open.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.ports import sealing
from futago.store import base, schema

_ROW: Final = base.table(schema.SecretRow).c
_UPSERT: Final = sa.text(
    "INSERT INTO secret (purpose, owner_id, sealed) VALUES (:purpose, :owner_id, :sealed)"
    " ON CONFLICT (purpose, owner_id) DO UPDATE SET sealed = excluded.sealed"
)
_FIND: Final = sa.select(_ROW.owner_id, _ROW.sealed).where(
    _ROW.purpose == sa.bindparam("purpose"),
    _ROW.owner_id.in_(sa.bindparam("owner_ids", expanding=True)),
)
_DROP: Final = sa.delete(base.table(schema.SecretRow)).where(
    _ROW.purpose == sa.bindparam("purpose"),
    _ROW.owner_id.in_(sa.bindparam("owner_ids", expanding=True)),
)


class Purpose(StrEnum):
    """What a secret is for."""

    PSK = "psk"
    PREVIOUS_PSK = "previous-psk"
    ACCESS_KEY = "access-key"
    BGP_AUTH_KEY = "bgp-auth-key"
    WEBHOOK_SECRET = "webhook-secret"  # noqa: S105 - a purpose, not a secret
    SECOND_FACTOR = "second-factor"


class Vault:
    """Reads and writes secrets inside a transaction."""

    def __init__(self, session: Session, sealer: sealing.Sealer) -> None:
        self._session = session
        self._sealer = sealer

    def put(self, purpose: Purpose, owner_id: str, text: str) -> None:
        """Keep a secret, instead of the one before."""
        self.put_all(purpose, {owner_id: text})

    def put_all(self, purpose: Purpose, texts: Mapping[str, str]) -> None:
        """Keep the secrets of several owners, instead of those before."""
        rows = [
            {
                "purpose": purpose.value,
                "owner_id": owner_id,
                "sealed": self._sealer.seal(text.encode(), _context(purpose, owner_id)),
            }
            for owner_id, text in texts.items()
        ]
        if rows:
            base.execute(self._session, _UPSERT, rows)

    def get(self, purpose: Purpose, owner_id: str) -> str | None:
        """Open the secret of an owner."""
        return self.get_all(purpose, (owner_id,)).get(owner_id)

    def get_all(self, purpose: Purpose, owner_ids: Collection[str]) -> dict[str, str]:
        """Open the secrets of several owners: owner to clear text."""
        if not owner_ids:
            return {}
        found = base.execute(
            self._session, _FIND, {"purpose": purpose.value, "owner_ids": list(owner_ids)}
        )
        return {owner_id: self.open(purpose, owner_id, sealed) for owner_id, sealed in found}

    def open(self, purpose: Purpose, owner_id: str, sealed: bytes) -> str:
        """Open a sealed secret of an owner that was read with something else."""
        return self._sealer.unseal(sealed, _context(purpose, owner_id)).decode()

    def drop(self, purpose: Purpose, owner_ids: Collection[str]) -> None:
        """Forget the secrets of owners."""
        base.execute(self._session, _DROP, {"purpose": purpose.value, "owner_ids": list(owner_ids)})

    def seal_content(self, key: str, content: bytes) -> bytes:
        """Seal packets of users."""
        return self._sealer.seal(content, b"content:" + key.encode())

    def unseal_content(self, key: str, sealed: bytes) -> bytes:
        """Open packets of users."""
        return self._sealer.unseal(sealed, b"content:" + key.encode())

    def seal_answer(self, key: str, answer: str) -> bytes:
        """Seal the answer of a call, which may repeat a secret."""
        return self._sealer.seal(answer.encode(), b"answer:" + key.encode())

    def unseal_answer(self, key: str, sealed: bytes) -> str:
        """Open the answer of a call."""
        return self._sealer.unseal(sealed, b"answer:" + key.encode()).decode()


def _context(purpose: Purpose, owner_id: str) -> bytes:
    return f"{purpose.value}:{owner_id}".encode()
