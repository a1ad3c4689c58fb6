"""A wired FF68 keypad: in the logic, and at the far end of a real pty with noise, silence and a pulled plug."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from edge.caller import face, words
from edge.caller.events import Acknowledge, Beep, Heard
from edge.caller.settings import CallerSettings
from edge.caller.simulated import SimulatedDriver
from edge.protocols import ff68, ff68_keys
from edge.runtime.device import Arrived, Effect, LinkChanged
from tests.edge.caller.bench import Bench, actions
from tests.edge.caller.loop import Loop, until
from wire.messages import CallerView, CounterPhase, Reply

CALL, PAUSE = b"\x0c", b"\x12"


def bench(**settings: Any) -> Bench:
    made = Bench(keypad="ff68", **settings)
    made.link(True)
    made.view("idle", waiting=5)
    return made


def say(caller: Bench, data: bytes, command: int = ff68_keys.KEY) -> list[Effect]:
    return caller.give(Heard(at=caller.at, frame=ff68.Frame(1, command, data)))


# The logic.


def test_a_press_is_acknowledged_first_then_shown_then_sent() -> None:
    caller = bench()
    effects = say(caller, CALL)
    assert effects[0] == Acknowledge(ff68.Frame(1, ff68_keys.KEY, CALL))
    assert effects[1] == face.wait(pressed_again=False, online=True)
    assert [action.verb for action in actions(effects)] == ["call-next"]
    assert len(effects) == 3


@pytest.mark.parametrize(
    ("phase", "data", "verb", "argument"),
    [
        ("idle", "0c", "call-next", ""),
        ("called", "0d", "recall", ""),
        ("serving", "0b", "end", ""),
        ("idle", "12", "pause", ""),
        ("paused", "12", "resume", ""),
        ("serving", "0313", "transfer", "3"),
        ("called", "060f", "no-show", ""),
        ("serving", "000f", "park", ""),
        ("idle", "030f", "return", ""),
        ("closed", "010000010f", "sign-on", "1001"),
    ],
)
def test_keys_mean_what_they_mean_behind_a_repeater(phase: CounterPhase, data: str, verb: str, argument: str) -> None:
    caller = bench()
    caller.view(phase)
    say(caller, bytes.fromhex(data))
    assert [(one.verb, one.argument) for one in caller.sent] == [(verb, argument)]


def test_a_repetition_is_acknowledged_again_and_not_sent_again() -> None:
    caller = bench()
    say(caller, CALL)
    caller.reply("b0-1")
    caller.at += 0.2
    assert say(caller, CALL) == [Acknowledge(ff68.Frame(1, ff68_keys.KEY, CALL))]
    caller.at += 0.6
    say(caller, CALL)
    assert len(caller.sent) == 2


def test_offline_a_press_is_not_acknowledged_but_answered_by_a_beep_and_never_sent() -> None:
    caller = bench()
    caller.link(False)
    effects = say(caller, CALL)
    assert effects == [Beep(), face.refused(words.OFFLINE, online=False)]
    caller.at += 0.1
    assert say(caller, CALL) == [Beep()]
    caller.link(True)
    caller.pass_time(60)
    assert caller.sent == []


@pytest.mark.parametrize("data", ["", "77", "0a0c13", "00000f"])
def test_what_is_no_key_is_refused_by_a_beep(data: str) -> None:
    caller = bench()
    effects = say(caller, bytes.fromhex(data))
    assert actions(effects) == []
    assert effects[0] == Beep()


def test_cancel_is_taken_and_means_nothing_to_the_hub() -> None:
    caller = bench()
    assert [type(one) for one in say(caller, b"\x0e")] == [Acknowledge]


def test_its_keys_can_be_tested_too() -> None:
    caller = bench()
    caller.order("keys")
    say(caller, CALL)
    say(caller, b"\x77")
    assert caller.display == "按键测试 77"
    caller.pass_time(20)
    assert caller.sent == []
    assert caller.tested[0].ok
    assert "顺呼 77" in caller.tested[0].text


# On a pty.


@pytest.fixture
def caller() -> Iterator[Loop]:
    settings = msgspec.convert({"driver": "simulated", "keypad": "ff68", "ff68": {"address": 7}}, CallerSettings)
    driver = SimulatedDriver(settings)
    loop = Loop(driver, settings)
    until(lambda: driver.health()["frames_heard"] == 1)  # the echo of the first thing that it was shown
    yield loop
    driver.stop()


def keypad(loop: Loop) -> Any:
    return loop.driver.radio.keypad(7)


def show(loop: Loop, number: str, waiting: int, version: int = 1) -> None:
    view = CallerView(epoch=1, version=version, counter="03", phase="called", number=number, waiting=waiting)
    loop.take(lambda at: Arrived(at=at, message=view))


def test_the_keypad_shows_who_waits_and_the_ticket(caller: Loop) -> None:
    show(caller, "A012", 5)
    caller.until(lambda: (keypad(caller).display.waiting, keypad(caller).display.number) == ("  5", "012"))
    caller.take(lambda at: LinkChanged(at=at, up=False))
    caller.until(lambda: keypad(caller).display.waiting == "   ")
    assert keypad(caller).display.number == "012", "the clerk's own ticket is known"


def test_a_press_is_echoed_and_a_refusal_beeps(caller: Loop) -> None:
    press = keypad(caller).press("call-next")
    caller.until(lambda: press.answer == "ack")
    assert caller.sent == [("call-next", "")]
    refusal = Reply(to="b0-1", ok=False, at=datetime.now(UTC), code="nobody-waiting", text="无人等候")
    caller.take(lambda at: Arrived(at=at, message=refusal))
    caller.until(lambda: keypad(caller).beeps == 1)
    caller.take(lambda at: LinkChanged(at=at, up=False))
    offline = keypad(caller).press("recall")
    caller.until(lambda: offline.answer == "beep")
    assert caller.sent == [("call-next", "")]


def test_noise_cuts_nothing_off_and_a_stranger_is_not_listened_to(caller: Loop) -> None:
    radio = caller.driver.radio
    radio.garble = lambda burst: b"\xff\x68\x03\x00\x7f\xff" + burst + b"\xff\xff\x68"
    press = keypad(caller).press("call-next")
    caller.until(lambda: press.answer == "ack")
    radio.inject(ff68.encode(ff68.Frame(8, ff68_keys.KEY, CALL)))
    caller.until(lambda: caller.driver.health()["strangers"] == 1)
    assert caller.sent == [("call-next", "")]
    assert caller.driver.health()["bytes_dropped"] > 0


def test_a_keypad_that_falls_mute_is_in_health_and_is_shown_everything_when_it_is_back(caller: Loop) -> None:
    caller.until(lambda: keypad(caller).display.waiting == "   ")
    keypad(caller).mute = True
    show(caller, "A012", 5)
    caller.until(lambda: "does not answer" in str(caller.driver.health()["keypad"]))
    assert "keypad" in caller.state.faults
    keypad(caller).mute = False
    press = keypad(caller).press("recall")
    caller.until(lambda: press.answer == "ack")
    caller.until(lambda: caller.state.faults == {})
    caller.until(lambda: keypad(caller).display.number == "012")


def test_a_pulled_plug_is_in_health_and_a_plugged_one_works_again(caller: Loop) -> None:
    caller.driver.radio.unplug()
    caller.until(lambda: "keypad" in caller.state.faults)
    show(caller, "A013", 2)
    caller.driver.radio.plug()
    caller.until(lambda: caller.state.faults == {})
    caller.until(lambda: keypad(caller).display.number == "013")
    press = keypad(caller).press("call-next")
    caller.until(lambda: press.answer == "ack")


def test_in_the_test_of_the_display_all_its_segments_are_lit(caller: Loop) -> None:
    show(caller, "A012", 5)
    caller.driver.perform(face.test("display", "显示测试", online=True))
    caller.until(lambda: keypad(caller).display.number == "888")
    assert keypad(caller).display.waiting == "888"


def test_a_repeated_frame_over_the_line_is_one_action(caller: Loop) -> None:
    """The keypad misses the first echo, and repeats within its 200 ms."""
    caller.driver.radio.lose = 1
    press = keypad(caller).press("call-next")
    caller.until(lambda: press.answer == "ack")
    assert press.tries > 1
    assert caller.sent == [("call-next", "")]
