"""A real radio module or base station, and one real keypad: TINGXU_REPEATER_PORT, TINGXU_REPEATER_KEYPAD (its address);
TINGXU_REPEATER_RSSI and TINGXU_REPEATER_DIRECTION as in the settings."""

import os
import queue
import time

import pytest

from edge.protocols import ff68_keys
from edge.repeater.events import Heard, PortChanged, Transmit
from edge.repeater.serial_driver import SerialDriver
from edge.repeater.settings import Settings

pytestmark = [
    pytest.mark.hardware,
    pytest.mark.skipif("TINGXU_REPEATER_PORT" not in os.environ, reason="set TINGXU_REPEATER_PORT and …_KEYPAD"),
]


@pytest.fixture
def radio():
    settings = Settings(
        port=os.environ["TINGXU_REPEATER_PORT"],
        rssi=os.environ.get("TINGXU_REPEATER_RSSI", "none"),
        direction=os.environ.get("TINGXU_REPEATER_DIRECTION", "auto"),
    )
    driver = SerialDriver(settings)
    heard: queue.SimpleQueue[object] = queue.SimpleQueue()
    driver.start(lambda make: heard.put(make(time.time())))
    assert isinstance(heard.get(timeout=10), PortChanged), driver.health()
    yield driver, heard
    driver.stop()


@pytest.fixture
def address() -> int:
    return int(os.environ.get("TINGXU_REPEATER_KEYPAD", "1"))


def test_the_keypad_gives_back_what_it_is_shown(radio, address):
    driver, heard = radio
    frame = ff68_keys.display(address, 12, "A034")
    driver.perform(Transmit(frame))
    echo = heard.get(timeout=5)
    assert isinstance(echo, Heard)
    assert echo.frame == frame, "look at the keypad: it should show 12 and 034"


def test_an_address_that_nobody_has_stays_silent(radio, address):
    """Else the line gives back what we send: set local_echo = true."""
    driver, heard = radio
    driver.perform(Transmit(ff68_keys.beep(address ^ 0x80)))
    with pytest.raises(queue.Empty):
        heard.get(timeout=2)


def test_a_press_of_call_next_within_a_minute_is_understood(radio, address):
    """Press 顺呼 on the keypad now."""
    driver, heard = radio
    said = heard.get(timeout=60)
    assert isinstance(said, Heard)
    assert ff68_keys.keystroke(said.frame, "idle") == ff68_keys.Keystroke("call-next")
    driver.perform(Transmit(ff68_keys.acknowledgement(said.frame), urgent=True))
