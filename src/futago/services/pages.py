"""Pages of lists: what part is wanted, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """The wanted part of a list."""

    offset: int = 0
    limit: int = 50


ALL: Final = PageRequest(offset=0, limit=1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """A part of a list, and how long the whole is."""

    items: tuple[T, ...]
    total: int


def cut(items: Sequence[T], page: PageRequest) -> Page[T]:
    """Take a page out of a computed list."""
    return Page(items=tuple(items[page.offset : page.offset + page.limit]), total=len(items))
