"""The vendored font is the one that was fetched, whole, and lies as the cells say."""

import hashlib
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
    lacking = glyphs.cell("〓")
    pairs = (bytes((row, column)) for row in range(0xA1, 0xFF) for column in range(0xA1, 0xFF))
    characters = {pair.decode("gb2312", "ignore") for pair in pairs} | {chr(code) for code in range(0x21, 0x7F)}
    characters -= {"", "〓"}
    assert len(characters) > 7500
    assert [character for character in sorted(characters) if glyphs.cell(character) == lacking] == []


def test_two_hanzi_are_never_the_same_dots():
    hanzi = {
        bytes((row, column)).decode("gb2312", "ignore") for row in range(0xB0, 0xF8) for column in range(0xA1, 0xFF)
    }
    hanzi.discard("")
    assert len({glyphs.cell(character) for character in hanzi}) == len(hanzi) == 6763


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


def test_what_was_packed_is_what_is_found():
    packed = glyphs.pack({0x4E8C: b"\2" * 32, 0x4E00: b"\1" * 32})
    assert packed.endswith(b"\1" * 32 + b"\2" * 32)
    assert len(packed) == 8 + 4 + 2 * (4 + 32)
