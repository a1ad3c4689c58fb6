"""Whatever anybody wishes, in whatever order: what must hold after every step of a day.

A longer search: `TINGXU_HALL_DAYS=5000 scripts/test tests/hub/domain/test_queue_invariants.py`.
"""

import os
from datetime import timedelta
from itertools import pairwise

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from immutables import Map
from msgspec.structs import replace

from hub.domain import announcing
from hub.domain import commands as c
from hub.domain import events as e
from hub.domain.evolve import evolve, evolve_all
from hub.domain.queue import InvalidCommandError, ask_id
from hub.domain.state import CounterState, Day, new_day
from tests.support import recount
from tests.support.day import Script
from tests.support.naive_queue import NaiveQueue
from wire.reasons import REASONS, are_reasons

EXAMPLES = int(os.environ.get("TINGXU_HALL_DAYS", "150"))

COUNTERS = st.sampled_from(["1", "2"])
SERVICES = st.sampled_from("ABC")
ITEMS = st.sampled_from(["A", "B", "C", "AB", "BA", "CAB"])  # a ticket's services
PERSONS = st.sampled_from(["", "", "", "p1", "p2"])
PRIORITIES = st.sampled_from(["", "", "elder", "disabled"])
SLOTS_MIN = st.sampled_from([None, None, None, -10, 0, 1, 15])  # from now
MOMENTS = st.integers(-400, 400).map(lambda seconds: timedelta(seconds=seconds))
ON_COUNTER = st.sampled_from(
    [
        c.CallNext,
        c.Recall,
        c.Serve,
        c.End,
        c.NoShow,
        c.Park,
        c.Return,
        c.Pause,
        c.Resume,
        c.SignOff,
        c.SignOn,
        c.CallNext,
    ]
)
HOURS = [{"opens": "00:00", "closes": "09:20", "cap": 3}, {"opens": "09:30", "closes": "24:00", "cap": 2}]
GOOD = st.sampled_from(
    [
        {"policy.priority_turns": 1},
        {"policy.appointment_turns": 2, "policy.ordinary_turns": 3},
        {"policy.ageing_min": 2},
        {"policy.reinstate_behind": 0, "policy.reinstates_max": 3},
        {"policy.transfer_place": "next"},
        {"policy.parked_max": 1, "policy.items_max": 2},
        {"policy.undo_s": 0},
        {"policy.undo_s": 600},
        {"policy.undo_s": None, "policy.items_max": None, "policy.transfer_place": None},
        {"policy.calling": "service-order"},
        {"policy.calling": None},
        {"service.A.cap_day": 3},
        {"service.A.cap_day": None},
        {"service.B.hours": HOURS},
        {"service.B.hours": None},
        {"counter.1.services": ["A"]},
        {"counter.2.services": ["C", "B"]},
        {"counter.1.services": None, "counter.2.services": None},
        {"area.lobby.voice": True},
    ]
)
BAD = st.sampled_from(
    [
        {"policy.recalls_max": 0},
        {"policy.undo_s": 5, "policy.no-such": 1},
        {"policy.no-such": None},
        {"policy..undo_s": 5},
        {"policy.calling": "chance"},
        {"counter.1.services": []},
        {"counter.1.services": ["A"], "counter.2.services": ["A"]},
        {"service.A.hours": [{"opens": "13:00", "closes": "09:00"}]},
        {"position.caller-1.counter": "2"},
    ]
)
ACTIVE = ("called", "serving")


class HallDay(RuleBasedStateMachine):
    """A small hall. Machines, clerks, citizens and its management do anything at any time, also what makes no sense."""

    def __init__(self) -> None:
        super().__init__()
        self.day = Script()
        self.before = self.day.state
        self.happened: tuple[e.AnyEvent, ...] = ()
        self.naive = NaiveQueue()
        self.view: dict[str, tuple[str, str]] = {}  # the ticket table: number → phase, counter
        self.given: list[str] = []
        self.own = 0

    def do(self, kind: type[c.Command], **fields: object) -> None:
        self.before, self.happened = self.day.state, ()
        expected = self.expected_call(kind, str(fields.get("counter", "")))
        try:
            self.happened = self.day.do(kind, **fields)
        except InvalidCommandError:
            assert self.day.state is self.before
            return
        self.given += [one.number for one in self.happened if isinstance(one, e.TicketReserved | e.TicketAdmitted)]
        self.check_view()
        self.check_call(expected)
        for event in self.happened:
            self.naive.hear(event)

    def expected_call(self, kind: type[c.Command], counter: str) -> object:
        if kind is not c.CallNext or self.day.state.hall.policy.calling != "arrival":
            return ...
        return self.naive.next_at(self.day.state.hall, self.day.state.place(counter), self.day.now)

    def check_call(self, expected: object) -> None:
        """A call is whom the plain rules call, for that reason, and past those people."""
        if expected is ... or not self.happened:
            return
        last = self.happened[-1]
        if isinstance(last, e.TicketCalled):
            assert (last.number, last.why, last.passed) == expected
        elif isinstance(last, e.Refused) and last.code == "nobody-waiting":
            assert expected is None

    def check_view(self) -> None:
        """The table's rows are written one by one: none of them, on its way, may put two citizens at one counter."""
        touched = [number for one in self.happened for number in _numbers(one)]
        for number in dict.fromkeys(touched):
            if number in self.day.state.tickets:
                ticket = self.day.state.tickets[number]
                self.view[number] = (ticket.phase, ticket.counter)

    def some_number(self, data: st.DataObject, *phases: str) -> str:
        """Mostly of a ticket of which that can be said; else any, or none."""
        tickets = self.day.state.tickets
        apt = sorted(number for number, ticket in tickets.items() if ticket.phase in phases)
        if apt and data.draw(st.integers(0, 9), label="apt"):
            return data.draw(st.sampled_from(apt), label="number")
        return data.draw(st.sampled_from([*sorted(tickets), "A099", "Z001"]), label="number")

    def with_citizen(self, counter: str) -> None:
        """The counter works, and has somebody if there is anybody."""
        here = self.day.state.counter(counter)
        if not here.clerk:
            self.do(c.SignOn, counter=counter)
        elif here.paused:
            self.do(c.Resume, counter=counter)
        if not here.number:
            self.do(c.CallNext, counter=counter)

    @initialize()
    def clerks_come(self) -> None:
        self.do(c.SignOn, counter="1")
        self.do(c.SignOn, counter="2")

    # Citizens and machines.

    @rule(items=ITEMS, printer=st.booleans(), priority=PRIORITIES, slot=SLOTS_MIN, person=PERSONS, voice=st.booleans())
    def take(self, items: str, printer: bool, priority: str, slot: int | None, person: str, voice: bool) -> None:
        self.do(
            c.TakeTicket,
            service=items[0],
            more=tuple(items[1:]),
            printer=printer,
            priority=priority,
            slot_at=None if slot is None else self.day.now + timedelta(minutes=slot),
            person=person,
            voice=voice,
        )
        for event in self.happened:
            if isinstance(event, e.TicketReserved) and not event.slot_at:
                self.check_caps(event)

    def check_caps(self, event: e.TicketReserved) -> None:
        state = self.day.state
        service = next(known for known in state.hall.service if known.letter == event.service)
        part = next((hours for hours in service.hours if hours.opens == event.period), None)
        assert not service.cap_day or state.given[event.service] <= service.cap_day
        assert part is None or not part.cap or state.given[f"{event.service}@{event.period}"] <= part.cap

    @rule(services=st.lists(SERVICES, min_size=3, max_size=6))
    def people_come(self, services: list[str]) -> None:
        for service in services:
            self.do(c.TakeTicket, service=service)

    @rule(data=st.data(), outcome=st.sampled_from(["printed", "failed", "unknown"]), off=MOMENTS)
    def slip(self, data: st.DataObject, outcome: str, off: timedelta) -> None:
        self.do(
            c.ConfirmPrint,
            number=self.some_number(data, "reserved", "waiting"),
            outcome=outcome,
            printed_at=self.day.now + off,
        )

    @rule(data=st.data(), service=SERVICES, fresh=st.booleans(), off=MOMENTS)
    def own_number(self, data: st.DataObject, service: str, fresh: bool, off: timedelta) -> None:
        """Sometimes the same once more; sometimes instead of a wish that came through, or never did."""
        self.own += fresh
        asked = data.draw(st.sampled_from(["", "never", *sorted(self.day.state.taken)]), label="instead of")
        self.do(
            c.AdmitTicket,
            number=f"{service}A{self.own % 100:02d}",
            service=service,
            taken_at=self.day.now + off,
            instead_of=asked,
        )

    @rule(data=st.data(), level=st.integers(1, 5), off=MOMENTS)
    def rate(self, data: st.DataObject, level: int, off: timedelta) -> None:
        known = sorted(self.day.state.asks) or [ask_id(self.day.state.day, "A099")]
        ask = data.draw(st.sampled_from(known), label="ask")
        self.do(c.Rate, ask=ask, level=level, pressed_at=self.day.now + off)

    @rule(data=st.data(), level=st.integers(1, 5))
    def explain(self, data: st.DataObject, level: int) -> None:
        """Reasons for a rating that counted, for another one, or for one that is still on its way."""
        known = sorted(self.day.state.asks) or [ask_id(self.day.state.day, "A099")]
        ask = data.draw(st.sampled_from(known), label="ask")
        rated = {one.command: one.level for one in self.day.events if isinstance(one, e.Rated)}
        rating = data.draw(st.sampled_from(["on its way", *rated]), label="rating")
        level = rated.get(rating, level)
        self.do(c.GiveReasons, ask=ask, rating=rating, level=level, reasons=tuple(REASONS[level])[:2])

    # Clerks.

    @rule(kind=ON_COUNTER, counter=COUNTERS)
    def key(self, kind: type[c.Command], counter: str) -> None:
        self.do(kind, counter=counter)

    @rule(kind=ON_COUNTER, counter=COUNTERS, ready=st.booleans())
    def key_and_undo(self, kind: type[c.Command], counter: str, ready: bool) -> None:
        """As it was, but for numbers given."""
        if ready:
            self.with_citizen(counter)
        before = self.day.state
        self.do(kind, counter=counter)
        if all(isinstance(event, e.Refused) for event in self.happened):
            return
        self.do(c.Undo, counter=counter)
        (last,) = self.happened
        if isinstance(last, e.Refused):
            assert (last.code, self.day.state.hall.policy.undo_s) == ("undo-too-late", 0)
        else:
            assert _undone(self.day.state) == _undone(before)

    @rule(counter=COUNTERS)
    def undo(self, counter: str) -> None:
        self.do(c.Undo, counter=counter)

    @rule(counter=COUNTERS, clerk=st.sampled_from(["", "1001", "1002"]))
    def clerk_comes(self, counter: str, clerk: str) -> None:
        self.do(c.SignOn, counter=counter, clerk=clerk)

    @rule(counter=COUNTERS, items=ITEMS, last=st.sampled_from([c.End, c.CallNext, c.Park]))
    def somebody_is_served(self, counter: str, items: str, last: type[c.Command]) -> None:
        """As it should be; chance alone would seldom come so far."""
        self.do(c.TakeTicket, service=items[0], more=tuple(items[1:]))
        for kind in (c.CallNext, c.Serve, last):
            self.do(kind, counter=counter)

    @rule(counter=COUNTERS)
    def somebody_does_not_come(self, counter: str) -> None:
        self.do(c.CallNext, counter=counter)
        for kind in (c.Recall, c.Recall, c.NoShow):
            self.day.wait(5)
            self.do(kind, counter=counter)

    @rule(data=st.data(), counter=COUNTERS, kind=st.sampled_from([c.Call, c.Return]))
    def call_by_number(self, data: st.DataObject, counter: str, kind: type[c.Command]) -> None:
        reason = {"reason": "x"} if kind is c.Call else {}
        if self.day.state.counter(counter).number:
            self.do(c.End, counter=counter)
        number = self.some_number(data, "waiting" if kind is c.Call else "parked")
        self.do(kind, counter=counter, number=number, **reason)

    @rule(counter=COUNTERS, service=st.sampled_from(["", "A", "B", "C"]), to=st.sampled_from(["", "1", "2"]))
    def transfer(self, counter: str, service: str, to: str) -> None:
        self.with_citizen(counter)
        self.do(c.Transfer, counter=counter, service=service, to=to)

    @rule(counter=COUNTERS, service=SERVICES)
    def add_item(self, counter: str, service: str) -> None:
        self.with_citizen(counter)
        self.do(c.AddItem, counter=counter, service=service)

    # The desk and the management.

    @rule(data=st.data(), kind=st.sampled_from([c.Cancel, c.Reinstate, c.Reinstate]))
    def correct(self, data: st.DataObject, kind: type[c.Command]) -> None:
        reason = {"reason": "x"} if kind is c.Cancel else {}
        phases = ("waiting", "called", "parked") if kind is c.Cancel else ("no_show",)
        self.do(kind, number=self.some_number(data, *phases), **reason)

    @rule(
        data=st.data(),
        service=st.sampled_from([None, "A", "B", "C"]),
        priority=st.sampled_from([None, "", "elder", "disabled", "no-such"]),
        voice=st.sampled_from([None, True, False]),
    )
    def amend(self, data: st.DataObject, service: str | None, priority: str | None, voice: bool | None) -> None:
        number = self.some_number(data, "waiting")
        self.do(c.Amend, number=number, service=service, priority=priority, voice=voice, reason="x")

    @rule(changes=GOOD)
    def change_settings(self, changes: dict[str, object]) -> None:
        self.do(c.ChangeSettings, changes=changes)

    @rule(changes=BAD)
    def bad_settings(self, changes: dict[str, object]) -> None:
        self.do(c.ChangeSettings, changes=changes)
        assert self.happened == ()

    @rule(seconds=st.sampled_from([1, 5, 30, 200, 1800, 1800, -1, -3600]))
    def time_passes(self, seconds: int) -> None:
        """Also backwards: clocks are put right."""
        self.day.wait(seconds)
        self.do(c.Settle)

    @precondition(lambda self: self.day.state.version > 120)
    @rule()
    def midnight(self) -> None:
        self.do(c.EndDay)
        state = self.day.state
        assert state.ended
        assert not state.open_asks
        assert {ticket.phase for ticket in state.tickets.values()} <= {"ended", "no_show", "cancelled"}
        assert not any(here.clerk for here in state.counters.values())

    # What holds.

    @invariant()
    def the_table_is_the_state(self) -> None:
        tickets = self.day.state.tickets
        assert self.view == {number: (ticket.phase, ticket.counter) for number, ticket in tickets.items()}

    @invariant()
    def no_number_is_given_twice(self) -> None:
        assert len(self.given) == len(set(self.given)) == len(self.day.state.tickets)

    @invariant()
    def what_the_state_says_of_itself_is_what_its_tickets_say(self) -> None:
        for check in recount.CHECKS:
            check(self.day.state)
        recount.durations(self.day.state, self.day.events)

    @invariant()
    def a_ticket_is_rated_once_at_most_and_only_when_it_was_asked_for(self) -> None:
        rated = [one.ask for one in self.day.events if isinstance(one, e.Rated)]
        asked = {one.ask for one in self.day.events if isinstance(one, e.RatingAsked)}
        assert len(rated) == len(set(rated))
        assert set(rated) <= asked

    @invariant()
    def a_rating_has_reasons_once_at_most_and_of_its_own_level(self) -> None:
        given = [one for one in self.day.events if isinstance(one, e.ReasonsGiven)]
        assert len({(one.ask, one.rating) for one in given}) == len(given)
        rated = {(one.ask, one.command): one.level for one in self.day.events if isinstance(one, e.Rated)}
        for one in given:
            level = rated.get((one.ask, one.rating))
            assert level is None or are_reasons(level, one.reasons)

    @invariant()
    def events_speak_of_known_numbers(self) -> None:
        known = set(self.before.tickets)
        for event in self.happened:
            if isinstance(event, e.TicketReserved | e.TicketAdmitted):
                assert event.number not in known
                known.add(event.number)
            assert known.issuperset(_numbers(event))

    @invariant()
    def a_refusal_changes_nothing(self) -> None:
        refusals = [one for one in self.happened if isinstance(one, e.Refused)]
        if self.happened and len(refusals) == len(self.happened):
            quiet = self.before.announcements  # what was spoken to its end is gone
            assert replace(self.day.state, version=self.before.version, announcements=quiet) == self.before

    @invariant()
    def the_announcer_says_one_thing_at_a_time(self) -> None:
        for area, programme in self.day.state.announcements.items():
            for one, following in pairwise(programme):
                assert one.ends_at <= following.begins_at
            calls = [(one.number, one.counter) for one in programme]
            assert len(calls) == len(set(calls))
            spoken = announcing.spoken(self.day.state, area, self.day.now)
            assert spoken is None or announcing.words(self.day.state, spoken).zh

    @invariant()
    def the_log_makes_the_state(self) -> None:
        """Each event as it is read back from its JSON."""
        state = self.before
        for event in self.happened:
            state = evolve(state, e.decode(e.encode(event)))
        assert state == self.day.state

    def teardown(self) -> None:
        """The whole log, from the start."""
        assert self.day.state.version == len(self.day.events)
        assert evolve_all(new_day(self.day.hall, self.day.state.day), self.day.events) == self.day.state


def _numbers(event: e.AnyEvent) -> tuple[str, ...]:
    number = getattr(event, "number", "")
    return (number,) if number else getattr(event, "numbers", ())


def _undone(state: Day) -> Day:
    """What an undo must put back: all but how it came about."""
    return replace(
        state,
        version=0,
        at=None,
        last_actions=Map(),
        announcements=Map(),
        asks=Map({ident: ask for ident, ask in state.asks.items() if ask.phase != "withdrawn"}),
        asked=Map({counter: ask for counter, ask in state.asked.items() if ask}),
        durations=Map({service: latest for service, latest in state.durations.items() if latest}),
        counters=Map({counter: here for counter, here in state.counters.items() if here != CounterState()}),
        lines=Map({line: numbers for line, numbers in state.lines.items() if numbers}),
    )


TestHallDay = HallDay.TestCase
TestHallDay.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
