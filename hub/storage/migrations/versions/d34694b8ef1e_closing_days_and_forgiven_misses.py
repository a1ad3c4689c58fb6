"""Closing days and forgiven misses."""

import sqlalchemy as sa
from alembic import op

revision = "d34694b8ef1e"
down_revision = "61c27c57ded4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "forgiven_miss",
        sa.Column("hall", sa.String(length=64), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("hall", "day", "code", name=op.f("pk_forgiven_miss")),
    )
    op.create_table(
        "hall_day",
        sa.Column("hall", sa.String(length=64), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("hall", "day", name=op.f("pk_hall_day")),
    )
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("instead_of", sa.String(length=30), server_default="", nullable=False))
        batch_op.create_index(batch_op.f("ix_appointment_code"), ["code"], unique=False)
        batch_op.create_index(batch_op.f("ix_appointment_principal"), ["principal"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_appointment_principal"))
        batch_op.drop_index(batch_op.f("ix_appointment_code"))
        batch_op.drop_column("instead_of")

    op.drop_table("hall_day")
    op.drop_table("forgiven_miss")
