"""Which numbers can be somebody's, and what others see of a name."""

import pytest

from edge.protocols.id_number import check_character, is_valid, masked


def test_the_standards_own_example_is_valid():
    """GB 11643-1999 computes the check character of this one: X."""
    assert check_character("11010519491231002") == "X"
    assert is_valid("11010519491231002X")


@pytest.mark.parametrize(
    "number",
    [
        "",
        "110105194912310021",  # another check character
        "11010519491231002x",  # a card says X
        "11010519490231002" + check_character("11010519490231002"),  # 31 February
        "1101051949123100２X",
        "11010519491231002X ",
        "130503670401001",  # 15 digits: cards of the first generation had these
    ],
)
def test_what_cannot_be_a_number_is_refused(number):
    assert not is_valid(number)


def test_every_single_wrong_digit_is_noticed():
    number = "11010519491231002X"
    for place in range(17):
        for digit in "0123456789":
            if digit != number[place]:
                assert not is_valid(number[:place] + digit + number[place + 1 :])


@pytest.mark.parametrize(("name", "shown"), [("测试", "测*"), ("测试人", "测**"), ("测试者样本", "测**"), ("测", "测")])
def test_of_a_name_the_first_character_is_shown(name, shown):
    assert masked(name) == shown
