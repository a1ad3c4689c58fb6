"""The log and its view, held against what people were told. Every finding is a sentence; none is what we want."""

import json
import re
import sqlite3
from collections import Counter as Tally
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select

from benchmarks.crash.people import Told
from halls.format import Hall
from hub.domain import events as e
from hub.domain.evolve import evolve_all
from hub.domain.state import Day, new_day
from hub.storage import schema_queue
from hub.storage.database import open_database

_NUMBER = re.compile(r"([A-Z])(\d+)\Z")
_OURS = "hub/"  # commands that the hub gives itself


class Row(msgspec.Struct, frozen=True):
    position: int
    stream: str
    version: int
    command: str
    ordinal: int
    event: e.AnyEvent


def audit(hall: Hall, database: Path, told: list[Told]) -> list[str]:
    """Everything that is wrong."""
    with closing(sqlite3.connect(database)) as db:
        said = [str(row[0]) for row in db.execute("PRAGMA integrity_check")]
        raw = db.execute("SELECT position, stream, version, command_id, ordinal, body FROM event ORDER BY position")
        try:
            rows = [
                Row(at, stream, version, command, n, e.decode(body)) for at, stream, version, command, n, body in raw
            ]
        except msgspec.MsgspecError as error:
            return [f"an event cannot be read: {error}"]
    return [
        *(f"the database is damaged: {words}" for words in said if words != "ok"),
        *_gaps(rows),
        *_view(hall, database, rows),
        *_promises(rows, told),
        *_twice(rows),
        *_ghosts(rows, told),
    ]


def logged(database: Path) -> int:
    with closing(sqlite3.connect(database)) as db:
        return int(db.execute("SELECT count(*) FROM event").fetchone()[0])


def _gaps(rows: list[Row]) -> Iterator[str]:
    versions: dict[str, int] = {}
    for row in rows:
        versions[row.stream] = versions.get(row.stream, 0) + 1
        if row.version != versions[row.stream]:
            yield f"{row.stream}: version {row.version} stands where {versions[row.stream]} should"
            return
    ordinals: dict[str, int] = {}
    for before, row in zip([None, *rows], rows, strict=False):
        if row.ordinal != ordinals.get(row.command, 0):
            yield f"command {row.command}: event {row.ordinal} stands where {ordinals.get(row.command, 0)} should"
        if row.ordinal and before is not None and before.command != row.command:
            yield f"command {row.command}: another one's events lie between its own"
        ordinals[row.command] = row.ordinal + 1


def _view(hall: Hall, database: Path, rows: list[Row]) -> Iterator[str]:
    """The table of tickets says what the log says."""
    days: dict[str, Day] = {}
    for stream in dict.fromkeys(row.stream for row in rows):
        start = new_day(hall, stream.rpartition("/")[2])
        try:
            days[start.day] = evolve_all(start, (row.event for row in rows if row.stream == stream))
        except Exception as error:
            yield f"{stream} cannot be replayed: {error!r}"
            return
    engine = open_database(database)
    with engine.connect() as connection:
        shown = {(row.day, row.number): row for row in connection.execute(select(schema_queue.ticket))}
    engine.dispose()
    replayed = {(day, number): ticket for day, state in days.items() for number, ticket in state.tickets.items()}
    for key in shown.keys() ^ replayed.keys():
        yield f"ticket {key} is only in {'the view' if key in shown else 'the log'}"
    for key in shown.keys() & replayed.keys():
        if _shown(shown[key]) != (wanted := _replayed(replayed[key])):
            yield f"ticket {key}: the view says {_shown(shown[key])}, the log {wanted}"


def _shown(row: Any) -> tuple[object, ...]:
    return (
        row.service, row.state, row.counter or "", row.clerk or "", row.calls, row.taken_at, row.called_at,
        row.serving_at, row.ended_at, row.rating or 0,
    )  # fmt: skip


def _replayed(ticket: Any) -> tuple[object, ...]:
    return (
        ticket.service, ticket.phase, ticket.counter, ticket.clerk, ticket.calls, ticket.taken_at, ticket.called_at,
        ticket.serving_at, ticket.ended_at, ticket.level,
    )  # fmt: skip


def _promises(rows: list[Row], told: list[Told]) -> Iterator[str]:
    """Whatever was acknowledged is there, and as it was said."""
    of_command: dict[str, list[e.AnyEvent]] = {}
    for row in rows:
        of_command.setdefault(row.command, []).append(row.event)
    for one in told:
        happened = of_command.get(one.command, [])
        refusal = next((event.code for event in happened if isinstance(event, e.Refused)), "")
        number = next((event.number for event in happened if isinstance(event, e.TicketReserved)), "")
        if not happened:
            yield f"{one.what} {one.command} was answered ({one.code or 'done'}) and is not in the log"
        elif one.code != refusal:
            yield f"{one.what} {one.command} was told {one.code or 'done'!r}; the log says {refusal or 'done'!r}"
        elif one.number and one.number != number:
            yield f"somebody holds {one.number}; the log gave {number or 'nothing'} for {one.command}"
        elif one.events is not None and one.events != [json.loads(e.encode(event)) for event in happened]:
            yield f"{one.what} {one.command}: the program was told other events than the log has"


def _twice(rows: list[Row]) -> Iterator[str]:
    """No number is given or called first twice; no command gives or calls two; and no number is left out."""
    given = [(row.stream, row.event.number) for row in rows if isinstance(row.event, e.TicketReserved)]
    called = [(r.stream, r.event.number) for r in rows if isinstance(r.event, e.TicketCalled) and r.event.calls == 1]
    effects = [(row.command, row.event.__struct_config__.tag) for row in rows if _is_effect(row.event)]
    for what, found in (("given", given), ("called", called), ("done", effects)):
        yield from (f"{key} was {what} {times} times" for key, times in Tally(found).items() if times > 1)
    ordinals: dict[tuple[str, str], set[int]] = {}
    for stream, number in given:
        match = _NUMBER.match(number)
        assert match is not None
        ordinals.setdefault((stream, match[1]), set()).add(int(match[2]))
    for (stream, service), found_ordinals in ordinals.items():
        if left_out := set(range(1, max(found_ordinals) + 1)) - found_ordinals:
            yield f"{stream}: of service {service} nobody got {sorted(left_out)}"


def _is_effect(event: e.AnyEvent) -> bool:
    """What one wish of ours can lead to once at the most."""
    return isinstance(event, e.TicketReserved | e.TicketCalled | e.ServiceEnded | e.TicketMissed | e.CounterOpened)


def _ghosts(rows: list[Row], told: Iterable[Told]) -> Iterator[str]:
    wished = {one.command for one in told}
    for command in dict.fromkeys(row.command for row in rows):
        if command not in wished and not command.startswith(_OURS):
            yield f"{command} is in the log, and nobody wished for it"
