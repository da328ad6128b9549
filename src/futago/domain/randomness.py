"""Random text from a source of random numbers that the caller brings."""

from __future__ import annotations

from collections.abc import Callable

RandomBelow = Callable[[int], int]
"""Gives a uniformly random integer in [0, n)."""


def text(alphabet: str, length: int, random_below: RandomBelow) -> str:
    """Make up text, each letter as likely as any other.

    One number is drawn for all letters, because a good source asks the system each time.
    """
    rest = random_below(len(alphabet) ** length)
    letters = []
    for _ in range(length):
        rest, position = divmod(rest, len(alphabet))
        letters.append(alphabet[position])
    return "".join(letters)
