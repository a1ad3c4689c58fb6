"""What rules would have raised: the same as somebody who had looked at each second would have seen."""

import random
from collections.abc import Sequence
from datetime import timedelta

import pytest
from msgspec.structs import replace

from halls.format import Alert, changed
from hub.domain import commands as c
from hub.domain.alerts import past
from hub.domain.alerts.engine import Watch, step
from hub.domain.alerts.facts import Facts, seen
from hub.domain.alerts.past import Was, midnight, of_day, of_devices
from hub.domain.alerts.replay import Raised, replay
from tests.hub.domain.test_alert_rules import rule
from tests.support.day import Script, small_hall

DAY = "2026-01-05"
HALL = changed(small_hall(), {"policy.opens": "08:30", "policy.closes": "09:30"})
LONGER = {"policy.closes": "18:00"}


def looked(rules: Sequence[Alert], told: Sequence[Facts], until) -> list[tuple[str, str, object, object]]:
    """By a look at each second, as the hub does: (rule, subject, raised, cleared)."""
    watch, opened, found = Watch(), dict[tuple[str, str], object](), []
    at, rest = told[0].at, list(told)
    while at < until:
        while len(rest) > 1 and rest[1].at <= at:
            rest.pop(0)
        watch, changes = step(seen(rules, replace(rest[0], at=at)), watch, opened.keys(), at)
        for one in changes:
            key = (one.rule, one.subject)
            if one.what == "raise":
                opened[key] = at
            else:
                found.append((*key, opened.pop(key), at))
        at += timedelta(seconds=1)
    return sorted([*found, *((*key, at, None) for key, at in opened.items())], key=lambda one: (one[2], one[0], one[1]))


def told(raised: Sequence[Raised]) -> list[tuple[str, str, object, object]]:
    return [(one.rule, one.subject, one.at, one.until) for one in raised]


def some_morning(seed: int) -> Script:
    """People come, are called and served, clerks pause, within an hour around the opening."""
    chance, script = random.Random(seed), Script(HALL)
    script.now = midnight(HALL, DAY) + timedelta(hours=8, minutes=chance.choice([20, 55]))
    for counter, clerk in (("1", "1001"), ("2", "1002")):
        script.sign_on(counter, clerk)
    for _ in range(60):
        script.wait(chance.choice([0.2, 0.7, 3, 20, 75, 240]) * chance.random())
        counter = chance.choice("12")
        match chance.choice("tttcsep"):
            case "t":
                script.do(c.TakeTicket, service=chance.choice("ABC"))
            case "c":
                script.do(c.CallNext, counter=counter)
            case "s":
                script.do(c.Serve, counter=counter)
            case "e":
                script.do(c.End, counter=counter)
            case "p":
                is_paused = script.state.counter(counter).paused
                script.do(c.Resume if is_paused else c.Pause, counter=counter)
    return script


RULES = (
    rule("long-wait", raise_at=4, clear_at=3, raise_s=7, clear_s=5),
    rule("queue-limit", raise_at=3, clear_at=1, raise_s=20, clear_s=3),
    rule("queue-limit", id="all", per="hall", raise_at=4, clear_at=2, open_only=False),
    rule("unserved", raise_at=1, clear_at=0, raise_s=30),
    rule("over-time", raise_at=0.2, clear_at=0.1),
    rule("long-service", enabled=True, raise_at=2, clear_at=1, raise_s=11),
    rule("pause", raise_at=1, clear_at=0.5, clear_s=9),
)


@pytest.mark.parametrize("seed", range(10))
def test_a_day_played_by_its_moments_raises_what_a_look_at_each_second_raises(seed: int) -> None:
    script = some_morning(seed)
    until = script.now + timedelta(minutes=4)
    all_kinds = [one.kind for one in RULES]
    before, *events = of_day(HALL, DAY, script.events, False, all_kinds)
    each_second = looked(RULES, events, until)
    assert told(replay(RULES, [before, *events], until)) == each_second
    for one in RULES:  # alone, so that only events that matter to it are looked at
        of = of_day(HALL, DAY, script.events, False, [one.kind])
        assert told(replay([one], of, until)) == [each for each in each_second if each[0] == one.id], one.id


def test_something_is_raised_at_all_in_those_mornings() -> None:
    found = set[str]()
    for seed in range(10):
        script = some_morning(seed)
        told_of = of_day(HALL, DAY, script.events, False, [one.kind for one in RULES])
        found |= {one.rule for one in replay(RULES, told_of, script.now + timedelta(minutes=4))}
    assert found == {one.id for one in RULES}


def test_outside_opening_hours_nothing_is_raised_and_what_waits_is_seen_when_it_opens() -> None:
    script = Script(HALL)
    script.take("A")
    script.do(c.ChangeSettings, changes={"policy.opens": "11:00", "policy.closes": "12:00"})
    limit = rule("queue-limit", raise_at=1, clear_at=0, raise_s=600)
    eleven = midnight(HALL, DAY) + timedelta(hours=11)
    (one,) = replay([limit], of_day(HALL, DAY, script.events, False, ["queue-limit"]), eleven + timedelta(hours=1))
    assert (one.at, one.until) == (eleven + timedelta(minutes=10), None)
    assert not replay([limit], of_day(HALL, DAY, [], True, ["queue-limit"]), eleven + timedelta(hours=1))


def test_a_device_that_went_is_raised_when_it_has_been_away_for_so_long_in_opening_hours() -> None:
    since = midnight(HALL, DAY)
    whole_day = changed(HALL, LONGER)
    nine = since + timedelta(hours=9)
    was = [
        Was(position="caller-1", at=since - timedelta(days=1), online=True),
        Was(position="caller-1", at=nine, online=False),
        Was(position="caller-1", at=nine + timedelta(seconds=100), online=True),
        Was(position="caller-1", at=nine + timedelta(hours=1), online=False),
        Was(position="caller-1", at=nine + timedelta(hours=2), online=True),
        Was(position="machine-1", at=since + timedelta(hours=22), online=False),
    ]
    kinds = {"caller-1": "caller", "machine-1": "ticket-machine"}
    found = replay([rule("offline")], of_devices(whole_day, kinds, was, since, frozenset()), since + timedelta(days=1))
    assert [each.subject for each in found] == ["caller-1"]
    (one,) = found
    assert one.at == nine + timedelta(hours=1, seconds=120)
    assert one.until == nine + timedelta(hours=2)
    always = replace(rule("offline"), open_only=False)
    found = replay([always], of_devices(whole_day, kinds, was, since, frozenset()), since + timedelta(days=1))
    assert [each.subject for each in found] == ["caller-1", "machine-1"]
    off = of_devices(whole_day, kinds, was, since, frozenset({DAY}))
    assert not replay([rule("offline")], off, since + timedelta(days=1))


def test_every_kind_says_where_its_past_is_kept() -> None:
    assert set(past.SOURCES) == {one.kind for one in HALL.alert}
