"""A real panel or card on the bench. It cannot be seen from here: what to look at is printed; a card must answer.

TINGXU_LED=64x16             a MAX7219 panel of this size on SPI 0.0; TINGXU_LED_TABLE='{"block_orientation": -90}'
TINGXU_BX_PORT=/dev/ttyUSB0  an Onbon card on a serial port, or TINGXU_BX_HOST=192.0.2.30 on the network;
                             TINGXU_BX_TABLE='{"screen": 1, "baud": 9600}'
"""

import json
import os
import time

import msgspec
import pytest

from edge.led_window import DEVICE
from edge.led_window.scene import Brightness, Page, Show
from edge.led_window.settings import Settings
from edge.runtime import device

pytestmark = pytest.mark.hardware
LOOK_S = 4.0
SHOWS = [
    ("the number A012 blinks for three seconds", Show((Page("A012", large=True),), call=1)),
    ("暂停服务", Show((Page("暂停服务"),))),
    ("a long text moves to its end", Show((Page("请保管好号票,留意窗口屏"),))),
    ("all lit, rows, columns, numbers (a card: squares in three colours)", Show(pattern=True)),
]


def driven(table):
    """Shows everything, and says what to look at; returns what the driver heard of errors, and its health."""
    driver, told = device.make_driver(DEVICE, msgspec.convert(table, Settings)), []
    driver.start(lambda event: told.append(event(time.time()).error))
    driver.perform(Brightness(112))
    for look, show in SHOWS:
        print(f"\nlook: {look}")
        driver.perform(show)
        time.sleep(16.0 if show.pattern else LOOK_S)
    health = driver.health()
    driver.stop()
    return told, health


@pytest.mark.skipif("TINGXU_LED" not in os.environ, reason="set TINGXU_LED=64x16 (the panel's size)")
def test_a_panel_takes_every_picture():
    width, height = map(int, os.environ["TINGXU_LED"].split("x"))
    more = json.loads(os.environ.get("TINGXU_LED_TABLE", "{}"))
    told, health = driven({"driver": "max7219", "width": width, "height": height, **more})
    assert told == []
    assert health["display"] == "ok"


@pytest.mark.skipif(
    not {"TINGXU_BX_PORT", "TINGXU_BX_HOST"} & set(os.environ), reason="set TINGXU_BX_PORT or TINGXU_BX_HOST"
)
def test_a_card_acknowledges_everything():
    port, host = os.environ.get("TINGXU_BX_PORT"), os.environ.get("TINGXU_BX_HOST")
    where = {"port": port} if port else {"host": host}
    card = {**where, **json.loads(os.environ.get("TINGXU_BX_TABLE", "{}"))}
    told, health = driven({"driver": "onbon-serial" if port else "onbon-tcp", "card": card})
    assert told == []
    assert health["display"] == "ok"
    assert int(health["answers"]) >= 6
