"""Rules of alerts in a hall's file and its settings: usual ones for every kind, changed ones, others; refusals."""

import pytest

from halls.alerts import DEFAULTS, KINDS, RULES_MAX
from halls.changes import changed, fitting, values
from halls.format import HallFileError, parse
from tests.support.day import SMALL, small_hall

TEXT = SMALL.read_text("utf-8")


def rules(text: str) -> dict:
    return {one.id: one for one in parse(TEXT + text).alert}


def wrong(text: str) -> str:
    with pytest.raises(HallFileError) as refused:
        parse(TEXT + text)
    return str(refused.value)


def test_a_hall_has_a_rule_of_each_kind_by_itself() -> None:
    assert small_hall().alert == DEFAULTS
    assert [one.kind for one in DEFAULTS] == list(KINDS)


def test_a_file_changes_one_and_adds_another_with_the_usual_values_of_its_kind() -> None:
    found = rules(
        '[[alert]]\nid = "offline"\nraise_at = 5\n[[alert]]\nid = "wait-b"\nkind = "long-wait"\nonly = ["B"]\n'
    )
    assert len(found) == len(DEFAULTS) + 1
    assert (found["offline"].raise_at, found["offline"].clear_s) == (5, 30)
    assert (found["wait-b"].kind, found["wait-b"].raise_at, found["wait-b"].only) == ("long-wait", 60, ("B",))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('id = "x"', "kind: missing"),
        ('id = "offline"\nkind = "offlin"', 'did you mean "offline"'),
        ('id = "offline"\nclear_at = 120', "must be less than raise_at"),
        ('id = "rating"\nclear_at = 2', "must be more than raise_at"),
        ('id = "pause"\nonly = ["9"]', '"9" is no counter'),
        ('id = "offline"\nonly = ["toaster"]', '"toaster" is no device'),
        ('id = "influx"\nonly = ["A"]', "leave it empty"),
        ('id = "pause"\nper = "hall"', "makes no sense"),
        ('id = "pause"\nquiet = ["9-10"]', "two times of day"),
        ('id = "pause"\nquiet = ["09:00-09:00"]', "two times of day"),
        ('id = "pause"\nroutes = ["Boss!"]', "1 to 32 of a-z"),
        ('id = "pause"\nroutes = ["role:manager"]', "name it in escalate_to"),
        ('id = "pause"\nescalate_to = ["role:clerk"]', "is no role that sees alerts"),
        ('id = "pause"\nescalate_to = ["role:manger"]', "manager"),
        ('id = "pause"\nraise_s = -1', "at least 0"),
        ('id = "pause"\nraise_at = nan', "at least 0"),
        ('id = "pause"\ncolour = "red"', "unknown key"),
        ('id = "Pause"\nkind = "pause"', "a-z"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_what_would(text: str, told: str) -> None:
    assert told in wrong(f"[[alert]]\n{text}\n")


def test_a_line_is_told_and_a_second_rule_of_that_name_refused() -> None:
    line = len(TEXT.splitlines()) + 3
    assert f":{line}:" in wrong('[[alert]]\nid = "pause"\n[[alert]]\nid = "pause"\n')


def test_there_are_not_more_rules_than_anybody_can_oversee() -> None:
    many = "".join(f'[[alert]]\nid = "r{n}"\nkind = "pause"\n' for n in range(RULES_MAX))
    assert "at the most" in wrong(many)


def test_a_rule_is_made_by_a_setting_whatever_comes_first_and_taken_back_whole() -> None:
    made = {"alert.night.raise_at": 30, "alert.night.kind": "pause", "alert.night.quiet": ["22:00-06:00"]}
    hall = changed(small_hall(), made)
    (one,) = (rule for rule in hall.alert if rule.id == "night")
    assert (one.kind, one.raise_at, one.clear_at) == ("pause", 30, 19)
    assert "alert.night.raise_at" in values(hall)


def test_a_rule_of_the_file_keeps_its_kind_and_what_no_rule_has_is_refused() -> None:
    for bad in ({"alert.pause.kind": "offline"}, {"alert.night.raise_at": 3}, {"alert.Night.kind": "pause"}):
        with pytest.raises(HallFileError):
            changed(small_hall(), bad)
    gone = dict.fromkeys(("alert.night.kind", "alert.night.raise_at"))
    assert changed(small_hall(), gone) == changed(small_hall(), {})


def test_of_earlier_settings_those_that_still_fit_are_carried_over() -> None:
    kept = {"alert.night.clear_at": 1, "alert.night.kind": "pause", "alert.gone.raise_at": 3}
    assert fitting(small_hall(), kept) == {"alert.night.kind": "pause", "alert.night.clear_at": 1}


def test_an_alert_is_escalated_to_routes_and_roles():
    text = '[[alert]]\nid = "pause"\nescalate_to = ["lead", "role:manager", "role:technician"]\n'
    assert rules(text)["pause"].escalate_to == ("lead", "role:manager", "role:technician")
