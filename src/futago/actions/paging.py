"""Pages of lists, by number (VPC) and by token (CBN).

A token is the offset of the next page in a disguise that keeps clients from counting with it.
"""

from __future__ import annotations

from collections.abc import Sequence

from futago.actions import catalogue, faults, requests
from futago.domain import faults as domain_faults
from futago.protocols.rpc import pages as wire_pages
from futago.services import pages

TOKEN_PREFIX = "after:"  # noqa: S105 - a mark inside page tokens


def by_number(request: requests.Paged) -> pages.PageRequest:
    """Find the part of a list that a numbered page is."""
    size = request.page_size
    return pages.PageRequest(offset=(request.page_number - 1) * size, limit=size)


def numbered(request: requests.Paged, total: int) -> dict[str, catalogue.JSON]:
    """Spell the members of a numbered page."""
    return {
        "PageNumber": request.page_number,
        "PageSize": request.page_size,
        "TotalCount": total,
    }


def by_token(request: requests.Tokened) -> pages.PageRequest:
    """Find the part of a list that follows a token.

    Raises:
        VendorFault: The token is not one of ours.
    """
    offset = 0
    if request.next_token is not None:
        offset = _offset(request.next_token)
    return pages.PageRequest(offset=offset, limit=request.max_results)


def tokened(
    request: requests.Tokened, shown: Sequence[object], total: int
) -> dict[str, catalogue.JSON]:
    """Spell the members of a page by token; the last one has an empty token."""
    reached = by_token(request).offset + len(shown)
    more = bool(shown) and reached < total
    return {
        "MaxResults": request.max_results,
        "NextToken": wire_pages.encode_token(f"{TOKEN_PREFIX}{reached}") if more else "",
        "TotalCount": total,
    }


def _offset(token: str) -> int:
    try:
        text = wire_pages.decode_token(token)
    except domain_faults.Fault as exc:
        raise bad_token(token) from exc
    digits = text.removeprefix(TOKEN_PREFIX)
    if digits == text or not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        raise bad_token(token)
    return int(digits)


def bad_token(token: str) -> faults.VendorFault:
    """Refuse a token that no answer of ours has given."""
    return faults.VendorFault(
        "IllegalParam.NextToken",
        400,
        f"Parameter NextToken with the value '{token[:64]}' is not valid: tokens come from the"
        " previous answer. Send that one unchanged, or none for the first page.",
        field="NextToken",
    )
