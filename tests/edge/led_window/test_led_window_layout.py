"""The large numerals of a ticket number."""

from edge.led_window import layout


def test_numerals_keep_their_distance_or_are_not_used():
    assert layout.numeral_gap(4, 64) == 4
    assert layout.numeral_gap(5, 64) == 3
    assert layout.numeral_gap(6, 64) is None
    assert layout.numeral_gap(4, 48) == 2
