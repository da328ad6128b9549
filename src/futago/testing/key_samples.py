"""Pre-shared keys for tests: each character alone, those that break parsers, and random ones."""

from __future__ import annotations

import random
import string
from typing import Final

from futago.domain import ike

CHARACTERS: Final = tuple(
    string.ascii_letters + string.digits + "~`!@#$%^&*()_-+={}[]\\|;:',.<>/?\""
)
"""Source: CreateVpnAttachment, Psk; the API also takes the double quote."""

NASTY: Final = (
    '"',
    "'",
    "\\",
    "#",
    "$",
    "{",
    "}",
    "=",
    ";",
    "%",
    '"quoted"',
    "'quoted'",
    '"open',
    'closed"',
    "\\n",
    "end\\",
    '\\"',
    "#comment",
    "key#comment",
    "${HOME}$(id)`id`",
    "{{section}}",
    "}secrets{",
    "0x414243",
    "0sQUJDRA==",
    "%any:@#$&?<>/../",
    ("\\\"#${}';" * 13)[: ike.PSK_MAX_LENGTH],
    "k" * ike.PSK_MAX_LENGTH,
)


def some(count: int, seed: int) -> list[str]:
    """Give random keys of all lengths out of all characters; the same ones for a seed."""
    chance = random.Random(seed)  # noqa: S311 - samples that can be repeated, not secrets
    return [
        "".join(chance.choices(CHARACTERS, k=chance.randint(1, ike.PSK_MAX_LENGTH)))
        for _ in range(count)
    ]
