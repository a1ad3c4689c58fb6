"""Tables of what screens show, and of what they have shown."""

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Index, Integer, String, Table, Text

from hub.storage.schema import Utc, metadata

media = Table(  # what screens may show; the bytes lie under the data directory, by their hash
    "media",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("type", String(40), nullable=False),  # media type, as found in the content
    Column("size", BigInteger, nullable=False),  # bytes
    Column("width", Integer),  # NULL: films do not say
    Column("height", Integer),
    Column("added_at", Utc, nullable=False),
    Column("added_by", String(70), nullable=False),
)

playlist = Table(
    "playlist",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("hall", String(64), nullable=False, index=True),
    Column("name", String(120), nullable=False),
    Column("body", Text, nullable=False),  # JSON: all but its items
    Column("changed_at", Utc, nullable=False),
    Column("changed_by", String(70), nullable=False),
)

playlist_item = Table(
    "playlist_item",
    metadata,
    Column("playlist", String(40), ForeignKey("playlist.id", ondelete="CASCADE"), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("sha256", String(64), ForeignKey("media.sha256"), nullable=False, index=True),
    Column("duration_s", Float, nullable=False),
)

emergency = Table(
    "emergency",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("hall", String(64), nullable=False, index=True),
    Column("body", Text, nullable=False),  # JSON: words and whom it is for
    Column("sha256", String(64), ForeignKey("media.sha256")),
    Column("until", Utc),  # NULL: until it is withdrawn
    Column("begun_at", Utc, nullable=False),
    Column("begun_by", String(70), nullable=False),
    Column("withdrawn_at", Utc),
    Column("withdrawn_by", String(70)),
)

play = Table(  # proof of play, as screens tell it
    "play",
    metadata,
    Column("device", String(64), primary_key=True),
    Column("batch", String(100), primary_key=True),
    Column("ordinal", Integer, primary_key=True),  # 0, 1 … in its batch
    Column("hall", String(64), nullable=False),
    Column("position", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("began_at", Utc, nullable=False),
    Column("played_s", Float, nullable=False),
    Column("outcome", String(10), nullable=False),  # whole, cut, broken
)
Index("ix_play_hall_began_at", play.c.hall, play.c.began_at)
