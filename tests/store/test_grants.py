from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic import command

from futago.services import resource_groups
from futago.store import schema, unit_of_work

if TYPE_CHECKING:
    from pathlib import Path

BEFORE = "20261123_131000"
ACCOUNT = "1234567890123456"


def test_resources_from_before_groups_come_into_the_default_group(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'old.db'}")
    with engine.connect() as connection:
        config = unit_of_work.alembic_config(connection)
        command.upgrade(config, BEFORE)
        for cen_id, group_id in (("cen-1", None), ("cen-2", "rg-kept")):
            connection.execute(
                sa.insert(sa.table("cen", *map(sa.column, _columns(connection)))).values(
                    id=cen_id,
                    account_id=ACCOUNT,
                    name="",
                    description="",
                    resource_group=group_id,
                    created_at=0,
                )
            )
        command.upgrade(config, "head")
        found = connection.execute(
            sa.select(schema.CenRow.id, schema.CenRow.resource_group).order_by(schema.CenRow.id)
        ).all()
    engine.dispose()
    assert [tuple(row) for row in found] == [
        ("cen-1", resource_groups.default_id(ACCOUNT)),
        ("cen-2", "rg-kept"),
    ]


def _columns(connection: sa.Connection) -> list[str]:
    return [each["name"] for each in sa.inspect(connection).get_columns("cen")]


@pytest.mark.parametrize(
    ("table", "refers"),
    [
        pytest.param("attachment_grant", "router_grant", id="an attachment holds its grant"),
        pytest.param("attachment_grant", "attachment", id="a hold has its attachment"),
        pytest.param("router_grant", "cen", id="a grant has its CEN"),
    ],
)
def test_grants_are_kept_by_foreign_keys(migrated: Path, table: str, refers: str) -> None:
    engine = sa.create_engine(f"sqlite:///{migrated}")
    found = {each["referred_table"] for each in sa.inspect(engine).get_foreign_keys(table)}
    engine.dispose()
    assert refers in found
