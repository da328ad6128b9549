"""Who calls, and with which key.

An account owns resources; a user of it signs calls with an access key. The secret of a key is
shown once and lies sealed in the store, because signatures are checked with the secret itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from futago.store import unit_of_work


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
    """Make a key for a user of an account."""
    raise NotImplementedError


def find_access_key(work: unit_of_work.UnitOfWork, access_key_id: str) -> StoredKey | None:
    """Find a key with its secret; None if there is none."""
    raise NotImplementedError


def list_access_keys(work: unit_of_work.UnitOfWork, account_id: str) -> tuple[AccessKeyView, ...]:
    """List the keys of an account."""
    raise NotImplementedError


def disable_access_key(work: unit_of_work.UnitOfWork, account_id: str, access_key_id: str) -> None:
    """Make a key useless."""
    raise NotImplementedError


def ensure_bootstrap_account(work: unit_of_work.UnitOfWork) -> str:
    """Give the first account, which is made when there is none."""
    raise NotImplementedError
