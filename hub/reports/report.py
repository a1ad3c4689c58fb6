"""A report: what somebody wished to know of a hall's past, and the tables that answer it. Data alone: `hub.reports`
writes it as files, and the pages show it, all with the same numbers."""

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

from hub.domain.speech import Words
from hub.history.asking import MINUTES, By, Value
from hub.history.figures import Unit

Measure: TypeAlias = Unit | Literal["points", "ratio", "days"]
"""A figure's unit, or a change's: `points`: the difference of two shares; `ratio`: relative to before. `days`: working
days."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """`first`, `last`: YYYY-MM-DD, both counted; `until`: minute of the last, not counted, where it still runs.

    `only`: dimension → values, any of which will do. `by`: a table for each. `sort`: a figure's ident by which lines
    are put in order, the largest first, with "-" the smallest first.
    """

    hall: str
    first: str
    last: str
    until: int = MINUTES
    by: tuple[By, ...] = ("service",)
    only: dict[By, tuple[str, ...]] = {}
    sort: str = ""


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """`ident`: of the figure, or a name of the section's own. `formula` empty: the name says it all."""

    ident: str
    name: Words
    unit: Measure = ""
    formula: Words = Words("", "")
    signed: bool = False
    varies: bool = False  # each line has its own unit


class Cell(msgspec.Struct, frozen=True):
    """A value with its unit: `s` seconds, `share`, `points` and `ratio` 1 for 100 %. None: nothing to say."""

    value: Value
    unit: Measure = ""
    signed: bool = False


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """`key`: of the dimension, or a figure's ident; `formula`: of a line that is a figure."""

    key: str
    name: Words
    cells: tuple[Cell, ...]
    formula: Words = Words("", "")


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """`columns`: idents of columns, all of one unit. `kind`: `bars` for names, `columns` for times of day, `lines`
    where there are many."""

    title: Words
    kind: Literal["bars", "columns", "lines"]
    columns: tuple[str, ...]


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A table. `head`: of the first column, which names the lines. `foot`: of the whole, of the period before, and the
    change; asked of the past as they stand, never added up from the lines. `sorts`: a reader may choose the order."""

    ident: str
    title: Words
    head: Words
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    foot: tuple[Line, ...] = ()
    chart: Chart | None = None
    sorts: bool = False

    def column(self, ident: str) -> int:
        """Its place among the cells. Raises KeyError."""
        for place, one in enumerate(self.columns):
            if one.ident == ident:
                return place
        raise KeyError(ident)


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What a figure is and where it comes from, below the tables."""

    name: Words
    unit: Measure
    formula: Words
    source: Words


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`before_first`, `before_last`: the period that it is compared with. `only`: in words, what it was narrowed to.
    `sources`: of its figures; empty: all of the catalogue."""

    wish: Wish
    hall: Words
    before_first: str
    before_last: str
    only: tuple[tuple[Words, tuple[Words, ...]], ...]
    made_at: datetime  # in the hall's time zone
    made_by: str
    unread: int = 0  # events of its days that could not be read
    sections: tuple[Section, ...]
    title: Words = Words("统计报表", "Statistics")
    sources: tuple[Source, ...] = ()
