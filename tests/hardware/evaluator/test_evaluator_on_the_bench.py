"""An evaluator on the bench, with somebody before it: docs/bench/evaluator.md says what to connect and to look at.

TINGXU_EVALUATOR=gpio            keys and lamps on this board's pins, as in edge/evaluator/README.md
TINGXU_EVALUATOR_FF68=/dev/…     a market evaluator on that port; its address: TINGXU_EVALUATOR_ADDRESS (1)

scripts/test -m hardware -s tests/hardware/evaluator
"""

import os
from collections.abc import Iterator

import pytest

from edge.evaluator.settings import EvaluatorSettings, Ff68Settings
from tests.edge.evaluator.running import Running
from tests.support.live import until

pytestmark = pytest.mark.hardware

GPIO = os.environ.get("TINGXU_EVALUATOR", "") == "gpio"
PORT = os.environ.get("TINGXU_EVALUATOR_FF68", "")
ADDRESS = int(os.environ.get("TINGXU_EVALUATOR_ADDRESS", "1"))
PERSON_S = 60.0

needs_gpio = pytest.mark.skipif(not GPIO, reason="set TINGXU_EVALUATOR=gpio where keys and lamps are wired")
needs_ff68 = pytest.mark.skipif(not PORT, reason="set TINGXU_EVALUATOR_FF68 to the serial port of a market evaluator")


@pytest.fixture
def pins() -> Iterator[Running]:
    with Running(EvaluatorSettings(driver="gpio", thanks_s=1)) as one:
        yield one


@pytest.fixture
def market() -> Iterator[Running]:
    with Running(EvaluatorSettings(driver="ff68", thanks_s=1, ff68=Ff68Settings(port=PORT, address=ADDRESS))) as one:
        yield one


def rated(running: Running, level: int, words: str) -> None:
    print(f"\n请按“{words}”键 press {words}")
    running.ask(f"q{level}", seconds=PERSON_S)
    until(lambda: (f"q{level}", level) in running.rated, f"{words} is pressed", PERSON_S)
    until(lambda: running.state.thanks is None, "the thanks are over")


@needs_gpio
def test_pins_open_and_every_lamp_is_lit_in_turn(pins: Running) -> None:
    assert pins.driver.health() == {"pins": "ok", "lamps": "ok"}
    print("\n请看：5盏灯从“非常满意”起依次亮 watch: five lamps in turn, from 非常满意")
    pins.order("lamps")
    (told,) = until(lambda: pins.tested, "the test ends", 20)
    assert told.ok, told.text


@needs_gpio
def test_every_key_is_its_own_level(pins: Running) -> None:
    for level, words in ((5, "非常满意"), (4, "满意"), (3, "基本满意"), (2, "不满意"), (1, "非常不满意")):
        rated(pins, level, words)


@needs_ff68
def test_a_market_evaluator_gives_back_its_stars(market: Running) -> None:
    print("\n请看：星灯从1颗亮到5颗 watch: the stars, from one to five")
    market.order("screen")
    (told,) = until(lambda: market.tested, "the test ends", 20)
    assert told.ok, told.text


@needs_ff68
def test_a_market_evaluators_keys_are_their_levels(market: Running) -> None:
    for level, words in ((5, "非常满意"), (4, "满意"), (2, "不满意")):
        rated(market, level, words)
