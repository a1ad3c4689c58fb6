"""What an inventory file would change, before anything is: every problem of it with row and column, or a plan.

A row is known by its serial. An empty cell and a missing column leave what is there, so the same file twice changes
nothing; where the file's state is a step on the way to stock it is taken, any later one is not the file's to say.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from halls.format import Hall
from hub.domain import asset_life as life
from hub.domain.assets import UNPLACED, Asset, AssetState, Details
from hub.domain.speech import Words
from hub.inventory import columns, rules
from hub.inventory.columns import COLUMNS, NEEDED, BadCellError
from hub.inventory.sheets import Cell, SheetRefusedError

PROBLEMS_MAX = 500
_HEADING_WITHIN = 10  # rows: titles may stand above the headings


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """`column`: its letter. `given`: what stands there."""

    row: int
    column: str
    heading: str
    given: str
    what: Words


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What one row does: `new` (there was none), `changed` (the names of what), or nothing."""

    row: int
    serial: str
    details: Details
    state: AssetState
    new: bool
    changed: tuple[str, ...]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """With problems, nothing of it may be done. `ignored`: headings that mean nothing here."""

    lines: tuple[Line, ...]
    problems: tuple[Problem, ...]
    ignored: tuple[str, ...]

    def commands(self, hall: str, by: str, at: datetime) -> list[tuple[str, life.Command]]:
        """One after another, in one transaction."""
        done: list[tuple[str, life.Command]] = []
        for line in self.lines:
            if line.new:
                new = life.Register(at=at, by=by, hall=hall, details=line.details, state=line.state)
                done.append((line.serial, new))
            elif line.changed:
                done.append((line.serial, life.Amend(at=at, by=by, details=line.details)))
                done.append((line.serial, life.Turn(at=at, by=by, state=line.state)))
        return done


class _Row(msgspec.Struct, kw_only=True):
    number: int
    values: dict[str, Any]


class _Reading:
    """One file being read."""

    def __init__(self, rows: Sequence[Sequence[Cell]]) -> None:
        self.problems: list[Problem] = []
        at, self.fields = _headings(rows)
        self.titles = {field: str(rows[at][index].value) for index, field in self.fields.items()}
        self.columns = {field: index for index, field in self.fields.items()}
        self.ignored = tuple(
            str(cell.value) for index, cell in enumerate(rows[at]) if cell.value and index not in self.fields
        )
        self.rows = [
            self._row(number, row)
            for number, row in enumerate(rows[at + 1 :], at + 2)
            if any(cell.value for cell in row)
        ]

    def wrong(self, row: int, field: str, given: object, zh: str, en: str) -> None:
        from openpyxl.utils import get_column_letter  # which loads all of it: when there is a problem to show

        index = self.columns.get(field)
        self.problems.append(
            Problem(
                row=row,
                column=get_column_letter(index + 1) if index is not None else "",
                heading=self.titles.get(field, ""),
                given=str("" if given is None else given)[:80],
                what=Words(zh, en),
            )
        )

    def check(self, row: int, field: str, given: object, wrong: Words | None) -> None:
        if wrong is not None:
            self.wrong(row, field, given, *wrong)

    def _row(self, number: int, cells: Sequence[Cell]) -> _Row:
        values: dict[str, Any] = {}
        for index, field in self.fields.items():
            cell = cells[index] if index < len(cells) else Cell(None)
            try:
                values[field] = columns.value(field, cell)
            except BadCellError as error:
                self.wrong(number, field, cell.value, *error.told)
                values[field] = BadCellError
        for field in NEEDED:
            if values.get(field) is None:
                self.wrong(number, field, "", *rules.EMPTY)
        return _Row(number=number, values={name: one for name, one in values.items() if one is not BadCellError})


def plan(rows: Sequence[Sequence[Cell]], hall: Hall, here: Mapping[str, Asset], elsewhere: Iterable[str] = ()) -> Plan:
    """`here`: the hall's assets by serial; `elsewhere`: serials of other halls'. Raises SheetRefusedError."""
    reading = _Reading(rows)
    if not reading.rows:
        raise SheetRefusedError("表头下面没有数据行", "there are no rows below the headings")
    _check_twice(reading)
    others, lines = frozenset(elsewhere), []
    for row in reading.rows:
        serial = row.values.get("serial")
        reading.check(row.number, "serial", serial, rules.ELSEWHERE if serial in others else None)
        line = _line(reading, row, hall, here)
        if line is not None:
            lines.append(line)
    _check_planned(reading, lines, hall, here)
    problems = sorted(reading.problems, key=lambda one: (one.row, len(one.column), one.column))
    return Plan(lines=tuple(lines), problems=tuple(problems[:PROBLEMS_MAX]), ignored=reading.ignored)


def _headings(rows: Sequence[Sequence[Cell]]) -> tuple[int, dict[int, str]]:
    """(index of the row, field by column)."""
    best: dict[int, str] = {}
    for number, row in enumerate(rows[:_HEADING_WITHIN]):
        found = {index: field for index, cell in enumerate(row) if (field := columns.field_of(str(cell.value or "")))}
        if set(NEEDED) <= set(found.values()):
            if len(set(found.values())) < len(found):
                twice = next(field for field, count in Counter(found.values()).items() if count > 1)
                raise SheetRefusedError(
                    f"表头中“{_title(twice).zh}”出现了两次", f"two headings mean {_title(twice).en}"
                )
            return number, found
        best = max(best, found, key=len)
    lacking = [_title(field) for field in NEEDED if field not in best.values()]
    raise SheetRefusedError(
        f"前 {_HEADING_WITHIN} 行里没有表头“{'”和“'.join(one.zh for one in lacking)}”，请下载模板对照",
        f"no heading {' and '.join(one.en for one in lacking)} in the first {_HEADING_WITHIN} rows: see the template",
    )


def _title(field: str) -> Words:
    return next(column.title for column in COLUMNS if column.field == field)


def _check_twice(reading: _Reading) -> None:
    first: dict[str, int] = {}
    for row in reading.rows:
        serial = row.values.get("serial")
        if serial in first:
            zh, en = f"与第 {first[serial]} 行相同", f"the same as in row {first[serial]}"
            reading.wrong(row.number, "serial", serial, zh, en)
        elif serial is not None:
            first[serial] = row.number


def _line(reading: _Reading, row: _Row, hall: Hall, here: Mapping[str, Asset]) -> Line | None:
    values = row.values
    serial, kind = values.get("serial"), values.get("kind")
    if serial is None or kind is None:
        return None
    known = here.get(serial)
    reading.check(row.number, "kind", kind, rules.kind_bound(known, kind))
    given = {name: values[name] for name in values if name in Details.__struct_fields__ and values[name] is not None}
    if values.get("price") is not None:
        given["price_fen"] = values["price"]
    before = known.details if known else Details(kind=kind)
    details = replace(before, **given)
    reading.check(row.number, "warranty_until", details.warranty_until, rules.warranty(details))
    state = _state(reading, row, known)
    changed = [name for name in Details.__struct_fields__ if getattr(details, name) != getattr(before, name)]
    if known is not None and state != known.state:
        changed.append("state")
    return Line(
        row=row.number,
        serial=serial,
        details=details,
        state=state,
        new=known is None,
        changed=tuple(changed) if known else (),
    )


def _state(reading: _Reading, row: _Row, known: Asset | None) -> AssetState:
    said = row.values.get("state")
    if known is None:
        wrong = rules.first_state(said or "in-stock")
        reading.check(row.number, "state", said, wrong)
        return "in-stock" if wrong else said or "in-stock"
    return said if said in UNPLACED and said in life.ALLOWED[known.state] else known.state


def _check_planned(reading: _Reading, lines: Sequence[Line], hall: Hall, here: Mapping[str, Asset]) -> None:
    places = rules.Places(hall, here, {line.serial: line.details.planned for line in lines})
    for line in lines:
        if line.new or "planned" in line.changed or "kind" in line.changed:
            reading.check(line.row, "planned", line.details.planned, places.plan(line.serial, line.details))
