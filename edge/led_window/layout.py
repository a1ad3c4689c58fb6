"""How many dots text takes on a window display: pure, so that the logic knows what must scroll."""

import unicodedata

CELL = 16  # dots: height of every character, width of a Chinese one
NUMERAL = (10, 16)  # dots: the large characters of a ticket number
NUMERAL_GAP = (2, 4)  # dots between two of them, at the least and at the most


def cell_width(character: str) -> int:
    """8 or 16 dots. "Ambiguous" characters (“”…·→, Unicode TR11) are wide, as everywhere in Chinese text."""
    return CELL if unicodedata.east_asian_width(character) in "WFA" else CELL // 2


def text_width(text: str) -> int:
    return sum(map(cell_width, text))


def numeral_gap(count: int, width: int) -> int | None:
    """Dots between `count` large numerals in `width` dots; None if they don't fit."""
    if count < 1 or count * NUMERAL[0] > width:
        return None
    if count == 1:
        return 0
    gap = min(NUMERAL_GAP[1], (width - count * NUMERAL[0]) // (count - 1))
    return gap if gap >= NUMERAL_GAP[0] else None
