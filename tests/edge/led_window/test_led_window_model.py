"""The model of the MAX7219 chain: what the datasheet says, and that luma's real device and it agree on every dot."""

import random

import pytest
from luma.core.interface.serial import noop, spi
from luma.led_matrix.device import max7219
from PIL import Image

from edge.runtime.max7219_model import Chain

pytestmark = pytest.mark.filterwarnings("ignore:Image.Image.getdata:DeprecationWarning")  # luma.led_matrix 1.9

DECODE, SCAN_LIMIT, SHUTDOWN, TEST = 0x9, 0xB, 0xC, 0xF
SIZES = [(64, 16), (128, 32), (8, 8), (24, 40)]


def device(chain, **settings):
    bus = spi(chain, noop(), gpio_DC=None, gpio_RST=None)
    return max7219(bus, width=chain.width, height=chain.height, **settings)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("turned", [0, 90, -90, 180])
@pytest.mark.parametrize("rotate", [0, 1, 2, 3])
def test_the_leds_show_the_picture_that_luma_was_given(size, turned, rotate):
    chain = Chain(*size, block_orientation=turned, rotate=rotate)
    seen = size if rotate % 2 == 0 else (size[1], size[0])
    dice = random.Random(7)
    rows = tuple("".join(dice.choice(".#") for _ in range(seen[0])) for _ in range(seen[1]))
    image = Image.new("1", seen)
    image.putdata([255 * (dot == "#") for row in rows for dot in row])
    device(chain, block_orientation=turned, rotate=rotate).display(image)
    assert chain.lit() == rows


def test_a_panel_mounted_otherwise_than_set_shows_something_else():
    """So that the agreement above says something."""
    chain = Chain(64, 16, block_orientation=90)
    image = Image.new("1", (64, 16))
    image.putpixel((0, 0), 255)
    device(chain, block_orientation=0).display(image)
    assert chain.lit()[0][0] == "."


def test_words_shift_through_the_chain_and_all_chips_latch_at_the_frames_end():
    chain = Chain(16, 8)
    chain.writebytes([0x01, 0xAA, 0x02, 0xBB])
    assert chain.chips[1].registers[1] == 0xAA
    assert chain.chips[0].registers[2] == 0xBB


def test_a_short_frame_pushes_what_was_in_the_first_chip_into_the_second():
    chain = Chain(16, 8)
    chain.writebytes([0x01, 0xAA, 0x02, 0xBB])
    chain.writebytes([0x03, 0xCC])
    assert chain.chips[0].registers[3] == 0xCC
    assert chain.chips[1].registers[2] == 0xBB


def test_address_zero_is_passed_on_without_effect():
    chain = Chain(8, 8)
    before = bytes(chain.chips[0].registers)
    chain.writebytes([0x00, 0x55])
    assert bytes(chain.chips[0].registers) == before


def test_chips_are_dark_after_power_up_and_show_garbage_when_only_switched_on():
    chain = Chain(8, 8)
    assert set("".join(chain.lit())) == {"."}
    chain.writebytes([SHUTDOWN, 1])
    assert "#" in "".join(chain.lit())


def test_scan_limit_leaves_the_later_digits_dark():
    chain = Chain(8, 8)
    for word in ([SHUTDOWN, 1], [SCAN_LIMIT, 2]):
        chain.writebytes(word)
    assert chain.lit() == ("###.....",) * 8


def test_display_test_lights_everything_even_in_shutdown():
    chain = Chain(8, 8)
    chain.writebytes([TEST, 1])
    assert chain.lit() == ("########",) * 8


def test_decode_mode_shows_code_b_segments_instead_of_the_dots():
    chain = Chain(8, 8)
    for word in ([SHUTDOWN, 1], [SCAN_LIMIT, 0], [DECODE, 1], [1, 0x87]):
        chain.writebytes(word)
    column = "".join(row[0] for row in reversed(chain.lit()))
    assert column == "####...."  # DP, then segments A, B, C of the figure 7


def test_a_change_is_told_once():
    chain = Chain(8, 8)
    chain.writebytes([SHUTDOWN, 1])
    assert chain.take_change()
    chain.writebytes([SHUTDOWN, 1])
    assert not chain.take_change()
