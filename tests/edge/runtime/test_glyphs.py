"""The vendored font is the one that was fetched, whole, and lies as the cells say."""

import hashlib
import struct
from pathlib import Path

from edge.runtime import glyphs
from edge.runtime.cells import cell_width

FONTS = Path(glyphs.__file__).parent / "fonts"


def test_vendored_files_have_their_checksums():
    for line in (FONTS / "SHA256SUMS").read_text("ascii").splitlines():
        checksum, name = line.split()
        assert hashlib.sha256((FONTS / name).read_bytes()).hexdigest() == checksum, name


def test_the_licence_lies_beside_the_font_with_its_copyright():
    licence = (FONTS / "LICENSE-OFL-1.1.txt").read_text("utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert "Copyright © 1998-2021 Roman Czyborra" in licence


def test_every_character_of_gb2312_and_ascii_can_be_shown():
    pairs = (bytes((row, column)) for row in range(0xA1, 0xFF) for column in range(0xA1, 0xFF))
    characters = {pair.decode("gb2312", "ignore") for pair in pairs} | {chr(code) for code in range(0x21, 0x7F)}
    characters -= {""}
    assert len(characters) > 7500
    assert [character for character in sorted(characters) if not glyphs.has(character)] == []


def test_every_basic_hanzi_can_be_shown():
    """CJK Unified Ideographs as of Unicode 1.1: all that GBK has, names of people among them."""
    basic = range(0x4E00, 0x9FA6)
    assert len(basic) == 20902
    assert [chr(code) for code in basic if not glyphs.has(chr(code))] == []


def test_a_character_that_the_font_lacks_is_an_empty_box_as_wide_as_it():
    def rows(cell):
        return [format(row, "016b").replace("0", ".").replace("1", "#") for row in struct.unpack(">16H", cell)]

    assert not glyphs.has("𬀩")
    assert rows(glyphs.cell("𬀩"))[1:3] == [".##############.", ".#............#."]
    assert not glyphs.has("ñ")
    assert rows(glyphs.cell("ñ"))[13:16] == [".#....#.........", ".######.........", "................"]


def test_two_hanzi_are_never_the_same_dots():
    """But for 晚 and 晩, one character in two forms, which 16 dots cannot tell apart."""
    hanzi = {chr(code) for code in range(0x4E00, 0x9FA6)} - {"晩"}
    assert len({glyphs.cell(character) for character in hanzi}) == len(hanzi)


def test_narrow_characters_stay_in_their_half_of_the_cell():
    for code in range(0x20, 0x7F):
        assert cell_width(chr(code)) == 8
        assert not any(glyphs.cell(chr(code))[1::2]), chr(code)


def test_every_letter_and_digit_has_a_large_drawing_of_its_own():
    characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    drawings = {glyphs.numeral(character) for character in characters}
    assert None not in drawings
    assert len(drawings) == len(characters)
    assert all(len(rows) == 16 and {len(row) for row in rows} == {10} for rows in drawings if rows)


def test_what_was_packed_is_what_is_found(monkeypatch, tmp_path):
    cells = {0x41: b"\1" * 32, 0x4E00: b"\2" * 32, 0x4E01: b"\3" * 32, 0x4E03: b"\4" * 32}
    (tmp_path / "unifont16.cells").write_bytes(glyphs.pack(cells))
    caches = (glyphs.cell, glyphs._cells, glyphs._runs)
    monkeypatch.setattr(glyphs, "_FONTS", tmp_path)
    for cache in caches:
        cache.cache_clear()
    try:
        assert {code: glyphs.cell(chr(code)) for code in cells} == cells
        assert [glyphs.has(chr(code)) for code in (0x40, 0x42, 0x4DFF, 0x4E02, 0x4E04)] == [False] * 5
    finally:
        for cache in caches:
            cache.cache_clear()
