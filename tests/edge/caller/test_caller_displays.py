"""Displays on models of their chips: what they show, what becomes of them when they vanish, and that nobody waits."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from luma.core.interface.serial import i2c, spi

from edge.caller import face, oled, picture, screen, words
from edge.caller.digits import DigitsPanel
from edge.caller.events import PartChanged
from edge.caller.face import Display
from edge.caller.lines import wrapped
from edge.caller.oled import OledPanel
from edge.caller.oled_model import OledChip
from edge.caller.screen import Screen
from edge.caller.segments import DIGITS, signs
from edge.caller.settings import CallerSettings
from edge.caller.simulated import SimulatedDriver
from edge.caller.wiring import Digits, Oled
from edge.runtime.cells import text_width
from edge.runtime.device import Input, make_driver
from edge.runtime.max7219_model import Chain
from tests.edge.caller.faces import FACES
from tests.edge.caller.loop import Loop, until

pytestmark = pytest.mark.filterwarnings("ignore:Image.Image.getdata:DeprecationWarning")  # luma, with Pillow 12


def rows(display: Display, step: int = 0) -> tuple[str, ...]:
    image = picture.draw(display, step)
    return tuple("".join(".#"[image.getpixel((x, y)) > 0] for x in range(128)) for y in range(64))


# The chips.


@pytest.mark.parametrize("chip", ["ssd1306", "sh1106"])
@pytest.mark.parametrize("turned", [False, True])
def test_the_glass_shows_the_picture_on_either_chip_and_either_way_up(chip: Any, turned: bool) -> None:
    glass = OledChip(chip)
    panel = OledPanel(Oled(chip=chip, turned=turned), lambda: i2c(bus=glass))
    panel.open()
    panel.draw(FACES["called"], 0)
    expected = rows(FACES["called"])
    assert glass.lit() == (tuple(row[::-1] for row in reversed(expected)) if turned else expected)


@pytest.mark.parametrize("chip", ["ssd1306", "sh1106"])
def test_a_chip_whose_supply_dipped_is_right_again_after_being_set_up_anew(chip: Any) -> None:
    glass = OledChip(chip)
    panel = OledPanel(Oled(chip=chip), lambda: i2c(bus=glass))
    panel.open()
    panel.draw(FACES["called"], 0)
    glass.power_up()
    assert not any("#" in row for row in glass.lit())
    panel.set_up()
    assert glass.lit() == rows(FACES["called"])


def test_an_oled_is_dim_while_nobody_is_signed_on_also_after_a_dip_and_bright_at_a_press() -> None:
    glass = OledChip()
    panel = OledPanel(Oled(contrast=200, dim=3), lambda: i2c(bus=glass))
    panel.open()
    assert glass.contrast == 200
    panel.draw(FACES["closed"], 0)
    assert glass.contrast == 3
    glass.power_up()
    panel.set_up()
    assert glass.contrast == 3
    panel.draw(FACES["pressed"], 0)
    assert glass.contrast == 200


def test_digits_whose_supply_dipped_are_right_again_after_being_set_up_anew() -> None:
    chain = Chain(8, 8)
    panel = DigitsPanel(Digits(), chain)
    panel.open()
    panel.draw(FACES["called"], 0)
    before = chain.lit()
    chain.brown_out()
    assert chain.lit() != before
    panel.set_up()
    assert chain.lit() == before


def test_an_oled_on_spi_gets_the_same_commands_and_data() -> None:
    """Data and commands go apart by the level of a pin: a spy in place of the bus notes it with each write."""
    lines, sent = {22: 0, 23: 0}, []

    class Lines(oled.Lines):
        def setup(self, pin: int, _: str) -> None:
            assert pin in lines

        def output(self, pin: int, level: int) -> None:
            lines[pin] = level

    class Bus:
        max_speed_hz = 0

        def open(self, *_: int) -> None: ...

        def close(self) -> None: ...

        def writebytes(self, data: list[int]) -> None:
            sent.append((lines[22], list(data)))

    chip = OledChip()
    panel = OledPanel(Oled(bus="spi"), lambda: spi(Bus(), Lines(), gpio_DC=22, gpio_RST=23, bus_speed_hz=4_000_000))
    panel.open()
    panel.draw(FACES["called"], 0)
    for is_data, data in sent:
        chip.write_i2c_block_data(0x3C, 0x40 if is_data else 0x00, data)
    assert chip.lit() == rows(FACES["called"])
    assert lines[23] == 1, "out of reset"


# The screen's thread.


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "_BACKOFF_S", (0.02,))


@pytest.fixture
def make() -> Iterator[Callable[..., SimulatedDriver]]:
    made: list[SimulatedDriver] = []

    def one(**settings: Any) -> SimulatedDriver:
        chosen = msgspec.convert({"driver": "simulated", "keypad": "matrix", **settings}, CallerSettings)
        made.append(SimulatedDriver(chosen))
        return made[-1]

    yield one
    for driver in made:
        driver.stop()


@pytest.mark.usefixtures("quick")
def test_a_display_that_vanishes_shows_in_health_and_the_newest_picture_when_it_is_back(
    make: Callable[..., SimulatedDriver],
) -> None:
    driver = make(display="oled", oled={"refresh_s": 1})
    loop = Loop(driver, CallerSettings())
    until(lambda: driver.health()["display"] == "ok")
    driver.chip.absent = True
    driver.perform(FACES["called"])
    loop.until(lambda: "0x3C" in str(driver.health()["display"]))
    assert "I²C" in loop.state.faults["display"]
    driver.perform(FACES["paused"])
    driver.chip.power_up()
    driver.chip.absent = False
    loop.until(lambda: driver.chip.lit() == rows(FACES["paused"]))
    assert loop.state.faults == {}


@pytest.mark.usefixtures("quick")
def test_a_display_that_is_missing_from_the_start_leaves_nothing_behind_however_often_it_is_tried(
    make: Callable[..., SimulatedDriver], monkeypatch: pytest.MonkeyPatch
) -> None:
    """luma keeps every device that was made until the process ends; so none is made before the chip has answered."""
    made = []
    monkeypatch.setattr(oled, "ssd1306", lambda *given, **_: made.append(given))
    driver = make(display="oled")
    driver.chip.absent = True
    driver.start(lambda _: None)
    until(lambda: driver.chip.writes > 5)
    assert made == []


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("settings", "hint"), [({"display": "digits"}, "dtparam=spi=on"), ({"display": "oled"}, "dtparam=i2c_arm=on")]
)
def test_a_board_whose_bus_is_off_says_what_to_look_at_and_its_keypad_works(settings: Any, hint: str) -> None:
    """With the real buses: this machine has none of them."""
    from edge.caller import DEVICE

    chosen = msgspec.convert({"keypad": "none", "signals": {}, **settings}, CallerSettings)
    driver = make_driver(DEVICE, chosen)
    told: list[Input] = []
    driver.start(lambda input_: told.append(input_(0.0)))
    until(lambda: bool(told))
    if told == [PartChanged(at=0.0, part="display", trouble="")]:
        pytest.skip("this machine has the bus, and something on it")
    driver.perform(FACES["called"])
    assert hint in str(driver.health()["display"])
    driver.stop()


class SlowPanel:
    """Takes its time for every picture: until `go` is set."""

    def __init__(self) -> None:
        self.go, self.drawing = threading.Event(), threading.Event()
        self.drawn: list[str] = []

    def open(self) -> None: ...

    def set_up(self) -> None: ...

    def close(self) -> None: ...

    def moves(self, display: Display) -> bool:
        return False

    def draw(self, display: Display, step: int) -> None:
        self.drawing.set()
        assert self.go.wait(10)
        self.drawn.append(display.text)


def test_nobody_waits_for_a_slow_display_and_of_many_pictures_it_shows_the_newest() -> None:
    panel = SlowPanel()
    shown = Screen(lambda: panel, 30.0, "")
    shown.start(lambda _: None)
    shown.perform(Display("first", "rest", True))
    assert panel.drawing.wait(10)
    for n in range(50):  # while it still draws the first
        shown.perform(Display(str(n), "rest", True))
    panel.go.set()
    until(lambda: panel.drawn[-1:] == ["49"])
    assert panel.drawn == ["first", "49"]
    shown.stop()


def test_waiting_is_seen_to_go_on_and_what_is_at_rest_does_not_move(make: Callable[..., SimulatedDriver]) -> None:
    driver = make(display="digits")
    driver.start(lambda _: None)
    seen = set()
    driver.perform(FACES["pressed"])
    until(lambda: bool(seen.add(driver.chip.lit())) or len(seen) > 3)
    for panel in (DigitsPanel(Digits()), OledPanel(Oled())):
        assert [name for name, one in FACES.items() if panel.moves(one)][:2] == ["pressed", "pressed again"]
        assert not panel.moves(FACES["called"])


def test_when_the_agent_ends_the_display_goes_dark(make: Callable[..., SimulatedDriver]) -> None:
    """Else a number would stand there that is nobody's any more."""
    driver = make(display="oled")
    driver.start(lambda _: None)
    driver.perform(FACES["called"])
    until(lambda: driver.chip.lit() == rows(FACES["called"]))
    driver.stop()
    assert not any("#" in row for row in driver.chip.lit())
    assert driver.health()["display"] == "stopped"


# What is drawn.


@pytest.mark.parametrize("display", FACES.values(), ids=FACES)
def test_digits_have_room_for_every_face(display: Display) -> None:
    for step in range(20):
        assert len(signs(display, step).replace(".", "")) <= DIGITS


def test_of_a_long_refusal_every_line_is_shown_in_time() -> None:
    long = FACES["refused at length"]
    assert picture.moves(long)
    pages = {rows(long, step)[16:] for step in range(24)}
    assert len(pages) == -(-len(wrapped(long.text, 128)) // 3)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("A012正在呼叫，请先办理或过号", ["A012正在呼叫，请", "先办理或过号"]),
        ("本窗口不办理A012号的业务", ["本窗口不办理A012", "号的业务"]),
        ("本窗口不能办理A012号", ["本窗口不能办理", "A012号"]),
        ("当前没有任何号票，", ["当前没有任何号", "票，"]),
        ("See hall-manager now", ["See hall-manager", "now"]),
        ("W" * 20, ["W" * 16, "WWWW"]),
    ],
)
def test_lines_break_where_one_reads_on_easily(text: str, lines: list[str]) -> None:
    assert wrapped(text, 128) == lines
    assert all(text_width(line) <= 128 for line in lines)


def test_our_own_refusals_fit_without_turning_a_page() -> None:
    own = [one for one in vars(words).values() if isinstance(one, words.Notice)]
    assert len(own) > 8
    assert not any(picture.moves(face.refused(one, online=True)) for one in own)
