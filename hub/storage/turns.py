"""Taking turns: what is counted and then written must not be counted by another in between."""

from sqlalchemy import Connection, text, update

from hub.storage.schema_queue import fact

_TURN = "SELECT pg_advisory_xact_lock(1953067624, 3)"


def take_turn(connection: Connection) -> None:
    """At the beginning of a transaction, which then is the only one of its kind until its end."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(_TURN))
    else:  # a write, though of no row: SQLite has one writer at a time, and Python begins transactions with them
        connection.execute(update(fact).where(fact.c.name == "").values(value=""))
