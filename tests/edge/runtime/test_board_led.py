"""The board's own LED: it is lent by the kernel, and given back."""

from edge.runtime.board_led import BoardLed
from tests.support.leds import led_folder
from tests.support.live import until


def test_a_rhythm_lights_it_and_the_kernel_gets_it_back(tmp_path):
    root = led_folder(tmp_path)
    led = BoardLed(root)
    assert led.play([(5.0, True)])
    until(lambda: (root / "ACT" / "brightness").read_text() == "1", "it is lit")
    assert (root / "ACT" / "trigger").read_text() == "none"
    led.stop()
    assert (root / "ACT" / "trigger").read_text() == "mmc0"
    assert (root / "ACT" / "brightness").read_text() == "0"


def test_a_board_without_an_led_of_ours_says_so(tmp_path):
    assert not BoardLed(tmp_path / "nothing").blink(1)
    assert not BoardLed(led_folder(tmp_path, "input0::capslock")).blink(1)
    assert BoardLed(led_folder(tmp_path, "PWR")).blink(0)


def test_of_several_the_one_for_activity_is_taken(tmp_path):
    root = led_folder(led_folder(tmp_path, "mmc1::"), "ACT")
    led = BoardLed(root)
    led.play([(5.0, True)])
    until(lambda: (root / "ACT" / "brightness").read_text() == "1", "it is the right one")
    led.stop()


def test_one_that_the_kernel_has_only_later_is_found_when_it_is_wanted(tmp_path):
    led = BoardLed(tmp_path / "leds")
    assert not led.is_there
    assert not led.play([(5.0, True)])
    led_folder(tmp_path / "leds")
    assert led.play([(5.0, True)])
    led.stop()
