"""The repeater against simulated handhelds on a real pty, in good weather and bad."""

import os
import pty
import random
import threading
import time
import tty
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.protocols import ff68, ff68_keys
from edge.protocols.fake_radio import cut
from edge.repeater.events import Heard, PortChanged, Transmit
from edge.repeater.serial_driver import SerialDriver
from edge.repeater.settings import Settings
from wire.messages import Ask, CallerView, EvaluatorView, Handheld, RepeaterView

KEYPADS, RATER = (5, 6, 7), 9


def shown(number: str = "A012", waiting: int = 7, ask: str = "ask-1") -> RepeaterView:
    """Three keypads at one counter, and an evaluator."""
    keypad = CallerView(epoch=1, version=1, counter="03", phase="idle", number=number, waiting=waiting)
    asked = Ask(id=ask, number="A012", until=datetime.now(UTC) + timedelta(seconds=60)) if ask else None
    rater = EvaluatorView(epoch=1, version=1, counter="03", counter_name="3号窗口", phase="idle", ask=asked)
    handhelds = [Handheld(address=address, view=keypad) for address in KEYPADS]
    return RepeaterView(epoch=1, version=1, handhelds=(*handhelds, Handheld(address=RATER, view=rater)))


@pytest.fixture
def served(board):
    """Online, with all four handhelds switched on, shown their content and heard."""
    for address in KEYPADS:
        board.radio.keypad(address)
    board.radio.evaluator(RATER)
    board.link(True)
    board.show(shown())
    board.until(lambda: board.facts()["present"] == 4)
    return board


def verbs(board) -> list[str]:
    """What was sent; an acknowledgement may be at the handheld a moment before."""
    board.until(lambda: bool(board.sent))
    return [send.message.message.verb for send in board.sent]


def test_handhelds_show_what_the_view_says_and_are_heard_by_their_echo(served) -> None:
    display = served.radio.keypad(5).display
    assert (display.waiting, display.number, display.beeps) == ("  7", "012", 0)
    served.until(lambda: served.radio.evaluator(RATER).asking)
    served.show(shown(number="B105", waiting=123, ask=""))
    served.until(lambda: served.radio.keypad(7).display.number == "105" and not served.radio.evaluator(RATER).asking)
    assert served.radio.keypad(7).display.waiting == "123"
    assert served.radio.evaluator(RATER).stars == 5
    assert served.reports >= 4


@pytest.mark.parametrize(
    ("key", "digits", "verb"),
    [
        ("call-next", "", "call-next"),
        ("recall", "", "recall"),
        ("end", "", "end"),
        ("pause", "", "pause"),
        ("no-show", "", "no-show"),
        ("park", "", "park"),
        ("return", "", "return"),
        ("transfer", "12", "transfer"),
        ("sign-on", "1001", "sign-on"),
    ],
)
def test_every_key_of_a_handheld_becomes_its_action(served, key: str, digits: str, verb: str) -> None:
    assert served.radio.keypad(6).press(key, digits).wait()
    served.until(lambda: bool(served.sent))
    (send,) = served.sent
    assert (send.message.handheld, send.message.message.verb, send.message.message.argument) == (6, verb, digits)


def test_a_key_that_does_not_exist_is_refused_in_words(served) -> None:
    with pytest.raises(ValueError, match="no key for 'undo'"):
        served.radio.keypad(5).press("undo")
    with pytest.raises(ValueError, match="has no level 3"):
        served.radio.evaluator(RATER).rate(3)
    with pytest.raises(ValueError, match="handheld 5 is a keypad"):
        served.radio.evaluator(5)


def test_a_lost_acknowledgement_acts_once(served) -> None:
    served.radio.lose = 2
    press = served.radio.keypad(5).press("call-next")
    assert press.wait()
    assert press.tries >= 3
    assert verbs(served) == ["call-next"]


def test_a_cut_frame_is_repeated_and_acts_once(served) -> None:
    served.radio.garble = cut
    press = served.radio.keypad(5).press("call-next")
    served.until(lambda: press.tries >= 2)
    served.radio.garble = lambda burst: burst
    assert press.wait()
    served.until(lambda: served.facts()["bytes_dropped"] > 0)
    assert verbs(served) == ["call-next"]


def test_noise_around_frames_costs_none_of_them(served) -> None:
    chance = random.Random(433)
    served.radio.garble = lambda burst: chance.randbytes(9).replace(b"\xff", b"\x00") + burst + b"\xff\x68\x03"
    for address in KEYPADS:
        assert served.radio.keypad(address).press("recall").wait()
    served.until(lambda: len(served.sent) == 3)
    assert sorted(send.message.handheld for send in served.sent) == list(KEYPADS)
    assert served.facts()["bytes_dropped"] >= 3 * 9


def test_frames_joined_in_one_burst_all_act(served) -> None:
    with served.radio.joined():
        presses = [served.radio.keypad(address).press("call-next") for address in KEYPADS]
    assert [press.wait() for press in presses] == [True, True, True]
    served.until(lambda: len(served.sent) == 3)
    assert sorted(send.message.handheld for send in served.sent) == list(KEYPADS)


def test_100_kb_of_garbage_change_nothing_and_a_press_after_it_acts(served) -> None:
    chance = random.Random(68)
    for _ in range(100):
        dropped = served.facts()["bytes_dropped"]
        served.radio.inject(chance.randbytes(1000))
        served.until(lambda dropped=dropped: served.facts()["bytes_dropped"] > dropped)
    assert served.sent == []
    assert served.radio.keypad(5).press("call-next").wait()
    assert verbs(served) == ["call-next"]


def test_with_the_link_down_keys_beep_and_ratings_are_taken_durably(served) -> None:
    served.link(False)
    press = served.radio.keypad(5).press("call-next")
    assert not press.wait()
    assert press.answer == "beep"
    assert served.radio.keypad(5).display.beeps >= 1
    assert served.radio.evaluator(RATER).rate(2).wait()
    (send,) = served.sent
    assert (send.durable, send.message.message.ask, send.message.message.level) == (True, "ask-1", 2)


def test_a_stranger_gets_no_answer(served) -> None:
    press = served.radio.keypad(200).press("call-next")
    assert not press.wait()
    assert (press.answer, press.tries) == ("none", 4)
    served.until(lambda: served.facts()["strangers"] == 4)
    assert served.sent == []


def test_a_mute_handheld_is_not_heard_and_catches_up_when_it_is_back(board) -> None:
    keypad = board.radio.keypad(5)
    keypad.mute = True
    board.link(True)
    board.show(shown())
    board.until(lambda: any(frame.address == 5 for frame in board.radio.heard))
    assert board.facts()["handhelds"]["5"]["heard_s_ago"] is None
    keypad.mute = False
    assert keypad.press("recall").wait()
    board.show(shown(number="C003"))
    board.until(lambda: keypad.display.number == "003")
    assert board.facts()["handhelds"]["5"]["present"] is True


def test_an_unplugged_radio_shows_in_health_and_serves_again_when_it_is_back(served) -> None:
    served.radio.unplug()
    served.until(lambda: served.facts()["port"] != "open")
    served.show(shown(number="D044"))
    assert not served.radio.keypad(5).press("recall").wait()
    served.radio.plug()
    served.until(lambda: served.radio.keypad(5).display.number == "044")
    assert served.facts()["port"] == "open"
    assert served.facts()["port_opens"] == 2
    assert served.radio.keypad(5).press("call-next").wait()
    assert verbs(served) == ["call-next"]


def test_an_idle_repeater_costs_no_cpu(served) -> None:
    """Nothing looks every few milliseconds: reader, writer and radio sleep until something happens."""
    served.until(lambda: all(handset.echoed for handset in served.state.handsets.values()))
    threads = [*served.driver._line.threads, served.radio._thread]
    threading.Event().wait(0.5)  # a pause after the last frame, or a line just fallen silent
    before = [wake_ups(thread) for thread in threads]
    threading.Event().wait(1.0)
    assert [wake_ups(thread) for thread in threads] == before


def test_a_port_that_is_not_there_or_taken_says_so_and_stops_cleanly(tmp_path) -> None:
    missing = SerialDriver(Settings(port=str(tmp_path / "nothing")))
    missing.start(lambda _: None)
    wait_for(lambda: "No such file" in str(missing.health()["port"]))
    missing.perform(Transmit(ff68_keys.beep(1)))
    assert missing.health()["unsent"] == 1
    missing.stop()
    assert not any(thread.is_alive() for thread in missing._line.threads)


def test_a_second_process_cannot_take_the_same_port(board) -> None:
    second = SerialDriver(Settings(port=str(board.radio.port)))
    second.start(lambda _: None)
    wait_for(lambda: "exclusively lock" in str(second.health()["port"]))
    second.stop()


def test_a_stalled_port_is_reported_and_serves_again_when_it_moves() -> None:
    """Nobody reads at the far side until the pty is full."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    driver = SerialDriver(Settings(port=os.ttyname(slave), turnaround_s=0.0))
    heard: list[object] = []
    driver.start(lambda make: heard.append(make(0.0)))
    wait_for(lambda: driver.health()["port"] == "open")
    wait_for(lambda: _fill(driver) and "cannot send" in str(driver.health()["port"]))
    os.write(master, ff68.encode(ff68_keys.beep(3)))
    wait_for(lambda: Heard(at=0.0, frame=ff68_keys.beep(3)) in heard)
    reader = threading.Thread(target=_drain, args=(master,), daemon=True)
    reader.start()
    wait_for(lambda: _fill(driver) and driver.health()["port"] == "open")
    driver.stop()
    os.close(slave)
    assert heard[0] == PortChanged(at=0.0, open=True)


def wake_ups(thread: threading.Thread) -> str:
    """How often it went to sleep (proc(5), voluntary_ctxt_switches)."""
    status = Path(f"/proc/self/task/{thread.native_id}/status").read_text()
    return next(line for line in status.splitlines() if line.startswith("voluntary"))


def _fill(driver: SerialDriver) -> bool:
    for _ in range(50):
        driver.perform(Transmit(ff68_keys.display(1, 2, "A003")))
    return True


def _drain(master: int) -> None:
    try:
        while os.read(master, 65536):
            pass
    except OSError:
        pass


def wait_for(fact, timeout_s: float = 30.0) -> None:
    end = time.monotonic() + timeout_s
    while not fact():
        assert time.monotonic() < end, f"not within {timeout_s} s"
        time.sleep(0.01)
