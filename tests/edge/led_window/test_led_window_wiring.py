"""Panels hang in many ways: our bytes are luma's, and the README's tables lead to the settings that are right."""

import random
from itertools import product
from pathlib import Path

import pytest
from luma.core.interface.serial import noop, spi
from luma.led_matrix.device import max7219
from PIL import Image

import edge.led_window
from edge.led_window import chain, fake_panel, pattern
from edge.led_window.chain import Wiring
from edge.led_window.dots import drawn

pytestmark = pytest.mark.filterwarnings("ignore:Image.Image.getdata:DeprecationWarning")  # luma.led_matrix 1.9
README = Path(edge.led_window.__file__).with_name("README.md")
SIDES = {"bottom": 0, "left": 1, "top": 2, "right": 3}  # quarter turns clockwise from the bottom


def noise(size, seed=7):
    dice = random.Random(seed)
    return drawn(["".join(dice.choice(".#") for _ in range(size[0])) for _ in range(size[1])])


class Bus:
    """Hears what luma's own device says."""

    def __init__(self):
        self.heard = []

    def open(self, port, device): ...

    def writebytes(self, data):
        self.heard.append(bytes(data))


@pytest.mark.parametrize("size", [(64, 16), (96, 16), (192, 16), (24, 40), (16, 64)], ids=str)
@pytest.mark.parametrize("turned", [0, 90, -90, 180])
@pytest.mark.parametrize("rotate", [0, 1, 2, 3])
def test_the_bytes_are_those_that_luma_would_send(size, turned, rotate):
    wiring, bus = Wiring(*size, block_orientation=turned, rotate=rotate), Bus()
    line = spi(bus, noop(), gpio_DC=None, gpio_RST=None)
    device = max7219(line, width=size[0], height=size[1], block_orientation=turned, rotate=rotate)
    picture = noise(wiring.size)
    image = Image.new("1", wiring.size)
    image.putdata([255 * (dot == "#") for row in picture.text() for dot in row])
    bus.heard.clear()
    device.display(image)
    assert [
        bytes(byte for value in reversed(values) for byte in (digit, value))
        for digit, values in enumerate(chain.digits(picture, wiring), 1)
    ] == bus.heard


def test_luma_too_takes_a_reversed_row():
    """Where luma can: in one row."""
    wiring, bus = Wiring(64, 8, blocks_arranged_in_reverse_order=True), Bus()
    device = max7219(spi(bus, noop(), gpio_DC=None, gpio_RST=None), cascaded=8, blocks_arranged_in_reverse_order=True)
    picture = noise((64, 8))
    image = Image.new("1", (64, 8))
    image.putdata([255 * (dot == "#") for row in picture.text() for dot in row])
    bus.heard.clear()
    device.display(image)
    assert [sent[1::2][::-1] for sent in bus.heard] == list(chain.digits(picture, wiring))


WIRINGS = list(product([0, 90, -90, 180], [0, 1, 2, 3], [False, True], ["same", "serpentine"]))


@pytest.mark.parametrize("settings", WIRINGS, ids=str)
def test_a_panel_that_hangs_as_the_settings_say_shows_the_picture(new_window, settings):
    turned, rotate, reverse, rows = settings
    upright = rotate % 2 == 1
    window = new_window(
        width=16 if upright else 64,
        height=64 if upright else 16,
        block_orientation=turned,
        rotate=rotate,
        blocks_arranged_in_reverse_order=reverse,
        rows=rows,
    )
    plain = new_window()
    for one in (window, plain):
        one.link(True)
        one.view("serving", "A012", 1)
    assert window.lit() == plain.lit()


def rows_of(heading):
    """The cells of the README's table below a heading, without its head."""
    text = README.read_text("utf-8").split(f"\n{heading}\n", 1)[1].strip()
    lines = text.split("\n\n")[0].splitlines()[2:]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


def blocks_table():
    """Where block 1 is, and block 2 from it → rotate, and whether the order is reversed."""
    for start, towards, rotate, reverse in rows_of("#### Step 2: where are blocks 1 and 2?"):
        yield (start, towards), (int(rotate), reverse == "true")


def sides_table():
    """Side of block 1's line → block_orientation, for each rotate."""
    return {side: list(map(int, values)) for side, *values in rows_of("#### Step 3: where is block 1's line?")}


_DOWN = {"top": "below", "bottom": "above"}
CORNERS = ["top left", "top right", "bottom left", "bottom right"]


@pytest.mark.parametrize("along", ["across", "down"])
@pytest.mark.parametrize("start", CORNERS)
@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_whatever_hangs_there_the_readmes_table_tells_the_settings(start, along, back, turns):
    """A fitter hangs a panel; a technician reads blocks 1 and 2, block 1's line, and where the next row begins."""
    size = (64, 16) if along == "across" else (64, 32)
    panel = fake_panel.fitted(size, start, along, back, turns)
    vertical, horizontal = start.split()
    towards = {"left": "right", "right": "left"}[horizontal] if along == "across" else _DOWN[vertical]
    [(rotate, reverse)] = [found for where, found in blocks_table() if where == (start, towards)]
    side = next(name for name, quarters in SIDES.items() if quarters == turns)
    orientation = sides_table()[side][rotate]
    width, height = size if rotate % 2 == 0 else size[::-1]
    wiring = Wiring(width, height, orientation, rotate, reverse, "serpentine" if back else "same")
    picture = noise(size)
    _send(panel, chain.digits(picture, wiring))
    assert panel.lit() == picture.text()


def test_the_numbers_are_seen_as_the_readmes_steps_say():
    """On a panel of FC-16 modules, whose blocks lie on their side: block 1 top left, its line at the right."""
    panel = fake_panel.fitted((64, 16), "top left", "across", back=True, turns=3)
    _send(panel, pattern.numbers(16))
    seen = panel.lit()
    first = tuple(row[:8] for row in seen[:8])
    assert [row[7] for row in first] == ["#"] * 8
    below_last = tuple(row[56:] for row in seen[8:])  # serpentine: block 9 hangs under block 8, the other way up
    assert [row[0] for row in below_last] == ["#"] * 8


def test_every_block_has_a_number_of_its_own():
    drawings = [pattern.number(count).text() for count in range(1, 100)]
    assert len(set(drawings)) == 99
    turned = {pattern.number(count).turned(quarters).text() for count in range(1, 100) for quarters in range(4)}
    assert len(turned) == 4 * 99


def _send(panel, digits):
    for address, value in ((0x9, 0), (0xB, 7), (0xC, 1), (0xF, 0)):
        panel.writebytes([address, value] * len(panel.chips))
    for address, values in enumerate(digits, 1):
        panel.writebytes([byte for value in reversed(values) for byte in (address, value)])
