"""Memory of the signature nonces seen, against replays.

A nonce is kept until the call that carried it would be refused for its age anyway. The memory is
per process and bounded per key: a key that fills it is asked to slow down, because forgetting a
nonce early would reopen the door it closes.
"""

from __future__ import annotations

import hashlib
import heapq
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from futago.actions import faults
from futago.protocols.rpc import signature

MAX_NONCES_PER_KEY = 100_000
DIGEST_BYTES = 16


@dataclass(slots=True)
class _Seen:
    nonces: set[bytes] = field(default_factory=set)
    by_expiry: list[tuple[datetime, bytes]] = field(default_factory=list)

    def forget_until(self, now: datetime) -> None:
        while self.by_expiry and self.by_expiry[0][0] < now:
            self.nonces.discard(heapq.heappop(self.by_expiry)[1])


class NonceWindow:
    """Nonces seen lately, per access key; safe to use from many threads."""

    def __init__(self, max_nonces_per_key: int = MAX_NONCES_PER_KEY) -> None:
        self._limit = max_nonces_per_key
        self._lock = threading.Lock()
        self._seen: dict[str, _Seen] = {}

    def admit(self, claim: signature.Claim, now: datetime) -> None:
        """Remember the nonce of a verified claim.

        Raises:
            VendorFault: SignatureNonceUsed, or Throttling.User when the memory is full.
        """
        expiry = claim.timestamp + signature.MAX_SKEW
        nonce = hashlib.sha256(claim.nonce.encode()).digest()[:DIGEST_BYTES]
        with self._lock:
            seen = self._seen.setdefault(claim.access_key_id, _Seen())
            seen.forget_until(now)
            if nonce in seen.nonces:
                raise faults.VendorFault(
                    "SignatureNonceUsed",
                    400,
                    "The signature nonce was used before: sign every call with a new one.",
                )
            if len(seen.nonces) >= self._limit:
                wait = seen.by_expiry[0][0] - now
                raise faults.Throttled(
                    "The access key made too many calls in a quarter of an hour: slow down.",
                    retry_after_ms=max(1, wait // timedelta(milliseconds=1)),
                )
            seen.nonces.add(nonce)
            heapq.heappush(seen.by_expiry, (expiry, nonce))
