"""The number of a pairing code, for lamps and digits."""

import hashlib

import pytest

from edge.runtime.pairing import flashes
from wire import pairing, pairing_number


def code(seed: int) -> str:
    return pairing.code(hashlib.sha256(str(seed).encode()).hexdigest())


def test_it_has_six_digits_that_a_lamp_can_flash():
    for seed in range(200):
        number = pairing_number.number(code(seed))
        assert len(number) == pairing_number.LENGTH
        assert set(number) <= set("123456")


def test_it_is_the_same_for_the_code_as_it_is_shown_and_typed():
    assert len({pairing_number.number(text) for text in ("7K3M0QXA", "7K3M-0QXA", "7k3m-oqxa")}) == 1


def test_the_first_and_the_last_number_and_what_is_none():
    assert pairing_number.number("0000-0000") == "111111"
    assert pairing_number.number("0000-0001") == "111112"
    assert pairing_number.shown("111112") == "111 112"
    with pytest.raises(ValueError, match="pairing code"):
        pairing_number.number("hello")


def test_few_boards_share_one():
    """As few as chance has it: of 274, two or so pairs at the most are to be expected in 46 656 numbers."""
    assert len({pairing_number.number(code(seed)) for seed in range(274)}) >= 268


def test_a_lamp_flashes_each_digit_as_often_as_it_says():
    steps = flashes("7K3M-0QXA")
    assert steps[:2] == ((2.0, True), (1.5, False))
    counted, flashed = "", 0
    for seconds, lit in steps[2:]:
        flashed += lit
        if not lit and seconds > 1:
            counted, flashed = counted + str(flashed), 0
    assert counted == pairing_number.number("7K3M-0QXA")
