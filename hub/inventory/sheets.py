"""The cells of a table file, CSV or XLSX, as found in its bytes; what could harm, or would be guesswork, is refused."""

import codecs
import csv
import io
import itertools
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple, TypeAlias

from hub.domain.speech import Words

FILE_MAX = 2 * 1024 * 1024  # bytes
ROWS_MAX, COLUMNS_MAX, CELL_MAX = 5000, 60, 1000
_UNPACKED_MAX = 40 * 1024 * 1024  # bytes of all parts of an XLSX together
_PARTS_MAX = 300
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # .xls, and XLSX with a password
_ZIP = b"PK\x03\x04"
_SEPARATORS = ",;\t"

Value: TypeAlias = str | int | float | bool | date | datetime | None


class Cell(NamedTuple):
    """`formula`: what Excel would compute, of which the file holds no more than a memory."""

    value: Value
    formula: bool = False


class SheetRefusedError(ValueError):
    """A file that cannot be read as a table. `told`: why, and what to do."""

    def __init__(self, zh: str, en: str) -> None:
        self.told = Words(zh, en)
        super().__init__(en)


def read(body: bytes) -> list[list[Cell]]:
    """Its rows, as many cells each as it has. Raises SheetRefusedError."""
    if len(body) > FILE_MAX:
        raise SheetRefusedError("文件超过 2 MB，请分成几个文件", "the file is larger than 2 MB: split it")
    if body.startswith(_OLE):
        raise SheetRefusedError(
            "这是旧式 .xls 文件或加密的文件，请另存为不加密的 .xlsx 或 .csv",
            "this is an old .xls file, or one with a password: save it as .xlsx without one, or as .csv",
        )
    rows = _xlsx(body) if body.startswith(_ZIP) else _csv(body)
    return _bounded(rows)


def _bounded(rows: Iterator[list[Cell]]) -> list[list[Cell]]:
    found: list[list[Cell]] = []
    blank = 0
    for row in rows:
        while row and row[-1].value in (None, ""):
            row.pop()
        if len(found) + blank > ROWS_MAX:
            raise SheetRefusedError(
                f"行数超过 {ROWS_MAX}，请分成几个文件", f"more than {ROWS_MAX} rows: split the file"
            )
        if len(row) > COLUMNS_MAX:
            text = f"row {len(found) + blank + 1} has more than {COLUMNS_MAX} columns"
            raise SheetRefusedError(f"第 {len(found) + blank + 1} 行超过 {COLUMNS_MAX} 列", text)
        if not row:
            blank += 1
            continue
        found += [[] for _ in range(blank)]
        blank = 0
        found.append(row)
    return found


# CSV.


def _csv(body: bytes) -> Iterator[list[Cell]]:
    text = _decoded(body)
    first, _, rest = text.partition("\n")
    if first.strip().lower() in ("sep=,", "sep=;", "sep=\t"):  # for Excel, and not a row
        separator, text = first.strip()[4:] or "\t", rest
    else:
        separator = max(_SEPARATORS, key=first.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
            yield [_plain(cell) for cell in row]
    except csv.Error as error:
        raise SheetRefusedError(f"CSV 格式有误：{error}", f"this is not sound CSV: {error}") from error


def _plain(text: str) -> Cell:
    """`="0012"` is how a CSV keeps Excel from dropping leading zeros; any other `=` is a formula."""
    text = text.strip()
    if text.startswith('="') and text.endswith('"') and '"' not in text[2:-1]:
        return Cell(text[2:-1])
    return Cell(text.removeprefix("'"), formula=text.startswith("="))


def _decoded(body: bytes) -> str:
    """UTF-8, with or without its mark, or GB18030, as Excel in China writes it. Nothing is guessed beyond that."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise SheetRefusedError(
            "这是“Unicode 文本”，请另存为“CSV UTF-8（逗号分隔）”或 .xlsx",
            'this is "Unicode Text": save it as "CSV UTF-8", or as .xlsx',
        )
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
        break
    raise SheetRefusedError(
        "文件不是 UTF-8 或 GB18030 编码的 CSV，也不是 .xlsx",
        "this is neither .xlsx nor CSV in UTF-8 or GB18030",
    )


# XLSX.


def _xlsx(body: bytes) -> Iterator[list[Cell]]:
    from openpyxl import load_workbook  # takes a tenth of a second to load: when a workbook comes

    _look_into(body)
    try:
        book = load_workbook(io.BytesIO(body), read_only=True, keep_links=False)
        sheet: Any = next((one for one in book.worksheets if one.sheet_state == "visible"), None)
        if sheet is None:
            raise SheetRefusedError("工作簿中没有可见的工作表", "the workbook has no visible sheet")
        sheet.reset_dimensions()  # what the file says of them may be a lie
        for row in itertools.islice(sheet.iter_rows(), ROWS_MAX + 2):
            yield [Cell(_shortened(cell.value), formula=cell.data_type == "f") for cell in row[: COLUMNS_MAX + 1]]
    except SheetRefusedError:
        raise
    except Exception as error:  # openpyxl has no tree of its own: KeyError, ValueError, BadZipFile, ParseError …
        text = f"this .xlsx cannot be read ({type(error).__name__}): open it in Excel and save it anew"
        raise SheetRefusedError(
            f"此 .xlsx 无法读取（{type(error).__name__}），请用 Excel 打开后重新保存", text
        ) from error


def _shortened(value: Any) -> Value:
    if isinstance(value, str):
        return value.strip()[: CELL_MAX + 1]
    return value if isinstance(value, int | float | bool | date | datetime) else None if value is None else str(value)


def _look_into(body: bytes) -> None:
    """Before anything is unpacked as a whole: how large it would be, and whether there is anything but cells in it.

    zipfile gives out no more of a part than the directory says, so what is said there is a limit.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            parts = archive.infolist()
            if len(parts) > _PARTS_MAX or sum(part.file_size for part in parts) > _UNPACKED_MAX:
                raise SheetRefusedError(
                    "工作簿解开后过大，请只保留一张表后另存",
                    "unpacked, this workbook is too large: keep one sheet only",
                )
            names = [part.filename.lower() for part in parts]
            if any("vbaproject" in name or "macrosheets" in name for name in names):
                raise SheetRefusedError(
                    "工作簿含有宏，请另存为不含宏的 .xlsx", "this workbook has macros: save it as .xlsx without them"
                )
            for part in parts:
                if part.filename.lower().endswith((".xml", ".rels")) and _declares(archive.read(part)):
                    raise SheetRefusedError(
                        "工作簿含有 Excel 不会写入的内容（DTD），已拒绝",
                        "this workbook has declarations (a DTD) that no Excel writes",
                    )
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError, zlib.error) as error:
        raise SheetRefusedError(
            "此 .xlsx 已损坏，请重新保存后再试", f"this .xlsx is damaged: save it anew ({error})"
        ) from error


def _declares(part: bytes) -> bool:
    """Entities are what XML bombs are made of, in whichever of the encodings that the parser takes."""
    plain = part.replace(b"\0", b"")
    return b"<!DOCTYPE" in plain or b"<!ENTITY" in plain
