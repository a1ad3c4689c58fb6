"""How far a reader of the event log has come: a position that moves in the transaction in which its work is stored."""

import contextlib
from collections.abc import Iterator

from sqlalchemy import Connection, Engine, Table, and_, select, update
from sqlalchemy.dialects import postgresql, sqlite


class MovedOnError(Exception):
    """Another process has read the log on from there."""


class Checkpoint:
    """A row of a table that has a column `position`. `key`: the row's primary key. Synchronous, safe to call from any
    thread."""

    def __init__(self, engine: Engine, table: Table, **key: str) -> None:
        self._engine, self._table, self._key = engine, table, key
        self._kind = {"sqlite": sqlite, "postgresql": postgresql}[engine.dialect.name]
        self._here = and_(*(table.c[name] == value for name, value in key.items()))

    def position(self, connection: Connection) -> int | None:
        """None: nobody has begun."""
        found: int | None = connection.scalar(select(self._table.c.position).where(self._here))
        return found

    def begin(self, connection: Connection, position: int, **more: object) -> int:
        """Where it begins, unless another process began meanwhile; where it is. `more`: other columns of the row."""
        row = {**self._key, "position": position, **more}
        connection.execute(self._kind.insert(self._table).values(row).on_conflict_do_nothing())
        begun = self.position(connection)
        assert begun is not None
        return begun

    @contextlib.contextmanager
    def advance(self, before: int, after: int) -> Iterator[Connection]:
        """The position moves, with all that is stored over the connection, when the block ends well. Raises
        MovedOnError where it is not at `before` any more."""
        move = update(self._table).where(self._here, self._table.c.position == before).values(position=after)
        with self._engine.begin() as connection:
            # First of all: it takes the lock under which the rest is done.
            if not connection.execute(move).rowcount:
                raise MovedOnError
            yield connection
