"""Memory of the signature nonces seen, against replays.

A nonce is kept until the call that carried it would be refused for its age anyway. The memory is
one for all processes, so that a replay is refused by whichever gets it, and bounded per key: a key
that fills it is asked to slow down, because forgetting a nonce early would reopen the door it
closes.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final

from futago.actions import faults
from futago.protocols.rpc import signature
from futago.store import shared_memory

MAX_NONCES_PER_KEY = 100_000
DIGEST_BYTES = 16

_CALLS_PER_PRUNING: Final = 16
_PRUNED_AT_ONCE: Final = 64
"""More than came since the last time, so that a backlog shrinks."""
_REMEMBER: Final = (
    "INSERT OR IGNORE INTO nonces SELECT ?1, ?2, ?3 WHERE coalesce("
    "(SELECT number FROM nonce_counts WHERE access_key_id = ?1), 0) < ?4"
)
_IS_KNOWN: Final = "SELECT 1 FROM nonces WHERE access_key_id = ? AND nonce = ?"
_NEXT_EXPIRY: Final = "SELECT min(expires) FROM nonces WHERE access_key_id = ?"
_FORGET_OF_KEY: Final = "DELETE FROM nonces WHERE access_key_id = ? AND expires < ?"
_FORGET: Final = (
    "DELETE FROM nonces WHERE (access_key_id, nonce) IN (SELECT access_key_id, nonce FROM nonces"
    " WHERE expires < ? ORDER BY expires LIMIT ?)"
)


class NonceWindow:
    """Nonces seen lately, per access key; safe to use from many threads and processes."""

    def __init__(
        self, memory: shared_memory.SharedMemory, max_nonces_per_key: int = MAX_NONCES_PER_KEY
    ) -> None:
        self._memory = memory
        self._limit = max_nonces_per_key
        self._admitted = 0

    def admit(self, claim: signature.Claim, now: datetime) -> None:
        """Remember the nonce of a verified claim.

        Raises:
            VendorFault: SignatureNonceUsed, or Throttling.User when the memory is full.
            shared_memory.MemoryUnavailable: Whether the nonce was used cannot be told.
        """
        key, moment = claim.access_key_id, now.timestamp()
        nonce = hashlib.sha256(claim.nonce.encode()).digest()[:DIGEST_BYTES]
        expires = (claim.timestamp + signature.MAX_SKEW).timestamp()
        if not self._remember(key, nonce, expires):
            if self._memory.ask(_IS_KNOWN, key, nonce):
                raise _used()
            self._memory.change(_FORGET_OF_KEY, key, moment)
            if not self._remember(key, nonce, expires):
                raise self._full(key, moment)
        self._admitted += 1
        if self._admitted % _CALLS_PER_PRUNING == 0:
            self._memory.change(_FORGET, moment, _PRUNED_AT_ONCE)

    def _remember(self, key: str, nonce: bytes, expires: float) -> bool:
        """Tell whether the nonce is new, and whether there was room for it."""
        return self._memory.change(_REMEMBER, key, nonce, expires, self._limit) == 1

    def _full(self, key: str, now: float) -> faults.VendorFault:
        ((expires,),) = self._memory.ask(_NEXT_EXPIRY, key)
        if expires is None:
            # Another process has just met the same nonce, or made room.
            return _used()
        return faults.Throttled(
            "The access key made too many calls in a quarter of an hour: slow down.",
            retry_after_ms=max(1, round((expires - now) * 1000)),
        )


def _used() -> faults.VendorFault:
    return faults.VendorFault(
        "SignatureNonceUsed",
        400,
        "The signature nonce was used before: sign every call with a new one.",
    )
