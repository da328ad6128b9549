"""Peers that cannot be reached, go away, come back, or are others than they should be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from futago.domain import crypto, ike
from futago.plan import failures
from futago.plan.failures import FailureCode as Code
from futago.plan.failures import Setting
from futago.testing import eventually, ike_pairs, ike_suites, mismatches

pytestmark = [pytest.mark.lab, pytest.mark.slow]
ELSEWHERE = IPv4Address("198.51.100.3")


@pytest.fixture
async def pair() -> AsyncIterator[ike_pairs.Pair]:
    made = ike_pairs.Pair()
    await made.build()
    yield made
    await made.tear_down()


def expected(code: Code, setting: Setting | None, **values: str) -> mismatches.Expectation:
    return mismatches.Expectation(codes=frozenset({code}), setting=setting, **values)


async def set_up(
    pair: ike_pairs.Pair, version: crypto.IkeVersion = crypto.IkeVersion.IKEV2
) -> ike_pairs.Setup:
    ours, theirs = (
        replace(end, ike_profile=ike.IkeProfile(version=version)) for end in pair.tunnels
    )
    setup = ike_pairs.Setup(ours=ours, theirs=theirs)
    await pair.set_up(setup)
    return setup


async def come_up(pair: ike_pairs.Pair) -> None:
    await pair.begin(by_us=True)
    await eventually.eventually(pair.is_up, bool)


@pytest.mark.parametrize("version", crypto.IkeVersion)
async def test_a_peer_that_nothing_reaches_does_not_answer(
    pair: ike_pairs.Pair, version: crypto.IkeVersion
) -> None:
    await set_up(pair, version)
    pair.block("udp dport { 500, 4500 }")
    await pair.begin(by_us=True)
    wanted = expected(Code.NO_RESPONSE, Setting.REACHABILITY)
    await pair.failed_with(wanted, ike_suites.DEADLINE_SECONDS)
    assert wanted.is_met_by(pair.failure), pair.failure


@pytest.mark.parametrize("version", crypto.IkeVersion)
async def test_a_closed_port_4500_is_named(
    pair: ike_pairs.Pair, version: crypto.IkeVersion
) -> None:
    await set_up(pair, version)
    pair.block("udp dport 4500")
    await pair.begin(by_us=True)
    wanted = expected(Code.NO_RESPONSE, Setting.UDP_4500)
    await pair.failed_with(wanted, ike_suites.DEADLINE_SECONDS)
    assert wanted.is_met_by(pair.failure), pair.failure


@pytest.mark.parametrize("version", crypto.IkeVersion)
async def test_a_peer_that_falls_silent_is_dead_within_thirty_seconds(
    pair: ike_pairs.Pair, version: crypto.IkeVersion
) -> None:
    await set_up(pair, version)
    await come_up(pair)
    pair.block("udp dport { 500, 4500 }")
    wanted = expected(Code.DPD_TIMEOUT, Setting.DPD)
    await pair.failed_with(wanted, 32)
    assert wanted.is_met_by(pair.failure), pair.failure
    assert pair.failure is not None
    assert pair.failure.phase is failures.Phase.ESTABLISHED
    assert not await pair.is_up()
    pair.unblock()
    await come_up(pair)
    assert await pair.has_recovered(), pair.failure


@pytest.mark.parametrize("version", crypto.IkeVersion)
async def test_a_peer_that_deletes_the_tunnel_is_told_from_one_that_forgets_it(
    pair: ike_pairs.Pair, version: crypto.IkeVersion
) -> None:
    await set_up(pair, version)
    await come_up(pair)
    await pair.device.clear()
    wanted = expected(Code.RECEIVE_DELETE_NOTIFY, None)
    await pair.failed_with(wanted, ike_suites.DEADLINE_SECONDS)
    assert wanted.is_met_by(pair.failure), pair.failure
    await pair.begin(by_us=True)
    wanted = expected(Code.PEER_MISMATCH, Setting.PEER_ADDRESS)
    await pair.failed_with(wanted, ike_suites.DEADLINE_SECONDS)
    assert wanted.is_met_by(pair.failure), pair.failure


async def test_a_peer_that_starts_anew_is_no_fault(pair: ike_pairs.Pair) -> None:
    setup = await set_up(pair)
    await come_up(pair)
    await pair.restart_device()
    await pair.device.configure(setup.theirs, setup.their_key)
    await pair.begin(by_us=False)
    await pair.stays_fine()
    assert await pair.has_recovered(), pair.failure


async def test_a_device_at_another_address_than_the_customer_gateways_is_named(
    pair: ike_pairs.Pair,
) -> None:
    ours, theirs = pair.tunnels
    await pair.set_up(ike_pairs.Setup(ours=replace(ours, peer_address=ELSEWHERE), theirs=theirs))
    await pair.begin(by_us=True)
    for _ in range(2):
        await pair.begin(by_us=False)
        await eventually.eventually(pair.device.is_idle, bool)
    wanted = expected(
        Code.PEER_MISMATCH,
        Setting.PEER_ADDRESS,
        ours=str(ELSEWHERE),
        theirs=str(theirs.gateway_address),
    )
    await pair.failed_with(wanted, ike_suites.DEADLINE_SECONDS)
    assert wanted.is_met_by(pair.failure), pair.failure
