"""the inventory."""

import sqlalchemy as sa
from alembic import op

from hub.storage.schema import Utc

revision = "4a83b34fa4bf"
down_revision = "6981c37a1d6e"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("device", sa.Column("hardware_serial", sa.String(length=64), nullable=True))
    op.create_table(
        "asset",
        sa.Column("serial", sa.String(length=64), nullable=False),
        sa.Column("hall", sa.String(length=64), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("since", Utc(), nullable=False),
        sa.Column("position", sa.String(length=64), nullable=True),
        sa.Column("device", sa.String(length=64), nullable=True),
        sa.Column("installed_at", Utc(), nullable=True),
        sa.Column("commissioned_at", Utc(), nullable=True),
        sa.Column("seen_at", Utc(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_asset")),
    )
    op.create_index(op.f("ix_asset_device"), "asset", ["device"])
    op.create_index(op.f("ix_asset_hall"), "asset", ["hall"])
    op.create_index(
        "uq_asset_position",
        "asset",
        ["hall", "position"],
        unique=True,
        sqlite_where=sa.text("position IS NOT NULL"),
        postgresql_where=sa.text("position IS NOT NULL"),
    )
    op.create_table(
        "asset_event",
        sa.Column("serial", sa.String(length=64), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["serial"], ["asset.serial"]),
        sa.PrimaryKeyConstraint("serial", "ordinal", name=op.f("pk_asset_event")),
    )


def downgrade() -> None:
    op.drop_table("asset_event")
    op.drop_table("asset")
    op.drop_column("device", "hardware_serial")
