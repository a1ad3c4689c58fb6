"""A report, made by asking the past. Whatever is a whole is asked as a whole: no average is made of averages here."""

from datetime import datetime

from halls.format import Hall
from hub.domain.speech import Words
from hub.history.asking import By, period_before
from hub.history.figures import BY_IDENT, FIGURES
from hub.history.history import Asked
from hub.reports import names, themes, words
from hub.reports import sections as sections_of
from hub.reports.asking import Asking, Values
from hub.reports.report import Cell, Column, Line, Report, Section, Wish
from hub.reports.themes import THEMES


async def report(past: Asked, hall: Hall, wish: Wish, *, at: datetime, by: str) -> Report:
    """`at`: in the hall's time zone. Raises NotReadyError."""
    asking = Asking(past, wish)
    whole, before = await asking.whole(), await asking.before()
    everything = tuple(one.ident for one in FIGURES)
    sections = [sections_of.compared("overview", words.OVERVIEW, everything, whole, before)]
    for dimension in wish.by:
        rows, earlier = await asking.by(dimension), await asking.leads_before(dimension)
        known = names.names(hall, dimension)
        made = (sections_of.themed(theme, dimension, rows, earlier, whole, before, known, wish) for theme in THEMES)
        sections += [one for one in made if one is not None]
    sections.append(sections_of.compared("fairness", words.FAIRNESS, themes.UNEQUAL, whole, before))
    sections += [await _spread(asking, hall, dimension, whole, before) for dimension in ("counter", "clerk")]
    earlier_days = period_before(asking.question())
    return Report(
        wish=wish,
        hall=Words(hall.hall.name, hall.hall.english),
        before_first=earlier_days.first,
        before_last=earlier_days.last,
        only=sections_of.narrowed(hall, wish),
        made_at=at,
        made_by=by,
        unread=asking.unread,
        sections=tuple(in_order(one, wish.sort) for one in sections),
    )


async def _spread(asking: Asking, hall: Hall, by: By, whole: Values, before: Values) -> Section:
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
        Line(key=line.key, name=line.name, cells=(*line.cells, Cell(None)))
        for line in sections_of.foot(idents, whole, before)
    ]
    title = words.SPREAD[str(by)]
    return Section(
        ident=f"spread-{by}",
        title=title,
        head=words.DIMENSIONS[by],
        columns=(*(sections_of.column(one) for one in idents), share),
        lines=tuple(lines),
        foot=tuple(foot),
        chart=sections_of.chart(title, ("served",) if "served" in idents else (), by, len(lines)),
        sorts=True,
    )


def in_order(section: Section, sort: str) -> Section:
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
