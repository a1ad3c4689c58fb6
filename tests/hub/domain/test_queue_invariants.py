"""Whatever anybody wishes, in whatever order: what must hold after every step of a day."""

from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from hub.domain import commands as c
from hub.domain import events as e
from hub.domain.evolve import evolve_all
from hub.domain.queue import ask_id
from hub.domain.state import new_day
from tests.support.day import Script

COUNTERS = st.sampled_from(["1", "2"])
SERVICES = st.sampled_from("ABC")
MOMENTS = st.integers(-400, 400).map(lambda seconds: timedelta(seconds=seconds))
ON_COUNTER = st.sampled_from([c.CallNext, c.Recall, c.Serve, c.End, c.NoShow, c.Pause, c.Resume, c.SignOff])
WAITING, ACTIVE = ("waiting",), ("called", "serving")


class HallDay(RuleBasedStateMachine):
    """A small hall. Machines, clerks and citizens do anything at any time, also what makes no sense."""

    def __init__(self) -> None:
        super().__init__()
        self.day = Script()
        self.before = self.day.state
        self.happened: tuple[e.AnyEvent, ...] = ()
        self.view: dict[str, tuple[str, str]] = {}  # the ticket table: number → phase, counter
        self.given: list[str] = []
        self.own = 0

    def do(self, kind: type[c.Command], **fields: object) -> None:
        self.before = self.day.state
        self.happened = self.day.do(kind, **fields)
        self.given += [one.number for one in self.happened if isinstance(one, e.TicketReserved | e.TicketAdmitted)]
        self.check_view()

    def some_number(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from([*sorted(self.day.state.tickets), "A099", "Z001"]), label="number")

    @initialize()
    def clerks_come(self) -> None:
        self.do(c.SignOn, counter="1")
        self.do(c.SignOn, counter="2")

    @rule(service=SERVICES, printer=st.booleans())
    def take(self, service: str, printer: bool) -> None:
        self.do(c.TakeTicket, service=service, printer=printer)

    @rule(data=st.data(), outcome=st.sampled_from(["printed", "failed", "unknown"]), off=MOMENTS)
    def slip(self, data: st.DataObject, outcome: str, off: timedelta) -> None:
        self.do(c.ConfirmPrint, number=self.some_number(data), outcome=outcome, printed_at=self.day.now + off)

    @rule(data=st.data(), service=SERVICES, fresh=st.booleans(), off=MOMENTS)
    def own_number(self, data: st.DataObject, service: str, fresh: bool, off: timedelta) -> None:
        """Sometimes the same once more; sometimes instead of a wish that came through, or never did."""
        self.own += fresh
        asked = data.draw(st.sampled_from(["", "never", *sorted(self.day.state.taken)]), label="instead of")
        taken_at = min(self.day.now, self.day.now + off)
        self.do(
            c.AdmitTicket,
            number=f"{service}A{self.own % 100:02d}",
            service=service,
            taken_at=taken_at,
            instead_of=asked,
        )

    @rule(kind=ON_COUNTER, counter=COUNTERS)
    def key(self, kind: type[c.Command], counter: str) -> None:
        self.do(kind, counter=counter)

    @rule(counter=COUNTERS, clerk=st.sampled_from(["", "1001", "1002"]))
    def clerk_comes(self, counter: str, clerk: str) -> None:
        self.do(c.SignOn, counter=counter, clerk=clerk)

    @rule(counter=COUNTERS, service=SERVICES, last=st.sampled_from([c.End, c.CallNext]))
    def somebody_is_served(self, counter: str, service: str, last: type[c.Command]) -> None:
        """As it should be; chance alone would seldom come so far."""
        self.do(c.TakeTicket, service=service)
        for kind in (c.CallNext, c.Serve, last):
            self.do(kind, counter=counter)

    @rule(counter=COUNTERS)
    def somebody_does_not_come(self, counter: str) -> None:
        self.do(c.CallNext, counter=counter)
        for kind in (c.Recall, c.Recall, c.NoShow):
            self.day.wait(5)
            self.do(kind, counter=counter)

    @rule(data=st.data(), counter=COUNTERS)
    def call(self, data: st.DataObject, counter: str) -> None:
        self.do(c.Call, counter=counter, number=self.some_number(data), reason="x")

    @rule(data=st.data(), level=st.integers(1, 5), off=MOMENTS)
    def rate(self, data: st.DataObject, level: int, off: timedelta) -> None:
        asks = sorted(self.day.state.asks)
        ask = data.draw(st.sampled_from([*asks, ask_id(self.day.state.day, "A099")]), label="ask")
        self.do(c.Rate, ask=ask, level=level, pressed_at=self.day.now + off)

    @rule(seconds=st.sampled_from([1, 5, 30, 200, -1, -3600]))
    def time_passes(self, seconds: int) -> None:
        """Also backwards: clocks are put right."""
        self.day.wait(seconds)
        self.do(c.Settle)

    @precondition(lambda self: self.day.state.version > 40)
    @rule()
    def midnight(self) -> None:
        self.do(c.EndDay)
        assert self.day.state.ended
        assert not self.day.state.open_asks
        assert not any(ticket.phase in ("reserved", *WAITING, *ACTIVE) for ticket in self.day.state.tickets.values())

    # What holds.

    def check_view(self) -> None:
        """The table's rows are written one by one: none of them, on its way, may put two citizens at one counter."""
        for number in dict.fromkeys(getattr(one, "number", "") for one in self.happened):
            if (ticket := self.day.state.tickets.get(number)) is not None:
                self.view[number] = (ticket.phase, ticket.counter)
                active = [counter for phase, counter in self.view.values() if phase in ACTIVE]
                assert len(active) == len(set(active))

    @invariant()
    def the_table_is_the_state(self) -> None:
        tickets = self.day.state.tickets
        assert self.view == {number: (ticket.phase, ticket.counter) for number, ticket in tickets.items()}

    @invariant()
    def no_number_is_given_twice(self) -> None:
        assert len(self.given) == len(set(self.given)) == len(self.day.state.tickets)

    @invariant()
    def a_counter_has_one_citizen_and_a_citizen_one_counter(self) -> None:
        state = self.day.state
        at = {counter: here.number for counter, here in state.counters.items() if here.number}
        active = {number: ticket.counter for number, ticket in state.tickets.items() if ticket.phase in ACTIVE}
        assert {number: counter for counter, number in at.items()} == active
        assert len(at) == len(active)

    @invariant()
    def lines_hold_exactly_those_who_wait_by_the_time_they_came(self) -> None:
        state = self.day.state
        for service in "ABC":
            waiting = [one for one in state.tickets.values() if one.service == service and one.phase == "waiting"]
            waiting.sort(key=lambda ticket: ticket.place)
            assert [ticket.number for ticket in state.waiting(service)] == [ticket.number for ticket in waiting]

    @invariant()
    def reserved_and_asked_are_what_the_tickets_and_asks_say(self) -> None:
        state = self.day.state
        assert set(state.reserved) == {one.number for one in state.tickets.values() if one.phase == "reserved"}
        assert state.open_asks == {ask.id for ask in state.asks.values() if ask.phase == "asked"}

    @invariant()
    def nobody_sits_at_two_counters(self) -> None:
        clerks = [counter.clerk for counter in self.day.state.counters.values() if counter.clerk]
        assert len(clerks) == len(set(clerks))

    @invariant()
    def a_ticket_is_rated_once_at_most_and_only_when_it_was_asked_for(self) -> None:
        rated = [one.ask for one in self.day.events if isinstance(one, e.Rated)]
        asked = {one.ask for one in self.day.events if isinstance(one, e.RatingAsked)}
        assert len(rated) == len(set(rated))
        assert set(rated) <= asked

    @invariant()
    def events_speak_of_known_numbers(self) -> None:
        known = set(self.before.tickets)
        for event in self.happened:
            number = getattr(event, "number", "")
            if isinstance(event, e.TicketReserved | e.TicketAdmitted):
                assert number not in known
                known.add(number)
            assert not number or number in known

    @invariant()
    def a_refusal_changes_nothing(self) -> None:
        if self.happened and all(isinstance(one, e.Refused) for one in self.happened):
            assert replace(self.day.state, version=self.before.version) == self.before

    @invariant()
    def the_log_alone_makes_the_state(self) -> None:
        """Read back from its JSON, from the start."""
        events = [e.decode(e.encode(event)) for event in self.day.events]
        assert self.day.state.version == len(events)
        assert evolve_all(new_day(self.day.hall, self.day.state.day), events) == self.day.state


TestHallDay = HallDay.TestCase
TestHallDay.settings = settings(
    max_examples=120, stateful_step_count=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
