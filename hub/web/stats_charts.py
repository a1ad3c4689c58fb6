"""Where the columns of a chart stand, for a page to draw as SVG: without script, and without styles in the page."""

from typing import NamedTuple

from hub.reports.axes import STEPS, step
from hub.reports.numbers import written
from hub.reports.report import Cell, Section
from hub.reports.words import pick

WIDTH, HEIGHT = 960, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 10, 12, 30
_LABELS_MAX = 14
_GAP = 0.25  # of a group's breadth


class Bar(NamedTuple):
    """`series`: 0, 1 …; `told`: what a reader hears of it."""

    x: str
    y: str
    width: str
    height: str
    series: int
    told: str


class Drawn(NamedTuple):
    """Numbers as SVG wants them; `labels`: (x, text) below, `ticks`: (y, text) at the left."""

    bars: list[Bar]
    labels: list[tuple[str, str]]
    ticks: list[tuple[str, str]]
    names: list[str]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    base: int = HEIGHT - _BOTTOM


def columns(section: Section, language: str) -> Drawn | None:
    """A column for each line and figure of the section's chart; None where it has none, or one of names."""
    if section.chart is None or section.chart.kind == "bars" or not section.lines:
        return None
    places = [section.column(one) for one in section.chart.columns]
    names = [pick(section.columns[at].name, language) for at in places]
    one_step = step(section)
    most = one_step * STEPS
    room, tall = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
    group = room / len(section.lines)
    breadth = group * (1 - _GAP) / len(places)
    every = -(-len(section.lines) // _LABELS_MAX)
    bars, labels = [], []
    for number, line in enumerate(section.lines):
        x = _LEFT + group * number + group * _GAP / 2
        label = pick(line.name, language)
        if number % every == 0:
            labels.append((_short(x + group * (1 - _GAP) / 2), label))
        for series, at in enumerate(places):
            high = tall * float(line.cells[at].value or 0) / most
            told = f"{label}, {names[series]}: {written(line.cells[at])}"
            bars.append(
                Bar(
                    _short(x + breadth * series),
                    _short(_TOP + tall - high),
                    _short(breadth),
                    _short(high),
                    series,
                    told,
                )
            )
    unit = section.columns[places[0]].unit
    ticks = [
        (_short(_TOP + tall - tall * part / STEPS), written(Cell(one_step * part, unit))) for part in range(STEPS + 1)
    ]
    return Drawn(bars, labels, ticks, names)


def longest(section: Section) -> float:
    """What a bar beside a name is measured against."""
    return step(section) * STEPS if section.chart is not None else 1.0


def _short(number: float) -> str:
    return f"{number:.1f}"
