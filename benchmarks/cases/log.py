"""Durable events a second, 1, 10, 100 tickets at a time: the desk and the event log, against bare sqlite3."""

import asyncio
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec
import uvloop

from benchmarks.rounds import Figures, Ways
from halls.format import Hall, parse
from hub.desk import Desk
from hub.domain import commands as c
from hub.domain import events
from hub.domain.evolve import evolve_all
from hub.domain.queue import decide
from hub.domain.state import new_day
from hub.storage.database import open_database
from hub.storage.event_log import Append, stream_of
from hub.storage.sqlite_log import INSERT_EVENT, SqliteLog

BASELINE = "sqlite3"

_HALL = Path(__file__).parents[2] / "halls" / "small.toml"
_NOW, _DAY = datetime(2026, 1, 5, 1, 0, tzinfo=UTC), "2026-01-05"
_ON_DISK = "/var/tmp"  # noqa: S108 - where /tmp is memory, nothing would have to reach a disk
_AT_A_TIME = (1, 10, 100)


class _Work(msgspec.Struct, frozen=True):
    """Tickets taken in a row on a new day: the commands, and what the log gets of them, `size` to a transaction."""

    hall: Hall
    size: int
    commands: list[list[c.TakeTicket]]
    appends: list[list[Append]]

    @property
    def events(self) -> int:
        return sum(len(append.events) for batch in self.appends for append in batch)


@contextmanager
def ways(quick: bool) -> Iterator[Ways]:
    """Each turn starts from an empty database of the newest schema."""
    with tempfile.TemporaryDirectory(dir=_ON_DISK, prefix="tingxu-bench-") as scratch:
        empty = Path(scratch, "empty.db")
        open_database(empty).dispose()
        works = [_work(size, transactions) for size, transactions in zip(_AT_A_TIME, _transactions(quick), strict=True)]
        yield {
            "sqlite3": partial(_turn, empty, works, _bare),
            "event log": partial(_turn, empty, works, _log),
            "desk": partial(_turn, empty, works, _desk),
        }


def _transactions(quick: bool) -> tuple[int, int, int]:
    return (10, 5, 1) if quick else (100, 30, 5)


def _work(size: int, transactions: int) -> _Work:
    hall = parse(_HALL.read_text("utf-8"), str(_HALL))
    state = new_day(hall, _DAY)
    commands: list[list[c.TakeTicket]] = []
    appends: list[list[Append]] = []
    for batch in range(transactions):
        commands.append([c.TakeTicket(id=f"{batch}/{n}", at=_NOW, by="bench", service="A") for n in range(size)])
        appends.append([])
        for command in commands[-1]:
            happened = decide(state, command)
            after = evolve_all(state, happened)
            tickets = tuple(ticket for number, ticket in after.tickets.items() if number not in state.tickets)
            appends[-1].append(Append(hall.hall.id, _DAY, state.version, command.id, happened, tickets))
            state = after
    return _Work(hall, size, commands, appends)


def _turn(empty: Path, works: list[_Work], way: Callable[[Path, _Work], float]) -> Figures:
    figures = {}
    for work in works:
        path = empty.with_name("turn.db")
        shutil.copy(empty, path)
        figures[f"events_per_s_{work.size}"] = work.events / way(path, work)
        for left in empty.parent.glob("turn.db*"):
            left.unlink()
    return figures


def _bare(path: Path, work: _Work) -> float:
    """The same rows of `event`, with nothing around them."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    batches = [[row for append in batch for row in _rows(append)] for batch in work.appends]
    started = time.perf_counter()
    for rows in batches:
        db.execute("BEGIN IMMEDIATE")
        db.executemany(INSERT_EVENT, rows)
        db.execute("COMMIT")
    took = time.perf_counter() - started
    db.close()
    return took


def _rows(append: Append) -> Iterator[tuple[str, int, str, int, bytes]]:
    for ordinal, event in enumerate(append.events):
        yield (
            stream_of(append.hall, append.day), append.after + 1 + ordinal, append.command, ordinal,
            events.encode(event),
        )  # fmt: skip


def _log(path: Path, work: _Work) -> float:
    log = SqliteLog(path)
    started = time.perf_counter()
    for batch in work.appends:
        log.append(batch)
    took = time.perf_counter() - started
    log.close()
    return took


def _desk(path: Path, work: _Work) -> float:
    return uvloop.run(_through_desk(path, work))


async def _through_desk(path: Path, work: _Work) -> float:
    log = SqliteLog(path)
    desk = Desk([work.hall], log, lambda: _NOW)
    await desk.open()
    started = time.perf_counter()
    for batch in work.commands:
        await asyncio.gather(*(desk.handle(work.hall.hall.id, command) for command in batch))
    took = time.perf_counter() - started
    await desk.close()
    log.close()
    return took
