"""How large a ticket number can be on a window display: pure."""

NUMERAL = (10, 16)  # dots: the large characters of a ticket number
NUMERAL_GAP = (2, 4)  # dots between two of them, at the least and at the most


def numeral_gap(count: int, width: int) -> int | None:
    """Dots between `count` large numerals in `width` dots; None if they don't fit."""
    if count < 1 or count * NUMERAL[0] > width:
        return None
    if count == 1:
        return 0
    gap = min(NUMERAL_GAP[1], (width - count * NUMERAL[0]) // (count - 1))
    return gap if gap >= NUMERAL_GAP[0] else None
