"""What can be a person, spelled in one way; and what others see of them."""

from datetime import date
from typing import get_args

import pytest

from hub.people import masks
from hub.people.persons import BadPersonError, Kind, Person, checked, name_of, number_of, paper_of, phone_of
from hub.web.people_words import what_is_wrong
from hub.web.texts import LANGUAGES

TODAY = date(2026, 1, 5)


@pytest.mark.parametrize(("typed", "kept"), [
    ("11010519491231002X", "11010519491231002X"),  # GB 11643's own example
    ("１１０１０５　１９４９１２３１　００２ｘ", "11010519491231002X"),
    ("110105491231002", "11010519491231002X"),  # the same person by an old card
    ("110105 19491231 002x ", "11010519491231002X"),
])  # fmt: skip
def test_identity_numbers_are_kept_in_one_spelling(typed: str, kept: str) -> None:
    assert number_of(typed, TODAY) == kept


@pytest.mark.parametrize(("typed", "code"), [
    ("", "bad-number"),
    ("1101051949123100", "bad-number"),
    ("11010519491231002XX", "bad-number"),
    ("A1010519491231002X", "bad-number"),
    ("01010519491231002X", "bad-number"),
    ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", "bad-number"),  # digits, but of another script
    ("110105194912310021", "bad-check-digit"),
    ("11010519490231002X", "bad-birthday"),
    ("110105490231002", "bad-birthday"),
    ("110105209912310028", "bad-birthday"),  # to be born
])  # fmt: skip
def test_what_is_no_identity_number_is_refused_and_it_is_said_why(typed: str, code: str) -> None:
    with pytest.raises(BadPersonError) as refused:
        number_of(typed, TODAY)
    assert refused.value.code == code
    for texts in LANGUAGES.values():
        assert what_is_wrong(texts, refused.value)
    assert not typed or typed not in str(refused.value)


def test_of_a_number_each_single_slip_and_each_swap_of_neighbours_is_noticed() -> None:
    number = "11010519491231002X"
    slips = {number[:place] + digit + number[place + 1 :] for place in range(18) for digit in "0123456789"} - {number}
    slips |= {number[:p] + number[p + 1] + number[p] + number[p + 2 :] for p in range(17)} - {number}
    for slip in slips:
        with pytest.raises(BadPersonError):
            number_of(slip, TODAY)


@pytest.mark.parametrize(("typed", "kept"), [
    ("张三", "张三"),
    (" 欧阳 ", "欧阳"),
    ("阿卜杜拉•热合曼", "阿卜杜拉·热合曼"),
    ("买买提・吐尔逊", "买买提·吐尔逊"),
    ("𠮷田", "𠮷田"),  # beyond the BMP
    ("王𬎆", "王𬎆"),
    ("王\U000323af", "王\U000323af"),  # of Unicode 15, which Python's tables may not have yet
    ("王\ue863", "王\ue863"),  # of private use, as older systems write 䶮
    ("辻\U000e0100井", "辻\U000e0100井"),  # with the form that is meant
    ("John  O’Neill-Smith Jr.", "John O’Neill-Smith Jr."),
    ("José", "José"),
    ("ཚེ་རིང", "ཚེ་རིང"),
    ("محمد", "محمد"),
])  # fmt: skip
def test_names_are_taken_as_people_write_them(typed: str, kept: str) -> None:
    assert name_of(typed) == kept


@pytest.mark.parametrize("typed", ["", " ", "·", "张3", "a\0b", "<b>", "张\ud800", "张" * 61, "李\u202e四", "🙂"])
def test_what_is_no_name_is_refused(typed: str) -> None:
    with pytest.raises(BadPersonError, match="bad-name"):
        name_of(typed)


@pytest.mark.parametrize(("typed", "kept"), [
    ("13812341234", "13812341234"),
    ("+86 138-1234-1234", "13812341234"),
    ("008613812341234", "13812341234"),
    ("１３８１２３４１２３４", "13812341234"),
    ("+852 9123 4567", "+85291234567"),
    ("00447911123456", "+447911123456"),
])  # fmt: skip
def test_phones_are_kept_in_one_spelling(typed: str, kept: str) -> None:
    assert phone_of(typed) == kept


@pytest.mark.parametrize("typed", ["", "12812341234", "1381234123", "138123412345", "+8612345", "01012345678", "x"])
def test_what_no_message_can_reach_is_refused(typed: str) -> None:
    with pytest.raises(BadPersonError, match="bad-phone"):
        phone_of(typed)


@pytest.mark.parametrize(("typed", "kept"), [
    ("e12345678", "E12345678"), ("EA 1234567", "EA1234567"), ("M-123456(7)", "M1234567"), ("12345678", "12345678"),
])  # fmt: skip
def test_other_papers_are_taken_loosely(typed: str, kept: str) -> None:
    assert paper_of(typed) == kept


@pytest.mark.parametrize("typed", ["", "E123", "ABCDEFG", "E" * 10 + "1" * 11, "护照12345"])
def test_what_is_on_no_paper_is_refused(typed: str) -> None:
    with pytest.raises(BadPersonError, match="bad-paper"):
        paper_of(typed)


def test_a_kind_of_paper_that_nobody_knows_is_refused() -> None:
    with pytest.raises(BadPersonError, match="bad-kind"):
        checked(Person("张三", "E12345678", "", "library-card"), TODAY)
    for kind in set(get_args(Kind)) - {"resident-id"}:
        assert checked(Person("张三", "e12345678", "", kind), TODAY).number == "E12345678"


@pytest.mark.parametrize(("plain", "mask"), [
    ("张三", "张*"),
    ("张三丰", "张**"),
    ("欧阳娜娜", "欧**"),
    ("欧阳娜娜娜", "欧**"),
    ("张", "张*"),
    ("𠮷", "𠮷*"),
    ("𠮷田", "𠮷*"),
    ("辻\U000e0100井", "辻\U000e0100*"),
    ("阿卜杜拉·热合曼", "阿**·**"),
    ("阿·买", "阿*·*"),
    ("John Smith", "J** **"),
    ("J Li", "J **"),
    ("", ""),
])  # fmt: skip
def test_of_a_name_the_first_character_is_seen(plain: str, mask: str) -> None:
    assert masks.name(plain) == mask


@pytest.mark.parametrize(("plain", "mask"), [
    ("110105194912311234", "110105********1234"),
    ("11010519491231002X", "110105********002X"),
    ("110105491231002", "110105******002"),
    ("E12345678", "E******78"),
    ("12345678", "1*****78"),
    ("12345", "*****"),
    ("", ""),
])  # fmt: skip
def test_of_a_number_the_birthday_is_not_seen(plain: str, mask: str) -> None:
    assert masks.number(plain) == mask


@pytest.mark.parametrize(("plain", "mask"), [
    ("13812341234", "138****1234"), ("+85291234567", "+85*******67"), ("1234567", "*******"), ("", ""),
])  # fmt: skip
def test_of_a_phone_the_middle_is_not_seen(plain: str, mask: str) -> None:
    assert masks.phone(plain) == mask
