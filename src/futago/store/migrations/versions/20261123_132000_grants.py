"""Add grants and resource groups; put every resource into the default group of its account."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "20261123_132000"
down_revision = "20261123_131000"
branch_labels = None
depends_on = None

_GROUPED = ("customer_gateway", "vpn_connection", "cen", "vpc", "vswitch")


def upgrade() -> None:
    """Create the tables, then fill the groups."""
    _resource_group()
    _router_grant()
    _attachment_grant()
    for name in _GROUPED:
        _fill(name)


def _resource_group() -> None:
    op.create_table(
        "resource_group",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource_group")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_resource_group_account_id_name")),
    )


def _router_grant() -> None:
    op.create_table(
        "router_grant",
        sa.Column("instance_id", sa.String(length=64), nullable=False),
        sa.Column("cen_id", sa.String(length=64), nullable=False),
        sa.Column("cen_owner_id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("region_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("payer", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["cen_id"], ["cen.id"], name=op.f("fk_router_grant_cen_id")),
        sa.PrimaryKeyConstraint("instance_id", "cen_id", name=op.f("pk_router_grant")),
    )
    op.create_index(
        op.f("ix_router_grant_cen_id_created_at"), "router_grant", ["cen_id", "created_at"]
    )


def _attachment_grant() -> None:
    op.create_table(
        "attachment_grant",
        sa.Column("attachment_id", sa.String(length=64), nullable=False),
        sa.Column("instance_id", sa.String(length=64), nullable=False),
        sa.Column("cen_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"],
            ["attachment.id"],
            name=op.f("fk_attachment_grant_attachment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["instance_id", "cen_id"],
            ["router_grant.instance_id", "router_grant.cen_id"],
            name=op.f("fk_attachment_grant_instance_id_cen_id"),
        ),
        sa.PrimaryKeyConstraint("attachment_id", name=op.f("pk_attachment_grant")),
    )
    op.create_index(
        op.f("ix_attachment_grant_instance_id_cen_id"),
        "attachment_grant",
        ["instance_id", "cen_id"],
    )


def _fill(name: str) -> None:
    table = sa.table(
        name, sa.column("account_id", sa.String()), sa.column("resource_group", sa.String())
    )
    connection = op.get_bind()
    accounts = connection.scalars(sa.select(table.c.account_id).distinct()).all()
    for account_id in accounts:
        # As services.resource_groups.default_id has it, which may change one day.
        digest = hashlib.sha256(f"default group of {account_id}".encode()).hexdigest()
        connection.execute(
            sa.update(table)
            .where(table.c.account_id == account_id, table.c.resource_group.is_(None))
            .values(resource_group=f"rg-{digest[:17]}")
        )
