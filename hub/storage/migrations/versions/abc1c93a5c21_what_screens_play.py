"""what screens play."""

import sqlalchemy as sa
from alembic import op

from hub.storage.schema import Utc

revision = "abc1c93a5c21"
down_revision = "2363ae7a6d99"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "media",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("added_at", Utc(), nullable=False),
        sa.Column("added_by", sa.String(length=70), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_media")),
    )
    op.create_table(
        "play",
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("batch", sa.String(length=100), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("hall", sa.String(length=64), nullable=False),
        sa.Column("position", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("began_at", Utc(), nullable=False),
        sa.Column("played_s", sa.Float(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("device", "batch", "ordinal", name=op.f("pk_play")),
    )
    with op.batch_alter_table("play", schema=None) as batch_op:
        batch_op.create_index("ix_play_hall_began_at", ["hall", "began_at"], unique=False)

    op.create_table(
        "playlist",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("hall", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("changed_at", Utc(), nullable=False),
        sa.Column("changed_by", sa.String(length=70), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playlist")),
    )
    with op.batch_alter_table("playlist", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_playlist_hall"), ["hall"], unique=False)

    op.create_table(
        "emergency",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("hall", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("until", Utc(), nullable=True),
        sa.Column("begun_at", Utc(), nullable=False),
        sa.Column("begun_by", sa.String(length=70), nullable=False),
        sa.Column("withdrawn_at", Utc(), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=70), nullable=True),
        sa.ForeignKeyConstraint(
            ["sha256"],
            ["media.sha256"],
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency")),
    )
    with op.batch_alter_table("emergency", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_emergency_hall"), ["hall"], unique=False)

    op.create_table(
        "playlist_item",
        sa.Column("playlist", sa.String(length=40), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("duration_s", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["playlist"], ["playlist.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["sha256"],
            ["media.sha256"],
        ),
        sa.PrimaryKeyConstraint("playlist", "ordinal", name=op.f("pk_playlist_item")),
    )
    with op.batch_alter_table("playlist_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_playlist_item_sha256"), ["sha256"], unique=False)


def downgrade() -> None:
    for name in ("playlist_item", "emergency", "playlist", "play", "media"):
        op.drop_table(name)
