"""Passwords of the console.

A password opens the console for a user and nothing else. Its hash is Argon2id with the parameters
of RFC 9106 for machines with little memory; a wrong user takes as long as a wrong password, so that
names cannot be guessed by the clock.
"""

from __future__ import annotations

import functools
from typing import Final

import argon2
from argon2 import exceptions

from futago.domain import faults
from futago.services import access, refusals
from futago.store import access as access_rows
from futago.store import console, schema_access, schema_console, unit_of_work

SHORTEST: Final = 12
LONGEST: Final = 128
MADE_LENGTH: Final = 20
"""About 119 bits."""

_HASHER: Final = argon2.PasswordHasher.from_parameters(argon2.profiles.RFC_9106_LOW_MEMORY)


class WeakPassword(faults.Invalid):
    """The password is too short, too long, or not printable."""

    code = "Console.WeakPassword"


class WrongLogin(faults.Forbidden):
    """Account, user and password do not belong together; nothing says which is wrong."""

    code = "Console.WrongLogin"


def check(password: str) -> str:
    """Check that a password can be set.

    Raises:
        WeakPassword: It breaks a rule.
    """
    if not SHORTEST <= len(password) <= LONGEST or not password.isprintable():
        raise WeakPassword(
            f"The password must have {SHORTEST} to {LONGEST} printable characters: choose a longer"
            " one, several words do well.",
            field="Password",
        )
    return password


def make(work: unit_of_work.UnitOfWork) -> str:
    """Make up a password."""
    return access.random_text(work, MADE_LENGTH)


def put(
    work: unit_of_work.UnitOfWork,
    account_id: str,
    user_name: str,
    password: str,
    *,
    kept_session: str | None = None,
) -> None:
    """Set the password of a user; all its sessions end, but for one that may be named.

    Raises:
        WeakPassword: It breaks a rule.
        UserNotFound: The account has no such user.
    """
    check(password)
    if work.session.get(schema_access.UserRow, (account_id, user_name)) is None:
        raise refusals.UserNotFound(
            f"There is no user '{user_name[:64]}' in account {account_id}: list the users to see"
            " which there are.",
            value=user_name,
        )
    key = (account_id, user_name)
    row = work.session.get(schema_console.PasswordRow, key) or schema_console.PasswordRow(
        account_id=account_id, user_name=user_name
    )
    row.hash = _HASHER.hash(password)
    row.changed_at = work.now
    work.session.add(row)
    console.drop_others(work.session, account_id, user_name, kept_session)


def find(work: unit_of_work.UnitOfWork, account_id: str, user_name: str) -> str | None:
    """Give the hash of a user's password; without an account, of the first one."""
    account_id = account_id or first_account_id(work)
    row = work.session.get(schema_console.PasswordRow, (account_id, user_name))
    return row.hash if row else None


def first_account_id(work: unit_of_work.UnitOfWork) -> str:
    """Give the account that the installation began with, or nothing."""
    first = access_rows.first_account(work.session)
    return first.id if first else ""


def matches(password: str, stored: str | None) -> bool:
    """Compare a password with a hash; takes its time where there is none, too."""
    try:
        _HASHER.verify(stored or _nobodys(), password)
    except exceptions.VerifyMismatchError:
        return False
    return stored is not None


@functools.cache
def _nobodys() -> str:
    return _HASHER.hash("nobody has this password")
