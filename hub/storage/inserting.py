"""Rows that may be there already: both databases have a word for it, and SQLAlchemy one of each."""

from typing import Any

from sqlalchemy import Connection, Table


def insert_new(connection: Connection, table: Table) -> Any:
    """An insert that leaves alone what is there already."""
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table).on_conflict_do_nothing()
    from sqlalchemy.dialects import postgresql  # takes a tenth of a second to load, which a hub on SQLite need not wait

    return postgresql.insert(table).on_conflict_do_nothing()
