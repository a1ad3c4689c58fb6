"""When alerts are raised and cleared: thresholds apart, for a while, and never two for one rule and subject."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from halls.alerts import DEFAULTS, KINDS
from halls.format import Alert, changed
from hub.domain import commands as c
from hub.domain.alerts.engine import Seen, Watch, step
from hub.domain.alerts.evidence import evidence
from hub.domain.alerts.facts import Device, Facts, figures, seen
from hub.domain.alerts.telling import Silence, Standing, due, quiet_until
from hub.domain.alerts.words import HEADLINES, headline, name_of
from tests.support.day import MORNING, Script, small_hall

NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
WAIT = Alert(id="w", kind="queue-limit", raise_at=10, clear_at=5, raise_s=3, clear_s=4, per="service")


def rule(kind: str, **more: object) -> Alert:
    return replace(next(one for one in DEFAULTS if one.kind == kind), **{"raise_s": 0, "clear_s": 0, **more})


class Story:
    """One rule over seconds: `see(figure)` a second later."""

    def __init__(self, rule: Alert = WAIT) -> None:
        self.rule, self.watch, self.at = rule, Watch(), NOW
        self.open: set[tuple[str, str]] = set()
        self.changes: list[tuple[str, datetime]] = []

    def see(self, figure: float | None, *, known: bool = True, gone: bool = False) -> str:
        self.at += timedelta(seconds=1)
        look = Seen(self.rule, {} if gone else {"A": figure}, known)
        self.watch, changes = step([look], self.watch, self.open, self.at)
        for change in changes:
            key = (change.rule, change.subject)
            assert (key in self.open) == (change.what == "clear"), "no second one, and none is cleared that is not open"
            self.open ^= {key}
            self.changes.append((change.what, self.at))
        return changes[0].what if changes else ""


def test_it_raises_after_a_while_and_clears_after_a_while():
    story = Story()
    assert [story.see(10) for _ in range(4)] == ["", "", "", "raise"]
    assert [story.see(5) for _ in range(5)] == ["", "", "", "", "clear"]


def test_a_figure_between_the_thresholds_changes_nothing():
    story = Story()
    assert {story.see(7) for _ in range(20)} == {""}
    for _ in range(4):
        story.see(12)
    assert {story.see(7) for _ in range(20)} == {""}
    assert story.open


def test_a_break_begins_the_while_anew():
    story = Story()
    assert [story.see(n) for n in (11, 11, 9, 11, 11, 11, 11)] == ["", "", "", "", "", "", "raise"]


def test_what_is_not_known_neither_raises_nor_clears():
    story = Story()
    story.see(10)
    assert {story.see(None) for _ in range(9)} == {""}
    assert story.see(10) == "raise"
    assert {story.see(None) for _ in range(9)} == {story.see(0, known=False)} == {""}
    assert {story.see(0, known=False, gone=True) for _ in range(9)} == {""}


def test_what_is_gone_is_calm():
    story = Story()
    for _ in range(4):
        story.see(10)
    assert [story.see(None, gone=True) for _ in range(5)] == ["", "", "", "", "clear"]


def test_a_rule_that_is_switched_off_or_gone_clears_what_it_raised():
    off = replace(WAIT, enabled=False)
    for looks in ([Seen(off, {"A": 99.0})], []):
        _, changes = step(looks, Watch(), {("w", "A")}, NOW)
        assert [(one.what, one.why) for one in changes] == [("clear", "rule")]


def test_falling_kinds_raise_at_the_bottom():
    story = Story(rule("certificate"))
    assert [story.see(n) for n in (30.0, 15.0, 14.0, 19.0, 20.0)] == ["", "", "raise", "", "clear"]


@given(st.lists(st.one_of(st.none(), st.floats(0, 20), st.sampled_from([5.0, 10.0, 4.9, 10.1])), max_size=120))
def test_nothing_flaps(values: list[float | None]) -> None:
    """Between a raise and the next there are `clear_s` of calm and `raise_s` of alarm, each without a break."""
    story = Story()
    for value in values:
        story.see(value)
    assert [what for what, _ in story.changes] == [("raise", "clear")[n % 2] for n in range(len(story.changes))]
    for (_, before), (what, at) in zip(story.changes, story.changes[1:], strict=False):
        assert at - before >= timedelta(seconds=4 if what == "clear" else 3)


@given(st.lists(st.floats(5.001, 9.999), min_size=1, max_size=60))
def test_around_a_threshold_nothing_changes(values: list[float]) -> None:
    story = Story()
    for value in values:
        story.see(value)
    assert not story.changes


def test_two_processes_that_both_look_agree_on_what_is_open():
    """What is open comes from the table: the second one raises nothing that the first has raised."""
    looks = [Seen(replace(WAIT, raise_s=0), {"A": 10.0, "B": 11.0})]
    _, first = step(looks, Watch(), set(), NOW)
    _, second = step(looks, Watch(), {(one.rule, one.subject) for one in first}, NOW)
    assert [(one.what, one.subject) for one in first] == [("raise", "A"), ("raise", "B")]
    assert not second


# What the rules look at.


def facts(script: Script, *devices: Device, trouble: str = "") -> Facts:
    return Facts(day=script.state, at=script.now, devices=devices, trouble=trouble)


def test_queues_are_seen_by_service_area_or_hall():
    script = Script()
    for service in "AAB":
        script.take(service)
    script.wait(600)
    assert figures(rule("queue-limit"), facts(script)) == {"A": 2, "B": 1, "C": 0}
    assert figures(rule("queue-limit", per="area"), facts(script)) == {"lobby": 3}
    assert figures(rule("queue-limit", per="hall", only=("B", "C")), facts(script)) == {"hall": 1}
    assert figures(rule("long-wait", only=("A",)), facts(script)) == {"A": 10}
    assert figures(rule("unserved"), facts(script)) == {"A": 2, "B": 1, "C": 0}
    script.sign_on("1", "1001")
    assert figures(rule("unserved"), facts(script)) == {"A": 0, "B": 0, "C": 0}
    script.do(c.Pause, counter="1")
    assert figures(rule("unserved", per="hall"), facts(script)) == {"hall": 3}


def test_a_service_over_its_time_is_seen_by_its_p90_and_in_minutes():
    script = Script()
    number = script.take("A")
    script.sign_on("1", "1001")
    script.do(c.CallNext, counter="1")
    assert not figures(rule("over-time"), facts(script))
    script.do(c.Serve, counter="1")
    script.wait(22 * 60)
    assert figures(rule("over-time"), facts(script)) == {number: 2.0}
    assert figures(rule("long-service"), facts(script)) == {number: 22}
    assert [one.ticket for one in evidence(rule("over-time"), number, facts(script))] == [number]


def test_a_pause_with_a_reason_is_no_alert():
    script = Script()
    for counter, clerk, reason in (("1", "1001", ""), ("2", "1002", "lunch")):
        script.sign_on(counter, clerk)
        script.do(c.Pause, counter=counter, reason=reason)
    script.wait(1200)
    assert figures(rule("pause"), facts(script)) == {"1": 20}
    script.do(c.Resume, counter="1")
    assert not figures(rule("pause"), facts(script))


def a_device(**more: object) -> Device:
    usual = {"position": "machine-1", "kind": "ticket-machine", "device": "d", "online": True, "seen_at": MORNING}
    return Device(**{**usual, **more})


def test_devices_are_seen_by_position_and_kind():
    script = Script()
    script.wait(300)
    at = facts(script, a_device(online=False, paper="out", behind_s=-7.0))
    assert figures(rule("offline"), at) == {"machine-1": 300}
    assert figures(rule("offline", only=("caller",)), at) == {}
    assert figures(rule("offline", only=("ticket-machine",)), at) == {"machine-1": 300}
    assert figures(rule("paper-out"), at) == figures(rule("clock"), at) == {"machine-1": None}, "away: not known"
    at = facts(script, a_device(paper="low", behind_s=-7.0))
    assert figures(rule("paper-low"), at) == {"machine-1": 1}
    assert figures(rule("paper-out"), at) == {"machine-1": 0}
    assert figures(rule("clock"), at) == {"machine-1": 7}
    assert figures(rule("offline"), facts(script, a_device(online=None))) == {"machine-1": None}


def test_the_hub_itself_is_seen():
    assert figures(rule("influx"), facts(Script(), trouble="refused")) == {"hub": 1}
    assert figures(rule("influx"), facts(Script())) == {"hub": 0}


def test_a_closed_hall_is_not_looked_at():
    hall = changed(small_hall(), {"policy.opens": "10:00", "policy.closes": "17:00"})
    looks = seen([rule("queue-limit"), rule("clock")], facts(Script(hall)))  # it is 09:00
    assert [one.known for one in looks] == [False, True]


def test_on_a_day_off_devices_may_sleep_unless_people_came_all_the_same():
    script = Script()
    off = replace(facts(script), day_off=True)
    assert [one.known for one in seen([rule("offline"), rule("clock")], off)] == [False, True]
    script.take("A")
    assert seen([rule("offline")], replace(facts(script), day_off=True))[0].known


def test_every_kind_has_its_words_and_its_usual_rule():
    assert set(HEADLINES) == set(KINDS) == {one.id for one in DEFAULTS}
    for one in DEFAULTS:
        said = headline(one.kind, name_of(small_hall(), one.per, "A"), 3.0)
        assert "{" not in said.zh + said.en


# Who is told.


def standing(**more: object) -> Standing:
    usual = dict.fromkeys(("told_at", "escalated_at", "acknowledged_at"))
    return Standing(rule="w", subject="A", raised_at=NOW, **{**usual, **more})


def test_it_is_told_once_and_escalated_once_until_somebody_acknowledges():
    hall, late = small_hall(), replace(WAIT, escalate_min=10)
    after = NOW + timedelta(minutes=10)
    assert due(standing(), late, hall, [], NOW) == ("raised",)
    assert due(standing(told_at=NOW), late, hall, [], NOW) == ()
    assert due(standing(told_at=NOW), late, hall, [], after) == ("escalated",)
    assert due(standing(), late, hall, [], after) == ("raised", "escalated")
    assert due(standing(told_at=NOW), WAIT, hall, [], after) == (), "0: never"
    assert due(standing(told_at=NOW, escalated_at=after), late, hall, [], after) == ()
    assert due(standing(acknowledged_at=NOW), late, hall, [], after) == ()


def test_quiet_hours_and_silences_keep_it_back_until_they_are_over():
    hall, quiet = small_hall(), replace(WAIT, quiet=("22:00-07:00", "08:30-09:30"))  # NOW is 09:00 there
    assert due(standing(), quiet, hall, [], NOW) == ()
    assert quiet_until(quiet, hall, NOW) == NOW + timedelta(minutes=30)
    assert due(standing(), quiet, hall, [], NOW + timedelta(minutes=30)) == ("raised",)
    night = NOW + timedelta(hours=14)
    assert quiet_until(quiet, hall, night) == NOW + timedelta(hours=22)
    silence = Silence(rule="w", subject="", since=NOW, until=after) if (after := NOW + timedelta(hours=1)) else None
    assert due(standing(), WAIT, hall, [silence], NOW) == ()
    assert due(standing(), WAIT, hall, [replace(silence, subject="B")], NOW) == ("raised",)
    assert due(standing(), WAIT, hall, [silence], after) == ("raised",)
