"""Refusals as numbers, for displays of digits: each its own, and one for all that the hub may refuse a clerk."""

from pathlib import Path

import edge.caller
import hub.domain.words
from edge.caller import words
from hub.domain.words import REFUSALS

README = Path(edge.caller.__file__).with_name("README.md")
RULES = Path(hub.domain.words.__file__).parent
OF_COUNTERS = ("calling", "counters", "moving", "undoing")  # hub/domain: what decides about a clerk's wishes
AT_THE_DESK = {"has-item", "items-limit", "has-other-ticket"}  # of adding an item, for which keypads have no key
OURS = {one.code for one in vars(words).values() if isinstance(one, words.Notice)}
AT_THE_DOOR = {"no-counter", "no-position", "unavailable"}  # hub/mqtt: before any rule is asked


def test_whatever_a_clerk_may_be_refused_has_a_number_of_its_own() -> None:
    rules = "".join((RULES / f"{name}.py").read_text("utf-8") for name in OF_COUNTERS)
    wanted = {code for code in REFUSALS if f'"{code}"' in rules} - AT_THE_DESK | OURS | AT_THE_DOOR
    assert wanted >= {"undo-too-late", "park-limit", "not-paused", "counter-closed"}
    assert {code for code in wanted if words.number(code) == 99} == set()
    assert len(set(words._NUMBERS.values())) == len(words._NUMBERS)


def test_no_number_is_kept_for_what_nobody_says() -> None:
    assert set(words._NUMBERS) <= set(REFUSALS) | OURS | AT_THE_DOOR


def test_what_is_unknown_is_99() -> None:
    assert words.number("of-another-age") == words.number("") == 99


def test_the_card_beside_the_digits_has_every_number() -> None:
    card = README.read_text("utf-8")
    lacking = [f"E{number:02}" for number in (*words._NUMBERS.values(), 99) if f"E{number:02}" not in card]
    assert lacking == []
