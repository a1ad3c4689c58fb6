"""Tables of what is written to InfluxDB."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table

from hub.storage.schema import metadata

metrics_checkpoint = Table(  # how far the log has been written there
    "metrics_checkpoint",
    metadata,
    Column("target", String(300), primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),  # points that InfluxDB would not take
    Column("dropped", BigInteger, nullable=False),  # reports that had to give way to newer ones
)

metrics_report = Table(  # reports of devices that wait to be written there
    "metrics_report",
    metadata,
    Column("ident", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("target", String(300), nullable=False, index=True),
    Column("body", LargeBinary, nullable=False),  # JSON of a Sample
    sqlite_autoincrement=True,
)
