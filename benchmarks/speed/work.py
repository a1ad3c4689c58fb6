"""Tickets taken and called through the desk, so many in flight, against the bare database in groups of that size."""

import asyncio
import itertools
import json
import shutil
import sqlite3
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from benchmarks.load.hall import SERVICES, counter_id
from benchmarks.speed.durable import bare
from halls.format import Hall
from hub.desk import Desk
from hub.domain import commands as c
from hub.domain.evolve import evolve_all
from hub.domain.queue import decide
from hub.domain.state import new_day
from hub.storage.database import open_log
from hub.storage.sqlite_log import INSERT_EVENT
from hub.waiting import Outcome

IN_FLIGHT = 64
COUNTERS = IN_FLIGHT // 2
_WAITING = 10  # people for each counter, before it begins


class Work(msgspec.Struct, frozen=True):
    """Commands a second: through the desk; their rows alone; of these the events alone; the rules, storing nothing."""

    desk_per_s: float
    bare_per_s: float
    events_alone_per_s: float
    rules_alone_per_s: float


def worked(hall: Hall, empty: Path, commands: int) -> Work:
    """All on the disk of `empty`, a database of the newest schema."""
    path = empty.with_name("work.db")
    shutil.copy(empty, path)
    per_s = uvloop.run(_through_desk(hall, path, commands))
    groups = _groups(path)
    _remove(path)
    return Work(
        desk_per_s=per_s,
        bare_per_s=_rows_alone(empty, groups),
        events_alone_per_s=_rows_alone(empty, [_Group(one.events, []) for one in groups]),
        rules_alone_per_s=_rules_alone(hall, commands),
    )


async def _through_desk(hall: Hall, path: Path, commands: int) -> float:
    """Half of those in flight take tickets, each of the other half is a counter."""
    log = open_log(path)
    desk = Desk([hall], log)
    await desk.open()
    idents, left = itertools.count(), itertools.count(commands, -1)

    async def ask(kind: Any, **fields: object) -> Outcome:
        command: c.Command = kind(id=f"bench/{next(idents)}", at=datetime.now(UTC), by="bench", **fields)
        return await desk.handle(hall.hall.id, command)

    async def machine(n: int) -> None:
        while next(left) > 0:
            await ask(c.TakeTicket, service=SERVICES[n % len(SERVICES)])

    async def counter(n: int) -> None:
        keys = itertools.cycle((c.CallNext, c.Serve))
        while next(left) > 0:
            refused = (await ask(next(keys), counter=counter_id(n))).refused
            if refused:
                raise RuntimeError(f"{refused.what} was refused: {refused.code}")

    for n in range(COUNTERS):
        await ask(c.SignOn, counter=counter_id(n))
    people = range(_WAITING * COUNTERS)
    await asyncio.gather(*(ask(c.TakeTicket, service=SERVICES[n % len(SERVICES)]) for n in people))
    started = time.perf_counter()
    await asyncio.gather(*(work(n) for n in range(COUNTERS) for work in (machine, counter)))
    took = time.perf_counter() - started
    await desk.close()
    log.close()
    return commands / took


def _rules_alone(hall: Hall, commands: int) -> float:
    """The same kind of day, decided and taken in one command after another, and forgotten."""
    state, idents = new_day(hall, "2026-01-05"), itertools.count()

    def ask(kind: Any, **fields: object) -> None:
        nonlocal state
        command: c.Command = kind(id=f"bench/{next(idents)}", at=datetime.now(UTC), by="bench", **fields)
        state = evolve_all(state, decide(state, command))

    for n in range(COUNTERS):
        ask(c.SignOn, counter=counter_id(n))
    for n in range(_WAITING * COUNTERS):
        ask(c.TakeTicket, service=SERVICES[n % len(SERVICES)])
    started = time.perf_counter()
    for n in range(commands // 2):
        ask(c.TakeTicket, service=SERVICES[n % len(SERVICES)])
        ask(c.Serve if n // COUNTERS % 2 else c.CallNext, counter=counter_id(n % COUNTERS))
    return commands / (time.perf_counter() - started)


class _Group(msgspec.Struct, frozen=True):
    """Rows of so many commands, and of the tickets that they name."""

    events: list[Sequence[object]]
    tickets: list[Sequence[object]]


def _groups(path: Path) -> list[_Group]:
    """What the desk left in the database, commands in their order."""
    db = sqlite3.connect(path)
    tickets = {row[2]: row for row in db.execute("SELECT * FROM ticket")}
    groups: list[_Group] = []
    commands: set[str] = set()
    for row in db.execute("SELECT stream, version, command_id, ordinal, body FROM event ORDER BY position"):
        if not groups or (row[2] not in commands and len(commands) % IN_FLIGHT == 0):
            groups.append(_Group([], []))
        commands.add(row[2])
        groups[-1].events.append(row)
        number = json.loads(row[4]).get("number", "")
        if number in tickets:
            groups[-1].tickets.append(tickets[number])
    db.close()
    return groups


def _rows_alone(empty: Path, groups: list[_Group]) -> float:
    """Commands a second when a group is a transaction of two statements."""
    path = empty.with_name("alone.db")
    shutil.copy(empty, path)
    db = bare(path)
    columns = len(db.execute("SELECT * FROM ticket").description)
    upsert = f"INSERT OR REPLACE INTO ticket VALUES ({', '.join('?' * columns)})"  # noqa: S608 - only question marks
    started = time.perf_counter()
    for group in groups:
        db.execute("BEGIN IMMEDIATE")
        db.executemany(INSERT_EVENT, group.events)
        db.executemany(upsert, group.tickets)
        db.execute("COMMIT")
    took = time.perf_counter() - started
    db.close()
    _remove(path)
    return len({row[2] for group in groups for row in group.events}) / took


def _remove(path: Path) -> None:
    for left in path.parent.glob(f"{path.name}*"):
        left.unlink()
