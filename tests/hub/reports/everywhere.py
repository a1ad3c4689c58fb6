"""What the same report says in each of its forms: (section, key, figure) → what stands there."""

import csv
import io
import re
import subprocess
import zipfile
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest
from openpyxl import load_workbook

from hub.reports.words import RAW_UNITS, UNITS

Told = dict[tuple[str, str], list[Any]]
"""(title of the table, name of the line) → values or texts of its cells, in order."""


class _Page(HTMLParser):
    """Raw values (`<data value>`) and texts of the page's tables."""

    def __init__(self) -> None:
        super().__init__()
        self.raw: Told = {}
        self.texts: Told = {}
        self.keys: dict[tuple[str, str], tuple[str, str]] = {}
        self.figures: dict[str, list[str]] = {}
        self._section = self._title = self._key = self._name = ""
        self._in: list[str] = []
        self._data: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag in ("h2", "small", "details", "th", "td", "summary", "svg"):
            self._in.append(tag)
        if tag == "h2":
            self._title = ""
        if tag == "table":
            self._section = told["data-section"] or ""
            self.figures[self._section] = []
        if tag == "th" and "data-figure" in told:
            self.figures[self._section].append(told["data-figure"] or "")
        if tag == "tr":
            self._key, self._name = told.get("data-key") or "", ""
        if tag == "data":
            self._data = told["value"]
        if tag == "td":
            self._data = None
            self._text = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "td":
            place = (self._title.strip(), " ".join(self._name.split()))
            self.keys[(self._section, self._key)] = place
            self.raw.setdefault(place, []).append(None if self._data is None else float(self._data))
            self.texts.setdefault(place, []).append(self._text.strip())
        if self._in and tag == self._in[-1]:
            self._in.pop()

    def handle_data(self, data: str) -> None:
        where = self._in[-1] if self._in else ""
        if where == "h2":
            self._title += data
        elif where == "th":
            self._name += data
        elif where == "td":
            self._text += data


def of_page(html: str) -> _Page:
    page = _Page()
    page.feed(html)
    return page


def of_csv(body: bytes) -> Told:
    assert body.startswith(b"\xef\xbb\xbf"), "by which Excel knows UTF-8"
    found: Told = {}
    title, before = "", [""]
    for row in csv.reader(io.StringIO(body.decode("utf-8-sig"))):
        if len(row) == 1:
            title = row[0]
        elif row and before and len(before) != 1:
            found[(title, _plain(row[0]))] = (
                [float(one) if one else None for one in row[1:]] if _numbers(row[1:]) else []
            )
        before = row
    return {key: values for key, values in found.items() if values}


def of_xlsx(body: bytes) -> tuple[Told, Any]:
    """Durations in seconds, points as parts of 1; and the workbook."""
    book = load_workbook(io.BytesIO(body))
    found: Told = {}
    for number, sheet in enumerate(book.worksheets[:-1], 1):
        stored = _stored(body, number)
        title = sheet.cell(1, 1).value
        for row in sheet.iter_rows(min_row=4, max_col=sheet.max_column) if number > 1 else ():
            if row[0].value is not None:
                found[(title, _plain(row[0].value))] = [_number(cell, stored) for cell in row[1:]]
    return found, book


def _stored(body: bytes, sheet: int) -> dict[str, float]:
    """Numbers as they lie in the file: openpyxl would round durations to milliseconds."""
    with zipfile.ZipFile(io.BytesIO(body)) as parts:
        root = ElementTree.fromstring(parts.read(f"xl/worksheets/sheet{sheet}.xml"))
    name = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    cells = (one for one in root.iter(f"{name}c") if one.get("t", "n") == "n")
    return {one.get("r", ""): float(v.text or "") for one in cells if (v := one.find(f"{name}v")) is not None}


def of_pdf(body: bytes, titles: set[str]) -> Told:
    """By name, as pdftotext lays the pages out, under one of the titles. A table may go on over the page's end."""
    text = subprocess.run(["pdftotext", "-layout", "-", "-"], input=body, capture_output=True, check=True).stdout
    found: Told = {}
    title = ""
    for line in text.decode("utf-8").splitlines():
        parts = re.split(r"\s{2,}", line.strip())
        if len(parts) == 1 and parts[0] in titles:
            title = parts[0]
        elif len(parts) > 1:
            found.setdefault((title, _plain(parts[0])), parts[1:])
    return found


def assert_same(found: Told, shown: Told) -> None:
    """A workbook's numbers are the page's, but for what it calculates with days and per cent."""
    assert set(found) == set(shown)
    for place, values in shown.items():
        assert [one is None for one in found[place]] == [one is None for one in values], place
        told = zip(found[place], values, strict=True)
        assert all(one is None or one == pytest.approx(value, rel=1e-12, abs=1e-9) for one, value in told), place


def _number(cell: Any, stored: dict[str, float]) -> float | None:
    value = stored.get(cell.coordinate)
    if value is None:
        return None
    if "mm:ss" in cell.number_format:
        return value * 86400
    return value / 100 if cell.number_format.endswith("0.0;0.0") else value


def _numbers(cells: list[str]) -> bool:
    return all(re.fullmatch(r"(-?[\d.]+(e-?\d+)?)?", one) for one in cells)


def _plain(name: str) -> str:
    """Without the unit behind it."""
    for unit in (*UNITS.values(), *RAW_UNITS.values()):
        if unit.zh:
            name = name.strip().removesuffix(f"（{unit.zh}）")
    return name
