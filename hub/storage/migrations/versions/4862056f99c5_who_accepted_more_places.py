"""who accepted more places."""

import sqlalchemy as sa
from alembic import op

revision = "4862056f99c5"
down_revision = "33fb0e21d81c"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "overbooking",
        sa.Column("hall", sa.String(length=64), nullable=False),
        sa.Column("service", sa.String(length=1), nullable=False),
        sa.Column("ident", sa.String(length=200), nullable=False),
        sa.Column("more", sa.Integer(), nullable=True),
        sa.Column("who", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("hall", "service", "ident", name="pk_overbooking"),
    )


def downgrade() -> None:
    op.drop_table("overbooking")
