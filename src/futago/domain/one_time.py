"""One-time codes from a shared secret and the clock: TOTP with the values every application knows.

Six digits, SHA-1, 30 seconds. SHA-1 is no weakness here: the code is a truncated HMAC, and other
digests are ignored by many applications. Source: RFC 4226, 5.3; RFC 6238, 4; Key URI format.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Final
from urllib import parse

STEP_SECONDS: Final = 30
DIGITS: Final = 6
SECRET_BYTES: Final = 20
"""As long as the digest. Source: RFC 4226, 4, R6."""
_DRIFT_STEPS: Final = 1
"""Steps that a clock may be off, each way. Source: RFC 6238, 5.2."""


def step_at(now: datetime) -> int:
    """Count the steps since the epoch."""
    return int(now.timestamp()) // STEP_SECONDS


def code_of(secret: bytes, step: int) -> str:
    """Give the code of a step."""
    # SHA-1 as RFC 6238 has it.
    digest = hmac.new(secret, step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def matching_step(secret: bytes, code: str, now: datetime, *, after: int) -> int | None:
    """Find the step of a code that may be used now.

    Args:
        secret: What both sides know.
        code: What was typed; spaces in it are no matter.
        now: Time here.
        after: The step whose code was used last; neither it nor an earlier one is good again.
    Returns:
        The step, or None if the code is wrong, too old, or was used.
    """
    given = "".join(code.split()).encode()
    present = step_at(now)
    found = None
    for step in range(present - _DRIFT_STEPS, present + _DRIFT_STEPS + 1):
        # All are compared, so that the time tells nothing.
        if hmac.compare_digest(code_of(secret, step).encode(), given) and step > after:
            found = step
    return found


def spell(secret: bytes) -> str:
    """Write a secret as people type it into an application."""
    return base64.b32encode(secret).decode().rstrip("=")


def key_uri(secret: bytes, issuer: str, name: str) -> str:
    """Write what applications read from a QR code."""
    label = parse.quote(f"{issuer}:{name}", safe=":@")
    query = parse.urlencode(
        {
            "secret": spell(secret),
            "issuer": issuer,
            "algorithm": "SHA1",
            "digits": DIGITS,
            "period": STEP_SECONDS,
        },
        quote_via=parse.quote,
    )
    return f"otpauth://totp/{label}?{query}"
