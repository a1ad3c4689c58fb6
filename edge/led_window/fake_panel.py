"""A panel of MAX7219 blocks that hang somehow: a chain of model chips, and what people see of them."""

from collections.abc import Sequence

from edge.led_window import chain
from edge.led_window.chain import BLOCK, Place, Wiring
from edge.led_window.dots import Size
from edge.runtime.max7219_model import Chain, Chip


class FakePanel(Chain):
    """Stands in for `spidev.SpiDev`. `hung`: where each chip's block is, along the chain; `size`: as people see it."""

    def __init__(self, size: Size, hung: Sequence[Place]) -> None:
        super().__init__(BLOCK * len(hung), BLOCK)
        self.size, self.hung = size, tuple(hung)

    def lit(self) -> tuple[str, ...]:
        """The LEDs as people see them: rows of `#` and `.`."""
        rows = [["."] * self.size[0] for _ in range(self.size[1])]
        for chip, place in zip(self.chips, self.hung, strict=True):
            left = BLOCK * place.column
            for y, line in enumerate(_block(chip, place.turns), BLOCK * place.row):
                rows[y][left : left + BLOCK] = line
        return tuple("".join(row) for row in rows)


def wired(wiring: Wiring) -> FakePanel:
    """One that hangs as the settings say."""
    across, hung = wiring.width // BLOCK, chain.places(wiring)
    down = wiring.height // BLOCK
    for _ in range(wiring.rotate):  # the picture is turned clockwise because the panel hangs turned the other way
        hung = tuple(Place(one.row, across - 1 - one.column, (one.turns - 1) % 4) for one in hung)
        across, down = down, across
    return FakePanel(wiring.size, hung)


def fitted(size: Size, start: str, along: str, back: bool, turns: int) -> FakePanel:
    """One that a fitter hung without knowing of settings.

    `start`: the corner where DIN is, "top left" to "bottom right"; `along`: the chain runs "across" or "down" from
    there; `back`: every other row (or column) runs back, with its blocks the other way up; `turns`: quarter turns
    clockwise by which the first block lies there.
    """
    vertical, horizontal = start.split()
    columns, rows = list(range(size[0] // BLOCK)), list(range(size[1] // BLOCK))
    columns = columns if horizontal == "left" else columns[::-1]
    rows = rows if vertical == "top" else rows[::-1]
    hung = []
    for count, lane in enumerate(rows if along == "across" else columns):
        steps = columns if along == "across" else rows
        against = back and count % 2 == 1
        for step in steps[::-1] if against else steps:
            column, row = (step, lane) if along == "across" else (lane, step)
            hung.append(Place(column, row, (turns + 2 * against) % 4))
    return FakePanel(size, hung)


def _block(chip: Chip, turns: int) -> list[str]:
    rows = ["".join(".#"[chip.lit(digit, bit)] for digit in range(BLOCK)) for bit in range(BLOCK)]
    for _ in range(turns):
        rows = ["".join(column) for column in zip(*reversed(rows), strict=True)]
    return rows
