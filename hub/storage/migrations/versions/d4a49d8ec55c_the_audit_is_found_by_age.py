"""the audit is found by age."""

from alembic import op

revision = "d4a49d8ec55c"
down_revision = "4a83b34fa4bf"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_audit_at", "audit", ["at"])


def downgrade() -> None:
    op.drop_index("ix_audit_at", "audit")
