"""Settings of positions: every revision with who, when and why, and what devices say became of them."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, and_, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from hub.storage import audit
from hub.storage.schema_care import position_settings as kept
from hub.storage.schema_care import settings_report as report

KEPT_REPORTS = 50  # of each position
_BIG = 2**31 - 1
_ITEMS_TOLD = 8  # in a note of the audit


class LostRaceError(Exception):
    """Somebody else was faster: the position has another revision by now. `position`: which one."""

    def __init__(self, position: str, revision: int) -> None:
        super().__init__(f"{position} has revision {revision} by now: look at it again, then change it")
        self.position, self.revision = position, revision


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """`device`: what lies over the `[device]` table of the board's own file. Revision 0: nothing was set yet."""

    hall: str
    position: str
    revision: int = 0
    device: dict[str, Any] = {}
    changed_at: datetime | None = None
    changed_by: str = ""
    why: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`decided_at` by the board's clock, `reported_at` by the hub's; the rest as in `wire.upkeep.Configured`."""

    hall: str
    position: str
    device: str
    revision: int
    outcome: str
    in_force: int
    problems: dict[str, str]
    decided_at: datetime
    reported_at: datetime


class Wanted(msgspec.Struct, frozen=True):
    """Settings for a position, by somebody who saw `expected`, the revision that it had then. `of`: the revision that
    these values are of, where somebody returns to it; 0: to nothing set at all."""

    position: str
    expected: int
    device: dict[str, Any]
    of: int | None = None


class PositionSettings:
    """Synchronous, safe to call from any thread: every call is one transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def newest(self, hall: str | None = None) -> dict[tuple[str, str], Revision]:
        """The newest revision of each position that has any, by hall and position."""
        with self._engine.connect() as connection:
            return {(one.hall, one.position): one for one in _newest(connection, hall)}

    def history(self, hall: str, position: str, most: int = 50) -> list[Revision]:
        """Newest first."""
        there = and_(kept.c.hall == hall, kept.c.position == position)
        query = select(kept).where(there).order_by(kept.c.revision.desc()).limit(most)
        with self._engine.connect() as connection:
            return [_revision(row) for row in connection.execute(query)]

    def revision(self, hall: str, position: str, revision: int) -> Revision | None:
        there = and_(kept.c.hall == hall, kept.c.position == position, kept.c.revision == revision)
        with self._engine.connect() as connection:
            row = connection.execute(select(kept).where(there)).one_or_none()
        return _revision(row) if row is not None else None

    def put(self, hall: str, wanted: Iterable[Wanted], *, by: str, at: datetime, why: str) -> list[Revision]:
        """All of them or none, each as the revision after the one that was expected. Raises LostRaceError.

        The same again, after an answer that was lost on the way, is no second revision.
        """
        wanted = list(wanted)
        try:
            with self._engine.begin() as connection:
                now = {one.position: one for one in _newest(connection, hall)}
                return [_put(connection, hall, now.get(one.position), one, by, at, why) for one in wanted]
        except IntegrityError as error:  # two hub processes at the same moment; the primary key lets one through
            raise LostRaceError(wanted[0].position, wanted[0].expected + 1) from error

    def tell(self, one: Report) -> bool:
        """A device said so. False when it is known: told again because an answer was lost."""
        if not 0 <= one.revision <= _BIG or not 0 <= one.in_force <= _BIG:
            return False
        row = msgspec.structs.asdict(one) | {"problems": msgspec.json.encode(one.problems).decode()}
        there = and_(report.c.hall == one.hall, report.c.position == one.position)
        newest = select(report.c.ordinal).where(there).order_by(report.c.ordinal.desc()).limit(KEPT_REPORTS)
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(report).values(row))
                connection.execute(delete(report).where(there, report.c.ordinal.not_in(newest)))
        except IntegrityError:
            return False
        return True

    def reports(self, hall: str, position: str) -> list[Report]:
        """Newest first."""
        there = and_(report.c.hall == hall, report.c.position == position)
        with self._engine.connect() as connection:
            rows = connection.execute(select(report).where(there).order_by(report.c.ordinal.desc()))
            return [_report(row) for row in rows]

    def last_reports(self, hall: str) -> dict[str, Report]:
        """By position."""
        last = select(func.max(report.c.ordinal)).where(report.c.hall == hall).group_by(report.c.position)
        with self._engine.connect() as connection:
            rows = connection.execute(select(report).where(report.c.ordinal.in_(last)))
            return {row.position: _report(row) for row in rows}


def _newest(connection: Connection, hall: str | None) -> list[Revision]:
    last = select(kept.c.hall, kept.c.position, func.max(kept.c.revision).label("revision"))
    last = (last.where(kept.c.hall == hall) if hall is not None else last).group_by(kept.c.hall, kept.c.position)
    newest = last.subquery()
    same = and_(*(kept.c[name] == newest.c[name] for name in ("hall", "position", "revision")))
    return [_revision(row) for row in connection.execute(select(kept).join(newest, same))]


def _put(
    connection: Connection, hall: str, now: Revision | None, wanted: Wanted, by: str, at: datetime, why: str
) -> Revision:
    before = now or Revision(hall=hall, position=wanted.position)
    if before.device == wanted.device and before.revision in (wanted.expected, wanted.expected + 1):
        return before
    if before.revision != wanted.expected:
        raise LostRaceError(wanted.position, before.revision)
    fresh = Revision(
        hall=hall,
        position=wanted.position,
        revision=wanted.expected + 1,
        device=wanted.device,
        changed_at=at,
        changed_by=by,
        why=why,
    )
    row: Mapping[str, Any] = msgspec.structs.asdict(fresh)
    connection.execute(insert(kept).values({**row, "device": msgspec.json.encode(fresh.device).decode()}))
    _note(connection, before, fresh, wanted.of)
    return fresh


def _note(connection: Connection, before: Revision, fresh: Revision, of: int | None) -> None:
    """Which items, not their values: those are in the history of revisions."""
    assert fresh.changed_at is not None
    old, new = dict(_flat(before.device)), dict(_flat(fresh.device))
    paths = sorted(path for path in old | new if old.get(path) != new.get(path) or (path in old) != (path in new))
    items = ", ".join([*paths[:_ITEMS_TOLD], *(["…"] if len(paths) > _ITEMS_TOLD else [])])
    audit.note(
        connection,
        hall=fresh.hall,
        position=fresh.position,
        who=fresh.changed_by,
        what="settings-changed" if of is None else "settings-returned",
        detail=audit.told(f"#{fresh.revision}" if of is None else f"#{fresh.revision} = #{of}", fresh.why, items),
        at=fresh.changed_at,
    )


def _flat(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """(path with dots, value) of each item. A table without items is one itself."""
    for key, value in table.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def _revision(row: Row[Any]) -> Revision:
    return Revision(**{**row._asdict(), "device": msgspec.json.decode(row.device)})


def _report(row: Row[Any]) -> Report:
    found = {name: row._mapping[name] for name in Report.__struct_fields__}
    return Report(**{**found, "problems": msgspec.json.decode(row.problems)})
