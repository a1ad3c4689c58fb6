"""The caller on gpiozero's own mock pins: edges go in, lamps come out, through the real callbacks."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from gpiozero import LED
from gpiozero.pins.mock import MockFactory

from edge.caller import DEVICE, face, logic
from edge.caller.events import Beep, Click, KeyDown, KeyUp
from edge.caller.face import Display
from edge.caller.gpio import GpioPanel
from edge.caller.settings import CallerSettings
from edge.caller.simulated import SimulatedDriver
from edge.runtime.device import Input, LinkChanged, Tick, make_driver
from tests.edge.caller.loop import Loop, until


@pytest.fixture
def caller() -> Iterator[Loop]:
    settings = CallerSettings(driver="simulated")
    driver = make_driver(DEVICE, settings)
    assert isinstance(driver, SimulatedDriver)
    yield Loop(driver, settings)
    driver.stop()


def lit(loop: Loop, number: int) -> bool:
    return bool(loop.driver.pins.pin(f"GPIO{number}").state)


def test_a_pressed_key_goes_through_the_pin_to_an_action_and_a_display(caller: Loop) -> None:
    caller.driver.press("call-next")
    caller.settle()
    assert caller.sent == [("call-next", "")]
    assert caller.driver.display == "…"


def test_a_work_number_can_be_typed_as_fast_as_the_finger_goes(caller: Loop) -> None:
    caller.driver.press("1", "0", "0", "1", "sign-on")
    caller.settle()
    assert caller.sent == [("sign-on", "1001")]


def test_of_two_keys_held_together_only_the_first_is_sent(caller: Loop) -> None:
    for move, key in (("hold", "recall"), ("hold", "call-next"), ("release", "recall"), ("release", "call-next")):
        getattr(caller.driver.finger, move)(key)
    caller.settle()
    assert caller.sent == [("recall", "")]


def test_a_contact_that_bounces_on_its_pin_is_one_press(caller: Loop) -> None:
    pin = caller.driver.pins.pin("GPIO4")
    for _ in range(5):
        pin.drive_low()
        pin.drive_high()
    caller.settle()
    assert caller.sent == [("call-next", "")]
    assert caller.state.presses == 1


def test_the_link_lamp_follows_the_link(caller: Loop) -> None:
    assert lit(caller, 25)
    caller.take(lambda at: LinkChanged(at=at, up=False))
    assert not lit(caller, 25)


def test_the_attention_lamp_is_lit_for_wait_blinks_for_a_refusal_and_is_dark_otherwise(caller: Loop) -> None:
    pin = caller.driver.pins.pin("GPIO26")
    caller.driver.perform(Display("…", "wait", True))
    assert pin.state
    pin.clear_states()
    caller.driver.perform(Display("拒绝", "refused", True))
    until(lambda: len(pin.states) > 4)
    caller.driver.perform(Display("空闲", "rest", True))
    assert not pin.state


def test_in_the_test_of_the_lamps_both_flash_and_then_show_again_what_is(caller: Loop) -> None:
    lamps = [caller.driver.pins.pin(f"GPIO{number}") for number in (25, 26)]
    for pin in lamps:
        pin.clear_states()
    caller.driver.perform(face.test("lamps", "指示灯测试", online=True))
    until(lambda: all(len(pin.states) > 2 for pin in lamps))
    caller.driver.perform(Display("空闲", "rest", True))
    assert [pin.state for pin in lamps] == [True, False]


def test_a_beep_is_three_pulses(caller: Loop) -> None:
    pin = caller.driver.pins.pin("GPIO27")
    pin.clear_states()
    caller.driver.perform(Beep())
    until(lambda: [state.state for state in pin.states] == [False, *([True, False] * 3)])


def test_a_click_is_one_pulse(caller: Loop) -> None:
    pin = caller.driver.pins.pin("GPIO27")
    pin.clear_states()
    caller.driver.perform(Click())
    until(lambda: [state.state for state in pin.states] == [False, True, False])


def test_keys_against_3v3_are_pulled_down_and_active_high() -> None:
    settings = CallerSettings(pull_up=False)
    driver = SimulatedDriver(settings)
    loop = Loop(driver, settings)
    assert driver.pins.pin("GPIO4").pull == "down"
    driver.press("call-next")
    loop.settle()
    assert loop.sent == [("call-next", "")]
    driver.stop()


def test_a_key_that_is_down_when_the_board_starts_is_no_press() -> None:
    factory, settings = MockFactory(), CallerSettings()
    pin = factory.pin("GPIO4")
    pull, pin._set_pull = pin._set_pull, lambda value: (pull(value), pin.drive_low())  # the contact wins over the pull
    driver = GpioPanel(settings, factory)
    inputs: list[Input] = []
    driver.start(lambda make: inputs.append(make(0.0)))
    downs = [(item.key, item.fresh) for item in inputs if isinstance(item, KeyDown)]
    assert downs == [("call-next", False)]
    driver.stop()


def test_an_edge_keeps_its_own_moment_however_late_it_is_taken() -> None:
    driver = SimulatedDriver(CallerSettings(debounce_s=0.0))
    made: list[Callable[[float], Input]] = []
    driver.start(made.append)
    made.clear()
    driver.press("recall")
    before = time.monotonic()
    until(lambda: time.monotonic() - before > 0.05)
    down, up = (make(1000.0) for make in made)
    assert isinstance(down, KeyDown)
    assert isinstance(up, KeyUp)
    assert down.at < 1000.0 - 0.05
    driver.stop()


def test_pins_that_are_taken_show_in_health_and_are_opened_once_they_are_free() -> None:
    factory, settings = MockFactory(), CallerSettings()
    other = LED(4, pin_factory=factory)
    driver = GpioPanel(settings, factory)
    loop = Loop(driver, settings)
    assert "GPIO4" in str(driver.health()["pins"])
    other.close()
    until(lambda: driver.health() == {"pins": "ok"})
    factory.pin("GPIO4").drive_low()
    loop.settle()
    assert loop.sent == [("call-next", "")]
    driver.stop()
    assert driver.health() == {"pins": "stopped"}


@pytest.mark.filterwarnings("ignore::gpiozero.exc.PinFactoryFallback")
def test_a_machine_without_gpio_says_so_in_health_and_does_not_fall_over() -> None:
    driver = GpioPanel(CallerSettings())
    driver.start(lambda _: None)
    driver.perform(Display("离线", "rest", False))
    if driver.health() == {"pins": "ok"}:
        pytest.skip("this machine has GPIO")
    assert "pin factory" in str(driver.health()["pins"])
    driver.stop()


def test_a_lamp_that_fails_shows_in_health_and_the_pins_are_opened_anew(caller: Loop) -> None:
    pin = caller.driver.pins.pin("GPIO26")

    def broken(_: bool) -> None:
        raise OSError("the chip is gone")

    pin._set_state = broken
    caller.driver.perform(Display("…", "wait", True))
    assert "the chip is gone" in str(caller.driver.health()["pins"])
    del pin._set_state
    until(lambda: caller.driver.health() == {"pins": "ok"})


def test_an_unwired_key_is_refused_with_those_that_are(caller: Loop) -> None:
    with pytest.raises(ValueError, match="call-next, recall"):
        caller.driver.press("transfer")


def test_a_caller_at_rest_has_no_thread_and_no_deadline(caller: Loop) -> None:
    before = threading.active_count()
    caller.take(lambda at: Tick(at=at))
    assert logic.wake_at(caller.state) is None
    assert threading.active_count() == before


def test_a_keypad_without_lamps_and_click_works_as_well() -> None:
    settings = CallerSettings(keys={"serve-end": 4}, signals={})
    driver = SimulatedDriver(settings)
    loop = Loop(driver, settings)
    driver.press("serve-end")
    loop.settle()
    assert loop.sent == [("serve", "")]
    assert driver.health() == {"pins": "ok"}
    driver.stop()
