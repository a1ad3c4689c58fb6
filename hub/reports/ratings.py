"""The report of ratings (好差评月报): levels, where and by which way they came, why citizens were not satisfied, and
what became of it; beside the period before."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import TypeAlias

from halls.format import Hall
from hub.cases.outcomes import Done
from hub.domain.rating_measures import COUNTS, MEASURES, RatingCounts
from hub.domain.speech import Words
from hub.history.asking import By, Value, period_before
from hub.history.figures import BY_IDENT, REASON_FIGURES
from hub.history.history import Asked
from hub.reports import names, rating_words, words
from hub.reports import sections as sections_of
from hub.reports.asking import Asking, Values
from hub.reports.numbers import difference, ratio
from hub.reports.rating_cases import outcomes, share, stands
from hub.reports.report import Cell, Chart, Column, Line, Measure, Report, Section, Source, Wish
from hub.reports.themes import Theme

WhatBecame: TypeAlias = Callable[[str, str, str], Awaitable[tuple[RatingCounts, list[Done]]]]
"""(hall, first day, last day) → what became of their negative ratings."""
BYS: tuple[By, ...] = ("service", "counter", "clerk", "day")

_LEVELS = tuple(f"level_{level}" for level in (5, 4, 3, 2, 1))
_THEME = Theme(
    ident="ratings",
    name=Words("评价", "Ratings"),
    figures=("asked", "rated", "rated_share", *_LEVELS, "good_share", "bad", "bad_share"),
    lead="good_share",
    drawn=("rated_share", "good_share"),
)
_NONE = Words("", "")
_REASONS = tuple(one.ident for one in REASON_FIGURES)
_WHOLE = (*_THEME.figures, "rated_phone", "bad_phone", *_REASONS)


async def ratings_report(past: Asked, became: WhatBecame, hall: Hall, wish: Wish, *, at: datetime, by: str) -> Report:
    """`at`: in the hall's time zone. Raises NotReadyError."""
    asking = Asking(past, wish)
    whole, before = await asking.whole(_WHOLE), await asking.before(_WHOLE)
    earlier = period_before(asking.question())
    counts, done = await became(wish.hall, wish.first, wish.last)
    counts_before, done_before = await became(wish.hall, earlier.first, earlier.last)
    sections = [
        _measures(_counts(whole, counts), _counts(before, counts_before)),
        _levels(whole, before),
        _channels(whole, before),
    ]
    for dimension in BYS:
        rows = await asking.by(dimension, _THEME.figures)
        leads = await asking.leads_before(dimension, (_THEME.lead,))
        known = names.names(hall, dimension)
        made = sections_of.themed(_THEME, dimension, rows, leads, whole, before, known, wish)
        sections += [made] if made else []
    sections += [_reasons(whole, before), outcomes(done, done_before), stands(done, done_before)]
    return Report(
        wish=wish,
        hall=Words(hall.hall.name, hall.hall.english),
        before_first=earlier.first,
        before_last=earlier.last,
        only=(),
        made_at=at,
        made_by=by,
        unread=asking.unread,
        sections=tuple(sections),
        title=rating_words.TITLE,
        sources=_sources(),
    )


def _counts(values: Values, became: RatingCounts) -> RatingCounts:
    """Who rated how as the figures of the past have it, until the same minute; what became of it, as cases stand."""
    rated = {name: int(values.get(name) or 0) for name in ("asked", *_LEVELS)}
    return RatingCounts(**rated) + became


# Tables.


def _measures(now: RatingCounts, before: RatingCounts) -> Section:
    lines = [
        _compared(f"count_{name}", told, getattr(now, name), getattr(before, name), "tickets")
        for name, told in rating_words.COUNTED.items()
    ]
    lines += [
        _compared(one.code, one.name, getattr(now, one.code), getattr(before, one.code), "tickets", one.formula)
        for one in COUNTS
    ]
    lines += [_compared(one.code, one.name, one.of(now), one.of(before), "share", one.formula) for one in MEASURES]
    columns = (
        Column(ident="now", name=words.NOW, varies=True),
        Column(ident="before", name=words.BEFORE, varies=True),
        Column(ident="change", name=words.CHANGE, varies=True, signed=True),
        Column(ident="ratio", name=words.RATIO, unit="ratio", signed=True),
    )
    return Section(
        ident="measures", title=rating_words.MEASURES, head=words.FIGURE, columns=columns, lines=tuple(lines)
    )


def _compared(key: str, name: Words, now: Value, before: Value, unit: Measure, formula: Words = _NONE) -> Line:
    cells = (Cell(now, unit), Cell(before, unit), difference(now, before, unit), ratio(now, before, unit))
    return Line(key=key, name=name, cells=cells, formula=formula)


def _levels(whole: Values, before: Values) -> Section:
    rows = [(one, Words(BY_IDENT[one].zh, BY_IDENT[one].en)) for one in _LEVELS]
    return _parts("levels", rating_words.LEVELS, rating_words.LEVEL, rows, whole, before, "rated", "tickets")


def _reasons(whole: Values, before: Values) -> Section:
    """The most chosen first; what nobody chose is left out."""
    chosen = [one for one in _REASONS if whole.get(one) or before.get(one)]
    chosen.sort(key=lambda one: -(whole.get(one) or 0))
    rows = [(one, Words(BY_IDENT[one].zh, BY_IDENT[one].en)) for one in chosen]
    return _parts("reasons", rating_words.REASONS, rating_words.REASON, rows, whole, before, "bad", "tickets")


def _parts(
    ident: str,
    title: Words,
    head: Words,
    rows: Iterable[tuple[str, Words]],
    whole: Values,
    before: Values,
    of: str,
    unit: Measure,
) -> Section:
    """Counts, each beside its share of all, and beside the period before."""
    of_all = Words(f"占{BY_IDENT[of].zh}", f"Of: {BY_IDENT[of].en.lower()}")
    columns = (
        Column(ident="count", name=rating_words.COUNT, unit=unit),
        Column(ident="share", name=of_all, unit="share"),
        Column(ident="before", name=words.BEFORE, unit=unit),
        Column(ident="change", name=words.CHANGE, unit=unit, signed=True),
    )
    lines = [
        Line(
            key=key,
            name=name,
            cells=(
                Cell(whole.get(key), unit),
                Cell(share(whole.get(key), whole.get(of)), "share"),
                Cell(before.get(key), unit),
                difference(whole.get(key), before.get(key), unit),
            ),
        )
        for key, name in rows
    ]
    chart = Chart(title=title, kind="bars", columns=("count",)) if lines else None
    return Section(ident=ident, title=title, head=head, columns=columns, lines=tuple(lines), chart=chart)


def _channels(whole: Values, before: Values) -> Section:
    """At the evaluator, and afterwards by phone."""
    columns = (
        Column(ident="rated", name=Words("评价量", "Rated"), unit="tickets"),
        Column(ident="share", name=words.SHARE_OF_ALL, unit="share"),
        Column(ident="bad", name=Words("差评量", "Negative"), unit="tickets"),
        Column(ident="good_share", name=Words("好评率", "Satisfied"), unit="share"),
        Column(ident="before", name=rating_words.RATED_BEFORE, unit="tickets"),
        Column(ident="change", name=words.CHANGE, unit="tickets", signed=True),
    )
    lines = []
    for key, name in rating_words.CHANNELS.items():
        rated, bad = _of_channel(whole, key)
        rated_before, _ = _of_channel(before, key)
        cells = (
            Cell(rated, "tickets"),
            Cell(share(rated, whole.get("rated")), "share"),
            Cell(bad, "tickets"),
            Cell(share(rated - bad, rated), "share"),
            Cell(rated_before, "tickets"),
            difference(rated, rated_before, "tickets"),
        )
        lines.append(Line(key=key, name=name, cells=cells))
    return Section(
        ident="channels",
        title=rating_words.BY_CHANNEL,
        head=rating_words.CHANNEL,
        columns=columns,
        lines=tuple(lines),
    )


def _of_channel(values: Values, channel: str) -> tuple[int, int]:
    """Rated, and negatively."""
    rated, bad = (int(values.get(f"{one}_phone") or 0) for one in ("rated", "bad"))
    if channel == "phone":
        return rated, bad
    return int(values.get("rated") or 0) - rated, int(values.get("bad") or 0) - bad


def _sources() -> tuple[Source, ...]:
    zh, en = words.RELATIONS["ratings"].zh, words.RELATIONS["ratings"].en
    log = Words(f"{words.FROM_LOG.zh} → {zh}", f"{words.FROM_LOG.en} → {en}")
    out = [
        Source(name=Words(one.zh, one.en), unit=one.unit, formula=Words(one.formula_zh, one.formula_en), source=log)
        for one in (BY_IDENT[ident] for ident in (*_THEME.figures, "rated_phone", "bad_phone"))
    ]
    for one in MEASURES:
        out.append(Source(name=one.name, unit="share", formula=one.formula, source=rating_words.FROM_CASES))
    for count in COUNTS:
        out.append(Source(name=count.name, unit="tickets", formula=count.formula, source=rating_words.FROM_CASES))
    return tuple(out)
