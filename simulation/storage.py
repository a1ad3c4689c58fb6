"""The hub's own event log on a file in memory: it can refuse, stall, and take its hub's life before or after a commit.

What SQLite has committed stays; what it has not is gone with the connection.
"""

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

from hub.storage.database import open_database
from hub.storage.event_log import Append, LogUnavailableError, Recorded
from hub.storage.sqlite_log import SqliteLog
from simulation.loop import BusyError, KilledError

Moment: TypeAlias = Literal["before", "after"]
_MEMORY = Path("/dev/shm")  # noqa: S108 - a file system in memory; a folder of our own is made in it


class Storage:
    """`committed(recorded)` is told of everything as soon as it is durable. `refuses`: no append, and no read."""

    def __init__(self, committed: Callable[[Sequence[Recorded]], None]) -> None:
        self.committed = committed
        self._folder = _folder()
        self.path = self._folder / "hub.db"
        self.path.write_bytes(_fresh())
        self.refuses = ""
        self.claimed_by: SqliteLog | None = None
        self.kill_at: Moment | None = None

    def tickets(self) -> dict[tuple[str, str], tuple[str, str]]:
        """What the view of tickets says: (day, number) → (phase, counter)."""
        with contextlib.closing(sqlite3.connect(self.path)) as database:
            rows = database.execute("SELECT day, number, state, coalesce(counter, '') FROM ticket").fetchall()
        return {(day, number): (state, counter) for day, number, state, counter in rows}

    def close(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


class SimulatedLog(SqliteLog):
    """`die()` ends the process that this log belongs to, and with it what is not committed."""

    poll_s = 1.0  # as PostgreSQL's

    def __init__(self, storage: Storage, die: Callable[[], None]) -> None:
        super().__init__(storage.path)
        self._storage, self._die = storage, die

    def close(self) -> None:
        self._unclaim()
        super().close()

    def append(self, batch: Sequence[Append]) -> list[Recorded]:
        self._take_turns()
        try:
            self._may_fail()
            self._may_die("before")
            recorded = self._store(batch)
        finally:
            self._unclaim()
        self._may_die("after")
        return recorded

    def claim(self, position: int) -> list[Recorded]:
        self._take_turns()
        recorded = super().claim(position)
        self._storage.claimed_by = self
        return recorded

    def _store(self, batch: Sequence[Append]) -> list[Recorded]:
        recorded = super().append(batch)
        self._storage.committed(recorded)
        return recorded

    def _rows(self, query: str, parameters: tuple[Any, ...] = ()) -> list[Any]:
        self._may_fail()
        return super()._rows(query, parameters)

    def _take_turns(self) -> None:
        """SQLite would block here, and the whole world with it."""
        if self._storage.claimed_by not in (None, self):
            raise BusyError

    def _unclaim(self) -> None:
        if self._storage.claimed_by is self:
            self._storage.claimed_by = None
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    def _may_fail(self) -> None:
        if self._storage.refuses:
            raise LogUnavailableError(self._storage.refuses)

    def _may_die(self, moment: Moment) -> None:
        if self._storage.kill_at == moment:
            self._storage.kill_at = None
            self._die()
            raise KilledError


@cache
def _fresh() -> bytes:
    """A migrated database to copy: migrating one for every run would take longer than the run."""
    folder = _folder()
    engine = open_database(folder / "fresh.db")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    fresh = (folder / "fresh.db").read_bytes()
    shutil.rmtree(folder)
    return fresh


def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="tingxu-sim-", dir=_MEMORY if _MEMORY.is_dir() else None))
