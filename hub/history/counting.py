"""From a question to SQL and from rows to an answer."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any

from hub.history.asking import MINUTES, ONLY, Answer, By, Question, Row, UnknownFigureError, Value
from hub.history.figures import BY_IDENT, Figure
from hub.history.gini import gini
from hub.history.relations import ROWS, Relation

Query = Callable[[str, dict[str, Any]], list[tuple[Any, ...]]]

_OF_TIME: dict[By, tuple[str, ...]] = {
    "hour": ("minute // 60",),
    "month": ("left(day, 7)",),
    "weekday": ("isodow(day::DATE)",),
    "time": ("day", "minute // $step * $step"),
}
"""Columns, told in words by `_key`: to write a text for each of a million rows takes longer than to count them."""
_PERCENTILE = re.compile(r"quantile_disc\((?P<of>.+), (?P<share>0\.\d+)\)(?P<where>.*)")
_BEHIND_MAX = 10_000


def figures(idents: Sequence[str]) -> list[Figure]:
    """Raises UnknownFigureError."""
    for ident in idents:
        if ident not in BY_IDENT:
            raise UnknownFigureError(f"there is no figure {ident!r}; there are {', '.join(BY_IDENT)}")
    return [BY_IDENT[ident] for ident in dict.fromkeys(idents)]


def answer(question: Question, query: Query, paths: Callable[[Relation], list[str]]) -> Answer:
    wanted = figures(question.figures)
    known = [one for one in wanted if one.by.issuperset((*question.by, *question.only))]
    blank: dict[str, Value] = {one.ident: 0 if one.total and one in known else None for one in wanted}
    rows = defaultdict[tuple[str, ...], dict[str, Value]](blank.copy)
    if not question.by:
        rows[()]
    together = sorted((one for one in known if one.over is None), key=lambda one: one.relation)
    for relation, some in groupby(together, key=lambda one: one.relation):
        counted = list(some)
        for key, values in _grouped(question, relation, question.by, [one.sql for one in counted], query, paths):
            rows[key].update(zip((one.ident for one in counted), values, strict=True))
    for one in known:
        if one.over is not None:
            shares = _grouped(question, one.relation, (*question.by, one.over), [one.sql], query, paths)
            for key, group in groupby(shares, key=lambda row: row[0][:-1]):
                rows[key][one.ident] = gini(value for _, (value,) in group if value is not None)
    return Answer(question, tuple(Row(key, values) for key, values in sorted(rows.items())))


def behind(
    question: Question, figure: str, most: int, query: Query, paths: Callable[[Relation], list[str]]
) -> list[dict[str, Any]]:
    """The rows of its relation, by time. Raises UnknownFigureError, also where it cannot be narrowed like that."""
    (one,) = figures([figure])
    if strange := set(question.only) - one.by - {one.over}:
        raise UnknownFigureError(f"the figure {figure} knows no {', '.join(sorted(strange))}; it knows {_known(one)}")
    columns = ROWS[one.relation].__struct_fields__
    where, values = _where(question, paths(one.relation))
    sql = f"SELECT {', '.join(columns)} FROM read_parquet($paths) WHERE {where} ORDER BY at_ms LIMIT $most"  # noqa: S608
    found = query(sql, {**values, "most": min(most, _BEHIND_MAX)})
    return [dict(zip(columns, row, strict=True)) for row in found]


def _known(one: Figure) -> str:
    return ", ".join(sorted(one.by.intersection(ONLY)))


def _grouped(
    question: Question,
    relation: Relation,
    by: tuple[By, ...],
    aggregates: Iterable[str],
    query: Query,
    paths: Callable[[Relation], list[str]],
) -> list[tuple[tuple[str, ...], tuple[Any, ...]]]:
    """(key, values) by key. All names in the SQL are ours: dimensions and aggregates of the catalogue."""
    where, values = _where(question, paths(relation))
    keys = [column for one in by for column in _OF_TIME.get(one, (one,))]
    if "time" in by:
        values["step"] = question.step_min
    order = f" GROUP BY {', '.join(keys)} ORDER BY {', '.join(keys)}" if keys else ""
    together, picks = _together(aggregates)
    sql = f"SELECT {', '.join((*keys, *together))} FROM read_parquet($paths) WHERE {where}{order}"  # noqa: S608
    many = len(keys)
    return [
        (_key(by, row[:many]), tuple(_picked(row[many + place], share) for place, share in picks))
        for row in query(sql, values)
    ]


def _together(aggregates: Iterable[str]) -> tuple[list[str], list[tuple[int, int | None]]]:
    """(what to ask, and where in it each aggregate is): percentiles of the same times are taken at once, for each has
    to keep all of them. A place, and which of its percentiles."""
    asked: list[str] = []
    shares: dict[tuple[str, str], tuple[int, list[str]]] = {}
    picks: list[tuple[int, int | None]] = []
    for one in aggregates:
        if (match := _PERCENTILE.fullmatch(one)) is None:
            picks.append((len(asked), None))
            asked.append(one)
            continue
        place, some = shares.setdefault((match["of"], match["where"]), (len(asked), []))
        if not some:
            asked.append("")
        some.append(match["share"])
        picks.append((place, len(some) - 1))
    for (of, where), (place, some) in shares.items():
        asked[place] = f"quantile_disc({of}, [{', '.join(some)}]){where}"
    return asked, picks


def _picked(value: Any, share: int | None) -> Any:
    return value if share is None or value is None else value[share]


def _key(by: tuple[By, ...], columns: tuple[Any, ...]) -> tuple[str, ...]:
    left = iter(columns)
    return tuple(_KEYS.get(one, str)(*(next(left) for _ in _OF_TIME.get(one, ("",)))) for one in by)


_KEYS: dict[By, Callable[..., str]] = {
    "hour": "{:02}".format,
    "time": lambda day, minute: f"{day} {minute // 60:02}:{minute % 60:02}",
}


def _where(question: Question, paths: list[str]) -> tuple[str, dict[str, Any]]:
    values: dict[str, Any] = {"paths": paths}
    parts = ["true"]
    if question.since:
        parts.append("(day > $first OR minute >= $since)")
        values |= {"first": question.first, "since": question.since}
    if question.until < MINUTES:
        parts.append("(day < $last OR minute < $until)")
        values |= {"last": question.last, "until": question.until}
    for dimension, wanted in question.only.items():
        assert dimension in ONLY, dimension
        parts.append(f"{dimension} IN (SELECT unnest(${dimension}))")
        values[dimension] = list(wanted)
    return " AND ".join(parts), values
