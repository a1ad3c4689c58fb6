"""What a day's state says of itself, counted again from its tickets and events. Each check fails by assertion."""

from collections import Counter
from collections.abc import Iterable

from hub.domain import events as e
from hub.domain.state import MARKS, OPEN, Day


def lines(state: Day) -> None:
    """Every waiting ticket stands in its line once, by place; nobody else stands anywhere."""
    standing = [number for line in state.lines.values() for number in line]
    assert sorted(standing) == sorted(one.number for one in state.tickets.values() if one.phase == "waiting")
    for line, numbers in state.lines.items():
        places = [state.tickets[number].place for number in numbers]
        assert places == sorted(places)
        assert all(state.tickets[number].line == line for number in numbers)
    for service in {one.service for one in state.tickets.values()}:
        waiting = list(state.waiting(service))
        assert [one.place for one in waiting] == sorted(one.place for one in waiting)
        assert (
            len(waiting)
            == state.count_waiting(service)
            == sum(len(state.lines.get(mark + service, ())) for mark in MARKS)
        )


def counters(state: Day) -> None:
    """A counter has one citizen at the most, and a citizen one counter; a clerk sits at one."""
    at = {here.number: counter for counter, here in state.counters.items() if here.number}
    active = {one.number: one.counter for one in state.tickets.values() if one.phase in ("called", "serving")}
    assert at == active
    assert len(set(active.values())) == len(active)
    assert all(state.counter(counter).clerk for counter in active.values())
    clerks = [here.clerk for here in state.counters.values() if here.clerk]
    assert len(clerks) == len(set(clerks))


def asides(state: Day) -> None:
    """Reserved, parked, asked: what the tickets and asks say."""
    by_phase = {phase: {one.number for one in state.tickets.values() if one.phase == phase} for phase in OPEN}
    assert set(state.reserved) == by_phase["reserved"]
    assert len(state.parked) == len(set(state.parked))
    assert set(state.parked) == by_phase["parked"]
    assert state.open_asks == {ask.id for ask in state.asks.values() if ask.phase == "asked"}
    assert len(state.calls) == len(set(state.calls))


def caps(state: Day) -> None:
    """As many count against a cap as were taken for it and not cancelled; never more than it allows by the hub."""
    kept = [one for one in state.tickets.values() if not one.slot_at and one.phase != "cancelled"]
    expected = Counter(one.number.lstrip("VY")[0] for one in kept)
    expected += Counter(f"{one.number.lstrip('VY')[0]}@{one.period}" for one in kept if one.period)
    assert {key: count for key, count in state.given.items() if count} == dict(expected)


def people(state: Day) -> None:
    """Nobody has two open tickets for one service."""
    for numbers in state.people.values():
        items = [item for number in numbers if (one := state.tickets[number]).phase in OPEN for item in one.items]
        assert len(items) == len(set(items))


def items(state: Day) -> None:
    assert all(len(one.items) == len(set(one.items)) for one in state.tickets.values())


def durations(state: Day, happened: Iterable[e.AnyEvent]) -> None:
    """One for each service ended and not undone."""
    ends: dict[str, list[str]] = {}
    undone = set()
    for event in happened:
        if isinstance(event, e.ServiceEnded):
            ends.setdefault(event.command, []).append(event.number)
        elif isinstance(event, e.ActionUndone):
            undone.add(event.undone)
    expected = Counter(number for command, numbers in ends.items() if command not in undone for number in numbers)
    assert Counter(number for latest in state.durations.values() for number, _ in latest) == expected


CHECKS = (lines, counters, asides, caps, people, items)
