"""Inventory files: what is read from CSV and XLSX, what is refused in which words, and that a file comes back whole."""

import io
import random
import warnings
import zipfile
from datetime import UTC, date, datetime

import pytest
from openpyxl import Workbook, load_workbook

from halls.format import parse
from hub.domain.asset_life import Amend, decide
from hub.domain.assets import Asset, Details, evolve
from hub.inventory import sheets, writing
from hub.inventory.planning import Plan, plan
from hub.inventory.sheets import SheetRefusedError
from provisioning.rehearsal.purchases import bought
from tests.support.day import SMALL, small_hall

NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
HALL = small_hall()
DONGCHENG = SMALL.parent / "dongcheng.toml"
CHINESE = "序列号,类别,型号,供应商,单价(元),采购日期,保修截止,预计寿命(年),计划点位,备注\r\n"
GOOD = CHINESE + (
    '="00012a7f",呼叫器,TX-C1,某某科技,"¥1,680.50",2026-01-05,2029年1月4日,6,caller-1,一号窗\r\n'
    "SN-2,评价器,,,,,,,evaluator-1,\r\n"
    "SN-3,window-card,,,120,20260105,,,,\r\n"
)


def look(body: bytes | str, here: dict[str, Asset] | None = None) -> Plan:
    return plan(sheets.read(body.encode() if isinstance(body, str) else body), HALL, here or {})


def done(looked: Plan, here: dict[str, Asset] | None = None) -> dict[str, Asset]:
    """The inventory afterwards."""
    assert looked.problems == ()
    assets = dict(here or {})
    for serial, command in looked.commands("small", "tech", NOW):
        for event in decide(assets.get(serial), command):
            assets[serial] = evolve(assets.get(serial), serial, event)
    return assets


def told(looked: Plan) -> list[tuple[int, str, str]]:
    return [(one.row, one.column, one.what.en) for one in looked.problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_csv_is_read_as_excel_in_china_writes_it(encoding, separator):
    text = GOOD.replace('"¥1,680.50"', "1680.50").replace(",", separator)
    found = done(look(text.encode(encoding)))
    first = Details(
        kind="caller",
        model="TX-C1",
        supplier="某某科技",
        price_fen=168050,
        bought_on=date(2026, 1, 5),
        warranty_until=date(2029, 1, 4),
        life_years=6,
        planned="caller-1",
        note="一号窗",
    )
    assert found["00012A7F"].details == first, "leading zeros are kept, case is not told apart"
    assert (found["SN-3"].details.kind, found["SN-3"].state) == ("window-card", "in-stock")


def test_titles_above_and_foreign_columns_beside_do_no_harm():
    body = "设备清单,,\r\n\r\n序号,S/N,Kind,State\r\n1,A1,Caller,ordered\r\n"
    looked = look(body)
    assert looked.ignored == ("序号",)
    assert done(looked)["A1"].state == "ordered"


def workbook(rows, change=lambda book: None) -> bytes:
    book, target = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    change(book)
    book.save(target)
    return target.getvalue()


def test_an_xlsx_is_read_with_its_own_dates_and_numbers():
    rows = [["序列号", "类别", "单价", "采购日期", "预计寿命"], ["0007", "呼叫器", 680, datetime(2026, 1, 5), 6]]
    [asset] = done(look(workbook(rows))).values()
    assert (asset.serial, asset.details.price_fen, asset.details.bought_on) == ("0007", 68000, date(2026, 1, 5))


def test_every_problem_is_told_at_once_with_row_column_and_what_would_be_right():
    body = CHINESE + (
        "A1,飞机,,,贵,46027,1/4/2026,0,,\r\n"
        "A1,呼叫器,,,,2026-01-05,2025-01-05,,caller-9,\r\n"
        ",呼叫器,,,=1+1,,,,evaluator-1,\r\n"
        "1.23457E+11,呼叫器,,,,,,,caller-1,\r\n"
        "B1,呼叫器,,,,,,,caller-1,\r\n"
        "B2,呼叫器,,,,,,,caller-1,\r\n"
    )
    looked = look(body)
    kinds = "ticket-machine, guide-terminal, caller, evaluator, repeater, window-card, tv-box, publishing-terminal"
    digits = "1.23457E+11 is in scientific notation, its last digits are lost: format the column as text"
    assert told(looked) == [
        (2, "B", f"there is no kind '飞机'; it must be one of {kinds}, play-box"),
        (2, "E", "'贵' is no price; write yuan, such as 680.00"),
        (2, "F", "46027 is how Excel keeps a date inside: format the column as a date, or write 2026-01-05"),
        (2, "G", "'1/4/2026' is no date; write year-month-day, such as 2026-01-05"),
        (2, "H", "'0' is no number of years: more than 0, up to 50, such as 6"),
        (3, "A", "the same as in row 2"),
        (3, "G", "is before the date of purchase"),
        (3, "I", "the hall file has no such position"),
        (4, "A", "must not be empty"),
        (4, "E", "the cell is a formula: paste its value in its place"),
        (5, "A", f"{digits}, write it anew"),
        (7, "I", "it is planned for B1"),
    ]
    assert all(one.what.zh and one.what.zh != one.what.en for one in looked.problems)


def test_a_serial_kept_as_a_number_is_refused_since_its_zeros_may_be_lost():
    looked = look(workbook([["Serial", "Kind"], [12345678, "caller"]]))
    assert told(looked)[0][:2] == (2, "A")


def test_the_same_file_again_changes_nothing_whatever_has_happened_since():
    here = done(look(GOOD))
    again = look(GOOD, here)
    assert (again.problems, again.commands("small", "tech", NOW)) == ((), [])
    here["SN-2"] = Asset(**{**_fields(here["SN-2"]), "state": "in-service", "position": "evaluator-1", "device": "d"})
    assert look(GOOD, here).commands("small", "tech", NOW) == []


def _fields(asset: Asset) -> dict:
    return {name: getattr(asset, name) for name in Asset.__struct_fields__}


def test_a_delivery_note_moves_what_was_ordered_into_stock_and_nothing_else():
    here = done(look("Serial,Kind,State\r\nA1,caller,ordered\r\n"))
    here = done(look("Serial,Kind,State\r\nA1,caller,in stock\r\n", here), here)
    assert here["A1"].state == "in-stock"
    assert look("Serial,Kind,State\r\nA1,caller,ordered\r\n", here).commands("small", "tech", NOW) == []


@pytest.mark.parametrize("english", [False, True])
@pytest.mark.parametrize("write", [writing.as_csv, writing.as_xlsx])
def test_what_is_exported_can_be_imported_and_changes_nothing(write, english):
    here = done(look(GOOD + "=,呼叫器,,,,,,,,\r\n".replace("=,", "S9,", 1)))
    here["S9"] = evolve(here["S9"], "S9", decide(here["S9"], _amend("=HYPERLINK(1)"))[0])
    rows = writing.exported(here.values(), {}, UTC, english=english)
    body = write(rows)
    again = look(body, here)
    assert (again.problems, again.commands("small", "tech", NOW)) == ((), [])


def _amend(note: str) -> Amend:
    return Amend(at=NOW, by="tech", details=Details(kind="caller", note=note))


def test_no_cell_of_an_export_is_a_formula():
    rows = [["=1+1", "+1", "-1", "@x", "\tx", "00012", "123456789012345", 'a"b,c']]
    text = writing.as_csv(rows).decode("utf-8-sig")
    assert text == '\'=1+1,\'+1,\'-1,\'@x,\'\tx,"=""00012""","=""123456789012345""","a""b,c"\r\n'
    cells = next(load_workbook(io.BytesIO(writing.as_xlsx(rows))).active.iter_rows())
    assert [cell.data_type for cell in cells] == ["s"] * 8


def test_the_templates_are_read_by_the_import():
    for body in (writing.template_csv(english=False), writing.template_xlsx(english=True)):
        with pytest.raises(SheetRefusedError, match="no rows below"):
            look(body)


# What is refused as a whole.


def bomb() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (64 * 1024 * 1024))
    return target.getvalue()


def with_part(name: str, body: bytes) -> bytes:
    target = io.BytesIO(workbook([["Serial", "Kind"], ["A1", "caller"]]))
    with zipfile.ZipFile(target, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a part is there twice is the point
        archive.writestr(name, body)
    return target.getvalue()


def far_away() -> bytes:
    return workbook([["Serial", "Kind"]], lambda book: book.active.cell(900_000, 1, "A1"))


BAD = {
    "empty": (b"", "no heading Serial and Kind"),
    "huge": (b"a" * (sheets.FILE_MAX + 1), "larger than 2 MB"),
    "old-xls": (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "old .xls"),
    "noise": (random.Random(5).randbytes(5000), "neither .xlsx nor CSV"),
    "utf-16": (GOOD.encode("utf-16"), "Unicode Text"),
    "no-heading": (b"a,b\r\n1,2\r\n", "no heading Serial and Kind"),
    "twice": ("序列号,SN,类别\r\n".encode(), "two headings mean Serial"),
    "quote": ('序列号,类别\r\nA1,"呼叫'.encode(), "not sound CSV"),
    "rows": (b"Serial,Kind\r\n" + b"A,caller\r\n" * 5001, "more than 5000 rows"),
    "columns": (b"Serial,Kind" + b",x" * 80, "more than 60 columns"),
    "cut": (workbook([["Serial", "Kind"]])[:900], "damaged"),
    "bomb": (bomb(), "too large"),
    "macros": (with_part("xl/vbaProject.bin", b"x"), "macros"),
    "entities": (with_part("xl/x.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a/>'), "DTD"),
    "utf-16-entities": (with_part("xl/x.xml", '<!DOCTYPE a []><a/>'.encode("utf-16")), "DTD"),
    "no-sheet": (with_part("xl/workbook.xml", b"<workbook/>"), "no visible sheet"),
    "no-book": (with_part("[Content_Types].xml", b"<Types/>"), "cannot be read"),
    "far-away": (far_away(), "more than 5000 rows"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "why"), BAD.values(), ids=BAD)
def test_a_file_that_cannot_be_read_is_refused_in_words(body, why):
    with pytest.raises(SheetRefusedError, match=why) as refused:
        look(body)
    assert refused.value.told.zh != refused.value.told.en


def test_a_formula_in_a_workbook_is_refused_at_its_cell():
    looked = look(workbook([["Serial", "Kind", "Price"], ["A1", "caller", "=1+1"]]))
    assert told(looked) == [(2, "C", "the cell is a formula: paste its value in its place")]


def test_the_sample_halls_274_purchases_are_one_file():
    """And a few more, of the kind that nobody installs."""
    hall = parse(DONGCHENG.read_text("utf-8"))
    looked = plan(sheets.read(bought(hall)), hall, {})
    assert (looked.problems, len(looked.lines)) == ((), 274 + 3)
    assert len({line.details.planned for line in looked.lines}) == 274 + 1
