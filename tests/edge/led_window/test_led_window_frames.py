"""What people see: the LEDs' dots against golden frames, through logic, picture, luma and the model of the chips."""

from pathlib import Path

import pytest

from edge.led_window.logic import Refresh, Show
from edge.led_window.max7219 import Max7219Window
from edge.led_window.settings import Settings

pytestmark = pytest.mark.filterwarnings("ignore:Image.Image.getdata:DeprecationWarning")  # luma.led_matrix 1.9

GOLDEN = Path(__file__).parents[2] / "golden" / "led_window"


def golden(name):
    return tuple((GOLDEN / f"{name}.txt").read_text("ascii").split())


def check(window, name):
    assert window.lit() == golden(name), "the LEDs show\n" + "\n".join(window.lit())


@pytest.mark.parametrize(
    ("phase", "fields", "name"),
    [
        ("called", {"number": "A012", "calls": 1}, "number"),
        ("serving", {"number": "YB1357", "calls": 1}, "number-of-six"),
        ("serving", {"number": "YK986", "calls": 1}, "number-of-five"),
        ("called", {"number": "VA012", "calls": 1}, "number-priority"),
        ("called", {"number": "YA003", "calls": 1}, "number-appointment"),
        ("called", {"number": "VA1000", "calls": 1}, "number-priority-of-four-digits"),
        ("paused", {}, "paused"),
        ("idle", {}, "idle"),
        ("idle", {"idle_text": "人力资源开发科"}, "too-long"),
        ("closed", {}, "closed"),
    ],
)
def test_the_leds_show(window, phase, fields, name):
    window.view(phase, **fields)
    check(window, name)


def test_before_anything_is_known_the_leds_show_no_number(new_window):
    check(new_window(), "away")


def test_between_two_blinks_the_leds_are_dark(window):
    window.view("called", "A012", 1)
    window.wait(0.6)
    check(window, "dark")
    window.wait(0.5)
    check(window, "number")


def test_text_that_is_too_long_ends_at_the_right_edge(window):
    window.view("idle", idle_text="人力资源开发科")
    window.wait(6)
    check(window, "too-long-end")


def test_a_display_of_twice_the_size_shows_the_number_twice_as_large(new_window):
    window = new_window(width=128, height=32)
    window.link(True)
    window.view("serving", "A012", 1)
    doubled = [2 * row for row in zip(golden("number"), strict=True)]
    assert window.lit() == tuple("".join(2 * dot for dot in row) for pair in doubled for row in pair)


@pytest.mark.parametrize("turned", [90, -90, 180])
@pytest.mark.parametrize("rotate", [0, 2])
def test_panels_mounted_in_any_way_show_the_same(new_window, turned, rotate):
    window = new_window(block_orientation=turned, rotate=rotate)
    window.link(True)
    window.view("serving", "A012", 1)
    check(window, "number")


def test_a_panel_wired_upright_shows_the_same_when_rotated(new_window):
    window = new_window(width=16, height=64, rotate=1)
    window.link(True)
    window.view("serving", "A012", 1)
    check(window, "number")


def test_after_a_brown_out_the_leds_stay_dark_until_the_chips_are_set_up_again(window):
    window.view("serving", "A012", 1)
    window.driver.model.brown_out()
    check(window, "dark")
    window.wait(59)
    check(window, "dark")
    window.wait(2)
    check(window, "number")


def test_setting_up_again_shows_no_garbage_in_between(window):
    window.view("serving", "A012", 1)
    model = window.driver.model
    model.brown_out()
    seen = set()
    write = model.writebytes

    def watched(data):
        write(data)
        seen.add(model.lit())

    model.writebytes = watched
    window.driver.perform(Refresh())
    assert seen == {golden("dark"), golden("number")}


def test_frames_that_change_are_told_after_the_chips_have_latched_them(window):
    told = []
    window.driver.on_frame = lambda: told.append((window.driver.shown, window.lit() == golden("number")))
    window.view("serving", "A012", 1)
    window.view("serving", "A012", 1)
    window.driver.perform(Show("A012", large=True))
    assert told == [("A012", True)]


def test_a_character_that_the_font_lacks_is_shown_as_a_sign_for_that(window):
    window.view("idle", idle_text="😀")
    unknown = window.lit()
    window.view("idle", idle_text="〓")
    assert window.lit() == unknown != golden("dark")


def test_a_display_that_comes_back_shows_what_it_should_by_then(window):
    window.view("serving", "A012", 1)
    window.driver.model.absent = True
    window.view("paused")
    assert "SPI 0.0" in str(window.driver.health()["display"])
    window.driver.model.brown_out()
    window.driver.model.absent = False
    window.wait(61)
    assert window.driver.health() == {"display": "ok"}
    check(window, "paused")


def test_a_board_without_spi_says_so_and_lives():
    """The real driver, on a port that no board has."""
    driver, heard = Max7219Window(Settings(spi_port=250)), []
    driver.start(heard.append)
    driver.perform(Show("A012", large=True))
    driver.perform(Refresh())
    driver.stop()
    assert [report(1.0).error for report in heard] == [driver.health()["display"]] * 2
    assert "SPI 250.0" in str(driver.health()["display"])


def test_when_the_agent_stops_the_leds_are_dark(window):
    window.view("serving", "A012", 1)
    window.driver.stop()
    check(window, "dark")
