"""What became of negative ratings, as tables: how cases ended, and whether in time."""

from statistics import median_low

from hub.cases.outcomes import Done
from hub.history.asking import Value
from hub.reports import rating_words, words
from hub.reports.numbers import difference
from hub.reports.report import Cell, Column, Line, Section


def outcomes(done: list[Done], before: list[Done]) -> Section:
    """How cases ended, and how many working days they took."""
    columns = (
        Column(ident="cases", name=rating_words.CASES, unit="tickets"),
        Column(ident="share", name=words.SHARE_OF_ALL, unit="share"),
        Column(ident="days_p50", name=rating_words.DAYS_P50, unit="days", formula=rating_words.DAYS_HOW),
        Column(ident="days_max", name=rating_words.DAYS_MAX, unit="days", formula=rating_words.DAYS_HOW),
        Column(ident="late", name=rating_words.LATE, unit="tickets"),
        Column(ident="before", name=words.BEFORE, unit="tickets"),
        Column(ident="change", name=words.CHANGE, unit="tickets", signed=True),
    )
    lines = []
    for key, name in (*rating_words.ENDED.items(), ("total", words.TOTAL)):
        mine = [one for one in done if key in ("total", one.ended)]
        then = sum(key in ("total", one.ended) for one in before)
        days = [one.days for one in mine if one.days is not None]
        cells = (
            Cell(len(mine), "tickets"),
            Cell(share(len(mine), len(done)), "share"),
            Cell(median_low(days) if days else None, "days"),
            Cell(max(days, default=None), "days"),
            Cell(sum(one.stand == "late" for one in mine), "tickets"),
            Cell(then, "tickets"),
            difference(len(mine), then, "tickets"),
        )
        lines.append(Line(key=key, name=name, cells=cells))
    *rows, total = lines
    return Section(
        ident="outcomes",
        title=rating_words.OUTCOMES,
        head=rating_words.OUTCOME,
        columns=columns,
        lines=tuple(rows),
        foot=(total,),
    )


def stands(done: list[Done], before: list[Done]) -> Section:
    columns = (
        Column(ident="cases", name=rating_words.CASES, unit="tickets"),
        Column(ident="share", name=words.SHARE_OF_ALL, unit="share"),
        Column(ident="before", name=words.BEFORE, unit="tickets"),
        Column(ident="change", name=words.CHANGE, unit="tickets", signed=True),
    )
    lines = []
    for key, name in rating_words.STANDS.items():
        now, then = (sum(one.stand == key for one in some) for some in (done, before))
        part = Cell(share(now, len(done)), "share")
        cells = (Cell(now, "tickets"), part, Cell(then, "tickets"), difference(now, then, "tickets"))
        lines.append(Line(key=key, name=name, cells=cells))
    return Section(
        ident="stands", title=rating_words.IN_TIME, head=rating_words.STAND, columns=columns, lines=tuple(lines)
    )


def share(part: Value, whole: Value) -> float | None:
    return part / whole if whole and part is not None else None
