"""What people see when something happens: blinking, brown-outs, panels that hang otherwise, a bus that is gone."""

import pytest

from edge.led_window.dots import dark, full
from edge.led_window.max7219 import Panel
from edge.led_window.scene import Page, Refresh, Show
from edge.led_window.settings import Settings

pytestmark = pytest.mark.filterwarnings("ignore:Image.Image.getdata:DeprecationWarning")  # luma.led_matrix 1.9
DARK = dark((64, 16)).text()


@pytest.fixture
def number(window):
    """What a window that serves A012 shows."""
    window.view("serving", "A012", 1)
    return window.lit()


def test_between_two_blinks_the_leds_are_dark(window, number):
    window.view("called", "A012", 2)
    seen = []
    for _ in range(8):
        seen.append({number: "lit", DARK: "dark"}[window.lit()])
        window.wait(0.5)
    assert seen == ["lit", "dark", "lit", "dark", "lit", "dark", "lit", "lit"]


def test_text_that_is_too_long_rests_moves_dot_by_dot_to_its_end_rests_and_begins_again(window):
    """Seven hanzi are 112 dots wide: 48 to go, 30 a second."""
    window.view("idle", idle_text="人力资源开发科")
    line = tuple(first + second for first, second in zip(window.lit(), _last(window), strict=True))
    start = window.now
    window.until(start + 1.99)
    assert window.lit() == tuple(row[:64] for row in line)
    for dots in range(1, 49):
        window.until(start + 2 + (dots - 0.5) / 30)
        assert window.lit() == tuple(row[dots : dots + 64] for row in line), dots
    window.until(start + 5.59)
    assert window.lit() == tuple(row[48:112] for row in line)
    window.until(start + 5.61)
    assert window.lit() == tuple(row[:64] for row in line)


def _last(window):
    """The 48 dots that do not fit, seen on a display that is wide enough."""
    wide = type(window)(width=112)
    wide.link(True)
    wide.view("idle", idle_text="人力资源开发科")
    return tuple(row[64:] for row in wide.lit())


def test_a_display_of_twice_the_size_shows_the_number_twice_as_large(new_window, number):
    window = new_window(width=128, height=32)
    window.link(True)
    window.view("serving", "A012", 1)
    doubled = [2 * row for row in zip(number, strict=True)]
    assert window.lit() == tuple("".join(2 * dot for dot in row) for pair in doubled for row in pair)


def test_after_a_brown_out_the_leds_stay_dark_until_the_chips_are_set_up_again(window, number):
    window.model.brown_out()
    assert window.lit() == DARK
    window.wait(59)
    assert window.lit() == DARK
    window.wait(2)
    assert window.lit() == number


def test_setting_up_again_shows_no_garbage_in_between(window, number):
    model = window.model
    model.brown_out()
    seen = set()
    write = model.writebytes

    def watched(data):
        write(data)
        seen.add(model.lit())

    model.writebytes = watched
    window.panel.take(Refresh(), window.now)
    assert seen == {DARK, number}


def test_what_does_not_change_is_not_written_again(window, number):
    before = window.model.frames
    window.wait(50)
    assert window.model.frames == before


def test_a_character_that_the_font_lacks_is_named_in_health(window):
    window.view("idle", idle_text="张𬀩，😀𬀩")
    told = str(window.panel.health()["glyphs"])
    assert "𬀩 U+2C029" in told
    assert "😀 U+1F600" in told
    assert told.count("U+") == 2
    window.view("paused")
    assert "glyphs" not in window.panel.health()


def test_a_display_that_comes_back_shows_what_it_should_by_then(window, number):
    window.model.absent = True
    window.view("paused")
    assert "SPI 0.0" in window.state.error
    window.model.brown_out()
    window.model.absent = False
    window.wait(61)
    assert window.state.error == ""
    paused = type(window)()
    paused.link(True)
    paused.view("paused")
    assert window.lit() == paused.lit() != number


def test_brightness_follows_the_time_of_day_and_outlives_a_brown_out(new_window):
    """T0 is 2027-01-15 08:00 UTC, four in the afternoon in China."""
    window = new_window(contrast=112, dim_contrast=16, dim_from="16:30", dim_until="07:00")
    window.link(True)
    assert {chip.registers[0xA] for chip in window.model.chips} == {7}
    window.wait(31 * 60)
    assert {chip.registers[0xA] for chip in window.model.chips} == {1}
    window.model.brown_out()
    window.wait(61)
    assert {chip.registers[0xA] for chip in window.model.chips} == {1}
    window.wait(15 * 3600)
    assert {chip.registers[0xA] for chip in window.model.chips} == {7}


def test_a_board_without_spi_says_so_and_lives():
    """The real panel, on a port that no board has."""
    panel, heard = Panel(Settings(spi_port=250)), []
    panel.open(heard.append)
    panel.take(Show((Page("A012", large=True),)), 0.0)
    panel.frame(0.0)
    panel.take(Refresh(), 1.0)
    panel.close()
    assert len(heard) == 2
    assert all("SPI 250.0" in error for error in heard)


def test_all_dots_are_lit_at_the_beginning_of_the_test_pattern(window):
    window.order("pattern")
    assert window.lit() == full((64, 16)).text()
