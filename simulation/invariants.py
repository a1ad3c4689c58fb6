"""What must hold whatever goes wrong: one small function each, asked at every event, answer and slip.

Each returns its complaint, or "". What holds only once everything has come to rest is in `rest.py`.
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from halls.format import Hall
from hub.domain import events as e
from hub.domain.state import Ticket
from simulation.books import Answer, Books, Held, Seen
from wire.messages import Action, TakeTicket

_OVER = ("ended", "no_show", "cancelled")
_ACTIVE = ("called", "serving")
_NOT_CALLED = ("reserved", "waiting")
_FRONT = 5  # of a line: as many as a counter looks at
_LATE_S = 8.0  # beyond its expiry: what the wire's delays and the clocks' errors may add


# Of the log.


def versions_have_no_gap(books: Books, seen: Seen) -> str:
    version, last = seen.recorded.version, seen.before.version
    return "" if version == last + 1 else f"{seen.recorded.day}: version {version} follows {last}"


def positions_rise(books: Books, seen: Seen) -> str:
    return "" if seen.recorded.position > books.position else f"{seen.recorded.position} follows {books.position}"


def nothing_is_done_twice(books: Books, seen: Seen) -> str:
    return "" if seen.is_new else f"{seen.event.command} was in the log already"


def no_number_twice(books: Books, seen: Seen) -> str:
    event = seen.event
    if not isinstance(event, e.TicketReserved | e.TicketAdmitted):
        return ""
    return f"{event.number} is given again" if (seen.recorded.day, event.number) in books.numbers else ""


def no_ticket_at_two_counters(books: Books, seen: Seen) -> str:
    event = seen.event
    if not isinstance(event, e.TicketCalled):
        return ""
    ticket = seen.before.tickets[event.number]
    elsewhere = ticket.phase in _ACTIVE and ticket.counter != event.counter
    return f"{event.number} is called to {event.counter} while it is at {ticket.counter}" if elsewhere else ""


def no_two_tickets_at_a_counter(books: Books, seen: Seen) -> str:
    event = seen.event
    if not isinstance(event, e.TicketCalled):
        return ""
    active = seen.before.active(event.counter)
    two = active is not None and active.number != event.number
    return f"{event.number} is called to {event.counter} while {active.number} is there" if two and active else ""


def counters_and_tickets_agree(books: Books, seen: Seen) -> str:
    """A counter's ticket is active there, and an active ticket is its counter's."""
    for counter, here in sorted(seen.after.counters.items()):
        if here.number:
            ticket = seen.after.tickets[here.number]
            if ticket.phase not in _ACTIVE or ticket.counter != counter:
                return f"counter {counter} has {here.number}, which is {ticket.phase} at {ticket.counter!r}"
    number = getattr(seen.event, "number", "")
    about = seen.after.tickets.get(number) if number else None
    if about is not None and about.phase in _ACTIVE and seen.after.counter(about.counter).number != number:
        return f"{number} is {about.phase} at {about.counter}, which does not have it"
    return ""


def what_is_over_stays_over(books: Books, seen: Seen) -> str:
    """But for who missed the call and is brought back, who goes on to the next item, and what is undone."""
    event, number = seen.event, getattr(seen.event, "number", "")
    before, after = seen.before.tickets.get(number), seen.after.tickets.get(number)
    if before is None or after is None or before.phase not in _OVER or after.phase in _OVER:
        return ""
    if isinstance(event, e.TicketReinstated) and before.phase == "no_show":
        return ""
    if isinstance(event, e.TicketTransferred) and before.phase == "ended" and before.ended_at == event.at:
        return ""
    return f"{number} was {before.phase} and is {after.phase} again"


def no_number_is_given_back(books: Books, seen: Seen) -> str:
    for service, last in seen.before.issued.items():
        if isinstance(seen.event, e.ActionUndone) and seen.after.issued.get(service, 0) < last:
            return f"the last number of {service} was {last}, and is {seen.after.issued.get(service, 0)}"
    return ""


def one_rating_a_ticket(books: Books, seen: Seen) -> str:
    event = seen.event
    if not isinstance(event, e.Rated) or not seen.before.tickets[event.number].level:
        return ""
    return f"{event.number} is rated again"


def nobody_is_overtaken_in_a_line(books: Books, seen: Seen) -> str:
    """Who is called in turn came before all in the same line whom that counter may call, but for who has waited so long

    that they are in the first lane: the others' lane keeps its turns.
    """
    event = seen.event
    if not isinstance(event, e.TicketCalled) or event.turns is None:
        return ""
    ticket = seen.before.tickets[event.number]
    line = (seen.before.tickets[number] for number in seen.before.lines.get(ticket.line, ()))
    earlier = [
        other.number
        for other in line
        if other.place < ticket.place and _may_call(seen, other) and not _is_aged(seen, other)
    ]
    return f"{event.number} is called before {', '.join(earlier)}" if earlier else ""


def nobody_starves(books: Books, seen: Seen) -> str:
    """Who has waited too long is passed over at a counter by later comers for the other lanes' turns alone.

    Those are, in one round, so many appointments and so many ordinary tickets.
    """
    event = seen.event
    _begin_anew(books, event)
    if not isinstance(event, e.TicketCalled) or event.turns is None:
        return ""
    called, policy = seen.before.tickets[event.number], seen.before.hall.policy
    bound = policy.appointment_turns + policy.ordinary_turns
    for ticket in _waiting_too_long(seen):
        key = (event.counter, ticket.number)
        books.passed_over[key] = books.passed_over.get(key, 0) + 1 if called.place > ticket.place else 0
        if books.passed_over[key] > bound:
            return (
                f"{ticket.number} is passed over {books.passed_over[key]} times in a row, at the most {bound} are right"
            )
    return ""


def _begin_anew(books: Books, event: e.AnyEvent) -> None:
    """A ticket that did not only wait has not been passed over; nor counts what was undone at a counter."""
    number = getattr(event, "number", "")
    counter = event.counter if isinstance(event, e.ActionUndone) else ""
    for key in [key for key in books.passed_over if key[1] == number or key[0] == counter]:
        del books.passed_over[key]


def every_lane_has_its_turns(books: Books, seen: Seen) -> str:
    """While an ordinary ticket is at the front of a line, no more others are called in a row than in two rounds."""
    event = seen.event
    if not isinstance(event, e.TicketCalled) or event.turns is None:
        return ""
    ordinary = [one for one in _fronts(seen) if not _is_aged(seen, one)]
    key, called = (event.counter, "ordinary"), seen.before.tickets[event.number]
    others = bool(ordinary) and bool(called.mark)
    books.passed_over[key] = books.passed_over.get(key, 0) + 1 if others else 0
    bound = 2 * max(hall.policy.priority_turns + hall.policy.appointment_turns for hall in _halls(seen))
    return f"{books.passed_over[key]} others in a row at {event.counter}" if books.passed_over[key] > bound else ""


def _halls(seen: Seen) -> tuple[Hall, Hall]:
    """With the settings in force, and as the file has it: a round may have begun under the one or the other."""
    return seen.before.hall, seen.before.base


def _fronts(seen: Seen) -> Iterator[Ticket]:
    """Of the ordinary lines: behind five who have waited too long nobody has a turn yet."""
    for service in seen.before.place(getattr(seen.event, "counter", "")).services:
        yield from islice(
            (one for one in seen.before.waiting(service) if not one.mark and _may_call(seen, one)), _FRONT
        )


def _waiting_too_long(seen: Seen) -> list[Ticket]:
    return [one for one in _callable(seen) if _is_aged(seen, one) and not one.slot_at]


def _is_aged(seen: Seen, ticket: Ticket) -> bool:
    return seen.event.at - ticket.place_at >= timedelta(minutes=seen.before.hall.policy.ageing_min)


def _callable(seen: Seen) -> list[Ticket]:
    """Who waits for the counter of a call."""
    services = seen.before.place(getattr(seen.event, "counter", "")).services
    return [one for service in services for one in seen.before.waiting(service) if _may_call(seen, one)]


def _may_call(seen: Seen, ticket: Ticket) -> bool:
    """Not before its appointment, nor who was sent to another counter."""
    if ticket.slot_at and seen.event.at < ticket.slot_at:
        return False
    return ticket.only_at in ("", getattr(seen.event, "counter", "")) or not seen.before.is_open(ticket.only_at)


def nobody_is_called_who_has_no_slip(books: Books, seen: Seen) -> str:
    """The hub was told that the slip never came out, or that the machine gave another number in its place."""
    event, day = seen.event, seen.recorded.day
    if isinstance(event, e.TicketAdmitted):
        number = seen.before.taken.get(books.replaces(event.command), "")
        if number and seen.before.tickets[number].phase in _NOT_CALLED:
            books.without_slip.add((day, number))
    elif isinstance(event, e.TicketQueued | e.TicketCancelled) and books.has_failed(event.command):
        books.without_slip.add((day, event.number))
    elif isinstance(event, e.TicketReserved) and event.command in seen.before.superseded:
        return f"{event.number} is given to a wish that was given up"
    elif isinstance(event, e.TicketCalled) and (day, event.number) in books.without_slip:
        return f"{event.number} is called, and nobody has its slip"
    return ""


def refused_stays_refused(books: Books, seen: Seen) -> str:
    answer = books.answers.get(seen.event.command)
    if answer is None or answer.ok or isinstance(seen.event, e.Refused):
        return ""
    return f"{answer.command} was refused ({answer.code}), and now does something"


def expired_stays_dead(books: Books, seen: Seen) -> str:
    """By when the hub took it; what it has taken in time may still wait for a slow disk."""
    wish = books.wishes.get(seen.event.command)
    if wish is None or not isinstance(wish.message, Action | TakeTicket) or isinstance(seen.event, e.Refused):
        return ""
    late_s = books.since_began(seen.event.at) - wish.at - wish.message.expires_s
    return f"{seen.event.command} is taken {late_s:.1f} s after its time" if late_s > _LATE_S else ""


# Of what people are told.


def what_is_answered_is_in_the_log(books: Books, answer: Answer) -> str:
    return f"{answer.command} was answered, and is not in the log" if answer.ok and _unknown(books, answer) else ""


def _unknown(books: Books, answer: Answer) -> bool:
    return answer.command not in books.commands


def the_same_wish_gets_the_same_answer(books: Books, answer: Answer) -> str:
    first = books.answers.get(answer.command, answer)
    return "" if first == answer else f"{first} became {answer}"


def no_number_on_two_slips(books: Books, held: Held) -> str:
    """On one day, by the calendar."""
    for other in books.held:
        if other.slip.number == held.slip.number and other.day == held.day:
            return f"{held.slip.number} is printed again, {(held.at - other.at).total_seconds():.0f} s later"
    return ""


ON_EVENT = (
    versions_have_no_gap,
    positions_rise,
    nothing_is_done_twice,
    no_number_twice,
    no_ticket_at_two_counters,
    no_two_tickets_at_a_counter,
    counters_and_tickets_agree,
    what_is_over_stays_over,
    one_rating_a_ticket,
    no_number_is_given_back,
    nobody_is_overtaken_in_a_line,
    nobody_starves,
    every_lane_has_its_turns,
    nobody_is_called_who_has_no_slip,
    refused_stays_refused,
    expired_stays_dead,
)
ON_ANSWER = (what_is_answered_is_in_the_log, the_same_wish_gets_the_same_answer)
ON_SLIP = (no_number_on_two_slips,)
