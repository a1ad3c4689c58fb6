"""Refusals as numbers, for displays of digits: each its own, and one for all that the hub may refuse a clerk."""

from pathlib import Path

import edge.caller
from edge.caller import words
from hub.domain.words import REFUSALS

README = Path(edge.caller.__file__).with_name("README.md")

# What no key of a caller can bring about: of ticket machines, evaluators, receptions and administrators.
NOT_A_CLERKS = {
    "not-missed", "reinstate-limit", "already-queued", "has-other-ticket", "double-tap", "opens-later", "closed-today",
    "cap-until", "cap-reached", "has-item", "items-limit", "nothing-changed", "bad-settings", "same-service",
    "unknown-priority", "not-reserved", "superseded", "already-admitted", "unknown-ask", "already-rated", "too-late",
    "bad-level", "bad-slot", "bad-number",
}  # fmt: skip
OURS = {one.code for one in vars(words).values() if isinstance(one, words.Notice)}
AT_THE_DOOR = {"no-counter", "no-position", "unavailable"}  # hub/mqtt: before any rule is asked


def test_whatever_a_clerk_may_be_refused_has_a_number_of_its_own() -> None:
    wanted = (set(REFUSALS) - NOT_A_CLERKS) | OURS | AT_THE_DOOR
    assert set(REFUSALS) >= NOT_A_CLERKS
    assert {code for code in wanted if words.number(code) == 99} == set()
    assert len({words.number(code) for code in wanted}) == len(wanted)
    assert set(words._NUMBERS) == wanted


def test_what_is_unknown_is_99() -> None:
    assert words.number("of-another-age") == words.number("") == 99


def test_the_card_beside_the_digits_has_every_number() -> None:
    card = README.read_text("utf-8")
    lacking = [f"E{number:02}" for number in (*words._NUMBERS.values(), 99) if f"E{number:02}" not in card]
    assert lacking == []
