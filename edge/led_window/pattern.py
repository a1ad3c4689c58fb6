"""The test picture: all lit, then rows and columns one by one, then every block's number in the chain. Pure.

The numbers are sent as though every block hung upright in one row, whatever the settings say: how they are seen tells
which settings are right (see the README).
"""

import math

from edge.led_window import chain, dots
from edge.led_window.chain import BLOCK, Digits, Wiring
from edge.led_window.dots import Dots

_FULL_S, _SWEEP_S = 2.0, 1.5
_DIGITS = (
    "### #  ### ### # # ### ### ### ### ###",
    "# # #    #   # # # #   #     # # # # #",
    "# # #  ### ### ### ### ###   # ### ###",
    "# # #  #     #   #   # # #   # # #   #",
    "### #  ### ###   # ### ###   # ### ###",
)
"""3×5 dots each, but for the 1, which is narrower."""
_AT = (0, 4, 7, 11, 15, 19, 23, 27, 31, 35)


def frame(elapsed_s: float, wiring: Wiring) -> tuple[Digits, float]:
    """What the chips hold so long after the test's beginning, and when that changes."""
    width, height = wiring.size
    if elapsed_s < _FULL_S:
        return chain.digits(dots.full(wiring.size), wiring), _FULL_S
    begun_s = _FULL_S
    for count, down in ((height, True), (width, False)):
        if elapsed_s < begun_s + _SWEEP_S:
            at = int((elapsed_s - begun_s) / _SWEEP_S * count)
            line = _row(width, height, at) if down else _column(width, height, at)
            return chain.digits(line, wiring), begun_s + (at + 1) * _SWEEP_S / count
        begun_s += _SWEEP_S
    return numbers(wiring.width * wiring.height // BLOCK**2), math.inf


def numbers(blocks: int) -> Digits:
    """Each block's number, from 1 at DIN, above a line that shows where its lower edge is."""
    chips = [chain.upright(number(count)) for count in range(1, blocks + 1)]
    return tuple(bytes(column) for column in zip(*chips, strict=True))


def number(count: int) -> Dots:
    """8×8 dots; of three figures only the last two."""
    figures = [int(figure) for figure in str(count)[-2:]]
    drawing = dots.beside(map(_figure, figures), 1)
    line = Dots(BLOCK, (0xFF,))
    return line.over(drawing.over(dots.dark((BLOCK, BLOCK)), (BLOCK - drawing.width + 1) // 2, 0), 0, BLOCK - 1)


def _figure(figure: int) -> Dots:
    width = 1 if figure == 1 else 3
    return dots.drawn(line[_AT[figure] : _AT[figure] + width].ljust(width) for line in _DIGITS)


def _row(width: int, height: int, at: int) -> Dots:
    return dots.full((width, 1)).over(dots.dark((width, height)), 0, at)


def _column(width: int, height: int, at: int) -> Dots:
    return dots.full((1, height)).over(dots.dark((width, height)), at, 0)
