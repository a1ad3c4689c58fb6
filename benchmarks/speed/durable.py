"""The bare database: the rows that a hub stores, with nothing around them, committed as durably."""

import sqlite3
import time
from pathlib import Path

from hub.storage.database import open_database
from hub.storage.sqlite_log import INSERT_EVENT

_BODY = (
    b'{"kind":"ticket-called","at":"2026-01-05T01:00:00.123456Z","by":"caller-0123456789ab","source":"mqtt",'
    b'"command":"caller-0123456789ab/01234567-123","number":"A012","counter":"012","clerk":"1012","why":"first-come"}'
)


def bare(path: Path) -> sqlite3.Connection:
    """A connection with the hub's own settings: WAL, FULL."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    return db


class OneAppend:
    """One event in one transaction, on an empty database of the hub's schema beside the hub's own."""

    def __init__(self, directory: Path) -> None:
        path = directory / "bare.db"
        open_database(path).dispose()
        self._db, self._version = bare(path), 0

    def close(self) -> None:
        self._db.close()

    def seconds(self) -> float:
        self._version += 1
        row = ("queue/load/2026-01-05", self._version, f"caller-0123456789ab/01234567-{self._version}", 0, _BODY)
        started = time.perf_counter()
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute(INSERT_EVENT, row)
        self._db.execute("COMMIT")
        return time.perf_counter() - started
