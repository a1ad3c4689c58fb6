"""How many dots text takes in the 16-dot font: pure, so that a logic knows what must scroll or break."""

import unicodedata

CELL = 16  # dots: height of every character, width of a Chinese one


def cell_width(character: str) -> int:
    """8 or 16 dots. "Ambiguous" characters (“”…·→, Unicode TR11) are wide, as everywhere in Chinese text."""
    return CELL if unicodedata.east_asian_width(character) in "WFA" else CELL // 2


def text_width(text: str) -> int:
    return sum(map(cell_width, text))
