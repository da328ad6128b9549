"""The vendor's words for who pays: accepted, kept and shown, while nothing here costs anything."""

from __future__ import annotations

from typing import Annotated, Final

from futago.actions import fields, requests
from futago.domain import faults
from futago.services import drafts

WORDS: Final = {
    drafts.Payer.CEN_OWNER: "PayByCenOwner",
    drafts.Payer.RESOURCE_OWNER: "PayByResourceOwner",
}


def _read(text: str) -> drafts.Payer:
    for payer, word in WORDS.items():
        if word == text:
            return payer
    raise faults.Invalid(f"the value must be one of {', '.join(WORDS.values())}")


def write(payer: drafts.Payer) -> str:
    """Spell a payer."""
    return WORDS[payer]


OrderType = Annotated[
    drafts.Payer, fields.reads(_read), requests.Vendor(invalid="InvalidParameter")
]
"""Who pays, in the vendor's words."""
