"""Cases of negative ratings: a row for each and its history, changed together; and how far the log was read."""

import contextlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    and_,
    case,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from hub.domain import case_life as life
from hub.domain.case_commands import Command
from hub.domain.case_events import AnyEvent, Opened
from hub.domain.cases import STATES, Case, evolve, evolve_all
from hub.domain.events import decode
from hub.storage import case_audit
from hub.storage.audit import note_all
from hub.storage.case_figures import Today, counted, is_so
from hub.storage.checkpoint import Checkpoint
from hub.storage.event_log import stream_of
from hub.storage.holding import holds
from hub.storage.schema_cases import rating_case, rating_case_event, rating_case_position
from hub.storage.schema_queue import event, ticket

OLD = timedelta(days=30)
"""What was rated longer before the first start of a hub that opens cases opens none."""
STANDS = ("open", "due", "overdue", "appealed", *STATES)
"""What `Wanted.stand` may be, beside nothing."""

_NAME = "read"
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
_COLUMNS = [column.name for column in rating_case.c if column.name != "day"]


class UnknownCaseError(LookupError):
    """That hall has no such case."""

    code = "unknown-case"


class CaseChangedError(Exception):
    """Somebody took a step in it since it was looked at."""

    code = "case-changed"


class KeyReusedError(Exception):
    """The key of the wish was another wish's."""

    code = "idempotency-key-reused"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which cases to list; empty: any. `stand`: open, due (by the end of the next working day), overdue, appealed (by
    the clerk, and to be decided, though it may be closed), closed, or a state. `mine`: a clerk's work number and
    account: rated or assigned to them."""

    stand: str = ""
    service: str = ""
    clerk: str = ""
    assignee: str = ""
    first: str = ""
    last: str = ""
    mine: tuple[str, str] | None = None


class Opening:
    """Within `Cases.advance`."""

    def __init__(self, connection: Connection, kind: Any) -> None:
        self._connection, self._kind = connection, kind

    def open(self, opened: Opened) -> Case | None:
        """None: there is one already."""
        made = evolve(None, opened)
        fresh = self._kind.insert(rating_case).values(_row(made)).on_conflict_do_nothing()
        if self._connection.scalar(fresh.returning(rating_case.c.ask)) is None:
            return None
        self._connection.execute(insert(rating_case_event), _lines(made.hall, made.ask, 0, [opened]))
        return made


class Cases:
    """Synchronous, safe to call from any thread: every call is one transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kind = {"sqlite": sqlite, "postgresql": postgresql}[engine.dialect.name]
        self._read = Checkpoint(engine, rating_case_position, name=_NAME)

    # Reading the log.

    def position(self, latest: int, now: datetime) -> tuple[int, datetime]:
        """Up to where the log is read, and since when ratings open cases. The first who asks begins some weeks back."""
        with self._engine.begin() as connection:
            position = self._read.position(connection)
            if position is None:
                since = now - OLD
                position = self._read.begin(connection, _begin(connection, since, latest), since=since)
            return position, connection.execute(select(rating_case_position.c.since)).scalar_one()

    @contextlib.contextmanager
    def advance(self, before: int, after: int) -> Iterator[Opening]:
        """The position moves, with all cases that are opened, when the block ends well. Raises MovedOnError."""
        with self._read.advance(before, after) as connection:
            yield Opening(connection, self._kind)

    # Looking.

    def find(self, hall: str, ask: str) -> Case | None:
        """With what can be taken back."""
        with self._engine.connect() as connection:
            history = _history(connection, hall, ask)
        return evolve_all(history) if history else None

    def one(self, hall: str, ask: str) -> Case:
        """As `find`. Raises UnknownCaseError."""
        found = self.find(hall, ask)
        if found is None:
            raise UnknownCaseError(f"hall {hall} has no case {ask[:20]!r}")
        return found

    def history(self, hall: str, ask: str) -> list[AnyEvent]:
        """Oldest first."""
        with self._engine.connect() as connection:
            return _history(connection, hall, ask)

    def of(self, hall: str, wanted: Wanted, today: Today, most: int = 500) -> list[Case]:
        """What is open first, by deadline; then what is closed, newest first. Without what can be taken back."""
        table = rating_case.c
        is_open = table.state != "closed"
        order = (case((is_open, 0), else_=1), case((is_open, table.due)), table.closed_at.desc(), table.ask)
        asked = select(rating_case).where(_wanted(hall, wanted, today)).order_by(*order).limit(most)
        with self._engine.connect() as connection:
            return [_as_case(row) for row in connection.execute(asked)]

    def stands(self, hall: str, wanted: Wanted, today: Today) -> dict[str, int]:
        """How many are open, due soon, overdue, appealed against, closed, whatever `wanted.stand` says."""
        anyhow = msgspec.structs.replace(wanted, stand="")
        sums = [counted(is_so(name, today)).label(name) for name in ("open", "due", "overdue", "appealed", "closed")]
        with self._engine.connect() as connection:
            row = connection.execute(select(*sums).where(_wanted(hall, anyhow, today))).one()
        return dict(row._asdict())

    def ticket_events(self, hall: str, day: str, number: str) -> list[Any]:
        """What the log has of one ticket, oldest first: read beside the desk's own thread, of one day's stream."""
        needle = f'"number":"{number}"'.encode()
        of_day = event.c.stream == stream_of(hall, day)
        asked = select(event.c.body).where(of_day, holds(event.c.body, needle)).order_by(event.c.version)
        with self._engine.connect() as connection:
            found = [decode(bytes(body)) for body in connection.scalars(asked)]
        return [one for one in found if getattr(one, "number", "") == number]

    def forget(self, before: datetime) -> int:
        """What was closed before then goes, with all that people wrote. How many."""
        old = (rating_case.c.state == "closed") & (rating_case.c.closed_at < before)
        with self._engine.begin() as connection:
            return connection.execute(delete(rating_case).where(old)).rowcount

    # Taking steps.

    def do(self, hall: str, ask: str, command: Command, version: int | None = None) -> tuple[Case, bool]:
        """The case afterwards, and whether this did something now. `version`: of the case that whoever wishes it has
        seen; None: whatever it is. The same key by the same person again is the same wish, done once.

        Raises UnknownCaseError, CaseChangedError, KeyReusedError, CaseRefusedError.
        """
        here = (rating_case.c.hall == hall) & (rating_case.c.ask == ask)
        with self._engine.begin() as connection:
            connection.execute(
                update(rating_case).where(here).values(version=rating_case.c.version)
            )  # ours till the end
            history = _history(connection, hall, ask)
            if not history:
                raise UnknownCaseError(f"hall {hall} has no case {ask[:20]!r}")
            before = evolve_all(history)
            if earlier := [one for one in history if (one.key, one.by) == (command.key, command.by) and one.key]:
                if not all(life.leads_to(command, one) for one in earlier):
                    raise KeyReusedError("this key was used for another step")
                return before, False
            if version is not None and version != before.version:
                raise CaseChangedError("somebody took a step in this case meanwhile; look again")
            events = life.decide(before, command)
            after = before
            for happened in events:
                after = evolve(after, happened)
            if events:
                connection.execute(update(rating_case).where(here).values(_row(after)))
                connection.execute(insert(rating_case_event), _lines(hall, ask, before.version, events))
                note_all(connection, case_audit.notes(hall, ask, events))
        return after, bool(events)


def _begin(connection: Connection, since: datetime, latest: int) -> int:
    """Before everything that may have been rated since then: where the first stream of those days begins."""
    first = (since - timedelta(days=1)).date().isoformat()
    halls = connection.scalars(select(ticket.c.hall).where(ticket.c.day >= first).distinct()).all()
    begins = [latest]
    for hall in halls:
        streams = event.c.stream.between(stream_of(hall, first), stream_of(hall, "9999"))
        found = connection.scalar(select(func.min(event.c.position)).where(streams, event.c.version == 1))
        begins += [] if found is None else [found - 1]
    return min(begins)


def _history(connection: Connection, hall: str, ask: str) -> list[AnyEvent]:
    if "\0" in ask:  # PostgreSQL takes no such text
        return []
    table = rating_case_event.c
    asked = select(table.body).where(table.hall == hall, table.ask == ask).order_by(table.ordinal)
    return [_decoder.decode(body) for body in connection.scalars(asked)]


def _wanted(hall: str, wanted: Wanted, today: Today) -> ColumnElement[bool]:
    table = rating_case.c
    clauses = [table.hall == hall]
    if wanted.stand:
        clauses.append(is_so(wanted.stand, today))
    for name in ("service", "clerk", "assignee"):
        if value := getattr(wanted, name):
            clauses.append(table[name] == value.replace("\0", ""))
    if wanted.first:
        clauses.append(table.day >= wanted.first)
    if wanted.last:
        clauses.append(table.day <= wanted.last)
    if wanted.mine is not None:
        number, account = wanted.mine
        theirs = table.assignee == account
        clauses.append((theirs | (table.clerk == number)) if number else theirs)
    return and_(*clauses)


def _row(one: Case) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _COLUMNS} | {"day": one.day}


def _lines(hall: str, ask: str, version: int, events: Sequence[AnyEvent]) -> list[dict[str, Any]]:
    return [
        {"hall": hall, "ask": ask, "ordinal": ordinal, "body": msgspec.json.encode(one).decode()}
        for ordinal, one in enumerate(events, version + 1)
    ]


def _as_case(row: Row[Any]) -> Case:
    told = row._asdict()
    del told["day"]
    return Case(**told)
