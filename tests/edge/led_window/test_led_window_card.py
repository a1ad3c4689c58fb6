"""An Onbon BX card on a pseudo-terminal, TCP and UDP: what it shows, what it is told again, what goes wrong."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest

from edge.led_window import DEVICE, card_text
from edge.led_window.fake_card import FakeCard
from edge.led_window.fake_card_line import SerialCard, TcpCard, UdpCard
from edge.led_window.logic import DisplayChanged
from edge.led_window.scene import Brightness, Page, Refresh, Show
from edge.led_window.settings import Settings
from edge.runtime import device

PATIENCE_S = 20.0
A012 = Show((Page("A012", large=True, beside="03号窗口"),))
CALLED = Show((Page("A012", large=True),), call=1)


class Rig:
    """A card, the driver in front of it, and what the driver told the logic."""

    def __init__(self, line, driver):
        self.line, self.card, self.driver = line, line.card, driver
        self.told: list[str] = []
        self._changed = threading.Condition()
        self.card.on_change = self._notify
        driver.start(self._emitted)

    def _emitted(self, event):
        told = event(0.0)
        assert isinstance(told, DisplayChanged)
        self.told.append(told.error)
        self._notify()

    def _notify(self):
        with self._changed:
            self._changed.notify_all()

    def until(self, fact):
        with self._changed:
            assert self._changed.wait_for(fact, PATIENCE_S), (self.card.text, self.told, self.card.complaints)


@contextmanager
def rig(kind, tmp_path, card=None, screen=(64, 16), **settings) -> Iterator[Rig]:
    card = card or FakeCard(width=screen[0], height=screen[1])
    line = {"serial": lambda: SerialCard(card, str(tmp_path / "rs485")), "tcp": lambda: TcpCard(card)}.get(
        kind, lambda: UdpCard(card)
    )()
    table = {"reply_s": 0.3, **settings.pop("card_table", {})}
    with line:
        where = {"port": line.path} if kind == "serial" else {"host": "127.0.0.1", "net_port": line.port}
        chosen = {"driver": f"onbon-{kind}", "width": screen[0], "height": screen[1], "card": {**table, **where}}
        made = Rig(line, _driver({**chosen, **settings}))
        try:
            yield made
        finally:
            made.driver.stop()
    assert card.complaints == []


def _driver(table):
    return device.make_driver(DEVICE, msgspec.convert(table, Settings))


KINDS = pytest.mark.parametrize("kind", ["serial", "tcp", "udp"])


@KINDS
def test_a_number_is_shown_and_acknowledged(kind, tmp_path):
    with rig(kind, tmp_path) as one:
        one.driver.perform(Brightness(112))
        one.driver.perform(A012)
        one.until(lambda: one.card.text == "A012" and one.card.brightness == 7)
        shown = one.card.areas[0]
        assert (shown.colour, shown.dots, shown.moving, shown.width, shown.height) == ("red", 16, False, 64, 16)
        assert one.told == []
        assert one.driver.health()["display"] == "ok"


def test_a_wide_card_shows_the_counter_beside_the_number_and_a_number_in_its_own_colour(tmp_path):
    with rig("tcp", tmp_path, screen=(128, 16), card_table={"call_colour": "green"}) as one:
        one.driver.perform(A012)
        one.until(lambda: one.card.text == "A012 03号窗口")
        assert one.card.areas[0].colour == "green"
        one.driver.perform(Show((Page("暂停服务"),)))
        one.until(lambda: one.card.text == "暂停服务")
        assert one.card.areas[0].colour == "red"


def test_what_is_too_wide_is_moved_by_the_card_itself(tmp_path):
    with rig("tcp", tmp_path) as one:
        one.driver.perform(Show((Page("人力资源开发科"),)))
        one.until(lambda: one.card.text == "人力资源开发科")
        assert one.card.areas[0].moving


def test_a_call_blinks_no_faster_than_the_card_takes_news(tmp_path):
    with rig("tcp", tmp_path, blink_s=2.0) as one:
        one.driver.perform(CALLED)
        one.until(lambda: one.card.history == ["A012", "", "A012"])


def test_pages_take_turns_on_a_card(tmp_path):
    with rig("tcp", tmp_path, page_s=1.0) as one:
        one.driver.perform(Show((Page("03号窗口"), Page("工号1001"))))
        one.until(lambda: one.card.history[:3] == ["03号窗口", "工号1001", "03号窗口"])


def test_a_card_that_need_not_be_told_anything_is_pinged():
    """In its own time: `frame` is what the display's thread calls."""
    with TcpCard(FakeCard()) as line:
        chosen = {"driver": "onbon-tcp", "card": {"host": "127.0.0.1", "net_port": line.port}}
        surface = _driver(chosen).surface
        surface.open(lambda error: None)
        surface.take(A012, 100.0)
        assert surface.frame(100.0) == 110.0
        assert line.card.asked == ["area", "brightness"]
        surface.frame(109.9)
        assert line.card.asked == ["area", "brightness"]
        assert surface.frame(110.0) == 120.0
        assert line.card.asked == ["area", "brightness", "ping"]
        surface.close()


def test_the_card_itself_forgets_a_number_when_its_agent_is_gone(tmp_path):
    with rig("tcp", tmp_path, hold_s=90.0, refresh_s=30.0) as one:
        one.driver.perform(A012)
        one.until(lambda: one.card.text == "A012")
        assert one.card.areas[0].timeout_s == 90


@KINDS
def test_a_card_that_lost_its_supply_is_told_everything_again_with_the_next_refresh(kind, tmp_path):
    with rig(kind, tmp_path) as one:
        one.driver.perform(Brightness(240))
        one.driver.perform(A012)
        one.until(lambda: one.card.text == "A012" and one.card.brightness == 15)
        one.line.power_cut()
        assert one.card.text == ""
        one.driver.perform(Refresh())
        one.driver.perform(Refresh())  # the first may find the port gone
        one.until(lambda: one.card.text == "A012" and one.card.brightness == 15)


@KINDS
def test_a_number_that_the_card_let_go_of_because_nobody_spoke_is_there_again_when_somebody_does(kind, tmp_path):
    with rig(kind, tmp_path) as one:
        one.driver.perform(A012)
        one.until(lambda: one.card.text == "A012")
        one.card.expired()
        assert one.card.text == ""
        one.driver.perform(Refresh())
        one.until(lambda: one.card.text == "A012")


@pytest.mark.parametrize(
    ("mood", "words"), [("mute", "无应答"), ("busy", "busy")], ids=lambda value: value if value.isascii() else ""
)
def test_a_card_that_does_not_do_it_is_reported_in_words_and_found_again(mood, words, tmp_path):
    with rig("serial", tmp_path) as one:
        one.card.mood = mood
        one.driver.perform(A012)
        one.until(lambda: one.told)
        assert words in one.told[0]
        assert words in str(one.driver.health()["display"])
        one.card.mood = "well"
        one.driver.perform(Refresh())
        one.until(lambda: one.card.text == "A012" and one.told[-1] == "")


def test_a_refusal_is_told_with_the_manuals_meaning(tmp_path):
    with rig("tcp", tmp_path) as one:
        one.card.refuses = 12
        one.driver.perform(A012)
        one.until(lambda: one.told)
        assert "没有所需字库" in one.told[0]


@pytest.mark.parametrize("mood", ["noisy", "deaf to the first"])
def test_noise_and_lost_frames_on_the_line_cost_nothing_but_time(mood, tmp_path):
    with rig("serial", tmp_path) as one:
        one.card.mood = mood
        one.driver.perform(A012)
        one.until(lambda: one.card.text == "A012")
        one.driver.perform(Show((Page("暂停服务"),)))
        one.until(lambda: one.card.text == "暂停服务")
        assert one.told == []
        health = one.driver.health()
        assert int(health["noise"]) + int(health["retries"]) > 0


def test_a_slow_card_is_waited_for(tmp_path):
    with rig("tcp", tmp_path, card_table={"reply_s": 3.0}) as one:
        one.card.mood = "slow"
        one.driver.perform(A012)
        one.until(lambda: one.card.text == "A012")
        one.until(lambda: int(one.driver.health()["answers"]) >= 1)
        assert one.told == []
        assert one.driver.health()["retries"] == 0


@pytest.mark.parametrize("kind", ["serial", "tcp"])
def test_an_unplugged_cable_is_told_and_found_again(kind, tmp_path):
    with rig(kind, tmp_path) as one:
        one.driver.perform(A012)
        one.until(lambda: one.card.text == "A012")
        one.line.unplug()
        one.driver.perform(Show((Page("暂停服务"),)))
        one.until(lambda: one.told)
        assert "check the port" in one.told[0]
        one.line.plug()
        one.driver.perform(Refresh())
        one.until(lambda: one.card.text == "暂停服务" and one.told[-1] == "")


def test_a_connection_that_the_card_ended_is_no_news(tmp_path):
    with rig("tcp", tmp_path) as one:
        one.driver.perform(A012)
        one.until(lambda: one.card.text == "A012")
        one.line.hang_up()
        one.driver.perform(Show((Page("暂停服务"),)))
        one.until(lambda: one.card.text == "暂停服务")
        assert one.told == []


def test_a_card_with_another_number_does_not_listen(tmp_path):
    with rig("tcp", tmp_path, card=FakeCard(screen=7)) as one:
        one.driver.perform(A012)
        one.until(lambda: one.told)
        assert "屏号" in one.told[0]
        assert one.card.text == ""


def test_any_screen_reaches_a_card_whatever_its_number(tmp_path):
    with rig("tcp", tmp_path, card=FakeCard(screen=7), card_table={"screen": 0xFFFE}) as one:
        one.driver.perform(A012)
        one.until(lambda: one.card.text == "A012")
        assert one.told == []


def test_what_the_card_cannot_write_is_shown_as_a_sign_for_that_and_told(tmp_path):
    with rig("tcp", tmp_path) as one:
        one.driver.perform(Show((Page("窗口喆"),)))
        one.until(lambda: one.card.text == "窗口〓")
        assert "喆 U+5586" in str(one.driver.health()["glyphs"])


def test_a_card_with_gbk_fonts_writes_more(tmp_path):
    with rig("tcp", tmp_path, card=FakeCard(charset="gbk"), card_table={"charset": "gbk"}) as one:
        one.driver.perform(Show((Page("窗口喆"),)))
        one.until(lambda: one.card.text == "窗口喆")
        assert "glyphs" not in one.driver.health()


def test_the_test_pattern_shows_every_colour_and_then_figures(tmp_path):
    seen = [card_text.pattern(second, Settings())[0] for second in (0.0, 3.0, 6.0, 9.0, 14.0)]
    assert [(words.text, words.colour) for words in seen] == [
        ("■■■■", "red"), ("■■■■", "green"), ("■■■■", "yellow"), ("12345678", "red"), ("12345678", "red"),
    ]  # fmt: skip
    with rig("tcp", tmp_path) as one:
        one.driver.perform(Show(pattern=True))
        one.until(lambda: one.card.text == "■■■■")


def test_the_card_drivers_load_neither_pillow_nor_luma():
    code = "import sys, edge.led_window.onbon; print(*sorted(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not {"PIL", "luma", "serial"} & set(run.stdout.split())  # a port is opened with pyserial when there is one
