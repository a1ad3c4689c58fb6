"""A table's chart, drawn for a PDF: bars across for names, columns or lines for times."""

from typing import Any

from hub.reports.axes import STEPS, step
from hub.reports.numbers import written
from hub.reports.pdf_fonts import Fonts
from hub.reports.report import Cell, Chart, Section
from hub.reports.words import FIRST, pick

COLOURS = ("#1a4e9c", "#d98a1f")
_BAR, _LEFT, _SIZE = 16, 150, 7.5  # points
_TITLE = 9
_HEIGHT, _TALL_MAX = 150, 420
_LABELS_MAX = 16  # below the columns
_ROWS_MAX = 25  # bars; the page has room for no more


def drawing(section: Section, chart: Chart, language: str, fonts: Fonts, breadth: float) -> Any:
    """A flowable, as broad as the page."""
    from reportlab.graphics.shapes import Drawing

    lines = section.lines[:_ROWS_MAX] if chart.kind == "bars" else section.lines
    places = [section.column(one) for one in chart.columns]
    data = [[float(line.cells[at].value or 0) for line in lines] for at in places]
    names = [_cut(fonts.plain(pick(line.name, language)), fonts) for line in lines]
    tall = min(_BAR * len(lines) * (1 + 0.4 * (len(data) - 1)), _TALL_MAX) if chart.kind == "bars" else _HEIGHT
    picture = Drawing(breadth, tall + 50)
    made = _bars(data, names) if chart.kind == "bars" else _upright(chart.kind, data, names)
    made.x, made.y = _LEFT if chart.kind == "bars" else 50, 24
    made.width, made.height = breadth - made.x - 30, tall
    made.data = [tuple(reversed(one)) for one in data] if chart.kind == "bars" else [tuple(one) for one in data]
    unit = section.columns[places[0]].unit
    axis, one_step = made.valueAxis, step(section)
    axis.valueMin, axis.valueMax, axis.valueStep = 0, one_step * STEPS, one_step
    axis.labelTextFormat = lambda value: written(Cell(_whole(value), unit))
    for labels in (axis.labels, made.categoryAxis.labels):
        labels.fontName, labels.fontSize = fonts.first, _SIZE
    picture.add(made)
    title = pick(chart.title, language)
    if len(lines) < len(section.lines):
        title += f" · {pick(FIRST, language).format(count=len(lines))}"
    told = [pick(section.columns[at].name, language) for at in places]
    picture.add(_legend(title, told, fonts, tall + 38))
    return picture


def _bars(data: list[list[float]], names: list[str]) -> Any:
    from reportlab.graphics.charts.barcharts import HorizontalBarChart

    made = HorizontalBarChart()
    made.categoryAxis.categoryNames = list(reversed(names))
    made.categoryAxis.labels.boxAnchor, made.categoryAxis.labels.dx = "e", -4
    _coloured(made.bars, len(data))
    return made


def _cut(name: str, fonts: Fonts) -> str:
    """As much of it as there is room for."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    if stringWidth(name, fonts.first, _SIZE) <= _LEFT - 8:
        return name
    while stringWidth(name + "…", fonts.first, _SIZE) > _LEFT - 8:
        name = name[:-1]
    return name + "…"


def _upright(kind: str, data: list[list[float]], names: list[str]) -> Any:
    from reportlab.graphics.charts.barcharts import VerticalBarChart
    from reportlab.graphics.charts.linecharts import HorizontalLineChart

    made = HorizontalLineChart() if kind == "lines" else VerticalBarChart()
    every = -(-len(names) // _LABELS_MAX)
    made.categoryAxis.categoryNames = [name if place % every == 0 else "" for place, name in enumerate(names)]
    made.categoryAxis.labels.boxAnchor, made.categoryAxis.labels.dy = "n", -4
    _coloured(made.lines if kind == "lines" else made.bars, len(data))
    return made


def _coloured(marks: Any, count: int) -> None:
    from reportlab.lib.colors import HexColor

    for place in range(count):
        colour = HexColor(COLOURS[place % len(COLOURS)])
        marks[place].strokeColor = colour
        if hasattr(marks[place], "fillColor"):
            marks[place].fillColor = colour


def _legend(title: str, names: list[str], fonts: Fonts, y: float) -> Any:
    """On one line with the title: the chart may stand on another page than its table."""
    from reportlab.graphics.shapes import Group, Rect, String
    from reportlab.lib.colors import HexColor
    from reportlab.pdfbase.pdfmetrics import stringWidth

    group, text = Group(), fonts.plain(title)
    group.add(String(50, y, text, fontName=fonts.first, fontSize=_TITLE))
    x = 74 + stringWidth(text, fonts.first, _TITLE)
    for place, name in enumerate(names):
        colour, text = HexColor(COLOURS[place % len(COLOURS)]), fonts.plain(name)
        group.add(Rect(x, y, 8, 8, fillColor=colour, strokeColor=None))
        group.add(String(x + 12, y, text, fontName=fonts.first, fontSize=_SIZE))
        x += 32 + stringWidth(text, fonts.first, _SIZE)
    return group


def _whole(value: float) -> float | int:
    """Ticks of a count are whole."""
    return int(value) if value == int(value) else value
