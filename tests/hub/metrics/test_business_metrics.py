"""What the log says becomes points: the same ones each time, of the schema, and of no more series than it says."""

import random
from collections import defaultdict

import msgspec

from halls.format import parse
from hub.domain import commands as c
from hub.domain.state import new_day
from hub.metrics.business import Folded, fold
from hub.metrics.points import Point
from hub.metrics.schema import BY_NAME, bound
from hub.storage.event_log import Recorded
from tests.support.day import SMALL, Script

DONGCHENG = SMALL.with_name("dongcheng.toml")


def points_of(script: Script) -> list[Point]:
    folded, points = Folded(new_day(script.hall, script.state.day)), []
    for position, event in enumerate(script.events, 1):
        folded, told = fold(folded, Recorded(position, script.hall.hall.id, script.state.day, position, event))
        points += told
    return points


def named(points: list[Point], name: str) -> list[Point]:
    return [one for one in points if one.measurement == name]


def identity(point: Point) -> tuple[object, ...]:
    return point.measurement, tuple(sorted(point.tags.items())), point.at_ns


def test_times_are_what_stands_between_the_events():
    script = Script()
    script.sign_on("1", "1001")
    number = script.take("A")
    script.wait(90)
    script.do(c.CallNext, counter="1")
    script.wait(20)
    script.do(c.Serve, counter="1")
    script.wait(300)
    script.do(c.End, counter="1")
    points = points_of(script)
    (called,), (served,) = named(points, "ticket_called"), named(points, "ticket_served")
    assert called.fields == {"number": number, "clerk": "1001", "calls": 1, "waiting_s": 90.0, "undone": False}
    assert (served.fields["walk_s"], served.fields["service_s"]) == (20.0, 300.0)
    assert served.tags["counter"] == "1"
    assert [one.fields["people"] for one in named(points, "waiting")] == [1, 0]


def test_what_was_undone_is_written_once_more_as_undone():
    """At its own time and place, so that it replaces what was written before."""
    script = Script()
    script.sign_on("1", "1001")
    script.take("A")
    script.do(c.CallNext, counter="1")
    script.wait(5)
    script.do(c.Undo, counter="1")
    first, again = named(points_of(script), "ticket_called")
    assert identity(first) == identity(again)
    assert (first.fields["undone"], again.fields["undone"]) == (False, True)


def test_who_is_asked_and_who_rates_is_counted_and_a_rating_is_never_undone():
    """Also one that came late, when nobody had pressed in time."""
    script = Script()
    script.sign_on("1", "1001")
    for level in (5, 2, None):
        script.take("A")
        script.do(c.CallNext, counter="1")
        script.wait(60)
        script.do(c.Serve, counter="1")
        script.wait(60)
        script.do(c.End, counter="1")
        if level:
            script.do(c.Rate, ask=script.state.asked["1"], level=level, pressed_at=script.now)
        script.wait(60)
        script.do(c.Settle)
    points = points_of(script)
    assert [one.fields["good"] for one in named(points, "ticket_rated")] == [1, 0]
    counted = [(one.fields["asked"], one.fields["rated"]) for one in named(points, "rating")]
    assert counted == [(1, 0), (0, 1), (1, 0), (0, 1), (1, 0)]
    assert not any(one.fields["undone"] for one in named(points, "rating"))


def test_what_handhelds_say_and_which_repeater_speaks_to_them_is_told():
    """A path that is chosen between a call and its undoing does not hide the call."""
    script = Script(parse(DONGCHENG.read_text("utf-8"), str(DONGCHENG)))
    script.wait(1800)
    script.sign_on("06", "1006")
    script.take(next(one for one in script.hall.counter if one.id == "06").services[0])
    said = {"counter": "06", "handheld": "caller-06b", "said": "call-next"}
    script.do(c.CallNext, **said)
    script.do(c.CallNext, **said, by="another")
    chosen = {"position": "caller-06b", "repeater": "repeater-102", "instead_of": "repeater-101"}
    script.do(c.ChoosePath, **chosen, reason="gone")
    script.wait(5)
    script.do(c.Undo, counter="06")
    points = points_of(script)
    assert [one.fields for one in named(points, "handheld")] == [
        {"echo": 0, "by": "test"},
        {"echo": 1, "by": "another"},
    ]
    (path,) = named(points, "path")
    where = {"hall": script.hall.hall.id, "area": "f1-east", "position": "caller-06b", "kind": "caller"}
    assert path.tags == {**where, "repeater": "repeater-102", "reason": "gone"}
    assert [one.fields["undone"] for one in named(points, "ticket_called")] == [False, True]


def test_a_day_told_twice_is_the_same_and_no_two_events_share_a_point(day: Script):
    points = points_of(day)
    assert points == points_of(day)
    kept = [one for one in points if not one.fields.get("undone")]
    assert len({identity(one) for one in kept}) == len(kept)


def test_each_thing_of_a_day_is_told(day: Script):
    told = {one.measurement for one in points_of(day)}
    reports = {"device", "presence", "signal", "devices", "hub", "turned_away"}
    assert told == BY_NAME.keys() - reports - {"handheld", "path", "ticket_transferred"}


def test_the_seeds_hall_has_no_more_series_than_the_schema_says():
    """A day at all of its counters; and nothing is written that the schema does not know."""
    hall = parse(DONGCHENG.read_text("utf-8"), str(DONGCHENG))
    hall = msgspec.structs.replace(hall, policy=msgspec.structs.replace(hall.policy, opens="00:00", closes="23:59"))
    script, chance = Script(hall), random.Random(7)
    for counter, clerk in zip(hall.counter, hall.clerk, strict=False):
        script.sign_on(counter.id, clerk.number)
    for _ in range(300):
        script.wait(10)
        counter = chance.choice(hall.counter)
        script.do(c.TakeTicket, service=chance.choice(counter.services))
        counter = counter.id
        script.do(c.CallNext, counter=counter)
        script.wait(10)
        script.do(chance.choice([c.Serve, c.NoShow, c.Pause, c.Undo, c.Recall]), counter=counter)
        script.wait(60)
        script.do(chance.choice([c.End, c.CallNext, c.Resume]), counter=counter)
    series = defaultdict(set)
    for one in points_of(script):
        schema = BY_NAME[one.measurement]
        kinds = {field.name: field.kind for field in schema.fields}
        assert set(one.tags) == set(schema.tags)
        assert all(type(value).__name__ == kinds[name] for name, value in one.fields.items()), one
        series[one.measurement].add(tuple(sorted(one.tags.items())))
    assert len(series) >= 6
    for name, found in series.items():
        assert len(found) <= BY_NAME[name].series(hall), name
    assert sum(map(len, series.values())) <= bound(hall)
