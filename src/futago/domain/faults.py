"""Every error that Futago can explain.

A fault carries a stable machine code, a kind that the faces map to their own idea of an error
(HTTP status, exit code), advice on retrying, and a sentence for the person who must act. Anything
raised that is not a fault is a bug. Secrets never enter a message or the context.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    """What went wrong, seen from the caller."""

    INVALID = "invalid"
    NOT_FOUND = "not-found"
    CONFLICT = "conflict"
    FORBIDDEN = "forbidden"
    QUOTA = "quota"
    UNSUPPORTED = "unsupported"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Retry:
    """Whether trying again helps, and when."""

    helps: bool
    after: timedelta | None = None
    """Fixed pause; None with `helps` means exponential backoff."""


NEVER = Retry(helps=False)
BACKOFF = Retry(helps=True)


def after(seconds: float) -> Retry:
    """Advise one retry after a fixed pause in seconds."""
    return Retry(helps=True, after=timedelta(seconds=seconds))


class Fault(Exception):  # noqa: N818 - the glossary's word for an explained error
    """An error with a code, a sentence and retry advice.

    Subclasses set the class attributes; instances carry the sentence and the context
    (`field`, `value`, ids) that faces show beside it.
    """

    code: ClassVar[str] = "Internal"
    kind: ClassVar[Kind] = Kind.INTERNAL
    retry: ClassVar[Retry] = NEVER

    def __init__(self, message: str, **context: str | int) -> None:
        super().__init__(message)
        self.message = message
        self.context = context

    def __repr__(self) -> str:
        return f"{type(self).__name__}(code={self.code!r}, message={self.message!r})"


class Invalid(Fault):
    """A value breaks a rule. Subclasses name the rule."""

    code = "Invalid"
    kind = Kind.INVALID


class NotFound(Fault):
    """The named resource does not exist, or not for this account and region."""

    code = "NotFound"
    kind = Kind.NOT_FOUND


class Conflict(Fault):
    """The resource's present state forbids the change."""

    code = "Conflict"
    kind = Kind.CONFLICT


class Forbidden(Fault):
    """The caller may not do this."""

    code = "Forbidden"
    kind = Kind.FORBIDDEN


class QuotaExceeded(Fault):
    """A limit on the number of resources is reached."""

    code = "QuotaExceeded"
    kind = Kind.QUOTA


class Unsupported(Fault):
    """A value that is valid for the vendor and that Futago does not carry out."""

    code = "Unsupported"
    kind = Kind.UNSUPPORTED


class Unavailable(Fault):
    """A daemon, the kernel or another process did not answer as needed; retrying may help."""

    code = "Unavailable"
    kind = Kind.UNAVAILABLE
    retry = BACKOFF


class Internal(Fault):
    """A broken invariant that is our own mistake."""

    code = "Internal"
    kind = Kind.INTERNAL
