"""A real caller on the bench, as its `[device]` table says: what to press and to look at is printed (`-s`).

TINGXU_CALLER=caller.toml   a configuration file, of which only [device] is read
"""

import os
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from edge.caller import DEVICE, face, words
from edge.caller.events import Beep, Click
from edge.caller.settings import CallerSettings
from edge.runtime.device import make_driver
from tests.edge.caller.faces import FACES
from tests.edge.caller.loop import Loop
from wire.messages import CallerView

pytestmark = [
    pytest.mark.hardware,
    pytest.mark.skipif("TINGXU_CALLER" not in os.environ, reason="set TINGXU_CALLER to a configuration file"),
]
PRESS_S, LOOK_S = 60.0, 3.0


@pytest.fixture
def caller() -> Iterator[Loop]:
    table = tomllib.loads(Path(os.environ["TINGXU_CALLER"]).read_text("utf-8"))["device"]
    settings = msgspec.convert(table, CallerSettings)
    driver = make_driver(DEVICE, settings)
    yield Loop(driver, settings)
    driver.stop()


def test_every_part_says_that_it_is_well(caller: Loop) -> None:
    time.sleep(LOOK_S)
    health = caller.driver.health()
    parts = {name: health[name] for name in ("pins", "matrix", "keypad", "display") if name in health}
    assert set(parts.values()) == {"ok"}, parts


def test_every_key_is_seen(caller: Loop) -> None:
    wanted = set(caller.state.settings.wired_keys)
    if not wanted:
        pytest.skip("which keys an FF68 keypad has is not known")
    until = time.monotonic() + PRESS_S
    seen: set[str] = set()
    while seen != wanted and time.monotonic() < until:
        caller.settle()
        pressed = set(caller.state.keys.held) - seen
        for key in pressed:
            print(f"\n{key} {words.key(key)}; left: {' '.join(map(words.key, sorted(wanted - seen - {key})))}")
        seen |= pressed
        time.sleep(0.01)
    assert sorted(wanted - seen) == []


def test_an_ff68_keypad_sends_what_its_table_says(caller: Loop) -> None:
    if caller.state.settings.keypad != "ff68":
        pytest.skip("not an FF68 keypad")
    print("\npress 顺呼")
    caller.until(lambda: bool(caller.sent))
    assert caller.sent == [("call-next", "")]


def test_every_picture_is_shown(caller: Loop) -> None:
    for name, shown in FACES.items():
        print(f"\nlook: {name}: {shown.text}")
        caller.driver.perform(shown)
        time.sleep(LOOK_S)
    health = caller.driver.health()
    assert health.get("display", "ok") == "ok"


def test_lamps_flash_and_it_clicks_and_beeps(caller: Loop) -> None:
    for name, effect in (
        ("both lamps flash", face.test("lamps", "指示灯测试", online=True)),
        ("link lamp lit, the other dark", face.rest(VIEW, online=True)),
        ("a click", Click()),
        ("three beeps", Beep()),
    ):
        print(f"\nlook and listen: {name}")
        caller.driver.perform(effect)
        time.sleep(LOOK_S)
    assert caller.driver.health().get("pins", "ok") == "ok"


VIEW = CallerView(epoch=1, version=1, counter="03", phase="called", number="A012", waiting=5)
