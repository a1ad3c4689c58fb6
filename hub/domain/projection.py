"""What others may see of a day: counters, boards, the public queue. Pure: state → values; never a person's name."""

from datetime import datetime
from typing import NamedTuple

from halls.format import Area, Counter, Hall
from hub.domain import announcing
from hub.domain.state import Announcement, Day, Ticket
from wire.messages import BoardCall, BoardView, BoardWaiting, CounterPhase, Spoken

_CALLS_SHOWN = 12


class CounterNow(NamedTuple):
    phase: CounterPhase
    number: str
    calls: int
    clerk: str
    waiting: int


def counter_now(state: Day, counter: Counter) -> CounterNow:
    here = state.counter(counter.id)
    active = state.active(counter.id)
    waiting = sum(state.count_waiting(service) for service in counter.services)
    phase: CounterPhase
    if active is not None:
        phase = "called" if active.phase == "called" else "serving"
    elif not here.clerk:
        phase = "closed"
    else:
        phase = "paused" if here.paused else "idle"
    return CounterNow(phase, here.number, active.calls if active else 0, here.clerk, waiting)


def area_calls(state: Day, area: Area) -> tuple[BoardCall, ...]:
    """The latest calls at the counters of an area, newest first: also those served since, but no no-shows."""
    names = {counter.id: counter.name for counter in state.hall.counter if counter.area == area.id}
    calls: list[BoardCall] = []
    for number in state.calls:
        ticket = state.tickets[number]
        if len(calls) == _CALLS_SHOWN:
            break
        if ticket.counter not in names or ticket.called_at is None:
            continue
        if ticket.phase == "called" or ticket.phase == "serving" or ticket.phase == "ended":
            calls.append(
                BoardCall(
                    number=number,
                    counter=ticket.counter,
                    counter_name=names[ticket.counter],
                    calls=ticket.calls,
                    at=ticket.called_at,
                    phase=ticket.phase,
                )
            )
    return tuple(calls)


def board(state: Day, area: Area, *, epoch: int, version: int) -> BoardView:
    return BoardView(
        epoch=epoch,
        version=version,
        hall=state.hall.hall.id,
        area=area.id,
        title=area.name,
        english=area.english,
        calls=area_calls(state, area),
        waiting=centre_waiting(state),
        ticker=state.hall.hall.ticker,
        spoken=tuple(_spoken(state, one) for one in state.announcements.get(area.id, ())),
    )


def _spoken(state: Day, one: Announcement) -> Spoken:
    said = announcing.words(state, one)
    return Spoken(
        number=one.number,
        counter=one.counter,
        zh=said.zh,
        en=said.en,
        begins_at=one.begins_at,
        ends_at=one.ends_at,
        times=announcing.TIMES,
    )


def centre_waiting(state: Day) -> tuple[BoardWaiting, ...]:
    return tuple(
        BoardWaiting(
            name=centre.name,
            english=centre.english,
            waiting=sum(
                state.count_waiting(service.letter) for service in state.hall.service if service.centre == centre.id
            ),
        )
        for centre in state.hall.centre
    )


def people_ahead(state: Day, ticket: Ticket) -> int:
    """Of those who wait for its service, how many have a better place: those of its line, and whoever has priority."""
    earlier = (other for other in state.waiting(ticket.service) if other.number != ticket.number)
    return sum(other.place < ticket.place or other.mark == "V" != ticket.mark for other in earlier)


class Totals(NamedTuple):
    """Counts over the day so far."""

    taken: int
    waiting: int
    serving: int
    ended: int
    no_show: int
    cancelled: int
    rated: int
    counters_open: int
    longest_wait_s: float


def totals(state: Day, at: datetime) -> Totals:
    phases = [ticket.phase for ticket in state.tickets.values()]
    waiting_since = [state.tickets[line[0]].taken_at for line in state.lines.values() if line]
    return Totals(
        taken=len(phases),
        waiting=sum(len(line) for line in state.lines.values()),
        serving=phases.count("serving") + phases.count("called"),
        ended=phases.count("ended"),
        no_show=phases.count("no_show"),
        cancelled=phases.count("cancelled"),
        rated=sum(1 for ticket in state.tickets.values() if ticket.level),
        counters_open=sum(1 for counter in state.counters.values() if counter.clerk and not counter.paused),
        longest_wait_s=max(((at - since).total_seconds() for since in waiting_since), default=0.0),
    )


def counter_of(hall: Hall, counter: str) -> Counter | None:
    return next((known for known in hall.counter if known.id == counter), None)
