"""How a number of a report is written, everywhere alike: on the page, in the PDF, and by a workbook's cell formats."""

from decimal import ROUND_HALF_UP, Decimal

from hub.history.asking import Value
from hub.reports.report import Cell, Measure

NOTHING = "–"
_PLACES: dict[Measure, int] = {"level": 2, "": 3}
_PER_CENT: tuple[Measure, ...] = ("share", "points", "ratio")


def written(cell: Cell) -> str:
    """`12,345`, `0:05:13`, `97.2%`, `+1.4` points; a change has its sign; `–` where there is nothing to say."""
    if cell.value is None:
        return NOTHING
    text = _plain(cell.value, cell.unit)
    negative = text.startswith("-")
    if not any(digit in "123456789" for digit in text):
        return text.lstrip("-")
    return text if negative or not cell.signed else f"+{text}"


def _plain(value: float | int, unit: Measure) -> str:
    if unit == "s":
        return _clock(value)
    if unit in _PER_CENT:
        text = f"{rounded(Decimal(str(value)) * 100, 1):,}"
        return text if unit == "points" else f"{text}%"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{rounded(Decimal(str(value)), _PLACES.get(unit, 1)):,}"


def rounded(value: Decimal, places: int) -> Decimal:
    """Halves away from zero, as a workbook shows them; Python's own formats would go to the even one."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _clock(seconds: float) -> str:
    """h:mm:ss, as the format [h]:mm:ss of a workbook."""
    whole = int(rounded(abs(Decimal(str(seconds))), 0))
    sign = "-" if seconds < 0 else ""
    return f"{sign}{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def difference(now: Value, before: Value, unit: Measure) -> Cell:
    """Absolute: of shares in points, else in the figure's own unit."""
    value = None if now is None or before is None else now - before
    return Cell(value, "points" if unit == "share" else unit, signed=True)


def ratio(now: Value, before: Value, unit: Measure) -> Cell:
    """Relative to before; of a share only its points make sense, and nothing is relative to nothing."""
    if now is None or not before or unit == "share":
        return Cell(None, "ratio", signed=True)
    return Cell((now - before) / before, "ratio", signed=True)
