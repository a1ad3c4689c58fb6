"""How devices were over time: their reports, thinned as they grow old, and when they came and went."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import TypeAlias

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, Engine, Row, case, delete, func, insert, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from hub.storage.schema_care import health_sample, presence_change

SPAN_S = 900  # of what is thinned
_PAPER = ("ok", "low", "out")


class Keeping(msgspec.Struct, frozen=True):
    """How long what is kept of devices. `flush_s`: how often reports are written, all in one transaction."""

    whole_h: float = 24.0  # every report
    days: int = 90  # the worst of each quarter of an hour; also who came and went
    audit_days: int = 730  # who did what to them: longer than any certificate lasts
    flush_s: float = 30.0


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One report, or the worst of `span_s` seconds from `at` on (s since 1970): the most memory, the least disk …"""

    hall: str
    position: str
    at: int
    span_s: int = 0
    reports: int = 1
    connects: int | None = None  # sessions at the broker since the agent's start
    memory_mb: float | None = None
    disk_free_mb: float | None = None
    cpu_c: float | None = None
    offset_ms: float | None = None  # hub's clock minus the board's
    outbox: int = 0
    paper: str | None = None  # ok, low, out; None: no printer, or not known


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A device came or went. `why`: "restarts", "stopped" (it said so), "lost" (it said nothing); "started" (its agent
    is a new one), "reconnected" (it had run on)."""

    hall: str
    position: str
    device: str
    at: datetime
    online: bool
    boot: str
    why: str


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """What the repeater at a position said of the handheld at another one, at `at` (s since 1970). `loss`: 0-1, of its
    frames; `misses`: those in a row that got no answer."""

    hall: str
    position: str
    repeater: str
    at: int
    rssi_dbm: float | None = None
    loss: float | None = None
    misses: int = 0


def worst(samples: Sequence[Sample], at: int, span_s: int) -> Sample:
    """Of at least one; all of one position."""
    papers = [sample.paper for sample in samples if sample.paper in _PAPER]
    offsets = [sample.offset_ms for sample in samples if sample.offset_ms is not None]
    return Sample(
        hall=samples[0].hall,
        position=samples[0].position,
        at=at,
        span_s=span_s,
        reports=sum(sample.reports for sample in samples),
        connects=max((one.connects for one in samples if one.connects is not None), default=None),
        memory_mb=max((one.memory_mb for one in samples if one.memory_mb is not None), default=None),
        disk_free_mb=min((one.disk_free_mb for one in samples if one.disk_free_mb is not None), default=None),
        cpu_c=max((one.cpu_c for one in samples if one.cpu_c is not None), default=None),
        offset_ms=max(offsets, key=abs, default=None),
        outbox=max(one.outbox for one in samples),
        paper=max(papers, key=_PAPER.index, default=None),
    )


def spans(samples: Iterable[Sample], span_s: int) -> Iterator[Sample]:
    """The worst of each span, in order; `samples` are ordered by time."""
    for begin, some in groupby(samples, key=lambda sample: sample.at - sample.at % span_s):
        yield worst(list(some), begin, span_s)


Follower: TypeAlias = Callable[[Connection, Sequence[Sample | Change | Signal]], None]


class HealthHistory:
    """Synchronous, safe to call from any thread. Those who follow are told in the transaction that stores reports, or
    who came and went; signals are not stored here."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._followers: list[Follower] = []

    def follow(self, follower: Follower) -> None:
        self._followers.append(follower)

    def add(self, samples: Iterable[Sample], signals: Sequence[Signal] = ()) -> None:
        """In one transaction. Of one position and second, one is enough."""
        rows = {(one.hall, one.position, one.at): msgspec.structs.asdict(one) for one in samples}
        if not rows:
            return
        with self._engine.begin() as connection:
            kind = {"sqlite": sqlite, "postgresql": postgresql}[connection.dialect.name]
            connection.execute(kind.insert(health_sample).on_conflict_do_nothing(), list(rows.values()))
            self._tell(connection, [*(Sample(**row) for row in rows.values()), *signals])

    def of(self, hall: str, position: str, since: int) -> list[Sample]:
        """Spans, then single reports; by time."""
        table = health_sample.c
        asked = select(health_sample).where(table.hall == hall, table.position == position, table.at >= since)
        with self._engine.connect() as connection:
            return [_sample(row) for row in connection.execute(asked.order_by(table.at))]

    def thin(self, hall: str, position: str, *, whole_until: int, nothing_until: int) -> int:
        """Single reports before `whole_until` become spans, spans before `nothing_until` go. How many became fewer.

        Several processes may do so at once: whoever takes a report away is the one who counts it.
        """
        table, until = health_sample.c, whole_until - whole_until % SPAN_S
        there = (table.hall == hall) & (table.position == position)
        with self._engine.begin() as connection:
            connection.execute(delete(health_sample).where(there, table.span_s == SPAN_S, table.at < nothing_until))
            old = delete(health_sample).where(there, table.span_s == 0, table.at < until).returning(health_sample)
            taken = sorted((_sample(row) for row in connection.execute(old)), key=lambda one: one.at)
            for span in spans(taken, SPAN_S):
                _merge(connection, span)
        return len(taken)

    def came_and_went(self, changes: Sequence[Change]) -> int:
        """Those that are news; how many were. Several processes of the hub hear of each."""
        if not changes:
            return 0
        with self._engine.begin() as connection:
            news = [stored for change in changes if (stored := _changed(connection, change)) is not None]
            if news:
                self._tell(connection, news)
        return len(news)

    def changes(self, hall: str, position: str, most: int = 50) -> list[Change]:
        """Newest first."""
        table = presence_change.c
        asked = select(presence_change).where(table.hall == hall, table.position == position)
        with self._engine.connect() as connection:
            return [_change(row) for row in connection.execute(asked.order_by(table.id.desc()).limit(most))]

    def changes_between(self, hall: str, since: datetime, until: datetime) -> list[Change]:
        """Of all positions, by time; also the last of each before `since`, for it says what held then."""
        table = presence_change.c
        here = table.hall == hall
        before = select(func.max(table.id)).where(here, table.at < since).group_by(table.position)
        asked = select(presence_change).where(here, table.at < until, or_(table.at >= since, table.id.in_(before)))
        with self._engine.connect() as connection:
            return [_change(row) for row in connection.execute(asked.order_by(table.at, table.id))]

    def worst_between(
        self, hall: str, since: int, until: int, step_s: int, positions: Sequence[str]
    ) -> list[tuple[str, int, float | None, float | None]]:
        """(position, step, clock's offset in ms without its sign, °C), the most of each; steps count from `since`."""
        table = health_sample.c
        step = (table.at - since) // step_s
        asked = (
            select(table.position, step, func.max(func.abs(table.offset_ms)), func.max(table.cpu_c))
            .where(table.hall == hall, table.at >= since, table.at < until, table.position.in_(positions))
            .group_by(table.position, step)
        )
        with self._engine.connect() as connection:
            return [(row[0], int(row[1]), row[2], row[3]) for row in connection.execute(asked)]

    def notable_between(
        self, hall: str, since: int, until: int, step_s: int, clock_ms: float
    ) -> list[tuple[str, int, str, float]]:
        """(position, step, its printer's paper, clock's offset in ms without its sign), the worst of each step in which
        paper was low or out, or the clock wrong by more than `clock_ms`; by step, which count from `since`."""
        table = health_sample.c
        step = (table.at - since) // step_s
        paper = func.max(case((table.paper == "out", 2), (table.paper == "low", 1), else_=0))
        clock = func.coalesce(func.max(func.abs(table.offset_ms)), 0.0)
        asked = (
            select(table.position, step, paper, clock)
            .where(table.hall == hall, table.at >= since, table.at < until)
            .group_by(table.position, step)
            .having(or_(paper > 0, clock > clock_ms))
            .order_by(step, table.position)
        )
        with self._engine.connect() as connection:
            return [(row[0], int(row[1]), _PAPER[row[2]], row[3]) for row in connection.execute(asked)]

    def forget_changes(self, before: datetime) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(presence_change).where(presence_change.c.at < before))

    def _tell(self, connection: Connection, reports: Sequence[Sample | Change | Signal]) -> None:
        for follower in self._followers:
            follower(connection, reports)


def _merge(connection: Connection, span: Sample) -> None:
    """A span may be there already: a late report came, or an earlier round ended within it."""
    table = health_sample.c
    same = (
        (table.hall == span.hall)
        & (table.position == span.position)
        & (table.span_s == span.span_s)
        & (table.at == span.at)
    )
    there = connection.execute(delete(health_sample).where(same).returning(health_sample)).first()
    whole = span if there is None else worst((_sample(there), span), span.at, span.span_s)
    connection.execute(insert(health_sample).values(msgspec.structs.asdict(whole)))


def _changed(connection: Connection, change: Change) -> Change | None:
    """As it was stored; None: it is no news."""
    table = presence_change.c
    there = (table.hall == change.hall) & (table.position == change.position)
    last = connection.execute(select(presence_change).where(there).order_by(table.id.desc()).limit(1)).first()
    before = None if last is None else _change(last)
    why = change.why
    if before is not None and before.device == change.device:
        if (before.online, before.boot) == (change.online, change.boot or before.boot):
            return None
        if change.online:
            why = "reconnected" if before.boot == change.boot else "started"
    elif not change.online:
        return None  # the last word of a device that was never seen here
    boot = change.boot or (before.boot if before is not None else "")
    stored = replace(change, why=why, boot=boot)
    connection.execute(insert(presence_change).values(msgspec.structs.asdict(stored)))
    return stored


def _sample(row: Row[tuple[object, ...]]) -> Sample:
    return Sample(**row._asdict())


def _change(row: Row[tuple[object, ...]]) -> Change:
    fields = row._asdict()
    del fields["id"]
    return Change(**fields)


def seconds(at: datetime) -> int:
    return int(at.astimezone(UTC).timestamp())
