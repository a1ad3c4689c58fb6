"""The display's own thread: what moves does so without the agent, and no display holds the agent up."""

import threading
import time

import pytest

from edge.led_window.frame_clock import ClockedDisplay
from edge.led_window.scene import Page, Refresh, Show
from edge.led_window.settings import Settings
from edge.led_window.simulated import SimulatedWindow

pytestmark = pytest.mark.filterwarnings("ignore:Image.Image.getdata:DeprecationWarning")  # luma.led_matrix 1.9
PATIENCE_S = 20.0
A012 = Show((Page("A012", large=True),), call=1)


class Frames:
    """Every picture that the LEDs of a running window showed."""

    def __init__(self, **settings):
        self.window = SimulatedWindow(Settings(driver="simulated", **settings))
        self.seen, self.heard = [], []
        self._changed = threading.Condition()
        self.window.on_frame = self._latched

    def __enter__(self):
        self.window.start(self.heard.append)
        return self

    def __exit__(self, *_):
        self.window.stop()

    def _latched(self):
        with self._changed:
            self.seen.append((self.window.shown, self.window.model.lit()))
            self._changed.notify_all()

    def until(self, wanted):
        with self._changed:
            assert self._changed.wait_for(lambda: wanted(self.seen), PATIENCE_S)


def test_a_number_blinks_by_itself():
    with Frames(blink_half_s=0.2, blink_s=0.7) as frames:
        frames.window.perform(A012)
        frames.until(lambda seen: len([one for one in seen if one[0] == "A012"]) >= 5)
        pictures = [picture for text, picture in frames.seen if text == "A012"]
    lit, dark = pictures[0], pictures[1]
    assert "#" in "".join(lit)
    assert "#" not in "".join(dark)
    assert pictures == [lit, dark, lit, dark, lit]


def test_a_long_text_moves_by_itself_and_its_picture_is_told_after_it_was_latched():
    with Frames(scroll_dots_s=200.0, scroll_pause_s=0.5, frames_s=500.0) as frames:
        frames.window.perform(Show((Page("人力资源开发科"),)))
        frames.until(lambda seen: len(set(seen)) >= 30)
    assert {text for text, _ in frames.seen} <= {"", "人力资源开发科"}


def test_when_the_agent_stops_the_leds_are_dark_and_the_thread_is_gone():
    before = threading.active_count()
    with Frames() as frames:
        frames.window.perform(Show((Page("暂停服务"),)))
        frames.until(lambda seen: "暂停服务" in dict(seen))
    assert "#" not in "".join(frames.window.model.lit())
    assert threading.active_count() == before


def test_a_bus_that_is_gone_is_told_and_told_again_when_it_is_back():
    with Frames() as frames:
        frames.window.model.absent = True
        frames.window.perform(A012)
        _until(lambda: len(frames.heard) == 1)
        assert "SPI 0.0" in str(frames.window.health()["display"])
        frames.window.model.absent = False
        frames.window.perform(Refresh())
        _until(lambda: len(frames.heard) == 2)
        assert [event(1.0).error == "" for event in frames.heard] == [False, True]
        frames.until(lambda seen: "#" in "".join(seen[-1][1]))


class Stalled:
    """A display that takes for ever."""

    def __init__(self):
        self.free, self.taken = threading.Event(), []

    def open(self, report):
        self.free.wait(PATIENCE_S)

    def take(self, effect, now):
        self.taken.append(effect)

    def frame(self, now):
        raise RuntimeError("a fault of ours")

    def health(self):
        return {}

    def close(self): ...


def test_a_display_that_stalls_or_fails_holds_nobody_up_and_loses_nothing():
    surface = Stalled()
    display = ClockedDisplay(surface)
    display.start(lambda event: None)
    effects = [Show((Page(str(count)),)) for count in range(1000)]
    for effect in effects:
        display.perform(effect)
    assert surface.taken == []
    surface.free.set()
    _until(lambda: surface.taken == effects)
    display.perform(A012)
    _until(lambda: surface.taken[-1] == A012)
    display.stop()


def _until(fact):
    deadline = time.monotonic() + PATIENCE_S
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.005)
