"""Parameters of our own on the calls that edit connections, and what they mean.

The vendor's clients do not know them: without them an edit is carried out as the vendor does it,
unless the installation says otherwise.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

import pydantic

from futago.actions import operation, requests
from futago.services import drafts

LONGEST_OVERLAP_SECONDS: Final = 7 * 86400


class Terms(requests.DryRunnable):
    """How an edit shall be carried out; Force and PskOverlapSeconds are Futago's own."""

    force: requests.Flag | None = None
    psk_overlap_seconds: (
        Annotated[requests.Integer, pydantic.Field(ge=0, le=LONGEST_OVERLAP_SECONDS)] | None
    ) = None


def to_terms(given: Terms, region: operation.Region) -> drafts.EditTerms:
    """Read how an edit shall be carried out."""
    seconds = given.psk_overlap_seconds
    if seconds is None:
        seconds = region.key_overlap_seconds or None
    return drafts.EditTerms(
        forced=not region.refuses_interruptions if given.force is None else given.force,
        key_overlap=None if seconds is None else timedelta(seconds=seconds),
    )
