"""A code is read out, typed and scanned without a mistake, and is never a ticket's number."""

import re

import pytest

from hub.appointments.codes import ALPHABET, LENGTH, in_qr, new_code, read_code, shown
from hub.domain import validation


def test_codes_are_of_letters_and_digits_that_are_not_taken_for_each_other():
    assert not set("IO01") & set(ALPHABET)
    codes = {new_code() for _ in range(1000)}
    assert len(codes) == 1000
    for code in codes:
        assert len(code) == LENGTH
        assert set(code) <= set(ALPHABET)
        validation._code(code)


def test_no_code_has_the_shape_of_a_ticket():
    longest = re.compile("[VY]?[A-Z][A-Z]?[0-9]{2,4}")
    assert not any(longest.fullmatch(new_code()) for _ in range(1000))


@pytest.mark.parametrize("said", ["TXA:ABCDE23456", "abcde 23456", " ABCDE-23456", "txa:abcde23456"])
def test_what_is_scanned_or_typed_is_the_code(said):
    assert read_code(said) == "ABCDE23456"


@pytest.mark.parametrize(
    "said", ["", "A012", "TXA:", "ABCDE2345", "ABCDE234567", "ABCDEI3456", "https://a.b/ABCDE23456"]
)
def test_anything_else_is_none(said):
    assert read_code(said) == ""


def test_a_code_in_a_qr_and_on_paper():
    assert (in_qr("ABCDE23456"), shown("ABCDE23456")) == ("TXA:ABCDE23456", "ABCDE 23456")
