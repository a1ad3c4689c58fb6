"""When hubs began."""

import sqlalchemy as sa
from alembic import op

revision = "2dada239bb57"
down_revision = "4dd16f103979"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hub_start",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hub_start")),
    )
    op.create_index("ix_hub_start_at", "hub_start", ["at"])


def downgrade() -> None:
    op.drop_index("ix_hub_start_at", "hub_start")
    op.drop_table("hub_start")
