"""What stands on a slip, and templates that are refused."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.ticket_printer import layout
from edge.ticket_printer.escpos import Cut, Qr, Text
from wire.messages import Slip

SLIP = Slip(
    hall="东城区人力资源公共服务大厅",
    number="H012",
    service="H",
    service_name="养老保险待遇申领",
    ahead=7,
    wait_s_low=14 * 60,
    wait_s_high=25.5 * 60,
    where="二层社保等候区",
    route="乘扶梯上二层，右转直走20米，等候区在服务台对面",
    taken_at=datetime(2026, 1, 4, 9, 5, tzinfo=timezone(timedelta(hours=8))),
    name_masked="张*",
    follow_url="https://hall.example.cn/t/H012",
    if_missed="过号请到取号机或咨询台激活",
)
OFFLINE = Slip(
    hall=SLIP.hall,
    number="HK01",
    service="H",
    service_name=SLIP.service_name,
    ahead=-1,
    wait_s_low=0,
    wait_s_high=0,
    where="社保中心",
    route="",
    taken_at=SLIP.taken_at,
)
GOLDEN = Path(__file__).parent


def as_text(slip, columns):
    """The slip as a page of text: a line's place, size and weight in front of it."""
    out = []
    for line in layout.lines(slip, layout.load(), columns):
        match line:
            case Text(text, width, height, align, bold):
                out.append(f"{align[0]} {width}x{height}{'b' if bold else ' '} |{text}")
            case Qr(data):
                out.append(f"qr     |{data}")
            case _:
                out.append(type(line).__name__.lower())
    return "\n".join(out) + "\n"


@pytest.mark.parametrize(
    ("slip", "columns", "golden"),
    [(SLIP, 48, "slip_80mm.txt"), (SLIP, 32, "slip_58mm.txt"), (OFFLINE, 48, "slip_own_series.txt")],
)
def test_the_slip_is_what_the_golden_page_shows(slip, columns, golden):
    assert as_text(slip, columns) == (GOLDEN / golden).read_text("utf-8")


def test_a_number_with_a_mark_and_four_digits_still_fits_narrow_paper():
    lines = layout.lines(msgspec.structs.replace(SLIP, number="HY0123"), layout.load(), 32)
    number = next(line for line in lines if isinstance(line, Text) and line.text == "HY0123")
    assert number.width == 5
    assert number.height == 6


def test_a_slip_ends_with_the_cut():
    assert layout.lines(SLIP, layout.load(), 48)[-1] == Cut()


@pytest.mark.parametrize(
    ("low_s", "high_s", "text"),
    [
        (0, 0, "1分钟内 soon"),
        (30, 60, "1分钟内 soon"),
        (59, 61, "0-2分钟 min"),
        (300, 300, "5分钟 min"),
        (599, 601, "9-11分钟 min"),
    ],
)
def test_the_wait_is_a_range_of_whole_minutes_never_narrower_than_known(low_s, high_s, text):
    assert layout.wait_text(low_s, high_s) == text


@given(st.text(alphabet="ab，。12 号票窗口", max_size=60), st.integers(4, 48))
def test_wrapping_loses_nothing_but_spaces_and_keeps_every_line_within_the_paper(text, columns):
    lines = layout.wrap(text, columns)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(layout.width(line) <= columns for line in lines)


def test_a_comma_never_begins_a_line():
    assert layout.wrap("请到二层，右转", 8) == ["请到二", "层，右转"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[line]]\ntext = '{age}'", r"line 1: no field 'age'; there are: .*number"),
        ("[[line]]\ntext = 'a'\n[[line]]\ntext = '{number.real}'", r"line 2: no field 'number.real'"),
        ("[[line]]\ntext = '{number'", "line 1: expected '}'"),
        ("[[line]]\ncolour = 'red'", "unknown field `colour`"),
        ("[[line]]\nsize = [9, 1]", "<= 8"),
        ("[[line", "end of document"),
    ],
)
def test_a_bad_template_is_refused_with_its_file_and_line(tmp_path, text, problem):
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(layout.TemplateError, match=problem) as raised:
        layout.load(path)
    assert str(path) in str(raised.value)


def test_a_missing_template_is_refused_by_name(tmp_path):
    with pytest.raises(layout.TemplateError, match=r"none\.toml: cannot be read"):
        layout.load(tmp_path / "none.toml")
