"""reports that are kept."""

import sqlalchemy as sa
from alembic import op

revision = "237eff562f6b"
down_revision = "5bf1ea4e635c"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_report",
        sa.Column("hall", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("first", sa.String(length=10), nullable=False),
        sa.Column("last", sa.String(length=10), nullable=False),
        sa.Column("maker", sa.String(length=80), nullable=False),
        sa.Column("begun_at", sa.DateTime(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("hall", "kind", "first", name=op.f("pk_kept_report")),
    )


def downgrade() -> None:
    op.drop_table("kept_report")
