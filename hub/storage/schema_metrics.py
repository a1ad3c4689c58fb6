"""Tables of what is written to InfluxDB."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table

from hub.storage.schema import Utc, metadata

metrics_checkpoint = Table(  # how far the log has been written there
    "metrics_checkpoint",
    metadata,
    Column("target", String(300), primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),  # points that InfluxDB would not take
    Column("dropped", BigInteger, nullable=False),  # reports that had to give way to newer ones
    Column("passed", BigInteger, nullable=False, server_default="0"),  # events that do not fit the hall's file any more
    Column("holder", String(100), nullable=False, server_default=""),  # the process of the hub that writes
    Column("held_until", Utc),  # unless it has said so again by then, another one may
    Column("trouble", String(300), nullable=False, server_default=""),  # why it cannot; for the others to tell
)

metrics_report = Table(  # what is no event and waits to be written there
    "metrics_report",
    metadata,
    Column("ident", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("target", String(300), nullable=False, index=True),
    Column("kind", String(20), nullable=False, server_default="health"),  # one of hub.storage.metrics_reports
    Column("body", LargeBinary, nullable=False),  # its JSON
    sqlite_autoincrement=True,
)
