from __future__ import annotations

import threading
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from futago.domain import ids
from futago.drivers.sealing import master_key
from futago.services import refusals
from futago.store import audit, schema, unit_of_work


@dataclass(frozen=True)
class Caller:
    account_id: str = "1"
    user_name: str = "ann"
    access_key_id: str = "FTAK1"


def _refused_after_a_mark(world) -> None:
    with world.database.begin() as unit:
        unit.mark_dirty("router", "tr-1")
        raise refusals.CenNotFound("no")


def test_nothing_of_a_refused_call_stays(world) -> None:
    before = world.batch().revision
    with pytest.raises(refusals.CenNotFound):
        _refused_after_a_mark(world)
    world.control()
    assert world.batch().revision == before
    with world.database.read() as unit:
        assert unit.session.scalars(sa.select(schema.WorkItemRow)).all() == []


def test_the_bell_rings_after_a_commit_that_somebody_waits_for(empty) -> None:
    with empty.database.begin() as unit:
        unit.mark_dirty("router", "tr-1")
        assert empty.rings == []
    assert len(empty.rings) == 1


def test_the_bell_is_silent_when_nobody_waits(empty) -> None:
    with empty.database.begin() as unit:
        unit.record_audit(Caller(), audit.Entry(source_ip="", action="X", result_code="OK"))
    assert empty.rings == []


def test_the_bell_is_silent_after_a_rollback(empty) -> None:
    with pytest.raises(refusals.CenNotFound):
        _refused_after_a_mark(empty)
    assert empty.rings == []


def test_reading_leaves_nothing_behind(empty) -> None:
    with empty.database.read() as unit:
        unit.mark_dirty("router", "tr-1")
    with empty.database.read() as unit:
        assert unit.session.scalars(sa.select(schema.WorkItemRow)).all() == []


def test_a_broken_constraint_surfaces_as_a_fault_without_parameters(empty) -> None:
    def insert() -> None:
        with empty.database.begin() as unit:
            unit.session.add(
                schema.SecretRow(purpose="psk", owner_id="tun-1", sealed=b"do-not-show")
            )

    insert()
    with pytest.raises(unit_of_work.Contended) as caught:
        insert()
    assert caught.value.retry.helps
    assert "do-not-show" not in str(caught.value.__cause__) + caught.value.message


def test_a_database_without_tables_is_unavailable(tmp_path) -> None:
    sealer = master_key.MasterKeySealer(bytes(32))
    database = unit_of_work.Database(f"sqlite:///{tmp_path / 'new.db'}", sealer)
    with pytest.raises(unit_of_work.StoreUnavailable), database.begin() as unit:
        unit.mark_dirty("router", "tr-1")
    database.close()


def test_a_token_gives_the_first_answer_again(empty) -> None:
    with empty.database.begin() as unit:
        assert unit.recall_token("1", "CreateVpc", "t") is None
        unit.remember_token("1", "CreateVpc", "t", "digest", '{"VpcId": "vpc-1"}')
    with empty.database.begin() as unit:
        record = unit.recall_token("1", "CreateVpc", "t")
        assert record is not None
        assert (record.parameters_digest, record.answer_json) == ("digest", '{"VpcId": "vpc-1"}')
        assert unit.recall_token("2", "CreateVpc", "t") is None
        assert unit.recall_token("1", "CreateVSwitch", "t") is None


def test_an_answer_is_kept_once(empty) -> None:
    with empty.database.begin() as unit:
        unit.remember_token("1", "CreateVpc", "t", "digest", "{}")
    with pytest.raises(unit_of_work.Contended), empty.database.begin() as unit:
        unit.remember_token("1", "CreateVpc", "t", "other", "{}")


def test_a_token_is_forgotten_after_a_day(empty) -> None:
    with empty.database.begin() as unit:
        unit.remember_token("1", "CreateVpc", "t", "digest", "{}")
    empty.clock.advance(25 * 3600)
    with empty.database.begin() as unit:
        assert unit.recall_token("1", "CreateVpc", "t") is None
        unit.remember_token("1", "CreateVpc", "t", "other", "{}")
    with empty.database.begin() as unit:
        record = unit.recall_token("1", "CreateVpc", "t")
        assert record is not None
        assert record.parameters_digest == "other"


def test_of_two_calls_with_one_token_the_second_sees_the_answer_of_the_first(empty) -> None:
    made: list[str] = []
    barrier = threading.Barrier(2)

    def call() -> None:
        barrier.wait()
        with empty.database.begin() as unit:
            if unit.recall_token("1", "CreateVpc", "t") is None:
                made.append(unit.new_id(ids.IdKind.VPC))
                unit.remember_token("1", "CreateVpc", "t", "digest", made[-1])

    threads = [threading.Thread(target=call) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert len(made) == 1


def test_the_audit_says_who_tried_what(empty) -> None:
    with empty.database.begin() as unit:
        entry = audit.Entry(
            source_ip="192.0.2.1",
            action="DeleteVpc",
            result_code="Forbidden",
            resource_id="vpc-1",
        )
        unit.record_audit(Caller(), entry)
    with empty.database.read() as unit:
        row = unit.session.scalars(sa.select(schema.AuditRow)).one()
    assert (row.account_id, row.user_name, row.action, row.resource_id, row.result_code) == (
        "1",
        "ann",
        "DeleteVpc",
        "vpc-1",
        "Forbidden",
    )
    assert row.at == empty.clock.now()


def test_old_tokens_leave_the_table_with_the_changes_that_follow(empty) -> None:
    with empty.database.begin() as unit:
        for each in range(40):
            unit.remember_token("1", "CreateVpc", f"t{each}", "digest", "{}")
    empty.clock.advance(25 * 3600)
    with empty.database.begin() as unit:
        for _ in range(audit.ROWS_PER_PRUNING):
            unit.record_audit(Caller(), audit.Entry(source_ip="", action="X", result_code="OK"))
    with empty.database.read() as unit:
        assert unit.session.scalars(sa.select(schema.ClientTokenRow)).all() == []
