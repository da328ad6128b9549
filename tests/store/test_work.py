from __future__ import annotations

from datetime import timedelta

from futago.store import lease, work


def test_marking_twice_is_one_item(empty) -> None:
    for _ in range(2):
        with empty.database.begin() as unit:
            unit.mark_dirty("router", "tr-1")
    with empty.database.read() as unit:
        due = work.claim_due(unit.session, unit.now, 10)
        assert [(item.kind, item.key, item.generation) for item in due] == [("router", "tr-1", 2)]
        assert work.count(unit.session) == 1


def test_a_finished_item_is_gone(empty) -> None:
    with empty.database.begin() as unit:
        unit.mark_dirty("router", "tr-1")
        assert work.finish(unit.session, "router", "tr-1", 1)
        assert work.claim_due(unit.session, unit.now, 10) == ()


def test_a_mark_during_the_work_survives_its_end(empty) -> None:
    with empty.database.begin() as unit:
        unit.mark_dirty("router", "tr-1")
        unit.mark_dirty("router", "tr-1")
        assert not work.finish(unit.session, "router", "tr-1", 1)
        assert len(work.claim_due(unit.session, unit.now, 10)) == 1


def test_a_postponed_item_waits_for_its_time(empty) -> None:
    later = empty.clock.now() + timedelta(seconds=30)
    with empty.database.begin() as unit:
        unit.mark_dirty("router", "tr-1")
        work.postpone(unit.session, "router", "tr-1", 1, later)
        assert work.claim_due(unit.session, unit.now, 10) == ()
        assert work.next_due(unit.session) == later
        assert len(work.claim_due(unit.session, later, 10)) == 1


def test_a_mark_overrides_a_pause(empty) -> None:
    later = empty.clock.now() + timedelta(seconds=30)
    with empty.database.begin() as unit:
        unit.mark_dirty("router", "tr-1")
        work.postpone(unit.session, "router", "tr-1", 1, later)
        unit.mark_dirty("router", "tr-1")
        assert len(work.claim_due(unit.session, unit.now, 10)) == 1


def test_the_oldest_come_first_and_no_more_than_asked_for(empty) -> None:
    for number in range(3):
        empty.clock.advance(1)
        with empty.database.begin() as unit:
            unit.mark_dirty("router", f"tr-{9 - number}")
    with empty.database.read() as unit:
        due = work.claim_due(unit.session, unit.now, 2)
    assert [item.key for item in due] == ["tr-9", "tr-8"]


LENGTH = timedelta(seconds=15)


def test_a_lease_has_one_holder_and_each_new_holder_a_higher_token(empty) -> None:
    now = empty.clock.now()
    with empty.database.begin() as unit:
        session = unit.session
        assert lease.acquire(session, "controller", "a", now, LENGTH) == 1
        assert lease.acquire(session, "controller", "b", now, LENGTH) is None
        assert lease.acquire(session, "controller", "a", now, LENGTH) == 1
        assert lease.acquire(session, "controller", "b", now + LENGTH, LENGTH) == 2


def test_a_lease_can_be_renewed_until_it_is_lost(empty) -> None:
    now = empty.clock.now()
    with empty.database.begin() as unit:
        session = unit.session
        assert lease.acquire(session, "controller", "a", now, LENGTH) == 1
        half = now + LENGTH / 2
        assert lease.renew(session, "controller", 1, half, LENGTH)
        assert lease.acquire(session, "controller", "b", now + LENGTH, LENGTH) is None
        assert not lease.renew(session, "controller", 1, half + LENGTH, LENGTH)
        assert lease.acquire(session, "controller", "b", half + LENGTH, LENGTH) == 2
        assert not lease.renew(session, "controller", 1, half + LENGTH, LENGTH)


def test_a_released_lease_is_free(empty) -> None:
    now = empty.clock.now()
    with empty.database.begin() as unit:
        assert lease.acquire(unit.session, "controller", "a", now, LENGTH) == 1
        lease.release(unit.session, "controller", 1, now)
        assert lease.acquire(unit.session, "controller", "b", now, LENGTH) == 2
