"""Who calls, and with which key.

An account owns resources; a user of it signs calls with an access key, or takes on a role and
signs with the temporary credentials of a session. The secret of a key is shown once and lies
sealed in the store, because signatures are checked with the secret itself.
"""

from __future__ import annotations

import string
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from futago.domain import policy, randomness
from futago.services import policies, refusals
from futago.store import access, schema, schema_access, secrets, unit_of_work

ADMINISTRATOR: Final = "admin"
"""The user that every account begins with."""
KEYS_PER_USER: Final = 2
"""One in use and one to come, while keys are exchanged."""
SESSION_PREFIX: Final = "STS."

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
class Session:
    """What temporary credentials have besides a key."""

    role_name: str
    name: str
    token_digest: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """A key with what is needed to check a signature, and what it opens."""

    access_key_id: str
    secret: str = field(repr=False)
    account_id: str
    user_name: str
    active: bool = True
    permissions: policy.Permissions = policy.NOTHING
    session: Session | None = None


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
    """Make a key for a user of an account; its secret is shown this once.

    Raises:
        UserNotFound: The account has no such user.
        TooManyAccessKeys: The user has two.
    """
    if work.session.get(schema_access.UserRow, (account_id, user_name)) is None:
        raise refusals.UserNotFound(
            f"There is no user '{user_name[:64]}' in account {account_id}: create the user first.",
            value=user_name,
        )
    if len(access.keys_of(work.session, account_id, user_name)) >= KEYS_PER_USER:
        raise refusals.TooManyAccessKeys(
            f"User '{user_name}' has {KEYS_PER_USER} access keys, which is the limit:"
            " delete one first.",
            value=user_name,
        )
    secret = random_text(work, _SECRET_LENGTH)
    row = schema.AccessKeyRow(
        id=_KEY_PREFIX + random_text(work, _KEY_LENGTH),
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
    """Find a key with its secret and permissions; None if there is none."""
    if access_key_id.startswith(SESSION_PREFIX):
        return _find_session(work, access_key_id)
    found = access.signer(work.session, access_key_id)
    if found is None or found.sealed is None:
        return None
    return StoredKey(
        access_key_id=access_key_id,
        secret=work.vault.open(secrets.Purpose.ACCESS_KEY, access_key_id, found.sealed),
        account_id=found.account_id,
        user_name=found.user_name,
        active=found.active,
        permissions=policy.ADMINISTRATOR
        if found.is_administrator
        else policies.of_user(work, found.account_id, found.user_name),
    )


def list_access_keys(
    work: unit_of_work.UnitOfWork, account_id: str, user_name: str | None = None
) -> tuple[AccessKeyView, ...]:
    """List the keys of an account or one user, oldest first."""
    return tuple(
        AccessKeyView(
            access_key_id=row.id,
            user_name=row.user_name,
            active=row.active,
            created_at=row.created_at,
        )
        for row in access.keys_of(work.session, account_id, user_name)
    )


def enable_access_key(work: unit_of_work.UnitOfWork, account_id: str, access_key_id: str) -> None:
    """Make a disabled key useful again.

    Raises:
        AccessKeyNotFound: The account has no such key.
    """
    _key(work, account_id, access_key_id).active = True
    work.session.flush()


def disable_access_key(work: unit_of_work.UnitOfWork, account_id: str, access_key_id: str) -> None:
    """Make a key useless.

    Raises:
        AccessKeyNotFound: The account has no such key.
    """
    _key(work, account_id, access_key_id).active = False
    work.session.flush()


def delete_access_key(work: unit_of_work.UnitOfWork, account_id: str, access_key_id: str) -> None:
    """Forget a key and its secret.

    Raises:
        AccessKeyNotFound: The account has no such key.
    """
    row = _key(work, account_id, access_key_id)
    work.vault.drop(secrets.Purpose.ACCESS_KEY, (row.id,))
    work.session.delete(row)
    work.session.flush()


def ensure_bootstrap_account(work: unit_of_work.UnitOfWork) -> str:
    """Give the first account, which is made when there is none, with its administrator."""
    row = access.first_account(work.session)
    account_id = row.id if row else create_account(work, "")
    if work.session.get(schema_access.UserRow, (account_id, ADMINISTRATOR)) is None:
        add_user(work, account_id, ADMINISTRATOR, is_administrator=True)
    return account_id


def create_account(work: unit_of_work.UnitOfWork, name: str) -> str:
    """Make an account with its administrator; give its id."""
    # Sixteen digits, the first not 0, as clients of the vendor expect; and below 2**53, because
    # some answers carry it as a number and JavaScript rounds larger ones.
    account_id = str(10**15 + work.random_below(8 * 10**15))
    work.session.add(schema.AccountRow(id=account_id, name=name, created_at=work.now))
    work.session.flush()
    add_user(work, account_id, ADMINISTRATOR, is_administrator=True)
    return account_id


def add_user(
    work: unit_of_work.UnitOfWork, account_id: str, name: str, *, is_administrator: bool = False
) -> schema_access.UserRow:
    """Add a user whose name is free."""
    row = schema_access.UserRow(
        account_id=account_id,
        name=name,
        id=new_number(work),
        display_name=name,
        comments="",
        is_administrator=is_administrator,
        created_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    return row


def new_number(work: unit_of_work.UnitOfWork) -> str:
    """Make the id of a user or role: eighteen digits, the first not 0."""
    return str(10**17 + work.random_below(9 * 10**17))


def random_text(work: unit_of_work.UnitOfWork, length: int) -> str:
    """Make up letters and digits."""
    return randomness.text(_ALPHABET, length, work.random_below)


def _key(work: unit_of_work.UnitOfWork, account_id: str, access_key_id: str) -> schema.AccessKeyRow:
    row = work.session.get(schema.AccessKeyRow, access_key_id)
    if row is None or row.account_id != account_id:
        raise refusals.AccessKeyNotFound(
            f"There is no access key {access_key_id[:64]!r}; list the keys to see which there are.",
            value=access_key_id,
        )
    return row


def _find_session(work: unit_of_work.UnitOfWork, access_key_id: str) -> StoredKey | None:
    row = work.session.get(schema_access.SessionRow, access_key_id)
    secret = work.vault.get(secrets.Purpose.ACCESS_KEY, access_key_id) if row else None
    if row is None or secret is None:
        return None
    return StoredKey(
        access_key_id=row.id,
        secret=secret,
        account_id=row.account_id,
        # A colon is in no user's name.
        user_name=f"{row.role_name}:{row.name}",
        permissions=policies.of_role(work, row.account_id, row.role_name, row.boundary),
        session=Session(
            role_name=row.role_name,
            name=row.name,
            token_digest=row.token_digest,
            expires_at=row.expires_at,
        ),
    )
