"""The inventory as a file again, and an empty one to fill in. What a table program would take for a formula is text."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, Any

from hub.domain.asset_life import FIRST_STATES
from hub.domain.assets import Asset
from hub.domain.speech import Words
from hub.inventory.columns import COLUMNS, KIND_WORDS, STATE_WORDS
from hub.inventory.sheets import ROWS_MAX

if TYPE_CHECKING:
    from openpyxl import Workbook

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_AFTER = (  # what an export has beyond what an import takes
    Words("所在点位", "At position"),
    Words("设备", "Device"),
    Words("状态自", "In this state since"),
    Words("首次安装", "First installed"),
    Words("首次在用", "First in service"),
    Words("最近在线", "Last online"),
)
_LONG_DIGITS = 12  # Excel shows such a number in scientific notation
_WIDTHS = {"serial": 24, "model": 18, "supplier": 18, "note": 30, "planned": 16}


def exported(assets: Iterable[Asset], seen: Mapping[str, datetime], zone: tzinfo, *, english: bool) -> list[list[Any]]:
    """Headings and a row for each asset: the columns of an import first, so that it can be read in again."""
    pick = _english if english else _chinese
    rows: list[list[Any]] = [[pick(column.title) for column in COLUMNS] + [pick(words) for words in _AFTER]]
    for one in assets:
        details = one.details
        known: dict[str, Any] = {
            "serial": one.serial,
            "kind": pick(KIND_WORDS[details.kind]),
            "price": None if details.price_fen is None else details.price_fen / 100,
            "state": pick(STATE_WORDS[one.state]),
        }
        first = [known[name] if name in known else getattr(details, name) for name in (c.field for c in COLUMNS)]
        times = (one.since, one.installed_at, one.commissioned_at, seen.get(one.serial))
        rows.append([*first, one.position, one.device, *(_local(at, zone) for at in times)])
    return rows


def as_csv(rows: Iterable[Sequence[Any]]) -> bytes:
    """UTF-8 with its mark, which is how Excel knows it."""
    target = io.StringIO()
    writer = csv.writer(target)
    for row in rows:
        writer.writerow([_text(value) for value in row])
    return target.getvalue().encode("utf-8-sig")


def as_xlsx(rows: Sequence[Sequence[Any]]) -> bytes:
    book = _workbook()
    sheet = book.active
    _fill(sheet, rows)
    return _saved(book)


def template_csv(*, english: bool) -> bytes:
    return as_csv([[column.title.en if english else column.title.zh for column in COLUMNS]])


def template_xlsx(*, english: bool) -> bytes:
    """With choices for kinds and states, serials as text, and a second sheet that says what goes where."""
    pick = _english if english else _chinese
    book = _workbook()
    sheet = book.active
    _fill(sheet, [[pick(column.title) for column in COLUMNS]])
    _choices(sheet, "kind", [pick(words) for words in KIND_WORDS.values()])
    _choices(sheet, "state", [pick(STATE_WORDS[state]) for state in FIRST_STATES])
    about = book.create_sheet("About" if english else "说明")
    lines = [[pick(column.title), column.example] for column in COLUMNS]
    _fill(about, [["Column", "Example"] if english else ["列", "示例"], *lines])
    return _saved(book)


def _chinese(words: Words) -> str:
    return words.zh


def _english(words: Words) -> str:
    return words.en


def _fill(sheet: Any, rows: Sequence[Sequence[Any]]) -> None:
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter

    for line, row in enumerate(rows, 1):
        for number, value in enumerate(row, 1):
            cell = sheet.cell(line, number, value)
            if isinstance(value, str):
                cell.data_type = "s"  # also where it begins with "="
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="D5E3FB")
    for number, column in enumerate(COLUMNS, 1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDTHS.get(column.field, 13)
    sheet.column_dimensions["A"].number_format = "@"
    sheet.freeze_panes = "B2"


def _choices(sheet: Any, field: str, names: Sequence[str]) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    number = next(at for at, column in enumerate(COLUMNS, 1) if column.field == field)
    letter = get_column_letter(number)
    choice = DataValidation(type="list", formula1='"' + ",".join(names) + '"', allow_blank=True)
    sheet.add_data_validation(choice)
    choice.add(f"{letter}2:{letter}{ROWS_MAX}")


def _workbook() -> "Workbook":
    """openpyxl takes a tenth of a second to load: when somebody wants a workbook."""
    from openpyxl import Workbook

    return Workbook()


def _saved(book: "Workbook") -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _text(value: Any) -> str:
    """Digits that Excel would shorten or round stand as `="0012"`, which it shows as they are, and the import knows."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.2f}".removesuffix(".00")
    text = value.isoformat(sep=" ") if isinstance(value, datetime) else str(value)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return f'="{value}"' if value.startswith("0") or len(value) >= _LONG_DIGITS else value
    return "'" + text if text.startswith(_FORMULA) else text


def _local(at: datetime | None, zone: tzinfo) -> datetime | date | None:
    return None if at is None else at.astimezone(zone).replace(tzinfo=None, microsecond=0)
