"""A report as CSV: UTF-8 with its mark, by which Excel knows it; raw numbers; each table after an empty line."""

import csv
import io
from typing import Any

from hub.history.asking import Value
from hub.reports import words
from hub.reports.facts import facts, formulas, titled, with_unit
from hub.reports.report import Cell, Line, Report, Section
from hub.reports.words import RAW_UNITS, pick

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def write(report: Report, language: str) -> bytes:
    target = io.StringIO()
    writer = csv.writer(target)

    def row(*cells: Any) -> None:
        writer.writerow([_text(cell) if isinstance(cell, str) else cell for cell in cells])

    row(pick(report.title, language))
    for pair in facts(report, language):
        row(*pair)
    for section in report.sections:
        row()
        row(pick(section.title, language))
        row(pick(section.head, language), *(titled(one, language, RAW_UNITS) for one in section.columns))
        for line in (*section.lines, *section.foot):
            row(_name(section, line, language), *(raw(cell) for cell in line.cells))
    row()
    row(pick(words.FORMULAS, language))
    row(*(pick(one, language) for one in (words.FIGURE, words.UNIT, words.FORMULA, words.SOURCE)))
    for told in formulas(report, language):
        row(*told)
    return target.getvalue().encode("utf-8-sig")


def raw(cell: Cell) -> Value | str:
    """The number as it was counted: seconds, shares of 1. Nothing where there is nothing."""
    return "" if cell.value is None else cell.value


def _name(section: Section, line: Line, language: str) -> str:
    """With the unit where each line has its own: the first cell's."""
    if section.columns and section.columns[0].varies:
        return with_unit(line.name, line.cells[0].unit, language, RAW_UNITS)
    return pick(line.name, language)


def _text(text: str) -> str:
    """What a table program would take for a formula is text."""
    return "'" + text if text.startswith(_FORMULA) else text
