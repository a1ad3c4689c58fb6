"""What the hub writes is what is read: digits singly, counters as numbers, letters by name."""

import pytest

from edge.signage_player.reading import Language, parts, pieces


def read(text: str, language: Language) -> str:
    """Pieces, parted by a stroke; a pause is a comma."""
    return "|".join(piece.text or "," for piece in pieces(text, language))


@pytest.mark.parametrize(
    ("text", "language", "told"),
    [
        ("请A零一二号到3号窗口办理", "zh", "请|A|零|一|二|号到|三|号窗口办理"),
        ("请B零零一号到12号窗口办理", "zh", "请|B|零|零|一|号到|十二|号窗口办理"),
        ("请AB零一号到综合03号窗口办理。", "zh", "请|A|B|零|一|号到综合|三|号窗口办理"),
        ("请c一一一号，到一号厅20号窗口", "zh", "请|C|一|一|一|号|,|到一号厅|二十|号窗口"),
        ("Ticket A zero one two, please go to counter 3", "en", "ticket|A|zero|one|two|,|please go to counter|three"),
        ("Ticket AB one zero, please go to counter C12", "en", "ticket|A|B|one|zero|,|please go to counter|C|twelve"),
        ("Don't wait.", "en", "don't wait"),
        ("", "zh", ""),
        ("…☃", "en", ""),
    ],
)
def test_a_sentence_falls_into_the_pieces_that_one_clip_holds(text: str, language: Language, told: str) -> None:
    assert read(text, language) == told


@pytest.mark.parametrize(
    ("digits", "zh", "en"),
    [
        ("0", "零", "zero"),
        ("007", "七", "seven"),
        ("10", "十", "ten"),
        ("19", "十九", "nineteen"),
        ("21", "二十一", "twenty one"),
        ("101", "一百零一", "one hundred one"),
        ("110", "一百一十", "one hundred ten"),
        ("1001", "一千零一", "one thousand one"),
        ("1010", "一千零一十", "one thousand ten"),
        ("9999", "九千九百九十九", "nine thousand nine hundred ninety nine"),
        ("12345", "一二三四五", "one two three four five"),
    ],
)
def test_a_counters_number_is_said_as_a_number(digits: str, zh: str, en: str) -> None:
    assert read(digits, "zh") == zh
    assert read(digits, "en") == en


def test_the_longest_clip_that_is_there_is_taken() -> None:
    assert parts("号窗口办理", "zh", frozenset({"号", "号窗口", "窗口", "办理"})) == ("号窗口", "办理")
    assert parts("please go to counter", "en", frozenset({"please", "please go to", "counter"})) == (
        "please go to",
        "counter",
    )


def test_a_piece_with_a_word_that_nobody_recorded_cannot_be_said() -> None:
    assert parts("号窗口办理", "zh", frozenset({"号", "窗口"})) is None
