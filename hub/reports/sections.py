"""The tables of a report, of answers of the past."""

from halls.format import Hall
from hub.domain.speech import Words
from hub.history.asking import By
from hub.history.figures import BY_IDENT
from hub.reports import names, words
from hub.reports.asking import NOT_COMPARED, Values
from hub.reports.numbers import difference, ratio
from hub.reports.report import Cell, Chart, Column, Line, Section, Wish
from hub.reports.themes import Theme

_TIMES_OF_DAY: tuple[By, ...] = ("hour", "weekday", "day", "month")
_BARS_MAX = 40  # more lines than that are drawn as a line


def compared(ident: str, title: Words, figures: tuple[str, ...], whole: Values, before: Values) -> Section:
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


def themed(
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
    compared = theme.lead if theme.lead in idents and by not in NOT_COMPARED else ""
    columns = [column(one) for one in idents]
    if compared:
        lead = BY_IDENT[compared]
        columns.append(change_column(compared))
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
        foot=foot(idents, whole, before, compared),
        chart=chart(title, drawn, by, len(lines)),
        sorts=True,
    )


def column(ident: str) -> Column:
    one = BY_IDENT[ident]
    formula = Words(one.formula_zh, one.formula_en)
    return Column(ident=ident, name=Words(one.zh, one.en), unit=one.unit, formula=formula)


def change_column(ident: str) -> Column:
    one = BY_IDENT[ident]
    unit = "points" if one.unit == "share" else one.unit
    name = Words(words.OF_LEAD.zh.format(name=one.zh), words.OF_LEAD.en.format(name=one.en))
    return Column(ident=f"{ident}_change", name=name, unit=unit, signed=True)


def foot(idents: tuple[str, ...], whole: Values, before: Values, compared: str = "") -> tuple[Line, ...]:
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


def chart(title: Words, drawn: tuple[str, ...], by: By, lines: int) -> Chart | None:
    if not drawn:
        return None
    if by not in _TIMES_OF_DAY:
        return Chart(title=title, kind="bars", columns=drawn)
    return Chart(title=title, kind="columns" if lines <= _BARS_MAX else "lines", columns=drawn)


def narrowed(hall: Hall, wish: Wish) -> tuple[tuple[Words, tuple[Words, ...]], ...]:
    out = []
    for by, keys in wish.only.items():
        known = names.names(hall, by)
        out.append((words.DIMENSIONS[by], tuple(names.name(known, key) for key in keys)))
    return tuple(out)


# Order.


def _in_order(keys: list[str], known: dict[str, Words], by: By) -> list[str]:
    """As the hall's file has them, times by themselves; what the file does not know comes after it."""
    if by in ("day", "month"):
        return sorted(keys)
    order = {key: place for place, key in enumerate(known)}
    return sorted(keys, key=lambda key: (order.get(key, len(order)), key))
