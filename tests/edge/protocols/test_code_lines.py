"""Codes out of a scanner's stream: whole, bounded, printable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.protocols.code_lines import CODE_MAX, CodeLines

code = st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=CODE_MAX)


@given(st.lists(code, max_size=6), st.sampled_from(["\r", "\n", "\r\n"]), st.lists(st.integers(1, 9), min_size=1))
def test_codes_come_out_whole_whatever_ends_them_and_whatever_the_portions(codes, end, portions):
    stream, lines, found, turn = "".join(one + end for one in codes).encode(), CodeLines(), [], 0
    while stream:
        size = portions[turn % len(portions)]
        found += lines.feed(stream[:size])
        stream, turn = stream[size:], turn + 1
    assert found == codes
    assert (lines.dropped, lines.pending) == (0, False)


@pytest.mark.parametrize("noise", [b"\xff\xfe\x80", b"\x00\x01A", b"x" * (CODE_MAX + 1), b"y" * 100_000])
def test_garbage_is_dropped_and_counted_and_the_next_code_is_read(noise):
    lines = CodeLines()
    assert lines.feed(noise + b"\rYY-1\r") == ["YY-1"]
    assert lines.dropped == 1
    assert len(lines._line) <= 4 * CODE_MAX


def test_a_code_that_was_cut_is_not_joined_to_the_next():
    lines = CodeLines()
    lines.feed(b"YY-0")
    lines.silence()
    assert lines.feed(b"YY-1\r") == ["YY-1"]
    assert lines.dropped == 1


def test_empty_lines_are_nothing():
    assert CodeLines().feed(b"\r\n \r\n") == []
