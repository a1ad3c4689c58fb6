"""ESC/POS: exact bytes, Chinese encodings, pictures without hidden commands, status."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.ticket_printer import escpos
from edge.ticket_printer.escpos import Bitmap, Cut, EncodeError, Feed, Qr, Raw, Text

DOT = Bitmap(1, 1, b"\x80")


def encode(*lines, encoding="gb18030", raster=lambda line: DOT):
    return escpos.encode(lines, encoding, raster)


def test_a_slip_begins_with_reset_and_chinese_mode():
    assert encode() == b"\x1b@\x1c&"


def test_a_line_of_text_says_where_how_big_and_how_bold_before_its_gb18030_bytes():
    data = encode(Text("取号A012", width=2, height=3, align="center", bold=True))
    assert data == b"\x1b@\x1c&\x1ba\x01\x1d!\x12\x1bE\x01\xc8\xa1\xba\xc5A012\n"


def test_feed_and_cut_are_exact():
    assert encode(Feed(3), Cut()) == b"\x1b@\x1c&\x1bd\x03\x1dVB\x00"
    assert encode(Cut(bridge=False)) == b"\x1b@\x1c&\x1dVA\x00"


def test_a_request_stands_where_it_is_put():
    assert encode(Raw(b"\x1dr\x01"), Cut()) == b"\x1b@\x1c&\x1dr\x01\x1dVB\x00"


def test_a_qr_code_is_drawn_by_the_printer_from_its_five_functions():
    assert encode(Qr("HTTP://A", module=5)) == (
        b"\x1b@\x1c&\x1ba\x01"
        b"\x1d(k\x04\x001A2\x00"
        b"\x1d(k\x03\x001C\x05"
        b"\x1d(k\x03\x001E1"
        b"\x1d(k\x0b\x001P0HTTP://A"
        b"\x1d(k\x03\x001Q0"
    )


@pytest.mark.parametrize("content", ["", "x" * 501])
def test_a_qr_code_that_is_empty_or_too_long_is_refused_with_its_length(content):
    with pytest.raises(EncodeError, match=f"{len(content)} bytes"):
        encode(Qr(content))


@pytest.mark.parametrize(
    ("text", "encoding", "has"),
    [
        ("张*", "gb2312", True),
        ("喆", "gb2312", False),
        ("喆", "gbk", True),
        ("㐆", "gbk", False),  # CJK extension A: four bytes in GB18030, in the basic plane
        ("㐆", "gb18030", True),
        ("𬀩", "gbk", False),
        ("𬀩", "gb18030", False),  # in the code, but beyond the basic plane: fonts of printers lack it
    ],
)
def test_which_printer_is_trusted_with_which_character(text, encoding, has):
    assert escpos.has_glyphs(text, encoding) is has


def test_zhe_is_two_bytes_on_a_gbk_printer():
    assert encode(Text("喆"), encoding="gbk").endswith(b"\x86\xb4\n")


def test_a_line_with_a_rare_character_goes_as_one_picture_and_the_others_as_text():
    asked = []

    def raster(line):
        asked.append(line)
        return Bitmap(2, 2, b"\x01\x02\x03\x04")

    data = encode(Text("李𬀩", align="center"), Text("A"), raster=raster)
    assert [line.text for line in asked] == ["李𬀩"]
    assert b"\x1ba\x01\x1dv0\x00\x02\x00\x02\x00\x01\x02\x03\x04" in data
    assert data.endswith(b"A\n")


def test_without_a_way_to_draw_a_rare_character_becomes_a_geta_mark_and_the_rest_stays():
    assert encode(Text("李𬀩"), raster=None).endswith("李〓\n".encode("gb18030"))


def test_pictures_go_in_bands_of_at_most_256_rows():
    data = encode(Text("𬀩"), raster=lambda line: Bitmap(1, 300, bytes(300)))
    assert data.count(b"\x1dv0\x00\x01\x00\x00\x01") == 1
    assert data.count(b"\x1dv0\x00\x01\x00\x2c\x00") == 1


@given(st.text())
def test_no_text_can_give_the_printer_a_command(text):
    """Whatever the hub says: between the line's own commands there is no control byte but the line's end."""
    data = encode(Text(text), encoding="gbk", raster=None)
    body = data.removeprefix(b"\x1b@\x1c&\x1ba\x00\x1d!\x00\x1bE\x00").removesuffix(b"\n")
    assert not any(byte < 0x20 or byte == 0x7F for byte in body)


@given(st.lists(st.sampled_from([0x10, 0x04, 0x05, 0x14, 0x18, 0xFF]), max_size=400).map(bytes))
def test_no_picture_holds_a_real_time_command_and_only_dles_change(data):
    clean = escpos.harmless(data)
    assert not any(bytes([0x10, second]) in clean for second in (0x04, 0x05, 0x14))
    assert len(clean) == len(data)
    assert all(new == old or (old, new) == (0x10, 0x18) for old, new in zip(data, clean, strict=True))
