"""Tables of the inventory."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, text

from hub.storage.schema import Utc, metadata

asset = Table(  # a piece of hardware, bought or about to be; `asset_event` is its history, and the truth
    "asset",
    metadata,
    Column("serial", String(64), primary_key=True),  # of the hardware
    Column("hall", String(64), nullable=False, index=True),
    Column("details", Text, nullable=False),  # JSON: kind, model, supplier, price, dates, the planned position
    Column("state", String(12), nullable=False),
    Column("since", Utc, nullable=False),
    Column("position", String(64)),  # NULL: at none
    Column("device", String(64), index=True),  # NULL: a handheld without a computer, or at no position
    Column("installed_at", Utc),  # the first time; NULL: never
    Column("commissioned_at", Utc),
    Column("seen_at", Utc),  # online at its position, to the hour; not part of the history
    Column("version", Integer, nullable=False),
)
Index(
    "uq_asset_position",
    asset.c.hall,
    asset.c.position,
    unique=True,
    sqlite_where=text("position IS NOT NULL"),
    postgresql_where=text("position IS NOT NULL"),
)

asset_event = Table(
    "asset_event",
    metadata,
    Column("serial", String(64), ForeignKey("asset.serial"), primary_key=True),
    Column("ordinal", Integer, primary_key=True),  # 1, 2, 3 … without a gap
    Column("body", Text, nullable=False),  # JSON, tagged
)
