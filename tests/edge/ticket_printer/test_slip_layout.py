"""What stands on a slip, and templates that are refused."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from edge.ticket_printer import glyphs, layout
from edge.ticket_printer.escpos import Cut, Text
from tests.edge.ticket_printer.golden_slips import FOLDER, SLIP, SLIPS, font, picture, text


@pytest.mark.parametrize("name", SLIPS)
def test_the_slip_is_what_the_golden_page_shows(name):
    assert text(*SLIPS[name]) == (FOLDER / f"{name}.txt").read_text("utf-8")


@pytest.mark.parametrize("name", SLIPS)
def test_the_bytes_sent_make_the_golden_picture(name):
    """Text, raster and QR as the printer is told them; another font, or none, draws other pictures."""
    golden = Image.open(FOLDER / f"{name}.png")
    try:
        here = font()
    except glyphs.NoFontError as error:
        pytest.skip(str(error))
    if here != golden.info["font"]:
        pytest.skip(f"the pictures were drawn with {golden.info['font']}, here is {here}")
    drawn = picture(*SLIPS[name])
    assert drawn.size == golden.size
    differing = ImageChops.logical_xor(drawn, golden.convert("1")).histogram()[255]
    assert differing <= drawn.width * drawn.height / 200, "but for a FreeType of another version"


def test_a_template_of_the_halls_own_prints_what_it_says_and_nothing_else(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('[[line]]\ntext = "{hall} {number}"\n[[line]]\ntext = "{name}"\n', "utf-8")
    nameless = msgspec.structs.replace(SLIP, name_masked="")
    lines = layout.lines(nameless, layout.load(path), 48)
    assert [one.text for one in lines if isinstance(one, Text)] == ["东城区人力资源公共服务大厅 H012"]


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


@given(st.text(alphabet="ab，。（）12 号票窗口", max_size=60), st.integers(4, 48))
def test_wrapping_loses_nothing_but_spaces_and_keeps_every_line_within_the_paper(text, columns):
    lines = layout.wrap(text, columns)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(layout.width(line) <= columns for line in lines)


def test_a_bracket_never_ends_a_line():
    assert layout.wrap("归集办理（含跨省）", 10) == ["归集办理", "（含跨省）"]


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
