"""What calls with a ClientToken answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.store import schema, secrets

LIFETIME: Final = timedelta(hours=24)
"""A token is worth a day; retries of a client come within minutes."""

_ROW = schema.ClientTokenRow


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenKey:
    """What makes a token unique."""

    account_id: str
    action: str
    token: str

    def __str__(self) -> str:
        return f"{self.account_id}:{self.action}:{self.token}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRecord:
    """The first call with a token."""

    parameters_digest: str
    answer_json: str = field(repr=False)


def recall(
    session: Session, vault: secrets.Vault, key: TokenKey, now: datetime
) -> TokenRecord | None:
    """Find the first call with a token, if it is not too old."""
    row = session.get(_ROW, (key.account_id, key.action, key.token))
    if row is None or row.created_at < now - LIFETIME:
        return None
    return TokenRecord(
        parameters_digest=row.parameters_digest,
        answer_json=vault.unseal_answer(str(key), row.sealed_answer),
    )


def remember(
    session: Session, vault: secrets.Vault, key: TokenKey, record: TokenRecord, now: datetime
) -> None:
    """Keep what a call answered, and forget what is too old."""
    session.execute(
        sa.delete(_ROW).where(_ROW.created_at < now - LIFETIME),
        execution_options={"synchronize_session": False},
    )
    session.add(
        _ROW(
            account_id=key.account_id,
            action=key.action,
            token=key.token,
            parameters_digest=record.parameters_digest,
            sealed_answer=vault.seal_answer(str(key), record.answer_json),
            created_at=now,
        )
    )
