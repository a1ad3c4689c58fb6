"""Text in lines of a few cells: Chinese breaks anywhere but before 。，and the like; a word or a number never."""

import re

from edge.runtime.cells import text_width

_PIECES = re.compile(r"[0-9A-Za-z][0-9A-Za-z'./:-]*|.", re.DOTALL)
_NOT_FIRST = "，。；：、！？）》”…,.;:!?)"


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` dots; a piece that is wider than a line is cut."""
    lines, line = [], ""
    for piece in _pieces(text, width):
        if text_width(line + piece) <= width:
            line += piece
            continue
        lines.append(line.rstrip())
        line = piece.lstrip()
    return [one for one in (*lines, line.rstrip()) if one]


def _pieces(text: str, width: int) -> list[str]:
    """What must not be broken; a mark sticks to what is before it."""
    pieces: list[str] = []
    for piece in _PIECES.findall(text):
        if piece in _NOT_FIRST and pieces and text_width(pieces[-1] + piece) <= width:
            pieces[-1] += piece
            continue
        while text_width(piece) > width:
            fits = next(n for n in range(len(piece), 0, -1) if text_width(piece[:n]) <= width)
            pieces.append(piece[:fits])
            piece = piece[fits:]
        pieces.append(piece)
    return pieces
