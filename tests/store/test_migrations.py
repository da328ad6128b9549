from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from futago.store import schema

if TYPE_CHECKING:
    from pathlib import Path


def test_migrations_and_the_declared_tables_agree(migrated: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{migrated}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.METADATA) == []
    engine.dispose()


def test_constraints_are_the_same_by_migration_and_from_the_declared_tables(
    migrated: Path, tmp_path: Path
) -> None:
    declared = sa.create_engine(f"sqlite:///{tmp_path / 'declared.db'}")
    schema.METADATA.create_all(declared)
    by_migration = sa.create_engine(f"sqlite:///{migrated}")
    left, right = sa.inspect(declared), sa.inspect(by_migration)
    for table in schema.METADATA.tables:
        for read in ("get_unique_constraints", "get_foreign_keys", "get_indexes"):
            first = sorted(map(str, getattr(left, read)(table)))
            assert first == sorted(map(str, getattr(right, read)(table))), table
    declared.dispose()
    by_migration.dispose()


def test_migrating_twice_changes_nothing(empty) -> None:
    empty.register()
    empty.database.migrate()
    with empty.database.read() as unit:
        assert unit.session.get(schema.NodeRow, "node-1") is not None


def test_sqlite_runs_with_a_log_and_with_foreign_keys(empty) -> None:
    with empty.database.read() as unit:
        answers = [
            unit.session.execute(sa.text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        ]
    # synchronous NORMAL: the wait for the disk comes after the commit, see test_durability.
    assert answers == ["wal", 1, 5000, 1]


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        pytest.param("tunnel", ["gateway_address"], id="an address is given once"),
        pytest.param("attachment", ["resource_id"], id="a resource is attached once"),
        pytest.param("transit_router", ["cen_id", "region_id"], id="one router in a region"),
        pytest.param(
            "customer_gateway", ["account_id", "region_id", "address"], id="one gateway an address"
        ),
        pytest.param("intent", ["node_id", "revision"], id="a revision is one intent"),
    ],
)
def test_races_are_decided_by_constraints(migrated: Path, table: str, columns: list[str]) -> None:
    engine = sa.create_engine(f"sqlite:///{migrated}")
    found = [each["column_names"] for each in sa.inspect(engine).get_unique_constraints(table)]
    engine.dispose()
    assert columns in found


def test_an_attachment_is_associated_once_by_its_key(migrated: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{migrated}")
    key = sa.inspect(engine).get_pk_constraint("association")["constrained_columns"]
    engine.dispose()
    assert key == ["attachment_id"]
