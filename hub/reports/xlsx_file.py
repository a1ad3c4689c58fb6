"""A report as a workbook: a sheet for each table with numbers that can be reckoned with, and Excel's own charts."""

import io
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hub.reports import words
from hub.reports.facts import facts, formulas, with_unit
from hub.reports.numbers import written
from hub.reports.report import Cell, Chart, Column, Measure, Report, Section
from hub.reports.words import UNITS, pick

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

DAY_S = 86400
_FORMATS: dict[Measure, str] = {
    "s": "[h]:mm:ss",
    "share": "0.0%",
    "ratio": "0.0%",
    "points": "0.0",
    "level": "0.00",
}
_FORBIDDEN = re.compile(r"[\\/*?:\[\]]")
_ROW_HEAD = 3  # of the headings: above them the title and an empty row
_TITLE_MAX = 31  # characters of a sheet's name
_BROAD = 9  # columns
_COLOURS = ("1A4E9C", "D98A1F")
_BLUE, _PALE = "FF1A4E9C", "FFE8EEF8"


def write(report: Report, language: str) -> bytes:
    from openpyxl import Workbook  # takes a tenth of a second to load: when somebody wants a workbook

    book = Workbook()
    book.epoch = datetime(1904, 1, 1)  # noqa: DTZ001 - in the other of its calendars Excel shows no negative times
    _first(book.active, report, language)
    for section in report.sections:
        _section(book, section, language)
    _formulas(book.create_sheet(_sheet_name(book, pick(words.FORMULAS, language))), report, language)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _first(sheet: "Worksheet", report: Report, language: str) -> None:
    sheet.title = _clean(pick(report.title, language))
    _heading(sheet, pick(report.title, language))
    for row, (name, text) in enumerate(facts(report, language), _ROW_HEAD):
        _put(sheet, row, 1, name, bold=True)
        _put(sheet, row, 2, text)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 20, 60
    sheet.page_setup.fitToHeight, sheet.sheet_properties.pageSetUpPr.fitToPage = 0, True


def _section(book: "Workbook", section: Section, language: str) -> None:
    sheet = book.create_sheet(_sheet_name(book, pick(section.title, language)))
    _heading(sheet, pick(section.title, language))
    names = [pick(section.head, language), *(_titled(one, language) for one in section.columns)]
    _headings(sheet, names)
    varies = bool(section.columns) and section.columns[0].varies
    row = _ROW_HEAD
    for line in (*section.lines, *section.foot):
        row += 1
        bold = row > _ROW_HEAD + len(section.lines)
        name = with_unit(line.name, line.cells[0].unit, language, UNITS) if varies else pick(line.name, language)
        _put(sheet, row, 1, name, bold=bold)
        for place, cell in enumerate(line.cells, 2):
            _number(sheet, row, place, cell, bold=bold)
    _page(sheet, len(names))
    if section.chart is not None and section.lines:
        _draw(sheet, section, section.chart, language, row + 2)


def _titled(column: Column, language: str) -> str:
    """The unit on a line of its own."""
    unit = "" if column.varies else pick(UNITS[column.unit], language)
    return f"{pick(column.name, language)}\n{unit}" if unit else pick(column.name, language)


def _number(sheet: "Worksheet", row: int, column: int, cell: Cell, *, bold: bool) -> None:
    """Seconds are a time of Excel's, in days; points are per cent; the rest is as it was counted."""
    if cell.value is None:
        return
    scale = 1 / DAY_S if cell.unit == "s" else 100 if cell.unit == "points" else 1
    _put(sheet, row, column, cell.value if scale == 1 else cell.value * scale, bold=bold)
    sheet.cell(row, column).number_format = _format(cell)


def _format(cell: Cell) -> str:
    plain = _FORMATS.get(cell.unit) or ("#,##0" if isinstance(cell.value, int) else "0.000")
    if not cell.signed:
        return plain
    signed = written(cell)[0] in "+-"  # what rounds to nothing has no sign
    return f"+{plain};-{plain};{plain}" if signed else f"{plain};{plain};{plain}"


# Looks.


def _put(sheet: "Worksheet", row: int, column: int, value: Any, *, bold: bool = False) -> None:
    """A text is a text, whatever it begins with."""
    from openpyxl.styles import Font

    cell = sheet.cell(row, column, value)
    if isinstance(value, str):
        cell.data_type = "s"
    cell.font = Font(bold=bold)


def _heading(sheet: "Worksheet", text: str) -> None:
    from openpyxl.styles import Font

    _put(sheet, 1, 1, text)
    sheet.cell(1, 1).font = Font(bold=True, size=16, color=_BLUE)


def _headings(sheet: "Worksheet", names: list[str]) -> None:
    from openpyxl.styles import Alignment, PatternFill
    from openpyxl.utils import get_column_letter

    for place, name in enumerate(names, 1):
        _put(sheet, _ROW_HEAD, place, name, bold=True)
        sheet.cell(_ROW_HEAD, place).fill = PatternFill("solid", start_color=_PALE)
        sheet.cell(_ROW_HEAD, place).alignment = Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[get_column_letter(place)].width = 34 if place == 1 else 15
    sheet.row_dimensions[_ROW_HEAD].height = 48


def _page(sheet: "Worksheet", columns: int) -> None:
    """Headings stay in sight; on paper they are on every page, which is as broad as the table."""

    sheet.freeze_panes = sheet.cell(_ROW_HEAD + 1, 2)
    sheet.print_title_rows = f"1:{_ROW_HEAD}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.center.text = "&P / &N"
    sheet.auto_filter.ref = None
    sheet.sheet_view.zoomScale = 100 if columns < _BROAD else 85


def _formulas(sheet: "Worksheet", report: Report, language: str) -> None:
    _heading(sheet, pick(words.FORMULAS, language))
    _headings(sheet, [pick(one, language) for one in (words.FIGURE, words.UNIT, words.FORMULA, words.SOURCE)])
    for row, told in enumerate(formulas(report, language), _ROW_HEAD + 1):
        for place, text in enumerate(told, 1):
            _put(sheet, row, place, text)
    for letter, width in (("B", 12), ("C", 80), ("D", 60)):
        sheet.column_dimensions[letter].width = width
    _page(sheet, 4)


# Charts.


def _draw(sheet: "Worksheet", section: Section, chart: Chart, language: str, row: int) -> None:
    """Below the table, of its own cells."""
    from openpyxl.chart import BarChart, LineChart, Reference
    from openpyxl.chart.data_source import AxDataSource, StrRef

    drawn: Any = LineChart() if chart.kind == "lines" else BarChart()
    if chart.kind == "bars":
        drawn.type, drawn.x_axis.scaling.orientation = "bar", "maxMin"  # the first line on top,
        drawn.y_axis.crosses = "max"  # and the numbers below the last
    drawn.title, drawn.height = pick(chart.title, language), 9 if chart.kind != "bars" else 5 + 0.7 * len(section.lines)
    drawn.width = 26
    last = _ROW_HEAD + len(section.lines)
    for ident in chart.columns:
        column = section.column(ident) + 2
        drawn.add_data(Reference(sheet, min_col=column, min_row=_ROW_HEAD, max_row=last), titles_from_data=True)
    names = Reference(sheet, min_col=1, min_row=_ROW_HEAD + 1, max_row=last)
    for place, series in enumerate(drawn.series):
        series.cat = AxDataSource(strRef=StrRef(f=str(names)))  # texts; as numbers some programs show 1, 2, 3
        line, fill = series.graphicalProperties.line, _COLOURS[place % len(_COLOURS)]
        line.solidFill = fill
        if chart.kind != "lines":
            series.graphicalProperties.solidFill = fill
    unit = section.columns[section.column(chart.columns[0])].unit
    drawn.y_axis.number_format = _FORMATS.get(unit, "#,##0")
    drawn.x_axis.delete = drawn.y_axis.delete = False  # or Excel shows neither
    drawn.legend.position = "b"
    drawn.title.overlay = drawn.legend.overlay = False  # or they lie over the bars
    sheet.add_chart(drawn, f"A{row}")


# Names.


def _sheet_name(book: "Workbook", title: str) -> str:
    """Unlike all others in the book, however long it is."""
    clean = _clean(title)
    taken = {one.lower() for one in book.sheetnames}
    for number in range(1, 1000):
        name = clean if number == 1 else f"{clean[: _TITLE_MAX - 5]} {number}"
        if name.lower() not in taken:
            return name
    raise AssertionError("a report has no thousand tables")


def _clean(title: str) -> str:
    return _FORBIDDEN.sub(" ", title)[:_TITLE_MAX].strip().strip("'")
