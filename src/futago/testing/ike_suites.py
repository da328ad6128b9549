"""The two suites that run hundreds of real negotiations: every mismatch, and every algorithm.

Several pairs work side by side; each takes the next case when it has finished one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import cycle, product
from typing import Final, TypeVar

from futago.domain import crypto, ike
from futago.plan import evidence, failures
from futago.testing import eventually, ike_pairs, ike_worlds, mismatches

PAIRS: Final = 4
DEADLINE_SECONDS: Final = 5.0
"""From the beginning of an attempt to its exact reason."""

Case = TypeVar("Case")
Outcome = TypeVar("Outcome")


async def run(
    cases: Iterable[Case],
    one: Callable[[ike_pairs.Pair, Case], Awaitable[Outcome]],
    *,
    pairs: int = PAIRS,
    world: Callable[[], ike_worlds.LabWorld] = ike_worlds.LabWorld,
) -> list[Outcome]:
    """Run all cases on several pairs side by side, each in a world of its own."""
    left = iter(list(cases))
    outcomes: list[Outcome] = []

    async def work() -> None:
        pair = ike_pairs.Pair(world())
        await pair.build()
        try:
            for case in left:
                outcome = await one(pair, case)
                outcomes.append(outcome)
        finally:
            await pair.tear_down()

    async with asyncio.TaskGroup() as tasks:
        for _ in range(pairs):
            tasks.create_task(work())
    return outcomes


# Mismatches


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What became of one mismatch."""

    case: mismatches.Case
    wanted: mismatches.Expectation
    failure: failures.Failure | None
    seconds: float

    @property
    def is_exact(self) -> bool:
        """Tell whether code, setting and both values are as they should be."""
        return self.wanted.is_met_by(self.failure)

    @property
    def is_wrong(self) -> bool:
        """Tell whether something else is claimed, rather than less."""
        code = self.failure.code if self.failure else None
        if code in self.wanted.codes:
            return False
        if code is None:
            return False
        return not any(
            wanted is not None and evidence.is_less(code, wanted) for wanted in self.wanted.codes
        )

    def __str__(self) -> str:
        found = self.failure
        said = "nothing" if found is None else f"{found.code} {found.ours!r} {found.theirs!r}"
        return f"{self.case}: {said} after {self.seconds:.1f} s"


async def judge(pair: ike_pairs.Pair, case: mismatches.Case) -> Judged:
    """Run one mismatch."""
    both = mismatches.ends(case, *pair.tunnels)
    wanted = mismatches.expected(case, both)
    has_other_key = case.name == "psk"
    await pair.set_up(
        ike_pairs.Setup(
            ours=both.ours,
            theirs=both.theirs,
            our_key=_key(is_other=has_other_key and case.is_ours_wrong),
            their_key=_key(is_other=has_other_key and not case.is_ours_wrong),
        )
    )
    await pair.begin(by_us=case.we_begin)
    if None in wanted.codes:
        seconds = await pair.stays_fine()
    else:
        seconds = await pair.failed_with(wanted, DEADLINE_SECONDS)
    judged = Judged(case=case, wanted=wanted, failure=pair.failure, seconds=seconds)
    await pair.clear()
    return judged


async def judge_all() -> list[Judged]:
    """Run all mismatches, then those behind NAT."""
    judged = await run(mismatches.all_cases(), judge)
    return judged + await run(mismatches.nat_cases(), judge, world=ike_worlds.NatWorld)


def _key(*, is_other: bool) -> ike.PresharedKey:
    return ike_worlds.OTHER_PSK if is_other else ike_worlds.PSK


# Algorithms


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination:
    """One set of algorithms for both phases."""

    ike_profile: ike.IkeProfile
    esp_profile: ike.EspProfile

    def __str__(self) -> str:
        one, two = self.ike_profile, self.esp_profile
        words = (one.version, one.mode, one.encryption, one.integrity, one.dh_group)
        pfs = "no-pfs" if two.pfs is None else two.pfs.value
        return "-".join([*words, "esp", two.encryption, two.integrity, pfs])


def combinations() -> Iterator[Combination]:
    """Give every combination of each phase under each version, both modes of version 1 included.

    Phase 1 has 200 of them with both versions, and 100 more in aggressive mode; phase 2 has 125
    with each version. A negotiation has one of each phase, so the shorter list is repeated.
    """
    for version in crypto.IkeVersion:
        modes = (
            list(crypto.IkeMode) if version is crypto.IkeVersion.IKEV1 else [crypto.IkeMode.MAIN]
        )
        first = [
            ike.IkeProfile(
                version=version, mode=mode, encryption=cipher, integrity=hashed, dh_group=group
            )
            for mode, cipher, hashed, group in product(
                modes, crypto.CLASSIC_ENCRYPTION, crypto.Integrity, crypto.CLASSIC_GROUPS
            )
        ]
        second = [
            ike.EspProfile(encryption=cipher, integrity=hashed, pfs=pfs)
            for cipher, hashed, pfs in product(
                crypto.CLASSIC_ENCRYPTION, crypto.Integrity, [None, *crypto.CLASSIC_GROUPS]
            )
        ]
        yield from _paired(first, second)


def extended_combinations() -> Iterator[Combination]:
    """Give combinations with what is beyond the vendor, under version 2."""
    ciphers = (crypto.Encryption.AES256, *sorted(crypto.AEADS))
    hashes = (crypto.Integrity.SHA256, crypto.Integrity.SHA512)
    groups = (crypto.DhGroup.GROUP14, *sorted(crypto.LATER_GROUPS))
    for cipher, hashed, group in product(ciphers, hashes, groups):
        yield Combination(
            ike_profile=ike.IkeProfile(encryption=cipher, integrity=hashed, dh_group=group),
            esp_profile=ike.EspProfile(encryption=cipher, integrity=hashed, pfs=group),
        )


def _paired(first: list[ike.IkeProfile], second: list[ike.EspProfile]) -> Iterator[Combination]:
    count = max(len(first), len(second))
    for _, one, two in zip(range(count), cycle(first), cycle(second), strict=False):
        yield Combination(ike_profile=one, esp_profile=two)


@dataclass(frozen=True, slots=True, kw_only=True)
class Established:
    """What became of one combination."""

    combination: Combination
    fault: str = ""
    """Empty when the tunnel came up, carried packets, and went."""
    seconds: float


async def establish(pair: ike_pairs.Pair, combination: Combination) -> Established:
    """Establish one combination, send packets, renew it under version 2, and close it."""
    began = time.perf_counter()
    ours, theirs = (
        replace(end, ike_profile=combination.ike_profile, esp_profile=combination.esp_profile)
        for end in pair.tunnels
    )
    fault = ""
    try:
        await pair.prepare_traffic()
        await pair.set_up(ike_pairs.Setup(ours=ours, theirs=theirs))
        await pair.begin(by_us=True)
        await eventually.eventually(pair.is_up, bool, within=10)
        fault = "" if await pair.ping() else "no packet came back"
        if not fault and combination.ike_profile.version is crypto.IkeVersion.IKEV2:
            # Only now the group of phase 2 goes over the wire.
            fault = "" if await pair.was_renewed() else f"not renewed: {pair.failure}"
            fault = fault or ("" if await pair.ping() else "no packet came back when renewed")
    except AssertionError as lost:
        fault = f"{lost}; {pair.lines[-3:]}"
    await pair.clear()
    return Established(combination=combination, fault=fault, seconds=time.perf_counter() - began)
