"""Keys that come from the agent's driver at one end and from a device's file at the other fit."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from futago.domain import crypto
from futago.testing import ike_suites, key_negotiations, key_samples

pytestmark = [pytest.mark.lab, pytest.mark.slow]

SEED = 92
RANDOM_KEYS = 200
PAIRS = 2


async def harmed(keys: Sequence[str]) -> list[str]:
    """Negotiate with each key, under both versions in turn; give the keys that did not fit."""
    versions = list(crypto.IkeVersion)
    attempts = [
        key_negotiations.Attempt(key=key, version=versions[number % len(versions)])
        for number, key in enumerate(keys)
    ]
    tried = await ike_suites.run(attempts, key_negotiations.negotiate, pairs=PAIRS)
    assert len(tried) == len(keys)
    return [f"{each.attempt}: {each.fault}" for each in tried if each.fault]


async def test_keys_that_break_parsers_negotiate() -> None:
    assert await harmed(key_samples.NASTY) == []


@pytest.mark.long
async def test_each_character_and_random_keys_negotiate() -> None:
    keys = [*key_samples.CHARACTERS, *key_samples.some(RANDOM_KEYS, SEED)]
    assert await harmed(keys) == []
