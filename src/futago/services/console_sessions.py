"""Sessions of the console.

A session is made at login and never before, so that no one can plant one. The browser holds a
random token; the store has its digest. What the user may do is read at each call: a policy that is
taken away works at once, and so does the end of a session.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from futago.domain import policy
from futago.services import access, policies
from futago.store import console, schema, schema_access, schema_console, unit_of_work

IDLE: Final = timedelta(hours=1)
LONGEST: Final = timedelta(hours=12)
KEY_PREFIX: Final = "console:"
"""How the audit names a session where it names the key of a signed call."""

_TOKEN_LENGTH: Final = 43
"""About 256 bits."""
_TOUCH_AFTER: Final = timedelta(minutes=1)
_PRUNED_AT_ONCE: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who is logged in."""

    account_id: str
    account_name: str
    user_name: str
    session_name: str
    """Names the session in the audit and opens nothing."""
    permissions: policy.Permissions
    ends_at: datetime
    """At the latest."""
    csrf_token: str = field(repr=False)
    needs_touch: bool = False


def open_session(
    work: unit_of_work.UnitOfWork,
    account_id: str,
    user_name: str,
    source_ip: str,
    *,
    instead_of: str | None,
) -> str:
    """Begin a session and give its token; the one that the browser had before ends."""
    console.drop_expired(work.session, work.now, _PRUNED_AT_ONCE)
    if instead_of is not None:
        close(work, instead_of)
    token = access.random_text(work, _TOKEN_LENGTH)
    work.session.add(
        schema_console.ConsoleSessionRow(
            token_digest=digest(token),
            account_id=account_id,
            user_name=user_name,
            source_ip=source_ip[:64],
            created_at=work.now,
            seen_at=work.now,
            expires_at=work.now + IDLE,
        )
    )
    work.session.flush()
    return token


def find(work: unit_of_work.UnitOfWork, token: str) -> Visitor | None:
    """Give who holds a token; None if there is no such session, or none any more."""
    row = work.session.get(schema_console.ConsoleSessionRow, digest(token))
    if row is None or row.expires_at <= work.now:
        return None
    user = work.session.get_one(schema_access.UserRow, (row.account_id, row.user_name))
    account = work.session.get_one(schema.AccountRow, row.account_id)
    return Visitor(
        account_id=row.account_id,
        account_name=account.name,
        user_name=row.user_name,
        session_name=KEY_PREFIX + row.token_digest[:16],
        permissions=policy.ADMINISTRATOR
        if user.is_administrator
        else policies.of_user(work, row.account_id, row.user_name),
        ends_at=row.created_at + LONGEST,
        csrf_token=csrf_token(token),
        needs_touch=work.now - row.seen_at >= _TOUCH_AFTER,
    )


def touch(work: unit_of_work.UnitOfWork, token: str) -> None:
    """Note that the session is in use, which lets it live on up to its longest life."""
    row = work.session.get(schema_console.ConsoleSessionRow, digest(token))
    if row is not None:
        row.seen_at = work.now
        row.expires_at = min(work.now + IDLE, row.created_at + LONGEST)


def close(work: unit_of_work.UnitOfWork, token: str) -> None:
    """End a session."""
    row = work.session.get(schema_console.ConsoleSessionRow, digest(token))
    if row is not None:
        work.session.delete(row)
        work.session.flush()


def close_all(work: unit_of_work.UnitOfWork, account_id: str, user_name: str) -> None:
    """End all sessions of a user."""
    console.drop_others(work.session, account_id, user_name, None)


def digest(token: str) -> str:
    """Digest a token; it is long and random, so that a plain digest does."""
    return hashlib.sha256(token.encode()).hexdigest()


def csrf_token(token: str) -> str:
    """Derive what pages send along and other sites cannot know."""
    return hashlib.sha256(b"csrf:" + token.encode()).hexdigest()


def is_csrf_token(given: str, visitor: Visitor) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(given.encode(), visitor.csrf_token.encode())
