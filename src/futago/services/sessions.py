"""Temporary credentials: a key, a secret and a token that must come with them.

The token is kept as a digest only. Sessions are remembered for a day after their end, so that
whoever still uses them is told that they ended.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from futago.domain import policy
from futago.services import access, refusals, roles
from futago.store import access as access_rows
from futago.store import schema_access, secrets, unit_of_work

MIN_SECONDS: Final = 900
MAX_SECONDS: Final = 43200
TOKEN_PREFIX: Final = "FTST"  # noqa: S105 - how a token begins
TOKEN_LENGTH: Final = 96
_KEY_LENGTH: Final = 24
_SECRET_LENGTH: Final = 40
_REMEMBERED: Final = timedelta(days=1)
_PRUNED_AT_ONCE: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDraft:
    """A wish to take on a role."""

    role_name: str
    name: str
    seconds: int | None = None
    boundary: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """Credentials that were just made; never shown again."""

    access_key_id: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    expires_at: datetime
    role_id: str
    role_name: str
    name: str


def assume_role(work: unit_of_work.UnitOfWork, account_id: str, draft: SessionDraft) -> NewSession:
    """Take on a role of one's own account.

    Raises:
        RoleNotFound: The account has no such role.
        RoleOfService: Only a service takes it on.
        Malformed: The document that limits the session cannot be evaluated.
    """
    role = _role(work, account_id, draft.role_name)
    if draft.boundary is not None:
        policy.parse(draft.boundary)
    _prune(work)
    seconds = min(draft.seconds or roles.DEFAULT_SESSION_SECONDS, role.max_session_seconds)
    secret = access.random_text(work, _SECRET_LENGTH)
    token = TOKEN_PREFIX + access.random_text(work, TOKEN_LENGTH)
    row = schema_access.SessionRow(
        id=access.SESSION_PREFIX + access.random_text(work, _KEY_LENGTH),
        account_id=account_id,
        role_name=role.name,
        name=draft.name,
        token_digest=digest(token),
        boundary=draft.boundary,
        created_at=work.now,
        expires_at=work.now + timedelta(seconds=seconds),
    )
    work.session.add(row)
    work.vault.put(secrets.Purpose.ACCESS_KEY, row.id, secret)
    work.session.flush()
    return NewSession(
        access_key_id=row.id,
        secret=secret,
        token=token,
        expires_at=row.expires_at,
        role_id=role.id,
        role_name=role.name,
        name=row.name,
    )


def _role(work: unit_of_work.UnitOfWork, account_id: str, name: str) -> schema_access.RoleRow:
    """Find a role that users take on."""
    role = work.session.get(schema_access.RoleRow, (account_id, name))
    if role is None:
        raise refusals.RoleNotFound(
            f"There is no role '{name[:64]}' in account {account_id}: check the name.",
            value=name,
        )
    if role.service_name is not None:
        raise refusals.RoleOfService(
            f"Role '{role.name}' is taken on by {role.service_name} only: name another role.",
            value=role.name,
        )
    return role


def digest(token: str) -> str:
    """Digest a token; it is long and random, so that a plain digest does."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_token(text: str) -> bool:
    """Tell whether a text has the form of a token."""
    rest = text.removeprefix(TOKEN_PREFIX)
    return rest != text and len(rest) == TOKEN_LENGTH and rest.isascii() and rest.isalnum()


def _prune(work: unit_of_work.UnitOfWork) -> None:
    old = access_rows.expired_sessions(work.session, work.now - _REMEMBERED, _PRUNED_AT_ONCE)
    work.vault.drop(secrets.Purpose.ACCESS_KEY, old)
    access_rows.drop_sessions(work.session, old)
