"""A radio on a real pty that misbehaves: echoes of our own, duplicates, delays, losses, a byte of strength."""

import os
import pty
import tty

import pytest

from edge.protocols import ff68_keys
from edge.repeater.serial_driver import SerialDriver
from edge.repeater.settings import Settings
from wire.messages import CallerView, Handheld, RepeaterView

KEYPADS = (5, 6)


def shown(number: str = "A012") -> RepeaterView:
    view = CallerView(epoch=1, version=1, counter="03", phase="idle", number=number, waiting=7)
    return RepeaterView(
        epoch=1, version=1, handhelds=tuple(Handheld(address=address, view=view) for address in KEYPADS)
    )


def serve(board):
    """Online, one keypad switched on, the other one's battery out."""
    board.radio.keypad(5)
    board.radio.keypad(6).mute = True
    board.link(True)
    board.show(shown())
    board.until(lambda: board.facts()["handhelds"]["5"]["present"])
    return board


def test_a_line_that_gives_back_what_we_send_does_not_make_the_dead_answer(board_with) -> None:
    board = serve(board_with(local_echo=True, poll_s=2.0))
    frame = ff68_keys.display(6, 7, "A012")
    board.until(lambda: list(board.radio.heard).count(frame) >= 2)
    assert board.facts()["handhelds"]["6"]["heard_s_ago"] is None
    assert board.radio.keypad(5).press("call-next").wait()
    board.until(lambda: len(board.sent) == 1)
    assert board.sent[0].message.message.verb == "call-next"


def test_each_frame_comes_with_the_strength_that_the_radio_appends(board_with) -> None:
    board = serve(board_with(rssi="appended"))
    board.radio.air.strength(5, board.radio, -83)
    assert board.radio.keypad(5).press("call-next").wait()
    board.until(lambda: len(board.sent) == 1)
    assert board.sent[0].message.rssi_dbm == -83
    assert -83 <= board.facts()["handhelds"]["5"]["rssi_dbm"] < -60
    assert board.facts()["bytes_dropped"] == 0


def test_a_radio_that_says_everything_twice_acts_once(board_with) -> None:
    board = serve(board_with())
    board.radio.copies = 2
    for key in ("call-next", "recall", "end"):
        assert board.radio.keypad(5).press(key).wait()
    board.until(lambda: len(board.sent) == 3)
    assert [send.message.message.verb for send in board.sent] == ["call-next", "recall", "end"]


def test_answers_that_come_late_act_once_each(board_with) -> None:
    """The radio holds our answers back for longer than the handheld waits before it repeats itself."""
    board = serve(board_with())
    board.radio.late_s = 0.3
    press = board.radio.keypad(5).press("call-next")
    assert press.wait()
    assert press.tries > 1
    assert [send.message.message.verb for send in board.sent] == ["call-next"]


def test_in_air_that_loses_a_third_of_all_frames_nothing_acts_twice(board_with) -> None:
    board = serve(board_with(retry_s=0.2))
    board.radio.air.loss = 0.33
    keypad = board.radio.keypad(5)
    presses = [keypad.press(key) for key in ("call-next", "recall", "end", "pause") * 3]
    acknowledged = sum(press.wait() for press in presses)
    board.until(lambda: len(board.sent) >= acknowledged)
    assert len(board.sent) <= len(presses)
    facts = board.facts()["handhelds"]["5"]
    assert facts["repeats"] > 0
    board.radio.air.loss = 0.0
    board.show(shown("B777"))
    board.until(lambda: keypad.display.number == "777")


def test_a_port_that_cannot_switch_an_rs_485_driver_says_so() -> None:
    master, slave = pty.openpty()
    tty.setraw(slave)
    driver = SerialDriver(Settings(port=os.ttyname(slave), direction="rts"))
    driver.start(lambda _: None)
    for _ in range(1000):
        if "RS-485" in str(driver.health()["port"]):
            break
        driver._line._stopped.wait(0.01)
    assert driver.health()["port"] == "this port cannot switch an RS-485 driver by RTS"
    driver.stop()
    os.close(slave)
    os.close(master)


def test_what_waited_for_a_stalled_port_is_not_sent_when_it_moves_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error beep of then would be a lie now."""
    from edge.runtime import serial_line

    monkeypatch.setattr(serial_line, "_STALE_S", 0.0)
    master, slave = pty.openpty()
    tty.setraw(slave)
    driver = SerialDriver(Settings(port=os.ttyname(slave)))
    driver.start(lambda _: None)
    for _ in range(1000):
        if driver.health()["port"] == "open":
            break
        driver._line._stopped.wait(0.01)
    driver._line.send(b"stale", urgent=True)
    for _ in range(1000):
        if driver.health()["unsent"] == 1:
            break
        driver._line._stopped.wait(0.01)
    assert (driver.health()["sent"], driver.health()["unsent"]) == (0, 1)
    driver.stop()
    os.close(slave)
    os.close(master)
