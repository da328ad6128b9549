"""What an edit of a tunnel costs, known before it is made. Pure.

The digest of a tunnel has a part for each thing that an edit can reach, so that the difference
between what a daemon has loaded and what it shall have can be told without the old values.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from futago.plan import intent

_PARTS = 4


class Impact(IntEnum):
    """The heaviest thing that an edit does to a tunnel that is up."""

    NOTHING = 0
    """What is loaded is what is wanted."""
    REKEY_CHILD = 1
    """Another child SA under the same IKE SA replaces the old one: no packet is lost."""
    RENEW_IKE = 2
    """Another IKE SA replaces the old one, the new one first if the peer agrees to it."""
    REESTABLISH_IKE = 3
    """The IKE SA is closed first, because the old and the new key cannot be held side by side."""
    RECREATE = 4
    """The daemon is started anew at another gateway address."""


def impact(loaded: str | None, wanted: str) -> Impact:
    """Tell by two digests of a tunnel what the change from one to the other does.

    Args:
        loaded: What the daemon has; None or the digest of another version: nothing is known.
        wanted: What it shall have.
    """
    if loaded == wanted:
        return Impact.NOTHING
    before, after = (loaded or "").split("."), wanted.split(".")
    if len(before) != _PARTS or len(after) != _PARTS:
        return Impact.REESTABLISH_IKE
    weights = (Impact.RECREATE, Impact.REESTABLISH_IKE, Impact.RENEW_IKE, Impact.REKEY_CHILD)
    parts = zip(weights, before, after, strict=True)
    return max(weight for weight, one, other in parts if one != other)


def between(before: intent.TunnelIntent, after: intent.TunnelIntent) -> Impact:
    """Tell what changing a tunnel from one intent to another does to it."""
    return impact(before.digest, after.digest)
