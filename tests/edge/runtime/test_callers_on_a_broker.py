"""Whole callers on a real broker: their keypads and displays are simulated down to the pins and the chips."""

from datetime import UTC, datetime

import pytest

from edge.caller import face, picture
from tests.support.live import until
from wire import codec
from wire.messages import Action, CallerView, Health
from wire.orders import Done, SelfTest

pytestmark = pytest.mark.filterwarnings("ignore:Image.Image.getdata:DeprecationWarning")  # luma, with Pillow 12

VIEW = CallerView(epoch=1, version=1, counter="03", phase="called", number="A012", waiting=5, clerk="1001")
TWO_KEYS = {"rows": [4], "columns": [5, 6], "keys": [["call-next", "recall"]]}


def dots(display):
    image = picture.draw(display)
    return tuple("".join(".#"[image.getpixel((x, y)) > 0] for x in range(128)) for y in range(64))


def test_a_press_on_the_matrix_is_on_the_oled_while_the_hub_is_silent_and_then_its_answer(hub, agent):
    caller = agent("caller-1", keypad="matrix", display="oled")
    hub.show("caller-1", VIEW)
    until(lambda: caller.driver.chip.lit() == dots(face.rest(VIEW, online=True)), "the view is on the glass")
    caller.driver.press("call-next")
    waiting = dots(face.wait(pressed_again=False, online=True))[:16]
    until(lambda: caller.driver.chip.lit()[:16] == waiting, "the press is on the glass")
    until(lambda: hub.messages(Action), "the press is heard")
    hub.reply("caller-1", hub.messages(Action)[0].id, "nobody-waiting")
    until(lambda: caller.driver.display == "nobody-waiting", "the refusal is told")


def test_a_technician_learns_which_key_is_dead_and_no_press_of_his_is_an_action(hub, agent):
    caller = agent("caller-1", keypad="matrix", matrix=TWO_KEYS, display="digits")
    until(lambda: hub.messages(Health), "the caller is there")
    hub.say("caller-1", "order", codec.encode(SelfTest(id="o-1", test="keys", at=datetime.now(UTC))))
    until(lambda: "按键测试" in caller.driver.display, "the test has begun")
    caller.driver.press("recall", "call-next")
    until(lambda: hub.messages(Done), "the test is over")
    assert [(one.to, one.ok) for one in hub.messages(Done)] == [("o-1", True)]
    assert "重呼 顺呼" in hub.messages(Done)[0].text
    assert hub.messages(Action) == []


def test_a_display_that_is_pulled_off_is_in_the_next_health_report_at_once(hub, agent):
    caller = agent("caller-1", display="oled", keypad="matrix")
    until(lambda: any(one.device.get("display") == "ok" for one in hub.messages(Health)), "all is well")
    caller.driver.chip.absent = True
    hub.show("caller-1", VIEW)
    until(lambda: "not found" in str(hub.messages(Health)[-1].device["display"]), "the hub is told")
    assert hub.messages(Health)[-1].device["matrix"] == "ok"
