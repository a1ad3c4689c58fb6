"""Opening the database, SQLite or PostgreSQL: brought to the newest schema by Alembic before anything reads it.

Where it is: the path of a file, or the URL of a PostgreSQL database as libpq knows it (`postgresql://…`).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import Engine, create_engine, event, text

from hub.storage import revision
from hub.storage.event_log import EventLog
from hub.storage.sqlite_log import SqliteLog

if TYPE_CHECKING:
    import psycopg

Where: TypeAlias = Path | str

_PASSWORD = re.compile(r"//[^@]*@")
_CONNECT_S = 5
_MIGRATING = "SELECT pg_advisory_xact_lock(1953067624, 2)"  # several processes may start at once


class DatabaseError(Exception):
    """The database cannot be opened; the text says why, and what to do. No password is in it."""


def open_database(where: Where) -> Engine:
    """An engine on the migrated database. Raises DatabaseError for a PostgreSQL that cannot be used."""
    engine = _sqlite(where) if isinstance(where, Path) else _postgresql(where)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(_MIGRATING))
        if revision.of(connection) != revision.newest():
            from hub.storage import migrating  # Alembic takes as long to load as the rest of a small command

            migrating.upgrade(connection)
    return engine


def open_log(where: Where) -> EventLog:
    """The event log of a database that `open_database` has opened before."""
    if isinstance(where, Path):
        return SqliteLog(where)
    from hub.storage.postgresql_log import PostgresqlLog  # its driver is an extra

    return PostgresqlLog(lambda: _connection(where, autocommit=True))


def _sqlite(path: Path) -> Engine:
    """WAL: readers never wait; FULL: what is committed survives a power cut; secure delete: what is deleted is
    overwritten, since people are among it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 15})
    event.listen(engine, "connect", _configure)
    return engine


def _configure(connection: Any, _record: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _postgresql(url: str) -> Engine:
    """Tried once, so that what is wrong is said at the start and in words."""
    try:
        import psycopg
    except ImportError as error:
        raise DatabaseError(
            "PostgreSQL needs a driver that is not installed here: pip install --require-hashes -r locks/postgresql.txt"
        ) from error
    try:
        _connection(url).close()
    except psycopg.ProgrammingError as error:
        raise DatabaseError(
            "this is not the URL of a PostgreSQL database, such as postgresql://tingxu@db.example/tingxu: "
            + _PASSWORD.sub("//…@", str(error))
        ) from error
    except psycopg.Error as error:
        raise DatabaseError(f"the PostgreSQL database cannot be used: {' '.join(str(error).split())}") from error
    return create_engine("postgresql+psycopg://", creator=lambda: _connection(url), pool_pre_ping=True)


def _connection(url: str, *, autocommit: bool = False) -> psycopg.Connection[Any]:
    """Keep-alives: a server that lost its power says no good-bye."""
    import psycopg

    return psycopg.connect(
        url,
        autocommit=autocommit,
        prepare_threshold=None,  # psycopg believes in a statement that an aborted pipeline never prepared
        connect_timeout=_CONNECT_S,
        keepalives_idle=5,
        keepalives_interval=2,
        keepalives_count=3,
        tcp_user_timeout=10_000,
        application_name="tingxu",
    )
