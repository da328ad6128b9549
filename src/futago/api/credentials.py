"""Who sent a call: signature, clock, key, token and nonce.

The nonce is looked at last, so that only the holder of a secret can fill the memory of nonces.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from futago.actions import catalogue, faults
from futago.api import nonces
from futago.protocols.rpc import signature
from futago.services import access, sessions
from futago.store import unit_of_work

StoredKey = access.StoredKey


class Credentials(Protocol):
    """Where access keys are kept; called from worker threads."""

    def find_access_key(self, access_key_id: str) -> StoredKey | None:
        """Return the key, or None when there is none of that id."""
        ...


class Database(Protocol):
    """What is needed of the store to read keys."""

    def read(self) -> AbstractContextManager[unit_of_work.UnitOfWork]:
        """Open a unit of work that only reads."""
        ...


class StoredKeys:
    """Access keys, read from the store at each call, so that disabling one works at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find_access_key(self, access_key_id: str) -> StoredKey | None:
        """Return the key, or None when there is none of that id."""
        with self._database.read() as work:
            return access.find_access_key(work, access_key_id)


class Gatekeeper:
    """Lets a call in, or says why not."""

    def __init__(
        self,
        credentials: Credentials,
        clock: Callable[[], datetime],
        window: nonces.NonceWindow,
    ) -> None:
        self._credentials = credentials
        self._clock = clock
        self._window = window

    def admit(self, claim: signature.Claim) -> catalogue.Principal:
        """Check a claim and return who made it.

        Raises:
            signature.TimestampExpired: Signed too long ago, or in the future.
            signature.SignatureDoesNotMatch: Signed with another secret.
            VendorFault: The key is unknown or inactive, its token is missing, foreign or too old,
                or the nonce was used.
        """
        now = self._clock()
        signature.check_fresh(claim, now)
        key = self._find(claim)
        signature.verify(claim, key.secret)
        _check_token(claim.security_token, key, now)
        self._window.admit(claim, now)
        return catalogue.Principal(
            account_id=key.account_id,
            user_name=key.user_name,
            access_key_id=key.access_key_id,
            permissions=key.permissions,
            role_name=key.session.role_name if key.session else None,
            session_name=key.session.name if key.session else None,
        )

    def _find(self, claim: signature.Claim) -> StoredKey:
        key = self._credentials.find_access_key(claim.access_key_id)
        if key is None:
            raise faults.VendorFault(
                "InvalidAccessKeyId.NotFound",
                404,
                f"Access key '{claim.access_key_id[:40]}' does not exist: check the key id.",
            )
        if not key.active:
            raise faults.VendorFault(
                "InvalidAccessKeyId.Inactive",
                400,
                f"Access key '{key.access_key_id}' is disabled: enable it or use another.",
            )
        return key


def _check_token(token: str, key: StoredKey, now: datetime) -> None:
    """Compare the token of a call with that of the session its key belongs to."""
    if key.session is None:
        if token:
            raise faults.VendorFault(
                "InvalidSecurityToken.MismatchWithAccessKey",
                400,
                "The access key has no security token: sign without one.",
            )
        return
    if not token:
        raise faults.VendorFault(
            "MissingSecurityToken",
            400,
            f"Access key '{key.access_key_id}' is temporary: send the SecurityToken that came"
            " with it.",
        )
    if not sessions.is_token(token):
        raise faults.VendorFault(
            "InvalidSecurityToken.Malformed",
            400,
            "The SecurityToken is no token: send it as AssumeRole gave it.",
        )
    if not hmac.compare_digest(sessions.digest(token), key.session.token_digest):
        raise faults.VendorFault(
            "InvalidSecurityToken.MismatchWithAccessKey",
            400,
            "The SecurityToken belongs to another access key: send both of one answer.",
        )
    if now >= key.session.expires_at:
        raise faults.VendorFault(
            "InvalidSecurityToken.Expired",
            400,
            "The session of the SecurityToken has ended: call AssumeRole again.",
        )
