"""A table's chart, drawn for a PDF: bars across for names, columns or lines for times."""

from typing import Any

from hub.reports.numbers import written
from hub.reports.pdf_fonts import Fonts
from hub.reports.report import Cell, Chart, Section
from hub.reports.words import pick

COLOURS = ("#1a4e9c", "#d98a1f")
_BAR, _LEFT, _SIZE = 16, 150, 7.5  # points
_HEIGHT, _TALL_MAX = 150, 420
_LABELS_MAX = 16  # below the columns
_ROWS_MAX = 25  # bars; the page has room for no more


def drawing(section: Section, chart: Chart, language: str, fonts: Fonts, breadth: float) -> Any:
    """A flowable, as broad as the page."""
    from reportlab.graphics.shapes import Drawing

    lines = section.lines[:_ROWS_MAX] if chart.kind == "bars" else section.lines
    places = [section.column(one) for one in chart.columns]
    data = [[float(line.cells[at].value or 0) for line in lines] for at in places]
    names = [fonts.plain(pick(line.name, language)) for line in lines]
    tall = min(_BAR * len(lines) * (1 + 0.4 * (len(data) - 1)), _TALL_MAX) if chart.kind == "bars" else _HEIGHT
    picture = Drawing(breadth, tall + 50)
    made = _bars(data, names) if chart.kind == "bars" else _upright(chart.kind, data, names)
    made.x, made.y = _LEFT if chart.kind == "bars" else 50, 24
    made.width, made.height = breadth - made.x - 30, tall
    made.data = [tuple(reversed(one)) for one in data] if chart.kind == "bars" else [tuple(one) for one in data]
    unit = section.columns[places[0]].unit
    axis = made.valueAxis
    axis.valueMin, axis.labelTextFormat = 0, lambda value: written(Cell(_whole(value), unit))
    if not any(any(one) for one in data):
        axis.valueMax = 1
    for labels in (axis.labels, made.categoryAxis.labels):
        labels.fontName, labels.fontSize = fonts.first, _SIZE
    picture.add(made)
    picture.add(_legend([pick(section.columns[at].name, language) for at in places], fonts, tall + 40))
    return picture


def _bars(data: list[list[float]], names: list[str]) -> Any:
    from reportlab.graphics.charts.barcharts import HorizontalBarChart

    made = HorizontalBarChart()
    made.categoryAxis.categoryNames = [name if len(name) <= 22 else name[:21] + "…" for name in reversed(names)]
    made.categoryAxis.labels.boxAnchor, made.categoryAxis.labels.dx = "e", -4
    _coloured(made.bars, len(data))
    return made


def _upright(kind: str, data: list[list[float]], names: list[str]) -> Any:
    from reportlab.graphics.charts.barcharts import VerticalBarChart
    from reportlab.graphics.charts.linecharts import HorizontalLineChart

    made = HorizontalLineChart() if kind == "lines" else VerticalBarChart()
    step = -(-len(names) // _LABELS_MAX)
    made.categoryAxis.categoryNames = [name if place % step == 0 else "" for place, name in enumerate(names)]
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


def _legend(names: list[str], fonts: Fonts, y: float) -> Any:
    from reportlab.graphics.shapes import Group, Rect, String
    from reportlab.lib.colors import HexColor
    from reportlab.pdfbase.pdfmetrics import stringWidth

    group, x = Group(), 50.0
    for place, name in enumerate(names):
        colour, text = HexColor(COLOURS[place % len(COLOURS)]), fonts.plain(name)
        group.add(Rect(x, y, 8, 8, fillColor=colour, strokeColor=None))
        group.add(String(x + 12, y, text, fontName=fonts.first, fontSize=_SIZE))
        x += 32 + stringWidth(text, fonts.first, _SIZE)
    return group


def _whole(value: float) -> float | int:
    """Ticks of a count are whole."""
    return int(value) if value == int(value) else value
