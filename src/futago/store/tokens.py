"""What calls with a ClientToken answered."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from futago.store import base, columns, schema, secrets

LIFETIME: Final = timedelta(hours=24)
"""A token is worth a day; retries of a client come within minutes."""

_TABLE: Final = base.table(schema.ClientTokenRow)
_ROW: Final = _TABLE.c
_FIND: Final = sa.select(_ROW.parameters_digest, _ROW.sealed_answer).where(
    _ROW.account_id == sa.bindparam("account_id"),
    _ROW.action == sa.bindparam("action"),
    _ROW.token == sa.bindparam("token"),
    _ROW.created_at >= sa.bindparam("oldest", type_=columns.UtcTime()),
)
_KEEP: Final = sa.insert(_TABLE)
_DROP_OLD: Final = sa.delete(_TABLE).where(
    _ROW.account_id == sa.bindparam("account_id"),
    _ROW.action == sa.bindparam("action"),
    _ROW.token == sa.bindparam("token"),
    _ROW.created_at < sa.bindparam("oldest", type_=columns.UtcTime()),
)
_PRUNE: Final = sa.delete(_TABLE).where(
    _ROW.created_at < sa.bindparam("oldest", type_=columns.UtcTime())
)


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
    found = base.execute(session, _FIND, {**asdict(key), "oldest": now - LIFETIME}).first()
    if found is None:
        return None
    digest, sealed = found
    return TokenRecord(parameters_digest=digest, answer_json=vault.unseal_answer(str(key), sealed))


def remember(
    session: Session, vault: secrets.Vault, key: TokenKey, record: TokenRecord, now: datetime
) -> None:
    """Keep what a call answered, instead of an answer that is too old.

    Two calls that both believe to be the first meet in the table's key.
    """
    base.execute(session, _DROP_OLD, {**asdict(key), "oldest": now - LIFETIME})
    base.execute(
        session,
        _KEEP,
        {
            **asdict(key),
            "parameters_digest": record.parameters_digest,
            "sealed_answer": vault.seal_answer(str(key), record.answer_json),
            "created_at": now,
        },
    )


def prune(session: Session, now: datetime) -> None:
    """Forget what is too old."""
    base.execute(session, _PRUNE, {"oldest": now - LIFETIME})
