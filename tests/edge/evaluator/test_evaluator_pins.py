"""The evaluator on gpiozero's own mock pins: edges go in, lamps come out, through the real callbacks."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from gpiozero import LED
from gpiozero.pins.mock import MockFactory

from edge.evaluator import DEVICE, logic
from edge.evaluator.events import Examine, Examined, KeyDown, Lamps
from edge.evaluator.gpio import GpioDriver
from edge.evaluator.settings import LAMPS, EvaluatorSettings
from edge.evaluator.simulated import SimulatedDriver
from edge.runtime.device import Arrived, Context, Input, Send, Tick, make_driver
from wire.messages import Ask, EvaluatorView


class Loop:
    """Takes a driver's inputs and gives it the logic's effects, in turn, as an agent does."""

    def __init__(self, driver: GpioDriver, settings: EvaluatorSettings) -> None:
        self.driver, self.inbox = driver, queue.SimpleQueue[Callable[[float], Input]]()
        self.state: Any = logic.start(Context("dev-1", "b0"), settings)
        self.rated: list[tuple[str, int]] = []
        driver.start(self.inbox.put)

    def take(self, item: Callable[[float], Input]) -> None:
        self.state, effects = logic.react(self.state, item(time.time()))
        for effect in effects:
            if isinstance(effect, Send):
                self.rated.append((effect.message.ask, effect.message.level))
            else:
                self.driver.perform(effect)

    def settle(self) -> None:
        while not self.inbox.empty():
            self.take(self.inbox.get())

    def taken(self) -> list[Input]:
        """What the driver has said since."""
        found = []
        while not self.inbox.empty():
            found.append(self.inbox.get()(time.time()))
        return found

    def ask(self, ident: str) -> None:
        until = datetime.fromtimestamp(time.time() + 30, UTC)
        ask = Ask(id=ident, number="A012", until=until)
        view = EvaluatorView(epoch=1, version=1, counter="01", counter_name="1号窗口", phase="serving", ask=ask)
        self.settle()
        self.take(lambda at: Arrived(at=at, message=view))


@pytest.fixture
def evaluator() -> Iterator[Loop]:
    settings = EvaluatorSettings(driver="simulated")
    driver = make_driver(DEVICE, settings)
    assert isinstance(driver, SimulatedDriver)
    yield Loop(driver, settings)
    driver.stop()


def lit(loop: Loop) -> str:
    """The levels whose lamp pins are high."""
    return "".join(level for level, number in LAMPS.items() if loop.driver.pins.pin(f"GPIO{number}").state)


def until(fact: Callable[[], bool]) -> None:
    patience = time.monotonic() + 10
    while not fact():
        assert time.monotonic() < patience, "this did not become true within 10 s"
        time.sleep(0.005)


def test_an_ask_lights_the_pins_and_a_pressed_key_becomes_a_rating(evaluator: Loop) -> None:
    evaluator.ask("q1")
    assert lit(evaluator) == "54321"
    evaluator.driver.press(2)
    evaluator.settle()
    assert evaluator.rated == [("q1", 2)]
    assert evaluator.driver.lamps == Lamps(blinking=(2,))


def test_the_chosen_lamp_blinks_while_the_others_are_dark(evaluator: Loop) -> None:
    evaluator.ask("q1")
    pin = evaluator.driver.pins.pin(f"GPIO{LAMPS['4']}")
    pin.clear_states()
    evaluator.driver.press(4)
    evaluator.settle()
    until(lambda: len(pin.states) > 3)
    assert lit(evaluator) in ("", "4")
    evaluator.driver.perform(Lamps())
    assert lit(evaluator) == ""


def test_two_keys_held_at_once_give_the_rating_of_the_first_edge(evaluator: Loop) -> None:
    evaluator.ask("q1")
    evaluator.driver.finger.hold("1")
    evaluator.driver.finger.hold("5")
    evaluator.settle()
    assert evaluator.rated == [("q1", 1)]


def test_a_contact_that_bounces_on_its_pin_is_one_rating(evaluator: Loop) -> None:
    evaluator.ask("q1")
    pin = evaluator.driver.pins.pin("GPIO17")
    for _ in range(5):
        pin.drive_low()
        pin.drive_high()
    evaluator.settle()
    assert evaluator.rated == [("q1", 5)]
    assert evaluator.state.presses == 1


def test_keys_against_3v3_are_pulled_down_and_active_high() -> None:
    settings = EvaluatorSettings(pull_up=False)
    driver = SimulatedDriver(settings)
    loop = Loop(driver, settings)
    assert driver.pins.pin("GPIO17").pull == "down"
    loop.ask("q1")
    driver.press(5)
    loop.settle()
    assert loop.rated == [("q1", 5)]
    driver.stop()


def test_a_key_that_is_down_when_the_board_starts_is_no_press() -> None:
    factory = MockFactory()
    pin = factory.pin("GPIO17")
    pull, pin._set_pull = pin._set_pull, lambda value: (pull(value), pin.drive_low())  # the contact wins over the pull
    driver = GpioDriver(EvaluatorSettings(), factory)
    inputs: list[Input] = []
    driver.start(lambda make: inputs.append(make(0.0)))
    assert [(item.level, item.fresh) for item in inputs if isinstance(item, KeyDown)] == [(5, False)]
    driver.stop()


def test_pins_that_are_taken_show_in_health_and_are_opened_once_they_are_free() -> None:
    factory, settings = MockFactory(), EvaluatorSettings()
    other = LED(17, pin_factory=factory)
    driver = GpioDriver(settings, factory)
    loop = Loop(driver, settings)
    loop.ask("q1")
    assert "GPIO17" in str(driver.health()["pins"])
    other.close()
    until(lambda: driver.health() == {"pins": "ok", "lamps": "ok"})
    assert factory.pin(f"GPIO{LAMPS['5']}").state, "what should be lit is lit as soon as the pins are there"
    factory.pin("GPIO17").drive_low()
    loop.settle()
    assert loop.rated == [("q1", 5)]
    driver.stop()
    assert driver.health()["pins"] == "stopped"


def test_a_lamp_whose_pin_is_dead_darkens_no_other_and_no_key_and_is_named() -> None:
    factory, settings = MockFactory(), EvaluatorSettings()
    other = LED(LAMPS["3"], pin_factory=factory)
    driver = GpioDriver(settings, factory)
    loop = Loop(driver, settings)
    loop.ask("q1")
    assert [factory.pin(f"GPIO{LAMPS[level]}").state for level in ("5", "4", "2", "1")] == [True] * 4
    assert driver.health()["pins"] == "ok"
    assert str(driver.health()["lamps"]).startswith("3: ")
    factory.pin("GPIO22").drive_low()  # its key
    loop.settle()
    assert loop.rated == [("q1", 3)]
    driver.perform(Examine("lamps"))
    (examined,) = [item for item in loop.taken() if isinstance(item, Examined)]
    assert "指示灯不可用" in examined.trouble
    assert "3: " in examined.trouble
    other.close()
    until(lambda: driver.health()["lamps"] == "ok")
    driver.stop()


def test_a_lamp_that_dies_while_it_is_lit_leaves_the_press_to_count() -> None:
    factory, settings = MockFactory(), EvaluatorSettings()
    driver = GpioDriver(settings, factory)
    loop = Loop(driver, settings)
    loop.ask("q1")
    pin = factory.pin(f"GPIO{LAMPS['5']}")

    def burnt(value: object) -> None:
        raise OSError("the chip does not answer")

    pin._set_state = burnt
    factory.pin("GPIO27").drive_low()
    loop.settle()
    assert loop.rated == [("q1", 4)]
    assert "does not answer" in str(driver.health()["lamps"])
    driver.stop()


def test_a_key_that_is_stuck_or_held_since_before_the_ask_rates_nothing_and_the_others_do(evaluator: Loop) -> None:
    evaluator.driver.finger.hold("1")
    evaluator.settle()
    evaluator.take(lambda at: Tick(at=at + 11))
    evaluator.ask("q1")
    assert logic.facts(evaluator.state)["stuck_keys"] == "1"
    evaluator.driver.finger.hold("4")
    evaluator.settle()
    assert evaluator.rated == [("q1", 4)]


@pytest.mark.filterwarnings("ignore::gpiozero.exc.PinFactoryFallback")
def test_a_machine_without_gpio_says_so_in_health_and_does_not_fall_over() -> None:
    driver = GpioDriver(EvaluatorSettings())
    driver.start(lambda _: None)
    driver.perform(Lamps(lit=(5,)))
    if driver.health()["pins"] == "ok":
        pytest.skip("this machine has GPIO")
    assert "pin factory" in str(driver.health()["pins"])
    driver.stop()


def test_a_key_without_a_pin_is_refused_with_those_that_have_one(evaluator: Loop) -> None:
    with pytest.raises(ValueError, match="5, 4, 3, 2, 1"):
        evaluator.driver.press(0)


def test_an_evaluator_at_rest_has_no_thread_and_no_deadline() -> None:
    before = threading.active_count()
    driver = SimulatedDriver(EvaluatorSettings())
    loop = Loop(driver, EvaluatorSettings())
    loop.settle()
    assert logic.wake_at(loop.state) is None
    assert threading.active_count() == before
    driver.stop()
