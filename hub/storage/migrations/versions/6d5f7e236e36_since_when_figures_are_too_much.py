"""Since when figures of alerts are too much, or well again."""

import sqlalchemy as sa
from alembic import op

revision = "6d5f7e236e36"
down_revision = "237eff562f6b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert_since",
        sa.Column("hall", sa.String(length=64), nullable=False),
        sa.Column("rule", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("calm", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("hall", "rule", "subject", name=op.f("pk_alert_since")),
    )


def downgrade() -> None:
    op.drop_table("alert_since")
