"""The table of when hubs began to serve: a curve with a gap should say why."""

from sqlalchemy import Column, Index, Integer, String, Table

from hub.storage.schema import Position, Utc, metadata

hub_start = Table(
    "hub_start",
    metadata,
    Column("id", Position, primary_key=True, autoincrement=True),
    Column("at", Utc, nullable=False),
    Column("name", String(64), nullable=False),
    Column("epoch", Integer, nullable=False),  # of the log: a new one is a backup that was restored
    Index("ix_hub_start_at", "at"),
)
