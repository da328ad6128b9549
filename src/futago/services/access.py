"""Who calls, and with which key.

An account owns resources; a user of it signs calls with an access key. The secret of a key is
shown once and lies sealed in the store, because signatures are checked with the secret itself.
"""

from __future__ import annotations

import string
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from futago.services import refusals
from futago.store import access, schema, secrets, unit_of_work

_ALPHABET: Final = string.ascii_letters + string.digits
_KEY_PREFIX: Final = "FTAK"
_KEY_LENGTH: Final = 16
_SECRET_LENGTH: Final = 32
"""About 190 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a call can see: one account in one region, at one time."""

    account_id: str
    region_id: str
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccessKey:
    """A key that was just made; the secret is never shown again."""

    access_key_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """A key with what is needed to check a signature."""

    access_key_id: str
    secret: str = field(repr=False)
    account_id: str
    user_name: str
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKeyView:
    """A key without its secret."""

    access_key_id: str
    user_name: str
    active: bool
    created_at: datetime


def create_access_key(
    work: unit_of_work.UnitOfWork, account_id: str, user_name: str
) -> NewAccessKey:
    """Make a key for a user of an account; its secret is shown this once."""
    secret = _random_text(work, _SECRET_LENGTH)
    row = schema.AccessKeyRow(
        id=_KEY_PREFIX + _random_text(work, _KEY_LENGTH),
        account_id=account_id,
        user_name=user_name,
        active=True,
        created_at=work.now,
    )
    work.session.add(row)
    work.vault.put(secrets.Purpose.ACCESS_KEY, row.id, secret)
    work.session.flush()
    return NewAccessKey(access_key_id=row.id, secret=secret)


def find_access_key(work: unit_of_work.UnitOfWork, access_key_id: str) -> StoredKey | None:
    """Find a key with its secret; None if there is none."""
    row = work.session.get(schema.AccessKeyRow, access_key_id)
    secret = work.vault.get(secrets.Purpose.ACCESS_KEY, access_key_id) if row else None
    if row is None or secret is None:
        return None
    return StoredKey(
        access_key_id=row.id,
        secret=secret,
        account_id=row.account_id,
        user_name=row.user_name,
        active=row.active,
    )


def list_access_keys(work: unit_of_work.UnitOfWork, account_id: str) -> tuple[AccessKeyView, ...]:
    """List the keys of an account, oldest first."""
    return tuple(
        AccessKeyView(
            access_key_id=row.id,
            user_name=row.user_name,
            active=row.active,
            created_at=row.created_at,
        )
        for row in access.keys_of(work.session, account_id)
    )


def disable_access_key(work: unit_of_work.UnitOfWork, account_id: str, access_key_id: str) -> None:
    """Make a key useless.

    Raises:
        AccessKeyNotFound: The account has no such key.
    """
    row = work.session.get(schema.AccessKeyRow, access_key_id)
    if row is None or row.account_id != account_id:
        raise refusals.AccessKeyNotFound(
            f"There is no access key {access_key_id!r}; list the keys to see which there are.",
            value=access_key_id,
        )
    row.active = False
    work.session.flush()


def ensure_bootstrap_account(work: unit_of_work.UnitOfWork) -> str:
    """Give the first account, which is made when there is none."""
    row = access.first_account(work.session)
    if row is None:
        # Sixteen digits, the first not 0, as clients of the vendor expect.
        number = 10**15 + work.random_below(9 * 10**15)
        row = schema.AccountRow(id=str(number), created_at=work.now)
        work.session.add(row)
        work.session.flush()
    return row.id


def _random_text(work: unit_of_work.UnitOfWork, length: int) -> str:
    return "".join(_ALPHABET[work.random_below(len(_ALPHABET))] for _ in range(length))
