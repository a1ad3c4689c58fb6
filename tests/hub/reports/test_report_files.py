"""Reports as files: how they are named, who took them, and texts that could be taken for something else."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from urllib.parse import unquote

import pytest

from hub.domain.speech import Words
from hub.reports import csv_file, pdf_file, pdf_fonts, xlsx_file
from hub.reports.numbers import written
from hub.reports.report import Cell, Chart, Column, Line, Report, Section, Wish
from tests.hub.reports.everywhere import of_xlsx
from tests.hub.web.conftest import Pages


def report(*names: str) -> Report:
    """One table, a line for each name."""
    lines = tuple(
        Line(
            key=name,
            name=Words(name, name),
            cells=(Cell(number + 1, "tickets"), Cell(75.5, "s"), Cell(-3.0, "s", True)),
        )
        for number, name in enumerate(names)
    )
    columns = (
        Column(ident="served", name=Words("办件量", "Served"), unit="tickets"),
        Column(ident="wait", name=Words("等候", "Waiting"), unit="s"),
        Column(ident="change", name=Words("增减", "Change"), unit="s", signed=True),
    )
    section = Section(
        ident="work", title=Words("工作量", "Work"), head=Words("窗口", "Counter"), columns=columns, lines=lines,
        chart=Chart(title=Words("工作量", "Work"), kind="bars", columns=("served",)),
    )  # fmt: skip
    return Report(
        wish=Wish(hall="small", first="2026-11-01", last="2026-11-30"), hall=Words("大厅", "Hall"), only=(),
        before_first="2026-10-01", before_last="2026-10-31", made_at=datetime(2026, 12, 1, 9, 0), made_by="boss",
        sections=(section,),
    )  # fmt: skip


def text_of(pdf: bytes) -> str:
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode("utf-8")


@pytest.mark.parametrize("form", ["csv", "xlsx", "pdf"])
def test_a_file_has_its_name_in_chinese_and_is_noted_with_who_took_it(pages: Pages, day: str, form: str) -> None:
    with pages.visitor("boss") as boss:
        answer = boss.get("/stats/small/file", params={"range": "day", "at": day, "format": form})
    head = answer.headers["content-disposition"]
    assert head.startswith(f"attachment; filename=\"statistics.{form}\"; filename*=UTF-8''")
    assert unquote(head.rpartition("''")[2]) == f"街道便民服务站-统计报表-{day}.{form}"
    noted = pages.parts.audit.of("small")[0]
    assert (noted.who, noted.what, noted.detail) == ("boss", "report-exported", f"{form} · {day} – {day}")


def test_files_wanted_at_once_are_all_written(pages: Pages, day: str) -> None:
    """Two at a time; the others wait for their turn."""
    with pages.visitor("boss") as boss, ThreadPoolExecutor(5) as many:
        wanted = {"range": "day", "at": day, "format": "xlsx"}
        answers = list(many.map(lambda _: boss.get("/stats/small/file", params=wanted).status_code, range(5)))
    assert answers == [200] * 5


def test_a_name_that_looks_like_a_formula_is_a_text_in_every_file() -> None:
    nasty = '=HYPERLINK("http://elsewhere.example")'
    told = report(nasty, "@SUM(A1)", "-1+1", "+1")
    body = csv_file.write(told, "zh").decode("utf-8-sig")
    assert all(not line.startswith(("=", "@", "+", "-", '"=')) for line in body.splitlines())
    found, book = of_xlsx(xlsx_file.write(told, "zh"))
    assert ("工作量", nasty) in found
    assert "f" not in {cell.data_type for sheet in book.worksheets for row in sheet.iter_rows() for cell in row}
    assert nasty in text_of(pdf_file.write(told, "zh"))


def test_excels_own_charts_are_drawn_of_the_tables_cells() -> None:
    _, book = of_xlsx(xlsx_file.write(report("一", "二", "三"), "zh"))
    sheet = book["工作量"]
    (chart,) = sheet._charts
    (series,) = chart.series
    assert series.val.numRef.f == "'工作量'!$B$4:$B$6"
    assert series.cat.strRef.f == "'工作量'!$A$4:$A$6"
    assert series.tx.strRef.f == "'工作量'!B3"
    assert [sheet["B4"].value, sheet["A6"].value, sheet["B3"].value] == [1, "三", "办件量\n张"]
    assert (sheet.freeze_panes, sheet["C4"].number_format) == ("B4", "[h]:mm:ss")


def test_every_figure_has_its_formula_and_source_in_every_file() -> None:
    told = report("一")
    _, book = of_xlsx(xlsx_file.write(told, "zh"))
    csv, pdf = csv_file.write(told, "zh").decode("utf-8-sig"), text_of(pdf_file.write(told, "zh"))
    rows = list(book["公式与来源"].iter_rows(min_row=4, values_only=True))
    assert len(rows) > 30
    for name, *_, formula, source in rows:
        assert formula in csv, name
        assert source in csv, name
        assert name[:4] in pdf


def test_a_pdf_tells_who_made_it_on_every_page_and_repeats_the_heads() -> None:
    body = pdf_file.write(report(*(f"{number}号窗口" for number in range(1, 90))), "zh")
    pages = text_of(body).rstrip("\f").split("\f")
    assert len(pages) >= 4
    for number, page in enumerate(pages, 1):
        assert "2026-11-01 – 2026-11-30" in page
        assert "boss" in page
        assert f"第 {number} 页，共 {len(pages)} 页" in page
    assert sum("办件量" in page for page in pages) >= 3
    assert body == pdf_file.write(report(*(f"{number}号窗口" for number in range(1, 90))), "zh")


def test_a_rare_character_never_vanishes_from_a_pdf() -> None:
    """䶮 is in the font that is put in; 𠮷 stands as its code where no font has it."""
    fonts = pdf_fonts.fonts()
    text = text_of(pdf_file.write(report("王䶮", "李𠮷", "A & <B>"), "zh"))
    shown = "".join(run for _, run in fonts.runs("李𠮷"))
    assert shown == "李𠮷" or shown in text
    assert fonts.plain("李𠮷") == "李[U+20BB7]"
    assert "A & <B>" in text
    if fonts.first == "Zenhei":
        assert "王䶮" in text


def test_without_a_font_to_put_in_the_readers_own_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    pdf_fonts.fonts.cache_clear()
    monkeypatch.setattr(pdf_fonts, "_FONTS", tmp_path)
    try:
        body = pdf_file.write(report("王䶮", "一号窗口"), "zh")
        assert b"STSong-Light" in body
        assert pdf_fonts.fonts().plain("王䶮") == "王[U+4DAE]"
    finally:
        pdf_fonts.fonts.cache_clear()


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (Cell(12345, "tickets"), "12,345"), (Cell(313.4, "s"), "0:05:13"), (Cell(90061.5, "s"), "25:01:02"),
        (Cell(0.9725, "share"), "97.3%"), (Cell(0.0125, "points", True), "+1.3"), (Cell(-7.2, "s", True), "-0:00:07"),
        (Cell(-0.2, "s", True), "0:00:00"), (Cell(None, "share"), "–"), (Cell(4.005, "level"), "4.01"),
        (Cell(0.0, "ratio", True), "0.0%"), (Cell(0.25, ""), "0.250"), (Cell(5, ""), "5"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_a_workbook_shows_them(cell: Cell, text: str) -> None:
    assert written(cell) == text
