"""A sheet of labels for boards, as PDF: which position, in words and as a QR code."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

_FONT = "STSong-Light"  # Adobe's Simplified Chinese; every viewer and printer driver brings it, so nothing is embedded
_POINTS_MM = 72 / 25.4
_PAGE_MM = (210.0, 297.0)


class LabelError(ValueError):
    """The labels cannot be laid out like this; the text says why."""


class Label(msgspec.Struct, frozen=True):
    """`code`: what the QR code says. `words`: lines, the first one large."""

    code: str
    words: tuple[str, ...]

    @classmethod
    def of_position(cls, hall: str, position: str, device_class: str, place: str = "") -> "Label":
        return cls(f"tingxu:{hall}/{position}", (position, f"{hall} · {device_class.replace('_', ' ')}", place))


class Grid(msgspec.Struct, frozen=True):
    """Of a sheet on A4, in mm. As it stands: 3 × 8 of 63.5 × 33.9, such as Avery L7159."""

    columns: int = 3
    rows: int = 8
    width: float = 63.5
    height: float = 33.9
    left: float = 6.5
    top: float = 12.9
    across: float = 66.0
    down: float = 33.9

    @classmethod
    def read(cls, text: str) -> "Grid":
        """COLUMNSxROWS,WIDTHxHEIGHT,LEFT,TOP[,ACROSS,DOWN]. Raises LabelError."""
        try:
            count, size, left, top, *pitch = text.split(",")
            columns, rows = map(int, count.split("x"))
            width, height = map(float, size.split("x"))
            across, down = map(float, pitch) if pitch else (width, height)
            grid = cls(columns, rows, width, height, float(left), float(top), across, down)
        except ValueError as error:
            raise LabelError(f"{text!r}: write it like 3x8,63.5x33.9,6.5,12.9,66,33.9 (mm)") from error
        return grid.checked()

    def checked(self) -> "Grid":
        if min(self.columns, self.rows) < 1 or min(self.width, self.height) < 15:
            raise LabelError("a label must be 15 mm in each direction at least, to be read")
        right = self.left + (self.columns - 1) * self.across + self.width
        bottom = self.top + (self.rows - 1) * self.down + self.height
        if (
            right > _PAGE_MM[0] + 0.5
            or bottom > _PAGE_MM[1] + 0.5
            or self.across < self.width
            or self.down < self.height
        ):
            raise LabelError(
                f"{self.columns} × {self.rows} labels of {self.width:g} × {self.height:g} mm do not fit on A4"
            )
        return self


def sheet(path: Path, labels: Iterable[Label], grid: Grid = Grid(), skip: int = 0) -> int:  # noqa: B008 - frozen
    """How many pages. `skip`: of the first sheet, what was used before. Raises LabelError, OSError."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    canvas = Canvas(str(path), pagesize=tuple(one * _POINTS_MM for one in _PAGE_MM), invariant=1)
    canvas.setTitle("Tingxu 厅序")
    on_page = grid.columns * grid.rows
    last = -1
    for number, label in enumerate(labels, skip % on_page):
        page, place = divmod(number, on_page)
        if page != last and last >= 0:
            canvas.showPage()
        last = page
        row, column = divmod(place, grid.columns)
        x = (grid.left + column * grid.across) * _POINTS_MM
        y = (_PAGE_MM[1] - grid.top - row * grid.down - grid.height) * _POINTS_MM
        _draw(canvas, label, x, y, grid)
    if last < 0:
        raise LabelError("there are no labels to print")
    canvas.save()
    return last + 1


def _draw(canvas: object, label: Label, x: float, y: float, grid: Grid) -> None:
    from reportlab.graphics import renderPDF
    from reportlab.graphics.barcode.qr import QrCodeWidget
    from reportlab.graphics.shapes import Drawing
    from reportlab.pdfbase.pdfmetrics import stringWidth

    width, height = grid.width * _POINTS_MM, grid.height * _POINTS_MM
    side = min(height, width * 0.45) - 4
    code = QrCodeWidget(label.code, barLevel="M")
    left, bottom, right, top = code.getBounds()
    scale = side / max(right - left, top - bottom)
    drawing = Drawing(side, side, transform=[scale, 0, 0, scale, 0, 0])
    drawing.add(code)
    renderPDF.draw(drawing, canvas, x + 2, y + (height - side) / 2)
    room = width - side - 8
    line = y + height - 6
    for index, words in enumerate(label.words):
        size = 12.0 if index == 0 else 8.0
        while size > 4 and stringWidth(words, _FONT, size) > room:
            size -= 0.5
        line -= size * 1.35
        canvas.setFont(_FONT, size)  # type: ignore[attr-defined]
        canvas.drawString(x + side + 4, line, words)  # type: ignore[attr-defined]
