"""A window that nobody knows shows its code; one that the hub looks for says so, and never instead of a number.

`RENEW_GOLDENS=1 scripts/test tests/edge/led_window/test_led_window_pairing.py` writes the picture again.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.led_window.pairing import pairing
from edge.led_window.scene import Brightness, Show
from edge.led_window.settings import Settings
from edge.led_window.timeline import page_turn
from edge.runtime.device import Arrived
from wire.orders import Identify

pytestmark = pytest.mark.filterwarnings("ignore:Image.Image.getdata:DeprecationWarning")  # luma.led_matrix 1.9
GOLDEN = Path(__file__).parents[2] / "golden" / "led_window" / "pairing.txt"
CODE = "7K3M-0QXA"


def shown(size: tuple[int, int]) -> Show:
    return next(effect for effect in pairing(CODE, Settings(width=size[0], height=size[1])) if isinstance(effect, Show))


@pytest.mark.parametrize(
    ("size", "pages"),
    [
        ((128, 16), ["配对 7K3M-0QXA"]),
        ((96, 16), ["配对", "7K3M-0QXA"]),
        ((64, 16), ["配对", "7K3M", "0QXA"]),
        ((64, 32), ["配对", "7K3M", "0QXA"]),
    ],
)
def test_the_code_never_scrolls_but_comes_in_as_many_pages_as_it_needs(size, pages):
    assert [page.text for page in shown(size).pages] == pages


def test_the_leds_show_the_code(new_window):
    """The chips of two panels, page by page, as they were looked at."""
    parts = []
    for size in ((128, 16), (64, 16)):
        window = new_window(width=size[0], height=size[1])
        for effect in pairing(CODE, Settings(width=size[0], height=size[1])):
            window.panel.take(effect, window.now)
        show = shown(size)
        for number in range(len(show.pages)):
            at = number * 5.0 + 0.5
            assert page_turn(show, at, Settings().motion, size).page == show.pages[number]
            window.panel.frame(window.now + at)
            parts.append("\n".join([f"== {size[0]}x{size[1]}, page {number + 1}", *window.lit()]))
    gallery = "\n\n".join(parts) + "\n"
    if os.environ.get("RENEW_GOLDENS"):
        GOLDEN.write_text(gallery, "utf-8")
    assert gallery == GOLDEN.read_text("utf-8")


def identify(window, seconds=4.0):
    order = Identify(id="i-1", at=datetime.fromtimestamp(window.now, UTC), seconds=seconds)
    return window.take(lambda at: Arrived(at=at, message=order))


def test_an_idle_window_says_here_and_then_what_it_said_before(window):
    window.view("idle", idle_text="03号窗口")
    before = window.text
    identify(window)
    assert window.text == "这里HERE"
    window.wait(5)
    assert window.text == before


def test_a_number_stays_while_the_brightness_pulses(window):
    window.view("called", "A012", 1)
    identify(window)
    assert window.text == "A012"
    levels = [effect.level for effect in window.effects if isinstance(effect, Brightness)]
    window.wait(3)
    levels = [effect.level for effect in window.effects if isinstance(effect, Brightness)][len(levels) - 1 :]
    assert levels == [255, 0, 255, 0]
    window.wait(2)
    assert window.state.brightness == Settings().contrast


def test_no_seconds_end_it(window):
    window.view("idle", idle_text="03号窗口")
    identify(window, 60)
    identify(window, 0)
    assert window.text == "03号窗口"


def test_a_call_is_not_darkened_by_a_restart(window):
    from edge.led_window import logic

    window.view("called", "A012", 1)
    assert "正在叫号" in logic.busy(window.state)
    window.view("serving", "A012", 1)
    assert logic.busy(window.state) == ""
