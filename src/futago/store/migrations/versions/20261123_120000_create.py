"""Create all tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_120000"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, referred ones first."""
    _account()
    _audit_record()
    _cen()
    _client_token()
    _customer_gateway()
    _lease()
    _node()
    _quota_limit()
    _secret()
    _tag()
    _vpc()
    _vpn_connection()
    _work_item()
    _access_key()
    _destination()
    _intent()
    _observation()
    _transit_router()
    _tunnel()
    _vswitch()
    _zone()
    _attachment()
    _route_table()
    _router_cidr()
    _association()
    _attachment_zone()
    _propagation()


def _account() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
    )


def _audit_record() -> None:
    op.create_table(
        "audit_record",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("access_key_id", sa.String(length=64), nullable=False),
        sa.Column("source_ip", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=128), nullable=False),
        sa.Column("resource_id", sa.String(length=256), nullable=True),
        sa.Column("result_code", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_record")),
    )
    op.create_index(op.f("ix_audit_record_at"), "audit_record", ["at"], unique=False)


def _cen() -> None:
    op.create_table(
        "cen",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("resource_group", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cen")),
    )
    op.create_index(
        op.f("ix_cen_account_id_created_at"), "cen", ["account_id", "created_at"], unique=False
    )


def _client_token() -> None:
    op.create_table(
        "client_token",
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("parameters_digest", sa.String(length=128), nullable=False),
        sa.Column("sealed_answer", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "action", "token", name=op.f("pk_client_token")),
    )
    op.create_index(
        op.f("ix_client_token_created_at"), "client_token", ["created_at"], unique=False
    )


def _customer_gateway() -> None:
    op.create_table(
        "customer_gateway",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("region_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("address", sa.BigInteger(), nullable=False),
        sa.Column("asn", sa.BigInteger(), nullable=True),
        sa.Column("resource_group", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_gateway")),
        sa.UniqueConstraint(
            "account_id",
            "region_id",
            "address",
            name=op.f("uq_customer_gateway_account_id_region_id_address"),
        ),
    )


def _lease() -> None:
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )


def _node() -> None:
    op.create_table(
        "node",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("driver", sa.String(length=32), nullable=False),
        sa.Column("registered_at", sa.BigInteger(), nullable=False),
        sa.Column("heartbeat_at", sa.BigInteger(), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_node")),
    )


def _quota_limit() -> None:
    op.create_table(
        "quota_limit",
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "code", name=op.f("pk_quota_limit")),
    )


def _secret() -> None:
    op.create_table(
        "secret",
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("purpose", "owner_id", name=op.f("pk_secret")),
    )


def _tag() -> None:
    op.create_table(
        "tag",
        sa.Column("resource_id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("value", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("resource_id", "key", name=op.f("pk_tag")),
    )
    op.create_index(op.f("ix_tag_key_value"), "tag", ["key", "value"], unique=False)


def _vpc() -> None:
    op.create_table(
        "vpc",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("region_id", sa.String(length=64), nullable=False),
        sa.Column("prefix", sa.String(18), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("resource_group", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("deleting", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vpc")),
    )
    op.create_index(
        op.f("ix_vpc_account_id_region_id_created_at"),
        "vpc",
        ["account_id", "region_id", "created_at"],
        unique=False,
    )


def _vpn_connection() -> None:
    op.create_table(
        "vpn_connection",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("region_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("local_ts", sa.Text(), nullable=False),
        sa.Column("remote_ts", sa.Text(), nullable=False),
        sa.Column("initiation", sa.String(length=32), nullable=False),
        sa.Column("network_type", sa.String(length=32), nullable=False),
        sa.Column("bandwidth", sa.String(length=32), nullable=False),
        sa.Column("auto_config_route", sa.Boolean(), nullable=False),
        sa.Column("resource_group", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("router_generation", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vpn_connection")),
    )
    op.create_index(
        op.f("ix_vpn_connection_account_id_region_id_created_at"),
        "vpn_connection",
        ["account_id", "region_id", "created_at"],
        unique=False,
    )


def _work_item() -> None:
    op.create_table(
        "work_item",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_work_item")),
    )
    op.create_index(op.f("ix_work_item_not_before"), "work_item", ["not_before"], unique=False)


def _access_key() -> None:
    op.create_table(
        "access_key",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_access_key_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_key")),
    )
    op.create_index(op.f("ix_access_key_account_id"), "access_key", ["account_id"], unique=False)


def _destination() -> None:
    op.create_table(
        "destination",
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("prefix", sa.String(18), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("deleting", sa.Boolean(), nullable=False),
        sa.Column("router_generation", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["vpn_connection.id"], name=op.f("fk_destination_connection_id")
        ),
        sa.PrimaryKeyConstraint("connection_id", "prefix", name=op.f("pk_destination")),
    )


def _intent() -> None:
    op.create_table(
        "intent",
        sa.Column("node_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("resource_id", sa.String(length=64), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("intent_json", sa.Text(), nullable=True),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name=op.f("fk_intent_node_id")),
        sa.PrimaryKeyConstraint("node_id", "kind", "resource_id", name=op.f("pk_intent")),
        sa.UniqueConstraint("node_id", "revision", name=op.f("uq_intent_node_id_revision")),
    )


def _observation() -> None:
    op.create_table(
        "observation",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("resource_id", sa.String(length=64), nullable=False),
        sa.Column("node_id", sa.String(length=64), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("is_present", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name=op.f("fk_observation_node_id")),
        sa.PrimaryKeyConstraint("kind", "resource_id", "node_id", name=op.f("pk_observation")),
    )


def _transit_router() -> None:
    op.create_table(
        "transit_router",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("cen_id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("region_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("deleting", sa.Boolean(), nullable=False),
        sa.Column("next_kernel_table", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["cen_id"], ["cen.id"], name=op.f("fk_transit_router_cen_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transit_router")),
        sa.UniqueConstraint("cen_id", "region_id", name=op.f("uq_transit_router_cen_id_region_id")),
    )
    op.create_index(
        op.f("ix_transit_router_account_id_region_id_created_at"),
        "transit_router",
        ["account_id", "region_id", "created_at"],
        unique=False,
    )


def _tunnel() -> None:
    op.create_table(
        "tunnel",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("customer_gateway_id", sa.String(length=64), nullable=False),
        sa.Column("ike_profile", sa.Text(), nullable=False),
        sa.Column("esp_profile", sa.Text(), nullable=False),
        sa.Column("local_identity", sa.Text(), nullable=True),
        sa.Column("remote_identity", sa.Text(), nullable=True),
        sa.Column("dpd", sa.Boolean(), nullable=False),
        sa.Column("nat_traversal", sa.Boolean(), nullable=False),
        sa.Column("psk_version", sa.BigInteger(), nullable=False),
        sa.Column("node_id", sa.String(length=64), nullable=True),
        sa.Column("zone_id", sa.String(length=64), nullable=True),
        sa.Column("gateway_address", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["vpn_connection.id"], name=op.f("fk_tunnel_connection_id")
        ),
        sa.ForeignKeyConstraint(
            ["customer_gateway_id"],
            ["customer_gateway.id"],
            name=op.f("fk_tunnel_customer_gateway_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tunnel")),
        sa.UniqueConstraint(
            "connection_id", "ordinal", name=op.f("uq_tunnel_connection_id_ordinal")
        ),
        sa.UniqueConstraint("gateway_address", name=op.f("uq_tunnel_gateway_address")),
    )
    op.create_index(
        op.f("ix_tunnel_customer_gateway_id"), "tunnel", ["customer_gateway_id"], unique=False
    )


def _vswitch() -> None:
    op.create_table(
        "vswitch",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("vpc_id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("region_id", sa.String(length=64), nullable=False),
        sa.Column("zone_id", sa.String(length=64), nullable=False),
        sa.Column("prefix", sa.String(18), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("resource_group", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("vpc_generation", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["vpc_id"], ["vpc.id"], name=op.f("fk_vswitch_vpc_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vswitch")),
        sa.UniqueConstraint("vpc_id", "prefix", name=op.f("uq_vswitch_vpc_id_prefix")),
    )
    op.create_index(
        op.f("ix_vswitch_account_id_region_id_created_at"),
        "vswitch",
        ["account_id", "region_id", "created_at"],
        unique=False,
    )


def _zone() -> None:
    op.create_table(
        "zone",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("node_id", sa.String(length=64), nullable=False),
        sa.Column("public_pools", sa.Text(), nullable=False),
        sa.Column("private_pools", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name=op.f("fk_zone_node_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_zone")),
    )


def _attachment() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("region_id", sa.String(length=64), nullable=False),
        sa.Column("router_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("resource_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("auto_publish", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("deleting", sa.Boolean(), nullable=False),
        sa.Column("router_generation", sa.BigInteger(), nullable=False),
        sa.Column("connection_generation", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["router_id"], ["transit_router.id"], name=op.f("fk_attachment_router_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("resource_id", name=op.f("uq_attachment_resource_id")),
    )
    op.create_index(
        op.f("ix_attachment_account_id_region_id_kind_created_at"),
        "attachment",
        ["account_id", "region_id", "kind", "created_at"],
        unique=False,
    )
    op.create_index(op.f("ix_attachment_router_id"), "attachment", ["router_id"], unique=False)


def _route_table() -> None:
    op.create_table(
        "route_table",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("router_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("is_system", sa.Boolean(), nullable=False),
        sa.Column("kernel_table", sa.Integer(), nullable=False),
        sa.Column("router_generation", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["router_id"], ["transit_router.id"], name=op.f("fk_route_table_router_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_route_table")),
        sa.UniqueConstraint(
            "router_id", "kernel_table", name=op.f("uq_route_table_router_id_kernel_table")
        ),
    )


def _router_cidr() -> None:
    op.create_table(
        "router_cidr",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("router_id", sa.String(length=64), nullable=False),
        sa.Column("prefix", sa.String(18), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("publish", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["router_id"], ["transit_router.id"], name=op.f("fk_router_cidr_router_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_router_cidr")),
        sa.UniqueConstraint("router_id", "prefix", name=op.f("uq_router_cidr_router_id_prefix")),
    )


def _association() -> None:
    op.create_table(
        "association",
        sa.Column("attachment_id", sa.String(length=64), nullable=False),
        sa.Column("table_id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("deleting", sa.Boolean(), nullable=False),
        sa.Column("router_generation", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_association_attachment_id")
        ),
        sa.ForeignKeyConstraint(
            ["table_id"], ["route_table.id"], name=op.f("fk_association_table_id")
        ),
        sa.PrimaryKeyConstraint("attachment_id", name=op.f("pk_association")),
    )
    op.create_index(op.f("ix_association_table_id"), "association", ["table_id"], unique=False)


def _attachment_zone() -> None:
    op.create_table(
        "attachment_zone",
        sa.Column("attachment_id", sa.String(length=64), nullable=False),
        sa.Column("zone_id", sa.String(length=64), nullable=False),
        sa.Column("vswitch_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_attachment_zone_attachment_id")
        ),
        sa.ForeignKeyConstraint(
            ["vswitch_id"], ["vswitch.id"], name=op.f("fk_attachment_zone_vswitch_id")
        ),
        sa.PrimaryKeyConstraint("attachment_id", "zone_id", name=op.f("pk_attachment_zone")),
    )
    op.create_index(
        op.f("ix_attachment_zone_vswitch_id"), "attachment_zone", ["vswitch_id"], unique=False
    )


def _propagation() -> None:
    op.create_table(
        "propagation",
        sa.Column("attachment_id", sa.String(length=64), nullable=False),
        sa.Column("table_id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("deleting", sa.Boolean(), nullable=False),
        sa.Column("router_generation", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_propagation_attachment_id")
        ),
        sa.ForeignKeyConstraint(
            ["table_id"], ["route_table.id"], name=op.f("fk_propagation_table_id")
        ),
        sa.PrimaryKeyConstraint("attachment_id", "table_id", name=op.f("pk_propagation")),
    )
    op.create_index(op.f("ix_propagation_table_id"), "propagation", ["table_id"], unique=False)
