"""Pages of a list answer.

Older list actions count pages from 1; newer ones hand out an opaque token. Our token holds the sort
key of the last entry shown, so entries that come or go between two calls never make the reader
skip or repeat a third one.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from futago.domain import faults

Entry = TypeVar("Entry")

MAX_TOKEN_LENGTH = 512


class BadToken(faults.Invalid):
    """A continuation token was not made by this service."""

    code = "InvalidNextToken"


@dataclass(frozen=True, slots=True)
class NumberedPage(Generic[Entry]):
    """One page by number."""

    entries: tuple[Entry, ...]
    number: int
    size: int
    total: int


@dataclass(frozen=True, slots=True)
class TokenPage(Generic[Entry]):
    """One page by token; `next_token` is None on the last page."""

    entries: tuple[Entry, ...]
    next_token: str | None
    total: int


def numbered(entries: Sequence[Entry], number: int, size: int) -> NumberedPage[Entry]:
    """Cut page `number` (from 1) out of all entries."""
    start = (number - 1) * size
    return NumberedPage(tuple(entries[start : start + size]), number, size, len(entries))


def after_token(
    entries: Sequence[Entry], key: Callable[[Entry], str], size: int, token: str | None
) -> TokenPage[Entry]:
    """Cut the page that follows a token out of all entries, in the order of `key`.

    Raises:
        BadToken: The token is not one of ours.
    """
    last = decode_token(token) if token else None
    ordered = sorted(entries, key=key)
    rest = ordered if last is None else [entry for entry in ordered if key(entry) > last]
    shown = tuple(rest[:size])
    more = len(rest) > size
    return TokenPage(shown, encode_token(key(shown[-1])) if more else None, len(ordered))


def encode_token(last_key: str) -> str:
    """Make a token that means "after this key"."""
    return base64.urlsafe_b64encode(last_key.encode()).decode().rstrip("=")


def decode_token(token: str) -> str:
    """Read the key out of a token."""
    try:
        padded = token[:MAX_TOKEN_LENGTH] + "=" * (-len(token) % 4)
        return base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True).decode()
    except ValueError as exc:
        raise BadToken(
            "NextToken is not valid: send the NextToken of the previous answer unchanged.",
            field="NextToken",
        ) from exc
