"""What became of the negative ratings, counted by the database."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Engine, Select, Table, and_, func, select

from hub.domain.cases import NOT_ADOPTED, SATISFIED
from hub.domain.rating_measures import RatingCounts
from hub.storage.schema_cases import rating_case


class Today(msgspec.Struct, frozen=True):
    """YYYY-MM-DD, of a hall. `soon`: the next working day, by whose end what is due is due soon."""

    day: str
    soon: str


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Of which services to count: days YYYY-MM-DD, both included; `service`, `clerk` empty: of all."""

    hall: str
    first: str
    last: str
    service: str = ""
    clerk: str = ""


class Became(msgspec.Struct, frozen=True):
    """What of a case tells what became of it."""

    state: str
    outcome: str
    ground: str
    opened_at: datetime
    closed_day: str
    due: str
    overran: bool


class CaseFigures:
    """Synchronous, safe to call from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def became(self, span: Span, today: Today) -> dict[str, RatingCounts]:
        """Day of the service → what became of its cases."""
        table = rating_case.c
        closed, justified = table.state == "closed", table.outcome == "justified"
        asked = select(
            table.day,
            func.count().label("cases"),
            counted(closed & table.ground.in_(NOT_ADOPTED)).label("not_adopted"),
            counted(closed & (table.outcome == "unjustified")).label("unjustified"),
            counted(closed & justified).label("rectified"),
            counted(closed & justified & table.overran.is_(False)).label("on_time"),
            counted(is_so("overdue", today)).label("overdue"),
            counted(is_so("due", today)).label("due"),
            counted(table.answered_at.is_not(None)).label("answered"),
            counted(table.satisfaction > 0).label("answers_rated"),
            counted(table.satisfaction >= SATISFIED).label("answers_good"),
        )
        return self._by_day(asked.where(_within(rating_case, span)).group_by(table.day))

    def each(self, span: Span) -> list[Became]:
        table = rating_case.c
        asked = select(*(table[name] for name in Became.__struct_fields__)).where(_within(rating_case, span))
        with self._engine.connect() as connection:
            return [Became(*row) for row in connection.execute(asked.order_by(table.ask))]

    def _by_day(self, asked: Select[Any]) -> dict[str, RatingCounts]:
        with self._engine.connect() as connection:
            rows = [row._asdict() for row in connection.execute(asked)]
        return {row.pop("day"): RatingCounts(**row) for row in rows}


def is_so(stand: str, today: Today) -> ColumnElement[bool]:
    """Whether a case stands like that: see `hub.storage.cases.STANDS`."""
    table = rating_case.c
    is_open = table.state != "closed"
    match stand:
        case "open":
            return is_open
        case "due":
            return is_open & table.due.between(today.day, today.soon)
        case "overdue":
            return is_open & (table.due < today.day)
        case "appealed":
            return table.clerk_appeal == "waiting"
    return table.state == stand


def counted(clause: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.count().filter(clause)


def _within(table: Table, span: Span) -> ColumnElement[bool]:
    clauses = [table.c.hall == span.hall, table.c.day.between(span.first, span.last)]
    for name in ("service", "clerk"):
        if value := getattr(span, name):
            clauses.append(table.c[name] == value.replace("\0", ""))
    return and_(*clauses)
