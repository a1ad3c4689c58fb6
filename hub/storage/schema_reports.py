"""Reports that the hub makes by itself and keeps."""

from sqlalchemy import Column, LargeBinary, String, Table

from hub.storage.schema import Utc, metadata

kept_report = Table(  # one for each kind and period, whichever process makes it
    "kept_report",
    metadata,
    Column("hall", String(64), primary_key=True),
    Column("kind", String(10), primary_key=True),
    Column("first", String(10), primary_key=True),  # its days, YYYY-MM-DD, both counted
    Column("last", String(10), nullable=False),
    Column("maker", String(80), nullable=False),  # the process that makes it, or made it
    Column("begun_at", Utc, nullable=False),
    Column("made_at", Utc),  # NULL: it is being made
    Column("body", LargeBinary),
)
