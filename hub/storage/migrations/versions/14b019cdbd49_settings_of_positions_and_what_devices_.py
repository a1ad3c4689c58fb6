"""settings of positions and what devices say of them."""

import sqlalchemy as sa
from alembic import op

from hub.storage.schema import Utc

revision = "14b019cdbd49"
down_revision = "6002b057e196"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "position_settings",
        sa.Column("hall", sa.String(length=64), nullable=False),
        sa.Column("position", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("changed_at", Utc(), nullable=False),
        sa.Column("changed_by", sa.String(length=80), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("hall", "position", "revision", name=op.f("pk_position_settings")),
    )
    op.create_table(
        "settings_report",
        sa.Column("ordinal", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("hall", sa.String(length=64), nullable=False),
        sa.Column("position", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("in_force", sa.Integer(), nullable=False),
        sa.Column("problems", sa.Text(), nullable=False),
        sa.Column("decided_at", Utc(), nullable=False),
        sa.Column("reported_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("ordinal", name=op.f("pk_settings_report")),
        sa.UniqueConstraint(
            "position",
            "hall",
            "device",
            "revision",
            "outcome",
            "decided_at",
            name=op.f("uq_settings_report_position"),
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("settings_report", schema=None) as batch_op:
        batch_op.create_index("ix_settings_report_position", ["hall", "position"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("settings_report", schema=None) as batch_op:
        batch_op.drop_index("ix_settings_report_position")

    op.drop_table("settings_report")
    op.drop_table("position_settings")
