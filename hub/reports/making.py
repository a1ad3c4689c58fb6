"""A report, made by asking the past. Whatever is a whole is asked as a whole: no average is made of averages here."""

from collections.abc import Mapping
from datetime import datetime

from halls.format import Hall
from hub.domain.speech import Words
from hub.history.asking import By, Question, Value, period_before
from hub.history.figures import FIGURES
from hub.history.history import Asked
from hub.reports import names, themes, words
from hub.reports.numbers import difference, ratio
from hub.reports.report import Cell, Chart, Column, Line, Report, Section, Wish
from hub.reports.themes import BY_IDENT, THEMES, Theme

_TIMES_OF_DAY: tuple[By, ...] = ("hour", "weekday", "day", "month")
_NOT_COMPARED: tuple[By, ...] = ("day", "month")  # other keys in the period before
_BARS_MAX = 40  # more lines than that are drawn as a line

Values = Mapping[str, Value]


async def report(past: Asked, hall: Hall, wish: Wish, *, at: datetime, by: str) -> Report:
    """`at`: in the hall's time zone. Raises NotReadyError."""
    asking = _Asking(past, wish)
    whole, before = await asking.whole(), await asking.before()
    everything = tuple(one.ident for one in FIGURES)
    sections = [_compared("overview", words.OVERVIEW, everything, whole, before)]
    for dimension in wish.by:
        rows, earlier = await asking.by(dimension), await asking.leads_before(dimension)
        known = names.names(hall, dimension)
        made = (_themed(theme, dimension, rows, earlier, whole, before, known, wish) for theme in THEMES)
        sections += [one for one in made if one is not None]
    sections.append(_compared("fairness", words.FAIRNESS, themes.UNEQUAL, whole, before))
    sections += [await _spread(asking, hall, dimension, whole, before) for dimension in ("counter", "clerk")]
    earlier_days = period_before(asking.question())
    return Report(
        wish=wish,
        hall=Words(hall.hall.name, hall.hall.english),
        before_first=earlier_days.first,
        before_last=earlier_days.last,
        only=_narrowed(hall, wish),
        made_at=at,
        made_by=by,
        unread=asking.unread,
        sections=tuple(_sorted(one, wish.sort) for one in sections),
    )


class _Asking:
    """The questions of one report. A figure is only asked for by what it knows."""

    def __init__(self, past: Asked, wish: Wish) -> None:
        self._past, self._wish = past, wish
        self.unread = 0  # as the latest answer of its own days says
        self._idents = tuple(one.ident for one in FIGURES if one.by.issuperset(wish.only))

    def question(self, by: tuple[By, ...] = (), figures: tuple[str, ...] = ()) -> Question:
        wish = self._wish
        idents = tuple(
            one for one in figures or self._idents if one in self._idents and BY_IDENT[one].by.issuperset(by)
        )
        return Question(
            hall=wish.hall, first=wish.first, last=wish.last, until=wish.until, by=by, only=wish.only, figures=idents
        )

    async def whole(self) -> Values:
        return (await self._rows(self.question())).get("", {})

    async def before(self) -> Values:
        return (await self._rows(period_before(self.question()))).get("", {})

    async def by(self, dimension: By) -> dict[str, Values]:
        return await self._rows(self.question((dimension,)))

    async def leads_before(self, dimension: By) -> dict[str, Values]:
        if dimension in _NOT_COMPARED:
            return {}
        leads = tuple(theme.lead for theme in THEMES)
        return await self._rows(period_before(self.question((dimension,), leads)))

    async def spread(self, dimension: By) -> dict[str, Values]:
        return await self._rows(self.question((dimension,), themes.SPREAD))

    async def _rows(self, question: Question) -> dict[str, Values]:
        if not question.figures:
            return {}
        told = await self._past.ask(question)
        if question.first == self._wish.first:
            self.unread = told.unread
        return {"".join(row.key): row.values for row in told.rows}


# Sections.


def _compared(ident: str, title: Words, figures: tuple[str, ...], whole: Values, before: Values) -> Section:
    """A line for each figure, beside the period before."""
    columns = (
        Column(ident="now", name=words.NOW, varies=True),
        Column(ident="before", name=words.BEFORE, varies=True),
        Column(ident="change", name=words.CHANGE, varies=True, signed=True),
        Column(ident="ratio", name=words.RATIO, unit="ratio", signed=True),
    )
    lines = []
    for one in (BY_IDENT[ident] for ident in figures):
        now, then = whole.get(one.ident), before.get(one.ident)
        cells = (Cell(now, one.unit), Cell(then, one.unit), difference(now, then, one.unit), ratio(now, then, one.unit))
        formula = Words(one.formula_zh, one.formula_en)
        lines.append(Line(key=one.ident, name=Words(one.zh, one.en), cells=cells, formula=formula))
    return Section(ident=ident, title=title, head=words.FIGURE, columns=columns, lines=tuple(lines))


def _themed(
    theme: Theme,
    by: By,
    rows: dict[str, Values],
    earlier: dict[str, Values],
    whole: Values,
    before: Values,
    known: dict[str, Words],
    wish: Wish,
) -> Section | None:
    """None: nothing in it is known by this dimension, or of this narrowing, or there was nothing."""
    idents = tuple(one for one in theme.known(by) if BY_IDENT[one].by.issuperset(wish.only))
    keys = [key for key in rows if any(rows[key].get(one) for one in idents)]
    if not idents or not keys:
        return None
    compared = theme.lead if theme.lead in idents and by not in _NOT_COMPARED else ""
    columns = [_column(one) for one in idents]
    if compared:
        lead = BY_IDENT[compared]
        columns.append(_change_column(compared))
    lines = []
    for key in _in_order(keys, known, by):
        cells = [Cell(rows[key].get(one), BY_IDENT[one].unit) for one in idents]
        if compared:
            cells.append(difference(rows[key].get(compared), earlier.get(key, {}).get(compared), lead.unit))
        lines.append(Line(key=key, name=names.name(known, key), cells=tuple(cells)))
    head = words.DIMENSIONS[by]
    title = Words(f"{theme.name.zh}（按{head.zh}）", f"{theme.name.en} by {head.en.lower()}")
    drawn = tuple(one for one in theme.drawn if one in idents)
    return Section(
        ident=f"{theme.ident}-{by}",
        title=title,
        head=head,
        columns=tuple(columns),
        lines=tuple(lines),
        foot=_foot(idents, whole, before, compared),
        chart=_chart(title, drawn, by, len(lines)),
        sorts=True,
    )


async def _spread(asking: _Asking, hall: Hall, by: By, whole: Values, before: Values) -> Section:
    """What each counter or clerk did, the most first: what the coefficients are made of."""
    rows, known = await asking.spread(by), names.names(hall, by)
    idents = asking.question((by,), themes.SPREAD).figures
    served = whole.get("served")
    share = Column(ident="share", name=words.SHARE_OF_ALL, unit="share", formula=words.SHARE_FORMULA)
    lines = []
    keys = [key for key in rows if key and any(rows[key].values())]
    for key in sorted(keys, key=lambda key: -(rows[key].get("served") or 0)):
        own = rows[key].get("served")
        part = own / served if own is not None and served else None
        cells = [Cell(rows[key].get(one), BY_IDENT[one].unit) for one in idents]
        lines.append(Line(key=key, name=names.name(known, key), cells=(*cells, Cell(part, "share"))))
    foot = [
        Line(key=line.key, name=line.name, cells=(*line.cells, Cell(None))) for line in _foot(idents, whole, before)
    ]
    title = words.SPREAD[str(by)]
    return Section(
        ident=f"spread-{by}",
        title=title,
        head=words.DIMENSIONS[by],
        columns=(*(_column(one) for one in idents), share),
        lines=tuple(lines),
        foot=tuple(foot),
        chart=_chart(title, ("served",) if "served" in idents else (), by, len(lines)),
        sorts=True,
    )


def _column(ident: str) -> Column:
    one = BY_IDENT[ident]
    formula = Words(one.formula_zh, one.formula_en)
    return Column(ident=ident, name=Words(one.zh, one.en), unit=one.unit, formula=formula)


def _change_column(ident: str) -> Column:
    one = BY_IDENT[ident]
    unit = "points" if one.unit == "share" else one.unit
    name = Words(words.OF_LEAD.zh.format(name=one.zh), words.OF_LEAD.en.format(name=one.en))
    return Column(ident=f"{ident}_change", name=name, unit=unit, signed=True)


def _foot(idents: tuple[str, ...], whole: Values, before: Values, compared: str = "") -> tuple[Line, ...]:
    """The whole, the period before, the change, and the change relative to it."""
    made: list[tuple[str, Words, list[Cell]]] = [
        ("total", words.TOTAL, []), ("before", words.BEFORE, []),
        ("change", words.CHANGE, []), ("ratio", words.RATIO, []),
    ]  # fmt: skip
    for ident in idents:
        now, then, unit = whole.get(ident), before.get(ident), BY_IDENT[ident].unit
        four = (Cell(now, unit), Cell(then, unit), difference(now, then, unit), ratio(now, then, unit))
        for (_, _, cells), cell in zip(made, four, strict=True):
            cells.append(cell)
    if compared:
        change = difference(whole.get(compared), before.get(compared), BY_IDENT[compared].unit)
        for key, _, cells in made:
            cells.append(change if key == "total" else Cell(None))
    return tuple(Line(key=key, name=name, cells=tuple(cells)) for key, name, cells in made)


def _chart(title: Words, drawn: tuple[str, ...], by: By, lines: int) -> Chart | None:
    if not drawn:
        return None
    if by not in _TIMES_OF_DAY:
        return Chart(title=title, kind="bars", columns=drawn)
    return Chart(title=title, kind="columns" if lines <= _BARS_MAX else "lines", columns=drawn)


# Order.


def _in_order(keys: list[str], known: dict[str, Words], by: By) -> list[str]:
    """As the hall's file has them, times by themselves; what the file does not know comes after it."""
    if by in ("day", "month"):
        return sorted(keys)
    order = {key: place for place, key in enumerate(known)}
    return sorted(keys, key=lambda key: (order.get(key, len(order)), key))


def _sorted(section: Section, sort: str) -> Section:
    """By a figure, if it has it. What has no value stands at the end either way."""
    ident, down = sort.removeprefix("-"), not sort.startswith("-")
    if not section.sorts or not any(one.ident == ident for one in section.columns):
        return section
    place = section.column(ident)

    def rank(line: Line) -> tuple[bool, float]:
        value = line.cells[place].value
        return value is None, 0.0 if value is None else -value if down else value

    lines = tuple(sorted(section.lines, key=rank))
    return Section(**{name: getattr(section, name) for name in Section.__struct_fields__} | {"lines": lines})


def _narrowed(hall: Hall, wish: Wish) -> tuple[tuple[Words, tuple[Words, ...]], ...]:
    out = []
    for by, keys in wish.only.items():
        known = names.names(hall, by)
        out.append((words.DIMENSIONS[by], tuple(names.name(known, key) for key in keys)))
    return tuple(out)
