"""What must hold whatever goes wrong: one small function each, asked at every event, answer and slip.

Each returns its complaint, or "". What holds only once everything has come to rest is in `rest.py`.
"""

from hub.domain import events as e
from simulation.books import Answer, Books, Held, Seen
from wire.messages import Action, TakeTicket

_OVER = ("ended", "no_show", "cancelled")
_ACTIVE = ("called", "serving")
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
    number = getattr(seen.event, "number", "")
    before, after = seen.before.tickets.get(number), seen.after.tickets.get(number)
    if before is None or after is None or before.phase not in _OVER or after.phase in _OVER:
        return ""
    return f"{number} was {before.phase} and is {after.phase} again"


def one_rating_a_ticket(books: Books, seen: Seen) -> str:
    event = seen.event
    if not isinstance(event, e.Rated) or not seen.before.tickets[event.number].level:
        return ""
    return f"{event.number} is rated again"


def nobody_is_overtaken(books: Books, seen: Seen) -> str:
    """Who is called in turn came before all who wait for the same service."""
    event = seen.event
    if not isinstance(event, e.TicketCalled) or event.calls > 1 or event.reason:
        return ""
    line = seen.before.waiting.get(seen.before.tickets[event.number].service, ())
    first = min(line, key=lambda number: (seen.before.tickets[number].taken_at, number), default=event.number)
    return "" if first == event.number else f"{event.number} is called before {first}"


def refused_stays_refused(books: Books, seen: Seen) -> str:
    answer = books.answers.get(seen.event.command)
    if answer is None or answer.ok or isinstance(seen.event, e.Refused):
        return ""
    return f"{answer.command} was refused ({answer.code}), and now does something"


def expired_stays_dead(books: Books, seen: Seen) -> str:
    wish = books.wishes.get(seen.event.command)
    if wish is None or not isinstance(wish.message, Action | TakeTicket) or isinstance(seen.event, e.Refused):
        return ""
    late_s = books.true() - wish.at - wish.message.expires_s
    return f"{seen.event.command} comes true {late_s:.1f} s after its time" if late_s > _LATE_S else ""


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
    nobody_is_overtaken,
    refused_stays_refused,
    expired_stays_dead,
)
ON_ANSWER = (what_is_answered_is_in_the_log, the_same_wish_gets_the_same_answer)
ON_SLIP = (no_number_on_two_slips,)
