"""What the LEDs show, for each size and state: `tests/golden/led_window/{size}.txt`, one picture under each heading.

They come from the model of the chips, so from the bytes on the bus. After a wanted change,
`RENEW_GOLDENS=1 scripts/test tests/edge/led_window/test_led_window_goldens.py` writes them again: read the difference.
"""

import os
from pathlib import Path

import pytest

pytestmark = pytest.mark.filterwarnings("ignore:Image.Image.getdata:DeprecationWarning")  # luma.led_matrix 1.9
GOLDEN = Path(__file__).parents[2] / "golden" / "led_window"
SIZES = [(64, 16), (96, 16), (128, 16), (160, 16), (192, 16), (64, 32), (128, 32)]
NOTICE = "请保管好号票,留意窗口屏 · Please keep your ticket"


def called(window):
    window.view("called", "A012", 1)


def called_dark(window):
    window.view("called", "A012", 1)
    window.wait(0.7)


def recalled(window):
    window.view("called", "A012", 1)
    window.wait(10)
    window.view("called", "A012", 2)
    window.wait(1.2)


def serving(number):
    return lambda window: window.view("serving", number, 1)


def idle(window):
    window.view("idle", idle_text="03号窗口")


def clerk(window):
    window.view("idle", idle_text="03号窗口", clerk="1001")
    window.wait(6)


def too_long(window):
    window.view("idle", idle_text="不动产登记一窗受理")
    window.wait(3)


def notice(window):
    window.view("idle", idle_text="03号窗口", notice=NOTICE)
    window.wait(4 * 5 + 2 + 3)


def rare(window):
    window.view("idle", idle_text="龘𬀩喆é")


def away(window):
    window.view("serving", "A012", 1)
    window.link(False)
    window.wait(130)


def pattern(seconds):
    def ordered(window):
        window.order("pattern")
        window.wait(seconds)

    return ordered


def text(seconds):
    def ordered(window):
        window.order("text")
        window.wait(seconds)

    return ordered


STATES = {
    "closed": lambda window: window.view("closed"),
    "idle": idle,
    "idle: who sits here": clerk,
    "idle: a name that is too long, after three seconds": too_long,
    "idle: the notice, three seconds under way": notice,
    "called": called,
    "called: dark, in the middle of blinking": called_dark,
    "called: again": recalled,
    "serving": serving("B207"),
    "serving: an appointment": serving("YA003"),
    "serving: an appointment's own series": serving("YK986"),
    "serving: priority, four figures": serving("VA1000"),
    "paused": lambda window: window.view("paused"),
    "away: the hub is gone for longer than hold_s": away,
    "a character that the font lacks": rare,
    "test pattern: all lit": pattern(1),
    "test pattern: rows": pattern(2.75),
    "test pattern: columns": pattern(4.0),
    "test pattern: numbers of the blocks": pattern(6),
    "test text: size": text(1),
    "test text: dots": text(19),
}


def gallery(new_window, size):
    parts = []
    for name, reach in STATES.items():
        window = new_window(width=size[0], height=size[1])
        window.link(True)
        reach(window)
        parts.append("\n".join([f"== {name}", *window.lit()]))
    return "\n\n".join(parts) + "\n"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_leds_show_what_was_looked_at(new_window, size):
    path = GOLDEN / f"{size[0]}x{size[1]}.txt"
    shown = gallery(new_window, size)
    if os.environ.get("RENEW_GOLDENS"):
        path.write_text(shown, "utf-8")
    for now, before in zip(shown.split("\n\n"), path.read_text("utf-8").split("\n\n"), strict=True):
        assert now == before, f"on {size[0]}×{size[1]} dots the LEDs show\n{now}"
