"""The table of who accepted more places than capacity has, and when."""

from sqlalchemy import Column, Integer, String, Table

from hub.storage.schema import Utc, metadata

overbooking = Table(  # a view of the log's changes of `service.X.overbook`, and when somebody looked and kept it
    "overbooking",
    metadata,
    Column("hall", String(64), primary_key=True),
    Column("service", String(1), primary_key=True),
    Column("ident", String(200), primary_key=True),  # of the wish
    Column("more", Integer),  # NULL: what the hall's file says
    Column("who", String(80), nullable=False),
    Column("at", Utc, nullable=False),
)
