"""What clerks see, as files to be read: `golden/oled.txt`, and `golden/digits.txt` as the segments that are lit.

`RENEW_GOLDENS=1 scripts/test tests/edge/caller/test_caller_goldens.py` writes them again: read the difference.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from luma.core.interface.serial import i2c

from edge.caller.digits import DigitsPanel
from edge.caller.face import Display
from edge.caller.oled import OledPanel
from edge.caller.oled_model import OledChip
from edge.caller.wiring import Digits, Oled
from edge.runtime.max7219_model import Chain
from tests.edge.caller.faces import FACES

pytestmark = pytest.mark.filterwarnings("ignore:Image.Image.getdata:DeprecationWarning")  # luma, with Pillow 12

GOLDEN = Path(__file__).with_name("golden")
STEPS = {"pressed": 2, "refused at length": 6}  # at which of what moves; else at the first


def test_the_oled_shows_what_was_looked_at() -> None:
    chip = OledChip()
    panel = OledPanel(Oled(), lambda: i2c(bus=chip))
    panel.open()

    def shown(display: Display, step: int) -> str:
        panel.draw(display, step)
        return "\n".join(chip.lit())

    compare(GOLDEN / "oled.txt", shown)


def test_the_digits_show_what_was_looked_at() -> None:
    chain = Chain(8, 8)
    panel = DigitsPanel(Digits(), chain)
    panel.open()

    def shown(display: Display, step: int) -> str:
        panel.draw(display, step)
        return "\n".join(segments(chain))

    compare(GOLDEN / "digits.txt", shown)


def segments(chain: Chain) -> list[str]:
    """Eight digits in three lines, leftmost first; digit 0 of the chip is the rightmost. Bits: dot, A to G."""
    lines = ["", "", ""]
    for digit in range(7, -1, -1):
        dot, a, b, c, d, e, f, g = (chain.chips[0].lit(digit, bit) for bit in range(7, -1, -1))
        lines[0] += f" {'_' if a else ' '}  "
        lines[1] += f"{'|' if f else ' '}{'_' if g else ' '}{'|' if b else ' '} "
        lines[2] += f"{'|' if e else ' '}{'_' if d else ' '}{'|' if c else ' '}{'.' if dot else ' '}"
    return [line.rstrip() for line in lines]


def compare(path: Path, shown: Callable[[Display, int], str]) -> None:
    gallery = "\n\n".join(f"== {name}\n{shown(face, STEPS.get(name, 0))}" for name, face in FACES.items()) + "\n"
    if os.environ.get("RENEW_GOLDENS"):
        path.write_text(gallery, "utf-8")
    for now, before in zip(gallery.split("\n\n=="), path.read_text("utf-8").split("\n\n=="), strict=True):
        assert now == before, f"this is shown now:\n{now}"
