"""Who sent a call: signature, clock, key and nonce, in this order.

The nonce is looked at last, so that only the holder of a secret can fill the memory of nonces.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from futago.actions import catalogue, faults
from futago.api import nonces
from futago.protocols.rpc import signature


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """An access key as the store knows it."""

    access_key_id: str
    secret: str = field(repr=False)
    account_id: str
    user_name: str
    active: bool = True


class Credentials(Protocol):
    """Where access keys are kept; called from worker threads."""

    def find_access_key(self, access_key_id: str) -> StoredKey | None:
        """Return the key, or None when there is none of that id."""
        ...


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
            VendorFault: The key is unknown or inactive, has no security token, or the nonce is old.
        """
        now = self._clock()
        signature.check_fresh(claim, now)
        key = self._find(claim)
        signature.verify(claim, key.secret)
        self._window.admit(claim, now)
        return catalogue.Principal(
            account_id=key.account_id, user_name=key.user_name, access_key_id=key.access_key_id
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
        if claim.security_token:
            raise faults.VendorFault(
                "InvalidSecurityToken.MismatchWithAccessKey",
                400,
                "The access key has no security token: sign without one.",
            )
        return key
