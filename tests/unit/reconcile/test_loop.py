"""The loop: coalescing, one worker per key, pauses that grow, advice that is followed."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from futago.domain import faults
from futago.reconcile import loop


class SoonAgain(faults.Unavailable):
    code = "Test.SoonAgain"
    retry = faults.after(0.01)


@asynccontextmanager
async def running(reconcile, **options):
    keyed = loop.KeyedLoop("test", reconcile, **options)
    task = asyncio.create_task(keyed.run())
    try:
        async with asyncio.timeout(5):
            yield keyed
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_requests_of_one_key_coalesce_while_it_is_worked_on():
    release, seen, started, done = asyncio.Event(), [], asyncio.Event(), asyncio.Event()

    async def reconcile(key):
        seen.append(key)
        if len(seen) == 1:
            started.set()
            await release.wait()
        else:
            done.set()
        return loop.Done()

    async with running(reconcile) as keyed:
        keyed.request("a")
        await started.wait()
        for _ in range(5):
            keyed.request("a")
        release.set()
        await done.wait()
        for _ in range(10):
            await asyncio.sleep(0)
    assert seen == ["a", "a"]


async def test_one_key_is_never_worked_on_twice_at_a_time():
    active, most, total = 0, 0, 0
    enough = asyncio.Event()

    async def reconcile(_key):
        nonlocal active, most, total
        active += 1
        most = max(most, active)
        await asyncio.sleep(0)
        active -= 1
        total += 1
        if total >= 20:
            enough.set()
            return loop.Done()
        return loop.again(0)

    async with running(reconcile) as keyed:
        keyed.request("a")
        keyed.request("a")
        await enough.wait()
    assert most == 1


async def test_different_keys_are_worked_on_side_by_side():
    both, met = asyncio.Barrier(2), asyncio.Event()

    async def reconcile(_key):
        await both.wait()
        met.set()
        return loop.Done()

    async with running(reconcile) as keyed:
        keyed.request("a")
        keyed.request("b")
        await met.wait()


@pytest.mark.parametrize(
    "error", [SoonAgain("wait"), ZeroDivisionError("bug")], ids=["fault", "bug"]
)
async def test_a_failure_is_retried_and_does_not_stop_the_loop(error):
    attempts, done = [], asyncio.Event()

    async def reconcile(key):
        attempts.append(key)
        if len(attempts) == 1:
            raise error
        done.set()
        return loop.Done()

    async with running(reconcile) as keyed:
        keyed.request("a")
        await done.wait()
    assert len(attempts) == 2


async def test_a_request_for_later_does_not_delay_an_earlier_one():
    done = asyncio.Event()

    async def reconcile(_key):
        done.set()
        return loop.Done()

    async with running(reconcile) as keyed:
        keyed.request("a", delay=3600)
        keyed.request("a")
        await done.wait()
