"""A report as PDF, A4 across: who made it of what on each page, tables whose heads are repeated, charts."""

import io
from typing import Any

from hub.reports import words
from hub.reports.facts import facts, formulas, with_unit
from hub.reports.numbers import written
from hub.reports.pdf_charts import drawing
from hub.reports.pdf_fonts import Fonts, fonts
from hub.reports.report import Column, Line, Report, Section
from hub.reports.words import UNITS, pick

_POINTS_MM = 72 / 25.4
_MARGIN, _TOP, _BOTTOM = 14 * _POINTS_MM, 20 * _POINTS_MM, 14 * _POINTS_MM
_FIRST_SHARE, _FIRST_MIN = 0.28, 0.17  # of the breadth, for the names of lines: with few columns, with many
_MANY = 8  # columns
_SIZE, _SMALL = 8.5, 7.5
_BLUE, _PALE, _LINE = "#1a4e9c", "#e8eef8", "#c9d3e3"


def write(report: Report, language: str) -> bytes:
    """Of the same report the same bytes."""
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

    width, height = landscape(A4)
    target = io.BytesIO()
    told = _Told(report, language, width - 2 * _MARGIN)
    document = BaseDocTemplate(
        target, pagesize=(width, height), invariant=1, title=told.title_text,
        author=report.made_by, subject=f"{report.wish.first} – {report.wish.last}",
    )  # fmt: skip
    frame = Frame(_MARGIN, _BOTTOM, width - 2 * _MARGIN, height - _TOP - _BOTTOM, 0, 0, 0, 0)
    document.addPageTemplates([PageTemplate("page", [frame])])
    document.build(told.story(), canvasmaker=_numbered(told))
    return target.getvalue()


class _Told:
    """The report in pieces that flow over pages."""

    def __init__(self, report: Report, language: str, breadth: float) -> None:
        from reportlab.lib.styles import ParagraphStyle

        self.report, self.language, self.breadth, self.fonts = report, language, breadth, fonts()
        wrap = "CJK" if language == "zh" else None
        name = self.fonts.first
        self.body = ParagraphStyle("body", fontName=name, fontSize=_SIZE, leading=_SIZE * 1.35, wordWrap=wrap)
        self.small = ParagraphStyle("small", self.body, fontSize=_SMALL, leading=_SMALL * 1.3)
        self.right = ParagraphStyle("right", self.small, alignment=2)
        self.title = ParagraphStyle("title", self.body, fontSize=18, leading=26, textColor=_BLUE)
        self.section = ParagraphStyle("section", self.body, fontSize=13, leading=20, spaceBefore=12, textColor=_BLUE)

    @property
    def title_text(self) -> str:
        return f"{pick(self.report.hall, self.language)} {self.say(self.report.title)}"

    @property
    def header(self) -> str:
        made = f"{self.report.made_at:%Y-%m-%d %H:%M:%S}"
        days = facts(self.report, self.language)[1][1]
        return "  ·  ".join(
            (pick(self.report.hall, self.language), self.say(self.report.title), days, made, self.report.made_by)
        )

    def say(self, text: Any) -> str:
        return pick(text, self.language)

    def paragraph(self, text: str, style: Any) -> Any:
        from reportlab.platypus import Paragraph

        return Paragraph(self.fonts.marked_up(text), style)

    def story(self) -> list[Any]:
        from reportlab.platypus import Spacer

        out = [self.paragraph(self.title_text, self.title), self._facts(), Spacer(0, 8)]
        for section in self.report.sections:
            out += self._section(section)
        return [*out, *self._formulas()]

    def _facts(self) -> Any:
        rows = [
            [self.paragraph(name, self.body), self.paragraph(text, self.body)]
            for name, text in facts(self.report, self.language)
        ]
        return _table(rows, [self.breadth * 0.15, self.breadth * 0.85], [], heads=0)

    def _section(self, section: Section) -> list[Any]:
        """The title stays with the table's beginning; a chart stays whole."""
        from reportlab.platypus import CondPageBreak

        out = [CondPageBreak(120), self.paragraph(self.say(section.title), self.section)]
        if not section.lines:
            return [*out, self.paragraph(self.say(words.NOTHING), self.body)]
        heads = [self._head(column) for column in section.columns]
        rows = [[self.paragraph(self.say(section.head), self.small), *heads]]
        lines = (*section.lines, *section.foot)
        rows += [
            [self.paragraph(self._name(section, line), self.body), *(written(cell) for cell in line.cells)]
            for line in lines
        ]
        share = _FIRST_SHARE if len(section.columns) < _MANY else _FIRST_MIN
        first = self.breadth * share
        widths = [first, *[(self.breadth - first) / len(section.columns)] * len(section.columns)]
        feet = range(1 + len(section.lines), 1 + len(lines))
        out.append(_table(rows, widths, list(feet), heads=1, font=self.fonts.first))
        if section.chart is not None:
            out.append(drawing(section, section.chart, self.language, self.fonts, self.breadth))
        return out

    def _head(self, column: Column) -> Any:
        """The unit on a line of its own."""
        from reportlab.platypus import Paragraph

        unit = "" if column.varies else self.say(UNITS[column.unit])
        name = self.fonts.marked_up(self.say(column.name))
        return Paragraph(f"{name}<br/>{self.fonts.marked_up(unit)}" if unit else name, self.right)

    def _name(self, section: Section, line: Line) -> str:
        if section.columns[0].varies:
            return with_unit(line.name, line.cells[0].unit, self.language, UNITS)
        return pick(line.name, self.language)

    def _formulas(self) -> list[Any]:
        from reportlab.platypus import CondPageBreak

        heads = [self.say(one) for one in (words.FIGURE, words.UNIT, words.FORMULA, words.SOURCE)]
        rows = [
            [self.paragraph(text, self.small) for text in row] for row in [heads, *formulas(self.report, self.language)]
        ]
        widths = [self.breadth * part for part in (0.2, 0.1, 0.42, 0.28)]
        title = self.paragraph(self.say(words.FORMULAS), self.section)
        return [CondPageBreak(120), title, _table(rows, widths, [], heads=1, font=self.fonts.first)]


def _table(rows: list[list[Any]], widths: list[float], feet: list[int], heads: int, font: str = "") -> Any:
    from reportlab.platypus import Table

    style: list[Any] = [
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
    ]
    if font:
        style += [("FONT", (0, 0), (-1, -1), font, _SIZE), ("ALIGN", (1, 0), (-1, -1), "RIGHT")]
    if heads:
        style += [("BACKGROUND", (0, 0), (-1, heads - 1), _PALE), ("VALIGN", (0, 0), (-1, 0), "TOP")]
    style += [("BACKGROUND", (0, row), (-1, row), "#f6f8fc") for row in feet]
    return Table(rows, colWidths=widths, repeatRows=heads, style=style, hAlign="LEFT")


def _numbered(told: _Told) -> Any:
    """A canvas that knows, when it is saved, how many pages there are."""
    from reportlab.pdfgen.canvas import Canvas

    class Numbered(Canvas):  # type: ignore[misc]
        def __init__(self, *given: Any, **more: Any) -> None:
            super().__init__(*given, **more)
            self.pages: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802 - reportlab's name
            self.pages.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for number, page in enumerate(self.pages, 1):
                self.__dict__.update(page)
                _frame(self, told, number, len(self.pages))
                super().showPage()
            super().save()

    return Numbered


def _frame(canvas: Any, told: _Told, page: int, pages: int) -> None:
    width, height = canvas._pagesize
    _set(canvas, told.fonts, told.header, _MARGIN, height - _TOP * 0.55)
    number = told.say(words.PAGE).format(page=page, pages=pages)
    _set(canvas, told.fonts, number, width - _MARGIN, _BOTTOM * 0.5, right=True)
    canvas.setStrokeColor(_LINE)
    canvas.line(_MARGIN, height - _TOP * 0.7, width - _MARGIN, height - _TOP * 0.7)


def _set(canvas: Any, fonts: Fonts, text: str, x: float, y: float, *, right: bool = False) -> None:
    from reportlab.pdfbase.pdfmetrics import stringWidth

    runs = fonts.runs(text)
    if right:
        x -= sum(stringWidth(run, font, _SMALL) for font, run in runs)
    for font, run in runs:
        canvas.setFont(font, _SMALL)
        canvas.drawString(x, y, run)
        x += stringWidth(run, font, _SMALL)
