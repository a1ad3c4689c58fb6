"""A board whose certificate ran out while its agent works: the board's own LED tells its code, until it is let in."""

from itertools import islice

from edge.runtime import waiting
from edge.runtime.pairing import flashes


class Led:
    """In the place of /sys/class/leds."""

    def __init__(self) -> None:
        self.played: list[list[object]] = []
        self.stops = 0

    def play(self, steps):
        self.played.append(list(islice(steps, 8)))

    def stop(self) -> None:
        self.stops += 1


def test_the_led_flashes_the_code_until_the_board_is_let_in_again():
    led = Led()
    show = waiting.by_led(led)
    show("7K3M-0QXA")
    assert led.played == [list(islice(flashes("7K3M-0QXA"), 8))]
    assert led.stops == 0
    show(None)
    assert led.stops == 1
