"""From the file's text to typed values, key by key, so that one wrong key hides no other."""

import re
import tomllib
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import msgspec

from halls import alerts, items
from halls.problem import Problem, nearest

SINGLE: dict[str, type[msgspec.Struct]] = {
    "hall": items.About,
    "policy": items.Policy,
    "inventory": items.Inventory,
    "appointments": items.Appointments,
}
LISTS: dict[str, type[msgspec.Struct]] = {
    "centre": items.Centre,
    "floor": items.Floor,
    "area": items.Area,
    "service": items.Service,
    "priority": items.Priority,
    "counter": items.Counter,
    "clerk": items.Clerk,
    "position": items.Position,
    "alert": alerts.Alert,
}
_ID_KEYS = {"hall": "id", "policy": "", "inventory": "", "appointments": "", "service": "letter", "clerk": "number"}
_REQUIRED = [f.name for f in msgspec.structs.fields(items.Hall) if f.required]
_SYNTAX_PLACE = re.compile(r" \(at line (\d+), column (\d+)\)\Z")


def id_key(table: str) -> str:
    """The key that tells one item of the table from another."""
    return _ID_KEYS.get(table, "id")


@dataclass(frozen=True)
class Entry:
    """One item as far as it could be read: `values` holds its sound keys and the defaults of those left out."""

    table: str
    label: str
    id: str  # even where it is of the wrong type, so that references to it are not refused as well
    values: dict[str, Any]
    line: int | None = None

    def get(self, key: str, default: Any = None) -> Any:
        return self.values.get(key, default)

    def problem(self, key: str, text: str) -> Problem:
        return Problem(self.label, key, text, self.line)


@dataclass
class Draft:
    """A hall file as far as it could be read, and what could not be."""

    single: dict[str, Entry] = field(default_factory=dict)
    lists: dict[str, list[Entry]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def entries(self) -> Iterator[Entry]:
        yield from self.single.values()
        for entries in self.lists.values():
            yield from entries

    def ids(self, table: str) -> list[str]:
        return [entry.id for entry in self.lists[table] if entry.id]

    def hall(self) -> items.Hall:
        """Only for a draft without problems."""
        single = {table: SINGLE[table](**entry.values) for table, entry in self.single.items()}
        lists = {table: tuple(LISTS[table](**e.values) for e in entries) for table, entries in self.lists.items()}
        return items.Hall(format=1, **single, **lists)  # type: ignore[arg-type]


def read_draft(text: str, source: str) -> Draft:
    """Raises HallFileError only where the text is not TOML at all."""
    text = text.removeprefix("\ufeff")  # some editors begin a file with it
    return read_document(_document(text, source), text)


def read_document(document: dict[str, Any], text: str = "") -> Draft:
    """What `text` says as TOML; without a text, no lines are told."""
    draft = Draft(problems=list(_top_problems(document)))
    for table, shape in SINGLE.items():
        draft.single[table] = _read_single(draft, document.get(table), table, shape)
    for table, shape in LISTS.items():
        draft.lists[table] = list(_read_list(draft, document.get(table, []), table, shape, text))
    draft.lists["alert"] += _usual_rules(draft.ids("alert"))
    return draft


def _document(text: str, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits is a plain ValueError
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        place = _SYNTAX_PLACE.search(why)
        line = int(place[1]) if place else None
        told = _SYNTAX_PLACE.sub("", why) + (f" at column {place[2]}" if place else "")
        raise items.HallFileError([Problem("", "", f"not TOML: {told}", line).told(source)]) from error


def _top_problems(document: dict[str, Any]) -> Iterator[Problem]:
    known = ["format", *SINGLE, *LISTS]
    for key in document:
        if key not in known:
            yield Problem("", key, f"unknown key or table; {nearest(key, known)}")
    for key in _REQUIRED:
        if document.get(key) in (None, []):
            yield Problem("", key, f"missing; write {_example(key)}")
    if (given := document.get("format")) is not None and (given != 1 or type(given) is not int):
        yield Problem("", "format", f"is {_shown(given)}; this release reads format = 1")


def _example(key: str) -> str:
    if key == "format":
        return "format = 1 at the top of the file"
    return f"the table [{key}]" if key in SINGLE else f"at least one [[{key}]]"


def _read_single(draft: Draft, raw: Any, table: str, shape: type[msgspec.Struct]) -> Entry:
    if raw is not None and not isinstance(raw, dict):
        draft.problems.append(Problem("", table, f"is {_kind_of(raw)}; it must be one table, [{table}]"))
        raw = None
    if raw is None and table in _REQUIRED:
        return Entry(table, table, "", {})
    return _entry(draft, raw or {}, table, shape, table, None)


def _read_list(draft: Draft, raws: Any, table: str, shape: type[msgspec.Struct], text: str) -> Iterator[Entry]:
    if not isinstance(raws, list):
        draft.problems.append(Problem("", table, f"is {_kind_of(raws)}; it must be a list of tables, [[{table}]]"))
        return
    lines = _lines_of(table, text)
    for ordinal, raw in enumerate(raws, start=1):
        line = lines[ordinal - 1] if len(lines) == len(raws) else None
        label = f"{table} #{ordinal}"
        if not isinstance(raw, dict):
            draft.problems.append(Problem(label, "", f"is {_shown(raw)}; it must be a table", line))
            continue
        if name := str(raw.get(id_key(table), ""))[:64]:
            label = f'{table} "{name}"'
        if table == "alert":
            raw = alerts.with_usual(raw)
        yield _entry(draft, raw, table, shape, label, line)


def _usual_rules(there: list[str]) -> Iterator[Entry]:
    for rule in alerts.DEFAULTS:
        if rule.id not in there:
            yield Entry("alert", f'alert "{rule.id}"', rule.id, msgspec.structs.asdict(rule))


def _entry(
    draft: Draft, raw: dict[str, Any], table: str, shape: type[msgspec.Struct], label: str, line: int | None
) -> Entry:
    values, troubles = _convert(raw, shape)
    entry = Entry(table, label, str(raw.get(id_key(table), "")), values, line)
    draft.problems += [entry.problem(key, text) for key, text in troubles]
    return entry


def _convert(raw: dict[str, Any], shape: type[msgspec.Struct]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The sound values by key, and (key, what is wrong) for the others."""
    fields = _fields(shape)
    values: dict[str, Any] = {}
    troubles = [(key, f"unknown key; {nearest(key, fields)}") for key in raw if key not in fields]
    for key, wanted in fields.items():
        nested = _struct_in(wanted.type)
        if key not in raw and wanted.required:
            troubles.append((key, f"missing; it must be {_wanted(wanted.type)}"))
        elif key not in raw:
            values[key] = wanted.default
        elif nested and isinstance(raw[key], dict):
            inner, wrong = _convert(raw[key], nested)
            troubles += [(f"{key}.{name}", text) for name, text in wrong]
            values |= {} if wrong else {key: nested(**inner)}
        else:
            try:
                values[key] = msgspec.convert(raw[key], wanted.type)
            except (msgspec.ValidationError, OverflowError):
                troubles.append((key, f"is {_shown(raw[key])}; {_correction(wanted.type, raw[key])}"))
    return values, troubles


@cache
def _fields(shape: type[msgspec.Struct]) -> dict[str, msgspec.structs.FieldInfo]:
    """By name. Read once for each kind of table: it costs more than to convert one."""
    return {one.name: one for one in msgspec.structs.fields(shape)}


def _struct_in(wanted: Any) -> type[msgspec.Struct] | None:
    options = typing.get_args(wanted) if isinstance(wanted, types.UnionType) else (wanted,)
    return next((o for o in options if isinstance(o, type) and issubclass(o, msgspec.Struct)), None)


def _correction(wanted: Any, given: object) -> str:
    if typing.get_origin(wanted) is typing.Literal:
        return nearest(str(given), typing.get_args(wanted))
    return f"it must be {_wanted(wanted)}"


def _wanted(wanted: Any) -> str:
    plain = {str: "a text in quotes", int: "a whole number", float: "a number", bool: "true or false"}
    if wanted in plain:
        return plain[wanted]
    if typing.get_origin(wanted) is typing.Literal:
        return f"one of {', '.join(typing.get_args(wanted))}"
    if shape := _struct_in(wanted):
        return "a table { " + ", ".join(f"{f.name} = …" for f in msgspec.structs.fields(shape)) + " }"
    inner = typing.get_args(wanted)
    if inner and (shape := _struct_in(inner[0])):
        return f"a list of tables [ {_wanted(shape)} ]"
    if inner and (told := _METRES.get(_depth(wanted))):
        return told
    return 'a list of texts, like ["A", "B"]'


_METRES = {
    1: "two numbers, metres, like [3.5, 2]",
    2: "a list of points, like [[0, 0], [4, 2.5]]",
    3: "a list of lines, each a list of points, like [[[0, 0], [4, 0]]]",
}


def _depth(wanted: Any) -> int:
    """How many lists there are around numbers; 0: around something else."""
    if wanted is float:
        return 0
    inner = typing.get_args(wanted)
    if not inner or inner[0] is str:
        return 0
    return 1 + _depth(inner[0])


def _kind_of(value: object) -> str:
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", list: "a list"}
    return names.get(type(value), "a table" if isinstance(value, dict) else "a date or time")


def _shown(value: object) -> str:
    if isinstance(value, str):
        return f'the text "{value[:64]}"'
    return f"{str(value)[:64]} ({_kind_of(value)})" if isinstance(value, int | float) else _kind_of(value)


def _lines_of(table: str, text: str) -> list[int]:
    """The lines where this table's items start: at `[[table]]`, or one inline table a line after `table = [`."""
    header, opening = re.compile(rf"\s*\[\[\s*{table}\s*\]\]"), re.compile(rf"\s*{table}\s*=\s*\[")
    found = []
    inside = False
    for number, line in enumerate(text.split("\n"), start=1):
        if header.match(line) or (inside and line.lstrip().startswith("{")):
            found.append(number)
        inside = bool(opening.match(line)) or (inside and not line.lstrip().startswith("]"))
    return found
