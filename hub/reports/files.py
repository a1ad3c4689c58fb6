"""A report as a file. Writing one takes a second or so of a processor: do it in a thread."""

from collections.abc import Callable
from typing import Literal, TypeAlias

from hub.reports import csv_file, pdf_file, xlsx_file
from hub.reports.report import Report
from hub.reports.words import pick

Format: TypeAlias = Literal["csv", "xlsx", "pdf"]
TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
_WRITE: dict[Format, Callable[[Report, str], bytes]] = {
    "csv": csv_file.write,
    "xlsx": xlsx_file.write,
    "pdf": pdf_file.write,
}


def write(report: Report, format: Format, language: str) -> bytes:
    return _WRITE[format](report, language)


def name(report: Report, format: Format, language: str) -> str:
    """Of the file, in the reader's language; no system minds its characters."""
    wish = report.wish
    days = wish.first if wish.first == wish.last else f"{wish.first}_{wish.last}"
    text = f"{pick(report.hall, language)}-{pick(report.title, language)}-{days}.{format}"
    return "".join("_" if char in '/\\:*?"<>|' or ord(char) < 32 else char for char in text)
